"""Measure the ordering of many rows: time, memory and length, each number of rows in a process of its own.

    python benchmarks/make_states.py OUT --data DIR
    python benchmarks/many.py --states OUT [--rows 10000 100000] [--seconds 15 280] [--best 4000]

Needs the states that make_states.py makes (lstm-2048); with --quick it takes the shipped ones. Takes the seconds it is
told, five minutes by default, and with --best as many for each number of rows.

The rows are mixed from real states as in peers.py, over 1,000 steps. Writes benchmarks/results/many.md: seconds from
rows in memory to an order, peak memory of the process, and how much longer the order is than the best that ``--best``
seconds find.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import tables
from instances import mixture, standing

import stateviz as sv

STEPS = 1000
MIXED_FROM = "lstm-2048.npy"


def child(path: Path | None, size: int, seconds: float) -> None:
    """Order once; print what it took as JSON."""
    states = mixture(sv.load_states(sv.shipped_recording() if path is None else path).values, size, STEPS)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    found = sv.order(states, method="lin-kernighan", metric="correlation", time=seconds)
    taken = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert np.array_equal(np.sort(found.rows), np.arange(size))
    kept = {"seconds": taken, "length": found.length, "peak": peak / 2**20, "rows": before / 2**20}
    print(json.dumps(kept | {"steps": states.shape[1]}))


def measure(path: Path | None, size: int, seconds: float) -> dict[str, float]:
    """``child`` in a process of its own."""
    call = [sys.executable, __file__, "--child", "--rows", str(size), "--seconds", str(seconds)]
    call += ["--states", str(path)] if path else []
    found: dict[str, float] = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    print(size, seconds, found, file=sys.stderr, flush=True)
    return found


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__)
    options.add_argument("--states", type=Path, metavar="DIR", help="what make_states.py made")
    options.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000], metavar="N")
    options.add_argument("--seconds", type=float, nargs="+", default=[15.0, 280.0], metavar="S", help="for each")
    options.add_argument("--best", type=float, metavar="S", help="seconds for the order to compare with")
    options.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return options


def main() -> None:
    """Measure, write, and show."""
    args = parser().parse_args()
    if args.child:
        child(args.states, args.rows[0], args.seconds[0])
        return
    if len(args.rows) != len(args.seconds):
        raise SystemExit(f"{len(args.rows)} numbers of rows and {len(args.seconds)} of seconds; give one for each")
    if args.quick:
        args.rows, args.seconds, args.best = [1500], [1.0], 2.0
    elif args.states is None or not (args.states / MIXED_FROM).is_file():
        raise SystemExit(f"--states takes a folder with {MIXED_FROM}; make it by: python benchmarks/make_states.py OUT")
    path = None if args.quick else args.states / MIXED_FROM
    rows = []
    for size, seconds in zip(args.rows, args.seconds, strict=True):
        found = measure(path, size, seconds)
        row = (f"{size:,} x {found['steps']:,}", f"{found['seconds']:.0f} s", f"{found['peak']:.1f} GiB")
        if args.best:
            best = measure(path, size, args.best)["length"]
            row += (f"{found['length'] / best - 1:.2%}",)
        rows.append(row)
    head = ("rows x steps", "time", "peak memory", f"above the best of {args.best or 0:,.0f} s")
    note = "" if args.quick else f"\n{standing(args.states)}"
    tables.publish("many", tables.table(head[: len(rows[0])], rows) + note, args)


if __name__ == "__main__":
    main()
