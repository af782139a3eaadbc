"""Measure whole processes: what a user waits for, from the command to the prompt.

    python benchmarks/processes.py [--repeats 5]

writes benchmarks/results/processes.md: ``stateviz --help``, ``stateviz order`` and ``stateviz demo`` warm (medians),
and the first runs ever, with empty caches of bytecode and of compiled code.
"""

from __future__ import annotations

import argparse
import os
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
    ("demo",),
)


def seconds(words: tuple[str, ...], folder: str, cache: str | None = None) -> float:
    """Wall-clock seconds of one ``stateviz`` process in ``folder``; with ``cache``, nothing is compiled before it."""
    fresh = {} if cache is None else {"PYTHONPYCACHEPREFIX": cache, "NUMBA_CACHE_DIR": cache}
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "stateviz", *words], cwd=folder, env=os.environ | fresh, check=True, capture_output=True
    )
    return time.perf_counter() - begun


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5, help="timed repeats (default: 5)")
    args = parser.parse_args()
    root = str(Path(__file__).resolve().parent.parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    lines = ["| whole process | first ever | warm |", "|---|---:|---:|"]
    for words in COMMANDS:
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
            first = seconds(words, folder, cache)
            warm = statistics.median(seconds(words, folder) for _ in range(args.repeats))
        shown = " ".join(word for word in words if word not in ("-o", "order.json"))
        lines.append(f"| `stateviz {shown}` | {first:.1f} s | {warm:.2f} s |")
    table = "\n".join(lines) + "\n"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "processes.md").write_text(table, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
