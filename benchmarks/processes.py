"""Measure whole processes: what a user waits for, from the command to the prompt.

    python benchmarks/processes.py [--repeats 5]

writes benchmarks/results/processes.md: ``stateviz --help``, ``stateviz order`` and ``stateviz demo`` warm (medians),
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

from tables import RESULTS

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


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5, help="timed repeats (default: 5)")
    args = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    lines = ["| whole process | first ever | warm |", "|---|---:|---:|"]
    for words in COMMANDS:
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as new:
            # As after an install: other packages are compiled by pip, nothing of this one is.
            shutil.copytree(root / "stateviz", Path(new) / "stateviz", ignore=shutil.ignore_patterns("__pycache__"))
            first = seconds(words, folder, Path(new), new)
            warm = statistics.median(seconds(words, folder, root) for _ in range(args.repeats))
        shown = " ".join(word for word in words if word not in ("-o", "order.json"))
        lines.append(f"| `stateviz {shown}` | {first:.1f} s | {warm:.2f} s |")
    table = "\n".join(lines) + "\n"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "processes.md").write_text(table, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
