"""What the benchmarks share: where results go, Markdown tables, and timing in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table, numbers to the right."""
    names = list(head)
    lines = [names, ["---", *["---:"] * (len(names) - 1)], *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def alternate(repeats: int, *runs: Callable[[], object], settle: Callable[[], object] = lambda: None) -> list[float]:
    """Median seconds of each run; they take turns so that a slow moment hits all, and the first round warms up.

    ``settle`` waits for what a run has left to a device, and counts.
    """
    times: list[list[float]] = [[] for _ in runs]
    for turn in range(repeats + 1):
        for run, seen in zip(runs, times, strict=True):
            begun = time.perf_counter()
            run()
            settle()
            if turn:
                seen.append(time.perf_counter() - begun)
    return [statistics.median(seen) for seen in times]
