"""Measure ordering: the proof on the shipped recording, every method on it, and greedy insertion against a plain loop.

    python benchmarks/ordering.py [--input FILE] [--repeats 5]

writes benchmarks/results/ordering.md: the time to a proof, with and without flips; each method's length, bound, gap and
seconds; greedy insertion against the published loop, same order checked. Medians of several runs.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from numpy.typing import NDArray
from tables import RESULTS, alternate, table

from stateviz.core.states import StateMatrix
from stateviz.ordering import METHODS, Stop, order, problem_from_states
from stateviz.ordering.methods.greedy_insert import solve as greedy_insert

SIZES = (128, 1024, 4096)
METHODS_SHOWN = ("identity", "mean", "greedy-chain", "greedy-insert", "greedy-insert,two-opt", "exact")
SECONDS = 5.0


def load(path: str | None) -> StateMatrix:
    """The recording of ``--input``, or the one shipped with the package."""
    from stateviz.storage import load_states, shipped_recording

    return load_states(shipped_recording() if path is None else path)


def exact_table(states: StateMatrix, repeats: int) -> str:
    """Seconds to a proof."""
    rows = []
    for flip in (False, True):
        found = order(states, method="exact", flip=flip)
        seconds = [order(states, method="exact", flip=flip).seconds for _ in range(repeats)]
        proven = "proven" if found.proven else "open"
        name = f"exact{', flips' if flip else ''}, {states.shape[0]} x {states.shape[1]}"
        rows.append((name, f"{found.length:,.0f}", proven, f"{statistics.median(seconds):.3f} s"))
    return table(("method", "length", "result", "solver time"), rows)


def methods_table(states: StateMatrix, repeats: int) -> str:
    """Each method: its length against the best bound known."""
    bound = order(states, method="exact").bound
    assert bound
    peers = [name for name, row in METHODS.items() if row.extra and row.largest is None] if has_peers() else []
    rows = []
    for name in (*METHODS_SHOWN, *peers):
        runs = [order(states, method=name, time=SECONDS, bound=False) for _ in range(1 if name in peers else repeats)]
        seconds = statistics.median(found.seconds for found in runs)
        gap = f"{100 * (runs[0].length - bound) / bound:.2f}%"
        rows.append((f"`{name}`", f"{runs[0].length:,.0f}", f"{bound:,.0f}", gap, f"{seconds:.3f} s"))
    return table(("method", "length", "bound", "gap", "time"), rows)


def has_peers() -> bool:
    """Whether python-tsp is installed."""
    from importlib.util import find_spec

    return find_spec("python_tsp") is not None


def synthetic(units: int, steps: int = 274) -> StateMatrix:
    """Binary units that keep or take a new sign at each step: rows alike in time, as a recurrent network's are."""
    rng = np.random.default_rng(units)
    letters, weight = rng.integers(0, 27, steps), rng.normal(size=(units, 27))
    hold, drive = rng.normal(size=units), rng.normal(size=(units, 64)) / 8
    state, columns = np.where(rng.random(units) < 0.5, -1, 1), []
    for letter in letters:
        state = np.where(state * hold + weight[:, letter] + drive @ state[:64] >= 0, 1, -1)
        columns.append(state)
    return StateMatrix(np.array(columns).T)


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


def ours(states: StateMatrix) -> list[int]:
    """Distances and insertion, from the rows."""
    problem = problem_from_states(states, "hamming")
    return greedy_insert(problem, start=None, rng=np.random.default_rng(0), stop=Stop()).tolist()


def insertion_table(states: StateMatrix, repeats: int) -> str:
    """Seconds of greedy insertion and how many times faster than the loop."""
    rows = []
    for size in SIZES:
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


def main() -> None:
    """Measure, write, and show."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--input", metavar="FILE", help="states to order (default: the shipped recording)")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="runs the medians are of (default: 5)")
    args = parser.parse_args()
    states = load(args.input)
    RESULTS.mkdir(exist_ok=True)
    tables = (measure(states, args.repeats) for measure in (exact_table, methods_table, insertion_table))
    text = "\n".join(tables)
    (RESULTS / "ordering.md").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
