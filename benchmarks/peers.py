"""Measure ordering: seconds to a proof or a bound, and the solvers of others against lin-kernighan at equal time.

    python benchmarks/make_states.py OUT --data DIR
    python benchmarks/peers.py --states OUT [--repeats 5] [--seeds 10] [--only LABEL ...]

Needs the rows that make_states.py makes (without them the shipped recording alone is ordered) and, for the second
table, the solvers of others: pip install 'stateviz[bench]'. Those that are not installed are named at the end. An hour
or two in all.

Writes benchmarks/results/exact.md and peers.md. Every solver gets the same distances and as many seeds as ours. For
each seed a peer runs, and then lin-kernighan for the seconds that this run took. What is prepared for a peer and read
from its answer is not counted, nor are the distances, for either. Medians and worst of both. All lengths are computed
by one function, from the rows.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import TimeoutError
from pathlib import Path

import numpy as np
import tables
from instances import QUICK, Array, Instance, load, standing, without_networks
from solvers import PATIENCE, PEERS, Peer, distances, solve

import stateviz as sv

PROOF_SECONDS, LONG, SLOW = 120.0, 20.0, 3.0  # proofs longer than LONG are not repeated; runs than SLOW are few
PROVED_ROWS = 2500  # a proof is looked for up to here, above it a bound
MANY_ROWS, FEW = 1024, 3  # seeds of more rows, or of slow solvers
SEARCH_SECONDS = 30.0
EXACT = ("rows", "length", "result", "time")
AGAINST = (
    *("rows", "peer", "seeds", "its time: median", "above the bound: median", "worst"),
    *("lin-kernighan's time: median", "above the bound: median", "worst"),
)


@dataclass(frozen=True)
class Effort:
    """How much is run.

    Parameters
    ----------
    repeats
        Proofs that a median is of.
    seeds
        Of each solver.
    share
        Of the seconds that a run is given.
    """

    repeats: int
    seeds: int
    share: float = 1.0


def instances(folder: Path | None, quick: bool) -> Iterator[Instance]:
    """The shipped recording, then what was made."""
    shipped = sv.load_states(sv.shipped_recording())
    yield Instance("shipped", f"shipped, {shipped.shape[0]} binary", shipped.values, "hamming")
    if folder is not None:
        yield from load(folder)
    elif quick:
        yield from without_networks(QUICK)


def ours(instance: Instance, seconds: float, seed: int = 0) -> tuple[float, float]:
    """Length and seconds of lin-kernighan."""
    found = sv.order(
        instance.values, method="lin-kernighan", metric=instance.metric, time=seconds, seed=seed, bound=False
    )
    return found.length, found.seconds


def warm_up(share: float) -> None:
    """Have everything compiled that is used: by whole and by real distances, few rows and many."""
    rng = np.random.default_rng(0)
    for rows, method in ((300, "exact"), (1500, "lin-kernighan"), (9000, "or-opt")):
        for values in (rng.normal(size=(rows, 20)), rng.integers(0, 2, (rows, 60)) * 2 - 1):
            for _ in range(2):  # the first may spend its time on compiling
                sv.order(values, method=method, time=5.0 * share, bound=False)
        if share < 1:  # a quick run is no measurement
            return


def prove(instance: Instance, repeats: int, share: float) -> tuple[tuple[str, ...], float]:
    """A row of the table of proofs, and the bound."""
    values, metric = instance.values, instance.metric
    if len(values) > PROVED_ROWS:
        found = sv.order(values, method="lin-kernighan", metric=metric, time=SEARCH_SECONDS * share, bound=False)
        begun = time.perf_counter()
        bound = sv.order(values[found.rows], method="identity", metric=metric).bound or 0.0
        seconds = f"{time.perf_counter() - begun:.2f} s"
        return (instance.label, f"{found.length:,.6g}", f"bound {bound:,.6g}", seconds), bound
    taken = []
    for _ in range(repeats):
        found = sv.order(values, method="exact", metric=metric, time=PROOF_SECONDS * share)
        taken.append(found.seconds)
        if found.seconds > LONG:
            break
    result = "proven" if found.proven else f"gap {found.gap:.3%}"
    row = (instance.label, f"{found.length:,.7g}", result, f"{statistics.median(taken):.2f} s")
    return row, found.bound or 0.0


def against(instance: Instance, bound: float, square: Array, peer: Peer, budget: float, seeds: int) -> tuple[str, ...]:
    """A row of the table of peers: for each seed its order, then ours in the seconds that it took."""
    theirs, our = [], []
    seed = 0
    while seed < seeds:
        try:
            rows, taken = solve(peer, square, budget, seed)
        except TimeoutError:
            return instance.label, peer.name, str(seed + 1), f"over {PATIENCE:.0f} s", *("-" * 5)
        theirs.append((length(instance, rows), taken))
        our.append(ours(instance, taken, seed))
        seeds = seeds if taken < SLOW else min(seeds, FEW)
        seed += 1
    return instance.label, peer.name, str(len(theirs)), *shown(theirs, bound), *shown(our, bound)


def length(instance: Instance, rows: Array) -> float:
    """The length of an order of another solver, by the function that gives ours."""
    if not np.array_equal(np.sort(rows), np.arange(len(instance.values))):
        raise ValueError(f"no order of the {len(instance.values)} rows: {rows}")
    return sv.order(instance.values[rows], method="identity", metric=instance.metric, bound=False).length


def shown(runs: list[tuple[float, float]], bound: float) -> tuple[str, str, str]:
    """Median seconds, and how far above the bound: median and worst."""
    above = [max(0.0, length / bound - 1) for length, _ in runs]
    seconds = statistics.median(seconds for _, seconds in runs)
    return f"{seconds:.2f} s", f"{statistics.median(above):.3%}", f"{max(above):.3%}"


def measure(found: Iterator[Instance], peers: list[Peer], effort: Effort) -> tuple[list[tuple[str, ...]], ...]:
    """The rows of both tables."""
    proofs, rows = [], []
    for instance in found:
        row, bound = prove(instance, effort.repeats, effort.share)
        proofs.append(row)
        print(*row, file=sys.stderr, flush=True)
        size = len(instance.values)
        seeds = effort.seeds if size <= MANY_ROWS else min(effort.seeds, FEW)
        ours(instance, effort.share)  # so that no run is the first of its kind
        square = distances(instance) if any(peer.budgets(size) for peer in peers) else np.empty(0)
        for peer in peers:
            for budget in peer.budgets(size):
                rows.append(against(instance, bound, square, peer, budget * effort.share, seeds))
                print(*rows[-1], file=sys.stderr, flush=True)
    return proofs, rows


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__)
    options.add_argument("--states", type=Path, metavar="DIR", help="what make_states.py made; else the shipped states")
    options.add_argument("--repeats", type=int, default=5, metavar="N", help="proofs a median is of (default: 5)")
    options.add_argument("--seeds", type=int, default=10, metavar="N", help="of every solver (default: 10)")
    options.add_argument("--only", nargs="+", metavar="LABEL", help="rows whose label begins so, such as 'lstm, 512'")
    options.add_argument("--proofs", action="store_true", help="measure the first table alone")
    return options


def main() -> None:
    """Measure, write, and show."""
    args = parser().parse_args()
    skipped = tables.missing({peer.module: peer.name for peer in PEERS})
    peers = [] if args.proofs else [peer for peer in PEERS if peer.name not in skipped]
    effort = Effort(1, 2, 0.1) if args.quick else Effort(args.repeats, args.seeds)
    wanted = (
        instance
        for instance in instances(args.states, args.quick)
        if args.only is None or instance.label.startswith(tuple(args.only))
    )
    warm_up(effort.share)
    proofs, rows = measure(wanted, peers, effort)
    note = f"\n{standing(args.states)}" if args.states else ""
    tables.publish("exact", tables.table(EXACT, proofs) + note, args)
    if rows:
        tables.publish("peers", tables.table(AGAINST, rows) + note, args, *(peer.package for peer in peers))
    print("Peers were not asked for." if args.proofs else tables.closing(skipped))


if __name__ == "__main__":
    main()
