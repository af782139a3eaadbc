"""Measure whole processes: what a user waits for, from the command to the prompt.

    python benchmarks/processes.py [--repeats 5]

Needs stateviz alone. About three minutes.

Writes benchmarks/results/processes.md: ``stateviz --help``, ``stateviz order`` and ``stateviz demo`` warm (medians),
and the first runs ever, with no bytecode of this package, no compiled code and no list of fonts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tables

COMMANDS = (
    ("--help",),
    ("order", "-o", "order.json"),
    ("order", "--method", "greedy-insert", "-o", "order.json"),
    ("order", "--method", "lin-kernighan", "-o", "order.json"),  # compiled, whatever the number of rows
    ("demo",),
)


def seconds(words: tuple[str, ...], folder: str, package: Path, cache: str | None = None) -> float:
    """Wall-clock seconds of one ``stateviz`` process in ``folder``; with ``cache``, a place for what is compiled."""
    fresh = {} if cache is None else {"NUMBA_CACHE_DIR": cache, "MPLCONFIGDIR": cache}
    env = os.environ | fresh | {"PYTHONPATH": str(package)}
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "stateviz", *words], cwd=folder, env=env, check=True, capture_output=True)
    return time.perf_counter() - begun


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__)
    options.add_argument("--repeats", type=int, default=5, help="timed repeats (default: 5)")
    return options


def main() -> None:
    """Write the table."""
    args = parser().parse_args()
    commands, repeats = (COMMANDS[:1], 1) if args.quick else (COMMANDS, args.repeats)
    rows = []
    for words in commands:
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as new:
            # As after an install: other packages are compiled by pip, nothing of this one is.
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(tables.ROOT / "stateviz", Path(new) / "stateviz", ignore=ignored)
            first = seconds(words, folder, Path(new), new)
            warm = statistics.median(seconds(words, folder, tables.ROOT) for _ in range(repeats))
        shown = " ".join(word for word in words if word not in ("-o", "order.json"))
        rows.append((f"`stateviz {shown}`", f"{first:.1f} s", f"{warm:.2f} s"))
    tables.publish("processes", tables.table(("whole process", "first ever", "warm"), rows), args)


if __name__ == "__main__":
    main()
