"""What the benchmarks share: their options, timing in turns, Markdown tables, and the line of versions under each.

This file puts the tree it lies in first on the import path, so that a benchmark measures the code beside it.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
ALWAYS = ("torch", "numpy", "numba", "highspy")
INSTALL = "pip install 'stateviz[bench]'"
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


# --- options


def parser(about: str | None, *, data: str | None = None, tables: bool = True) -> argparse.ArgumentParser:
    """Options that every benchmark has.

    Parameters
    ----------
    about
        The script's docstring: what it measures, what it needs and how long it takes.
    data
        What the folder of texts is used for; None for a benchmark that reads no text.
    tables
        Whether it writes tables.
    """
    options = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    quick = "a small size, in seconds, to see that it works" + ("; prints and writes no table" if tables else "")
    options.add_argument("--quick", action="store_true", help=quick)
    if tables:
        options.add_argument(
            "--results", type=Path, metavar="DIR", help="where tables go (default: benchmarks/results)"
        )
    if data:
        options.add_argument("--data", type=Path, metavar="DIR", help=data)
    return options


def text_file(folder: Path, name: str = "kjv.txt") -> Path:
    """The text of that name in ``--data``; ends the program with one line where it is not there."""
    if not (folder / name).is_file():
        raise SystemExit(f"{folder / name} is missing; --data takes a folder that holds {name}")
    return folder / name


# --- timing


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


# --- tables


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table, numbers to the right."""
    names = list(head)
    lines = [names, ["---", *["---:"] * (len(names) - 1)], *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def publish(name: str, text: str, args: argparse.Namespace, *packages: str) -> None:
    """Show a table with the line of versions under it, and write it as NAME.md.

    With ``--quick`` it is written only where ``--results`` names a folder: small sizes are no measurements.

    Parameters
    ----------
    packages
        Distributions compared with, beside those that every line names.
    """
    text = f"{text.rstrip()}\n\nMeasured with {made_with(*packages)}\n"
    print(text)
    folder = args.results or (None if args.quick else RESULTS)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def made_with(*packages: str) -> str:
    """Versions, processor and day: what the line under a table says."""
    names = dict.fromkeys((*ALWAYS, *packages))
    parts = [f"stateviz {installed('stateviz')}{commit()}", f"Python {platform.python_version()}"]
    parts += [f"{name} {installed(name)}" for name in names]
    return f"{', '.join(parts)}; {processor()}; {datetime.date.today().isoformat()}."


def installed(package: str) -> str:
    """Its version; ``not installed`` where there is none."""
    if package == "stateviz":
        import stateviz

        return stateviz.__version__
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def commit() -> str:
    """Where the code stands in its history, and whether it was changed since; nothing without a history."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", "stateviz", "benchmarks/*.py")
        return f" at {git('rev-parse', '--short', 'HEAD')}{', with changes' if changed else ''}"
    except (OSError, subprocess.CalledProcessError):
        return ""


def processor() -> str:
    """Its name, how many cores this process may use, and the system."""
    name = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.is_file():
        lines = described.read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {cores()} cores, {platform.system()} {platform.machine()}"


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# --- packages that may be missing


def missing(packages: Mapping[str, str]) -> dict[str, str]:
    """What cannot be imported of ``packages`` (module to distribution), with the reason."""
    return {name: "not installed" for module, name in packages.items() if find_spec(module) is None}


def closing(skipped: Mapping[str, str], install: str = INSTALL) -> str:
    """The last line of a benchmark: what was left out and why.

    Examples
    --------
    >>> closing({})
    'Nothing was skipped.'
    >>> closing({"elkai": "not installed"}, "pip install elkai")
    'Skipped: elkai (not installed). To have all: pip install elkai'
    """
    if not skipped:
        return "Nothing was skipped."
    return f"Skipped: {', '.join(f'{name} ({why})' for name, why in skipped.items())}. To have all: {install}"
