"""Measure the ordering of many rows: time, memory and length, each number of rows in a process of its own.

    python benchmarks/many.py --states layer.npy [--rows 10000 100000] [--seconds 15 280] [--best 3600]

The rows are mixed from real states as in peers.py, over 1,000 steps. Writes benchmarks/results/many.md: seconds of the
whole process from rows in memory to an order, its peak memory, and how much longer the order is than the best that
``--best`` seconds find.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
from peers import mixture
from tables import RESULTS, table

from stateviz.ordering import order
from stateviz.storage import load_states


def child(path: str, size: int, seconds: float) -> None:
    """Order once; print what it took as JSON."""
    states = mixture(load_states(path).values, size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    found = order(states, method="lin-kernighan", time=seconds)
    taken = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert np.array_equal(np.sort(found.rows), np.arange(size))
    print(json.dumps({"seconds": taken, "length": found.length, "peak": peak / 2**20, "rows": before / 2**20}))


def measure(path: str, size: int, seconds: float) -> dict[str, float]:
    """``child`` in a process of its own."""
    call = [sys.executable, __file__, "--states", path, "--child", "--rows", str(size), "--seconds", str(seconds)]
    found: dict[str, float] = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    print(size, seconds, found, file=sys.stderr, flush=True)
    return found


def main() -> None:
    """Measure, write, and show."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--states", required=True, metavar="FILE", help="real states to mix, units x steps")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--seconds", type=float, nargs="+", default=[15.0, 280.0])
    parser.add_argument("--best", type=float, help="seconds for the order to compare with")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.states, args.rows[0], args.seconds[0])
        return
    rows = []
    for size, seconds in zip(args.rows, args.seconds, strict=True):
        found = measure(args.states, size, seconds)
        row = (f"{size:,} x 1,000", f"{found['seconds']:.0f} s", f"{found['peak']:.1f} GiB")
        if args.best:
            best = measure(args.states, size, args.best)["length"]
            row += (f"{found['length'] / best - 1:.2%}",)
        rows.append(row)
    head = ("rows x steps", "time", "peak memory", f"above the best of {args.best or 0:,.0f} s")
    text = table(head[: len(rows[0])], rows)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "many.md").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
