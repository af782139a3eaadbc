"""Measure ordering: the proof on the shipped recording, every method on it, and greedy insertion against a plain loop.

    python benchmarks/ordering.py [--input FILE] [--repeats 5]

Needs stateviz alone, and python-tsp for its rows (pip install 'stateviz[python-tsp]'). About five minutes.

Writes benchmarks/results/ordering.md: the time to a proof, with and without flips; each method's length, bound, gap and
seconds; greedy insertion against the published loop, same order checked. Medians of several runs, every method with the
same seeds.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import tables
from numpy.typing import NDArray
from tables import alternate, table

import stateviz as sv
from stateviz.ordering import METHODS

SIZES = (128, 1024, 4096)
METHODS_SHOWN = ("identity", "mean", "greedy-chain", "greedy-insert", "greedy-insert,two-opt", "exact")
SECONDS = 5.0


def exact_table(states: sv.StateMatrix, repeats: int) -> str:
    """Seconds to a proof."""
    rows = []
    for flip in (False, True):
        found = sv.order(states, method="exact", flip=flip)
        seconds = [sv.order(states, method="exact", flip=flip).seconds for _ in range(repeats)]
        proven = "proven" if found.proven else "open"
        name = f"exact{', flips' if flip else ''}, {states.shape[0]} x {states.shape[1]}"
        rows.append((name, f"{found.length:,.0f}", proven, f"{statistics.median(seconds):.3f} s"))
    return table(("method", "length", "result", "solver time"), rows)


def methods_table(states: sv.StateMatrix, repeats: int, limit: float, *, peers: bool) -> str:
    """Each method: its length against the best bound known; a run a seed, all methods in turn."""
    bound = sv.order(states, method="exact").bound
    assert bound
    others = [name for name, row in METHODS.items() if row.extra and row.largest is None] if peers else []
    runs: dict[str, list[sv.Ordering]] = {name: [] for name in (*METHODS_SHOWN, *others)}
    for seed in range(repeats):
        for name, found in runs.items():
            found.append(sv.order(states, method=name, time=limit, seed=seed, bound=False))
    rows = []
    for name, found in runs.items():
        lengths, seconds = [one.length for one in found], statistics.median(one.seconds for one in found)
        length = statistics.median(lengths)
        gaps = (f"{(value - bound) / bound:.2%}" for value in (length, max(lengths)))
        rows.append((f"`{name}`", f"{length:,.0f}", f"{bound:,.0f}", *gaps, f"{seconds:.3f} s"))
    return table(("method", "length", "bound", "gap", "gap, worst seed", "time"), rows)


def synthetic(units: int, steps: int = 274) -> sv.StateMatrix:
    """Binary units that keep or take a new sign at each step: rows alike in time, as a recurrent network's are."""
    rng = np.random.default_rng(units)
    letters, weight = rng.integers(0, 27, steps), rng.normal(size=(units, 27))
    hold, drive = rng.normal(size=units), rng.normal(size=(units, 64)) / 8
    state, columns = np.where(rng.random(units) < 0.5, -1, 1), []
    for letter in letters:
        state = np.where(state * hold + weight[:, letter] + drive @ state[:64] >= 0, 1, -1)
        columns.append(state)
    return sv.StateMatrix(np.array(columns).T)


def published_loop(values: NDArray[np.float32]) -> list[int]:
    """Greedy insertion as published, in plain numpy: the dot products are taken inside the loop."""
    means = values.mean(axis=1, dtype=np.float64)
    by_mean = np.argsort(means, kind="stable").tolist()
    first = by_mean[0]
    last = min(i for i in by_mean[1:] if means[i] == means[by_mean[-1]])
    path = [first, last]
    for x in np.argsort(np.abs(means), kind="stable").tolist():
        if x in (first, last):
            continue
        row, best, place = values[x], -np.inf, 1
        for i in range(1, len(path)):
            before, after = values[path[i - 1]], values[path[i]]
            gain = before @ row + row @ after - before @ after
            if gain > best:
                best, place = gain, i
        path.insert(place, x)
    return path


def row_at_a_time(values: NDArray[np.float32]) -> list[int]:
    """The same with one matrix product an insertion: the kindest reading of a plain numpy version."""
    means = values.mean(axis=1, dtype=np.float64)
    by_mean = np.argsort(means, kind="stable").tolist()
    first = by_mean[0]
    last = min(i for i in by_mean[1:] if means[i] == means[by_mean[-1]])
    path = [first, last]
    for x in np.argsort(np.abs(means), kind="stable").tolist():
        if x in (first, last):
            continue
        along = values[path]
        alike = along @ values[x]
        gains = alike[:-1] + alike[1:] - np.einsum("ij,ij->i", along[:-1], along[1:])
        path.insert(1 + int(gains.argmax()), x)
    return path


def ours(states: sv.StateMatrix) -> list[int]:
    """All that ``order`` does, from the rows: distances, insertion, direction."""
    return sv.order(states, method="greedy-insert", metric="hamming", bound=False).rows.tolist()


def insertion_table(states: sv.StateMatrix, repeats: int, sizes: tuple[int, ...]) -> str:
    """Seconds of greedy insertion and how many times faster than the loop."""
    rows = []
    for size in sizes:
        matrix = states if states.shape[0] == size and states.binary else synthetic(size)
        values = matrix.values.astype(np.float32)
        quick = alternate(repeats, lambda: ours(matrix))[0]  # noqa: B023
        begun = time.perf_counter()
        plain = published_loop(values)
        slow = time.perf_counter() - begun
        begun = time.perf_counter()
        by_row = row_at_a_time(values)
        middle = time.perf_counter() - begun
        same = "yes" if ours(matrix) == plain == by_row else "NO"
        times = (f"{quick:.4f} s", f"{slow:.3f} s", f"{slow / quick:.0f}x", f"{middle:.3f} s", f"{middle / quick:.0f}x")
        rows.append((f"{size:,} x {matrix.shape[1]}", *times, same))
    return table(
        ("rows x steps", "greedy-insert", "published loop", "faster", "one product a row", "faster", "same order"), rows
    )


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__)
    options.add_argument("--input", metavar="FILE", help="states to order (default: the shipped recording)")
    options.add_argument("--repeats", type=int, default=5, metavar="N", help="runs the medians are of (default: 5)")
    return options


def main() -> None:
    """Measure, write, and show."""
    args = parser().parse_args()
    skipped = tables.missing({"python_tsp": "python-tsp"})
    states = sv.load_states(sv.shipped_recording() if args.input is None else args.input)
    repeats, limit, sizes = (1, 0.5, SIZES[:1]) if args.quick else (args.repeats, SECONDS, SIZES)
    parts = (
        exact_table(states, repeats),
        methods_table(states, repeats, limit, peers=not skipped),
        insertion_table(states, repeats, sizes),
    )
    tables.publish("ordering", "\n".join(parts), args, "python-tsp")
    print(tables.closing(skipped, "pip install 'stateviz[python-tsp]'"))


if __name__ == "__main__":
    main()
