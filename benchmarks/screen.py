"""Measure pages: their bytes, when they are drawn, frames a second, memory of the browser; beside pages of others.

    python benchmarks/screen.py --data DIR [--steps 1000000] [--parts pages large folder text notebook]

Needs Node, chromium and `npm install` in tests/browser; of the peers (treescope, bokeh, plotly) those that are
installed are measured. The states are made up: leaky averages, each at its own rate, of random vectors of characters of
the King James Bible, through tanh. About a quarter of an hour with a million steps, 5 GB of disk.

Writes benchmarks/results/screen.md. Pages are opened by turns of fresh profiles, without a graphics card.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

import stateviz as sv
from stateviz.views import FolderServer

PARTS = ("pages", "large", "folder", "text", "notebook")
UNITS = 1024
BLOCK = 4096
Job = dict[str, Any]
_WRITE = "import sys, stateviz as sv; sv.view(sv.open_recording(sys.argv[1])).save(sys.argv[2])"


def blocks(text: str, units: int, steps: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Made-up states of ``units`` over ``steps`` characters, and these, some thousand at a time."""
    rng = np.random.default_rng(0)
    keep = (1 - np.exp(-rng.uniform(0, 6, units))).astype(np.float32)
    letters = 3 * rng.normal(size=(128, units)).astype(np.float32) * (1 - keep)
    text = text * (steps // len(text) + 1)
    state = np.zeros(units, np.float32)
    for first in range(0, steps, BLOCK):
        part = text[first : min(steps, first + BLOCK)]
        found = np.empty((len(part), units), np.float32)
        for row, letter in enumerate(part):
            state = keep * state + letters[ord(letter) % 128]
            found[row] = state
        yield part, np.tanh(found)


def states(text: str, units: int, steps: int) -> sv.StateMatrix:
    """The same in memory."""
    parts = list(blocks(text, units, steps))
    return sv.StateMatrix(
        np.concatenate([found for _, found in parts]).T, tokens="".join(part for part, _ in parts), binary=False
    )


def peers(values: NDArray[Any]) -> dict[str, Callable[[Path], object]]:
    """How each peer writes one page that needs no network; only those that are installed."""
    found: dict[str, Callable[[Path], object]] = {}
    if tables.installed("treescope") != "not installed":
        import treescope

        def with_treescope(path: Path) -> None:
            shown = treescope.render_array(values, truncate=False)._repr_html_()
            path.write_text(f'<!doctype html><meta charset="utf-8">{shown}', encoding="utf-8")

        found["treescope"] = with_treescope
    if tables.installed("bokeh") != "not installed":
        from bokeh.embed import file_html
        from bokeh.plotting import figure
        from bokeh.resources import INLINE

        def with_bokeh(path: Path) -> None:
            plot = figure(width=1300, height=700)
            plot.image(image=[values.astype(np.float32)], x=0, y=0, dw=values.shape[1], dh=values.shape[0])
            path.write_text(file_html(plot, INLINE), encoding="utf-8")

        found["bokeh"] = with_bokeh
    if tables.installed("plotly") != "not installed":
        import plotly.graph_objects as go

        found["plotly"] = lambda path: go.Figure(go.Heatmap(z=values)).write_html(path, include_plotlyjs=True)
    return found


def browse(jobs: list[Job]) -> dict[str, Any]:
    """What Chromium says of each page, by its name."""
    node, chromium = shutil.which("node"), shutil.which("chromium")
    modules = tables.ROOT / "tests" / "browser"
    if node is None or chromium is None or not (modules / "node_modules").is_dir():
        raise SystemExit("node, chromium and `npm install` in tests/browser are needed")
    script = Path(__file__).with_suffix(".mjs")
    asked = json.dumps({"modules": str(modules), "executable": chromium, "jobs": jobs})
    done = subprocess.run([node, script], input=asked, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return {one["name"]: one for one in json.loads(done.stdout)}


def seconds(times: list[float]) -> str:
    """A median of milliseconds, as seconds."""
    return f"{statistics.median(times) / 1000:.2f} s" if times else ""


def frames(found: dict[str, Any], *kinds: str) -> str:
    """Frames a second of each way to move."""
    return ", ".join(f"{kind} {statistics.median(found[kind]):.0f}" for kind in kinds if kind in found)


def row(name: str, size: int, found: dict[str, Any], *kinds: str) -> list[str]:
    """A row of the table of pages."""
    drawn, everything = seconds(found["drawn"]), seconds(found["all"])
    return [name, f"{size:,}", drawn, everything, frames(found, *kinds), f"{found['memory']:,.0f} MB"]


HEAD = ("page", "bytes", "drawn after", "everything after", "frames a second", "memory of the browser")


def small_pages(text: str, folder: Path, turns: int) -> list[list[str]]:
    """128 x 274, real and binary, ours and the peers'."""
    real = states(text, 128, 274)
    binary = sv.shipped_recording()
    rows, jobs, sizes = [], [], {}
    for kind, shown in (("real", real), ("binary", binary)):
        order = sv.order(shown, method="greedy-insert")
        values = real.values if kind == "real" else binary[binary.sites[0]].values
        writers = {"stateviz": lambda path, x=shown, o=order: sv.view(x, ordering=o).save(path), **peers(values)}
        for name, write in writers.items():
            path = folder / f"{name}-{kind}.html"
            write(path)
            sizes[f"{name}, {kind}"] = path.stat().st_size
            jobs.append(
                {"name": f"{name}, {kind}", "address": path.as_uri(), "turns": turns, "ours": name == "stateviz"}
            )
    found = browse(jobs)
    for name, size in sizes.items():
        rows.append(row(f"128 x 274, {name}", size, found[name]))
    return rows


def large_page(text: str, folder: Path, turns: int, steps: int) -> list[list[str]]:
    """1,024 units in one file."""
    path = sv.view(states(text, UNITS, steps)).save(folder / "large.html", overwrite=True)
    kinds = ("pan", "zoom")
    found = browse([{"name": "x", "address": path.as_uri(), "turns": turns, "ours": True, "moves": kinds}])
    return [row(f"{UNITS:,} x {steps:,} in one file, 4 bits", path.stat().st_size, found["x"], *kinds)]


def long_folder(text: str, folder: Path, turns: int, steps: int) -> tuple[list[list[str]], str]:
    """1,024 units as a folder, written from a recording on disk and served on loopback; and how it was written."""
    with sv.RecordingWriter(folder / "long.zarr", {"lstm.layer0.h": UNITS}) as writer:
        for part, found in blocks(text, UNITS, steps):
            writer.append(tuple(part), {"lstm.layer0.h": found})
        writer.close()
    path = folder / "long"
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", _WRITE, str(folder / "long.zarr"), str(path)], check=True, cwd=tables.ROOT)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    files = [file for file in path.rglob("*") if file.is_file()]
    size, cells = sum(file.stat().st_size for file in files), UNITS * steps
    shutil.rmtree(folder / "long.zarr")
    kinds = ("pan", "zoom")
    with FolderServer(path) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        job = {"name": "x", "address": server.address, "turns": turns, "ours": True, "moves": kinds}
        shown = browse([job])
        server.shutdown()
    told = (
        f"{UNITS:,} x {steps:,}: written in {wall:.0f} s, {cells / wall / 1e6:.1f} million cells a second "
        f"({cells / spent / 1e6:.1f} a second of processor time), with {after.ru_maxrss / 1024:.0f} MB of memory; "
        f"{size / cells:.2f} bytes a cell with all levels, in {len(files):,} files."
    )
    return [row(f"{UNITS:,} x {steps:,} as a folder", size, shown["x"], *kinds)], told


def long_text(folder: Path, text: str, turns: int, steps: int) -> list[list[str]]:
    """A text on the colours of a binary unit."""
    values = np.random.default_rng(0).random((2, steps)) < 0.5
    shown = (text * (steps // len(text) + 1))[:steps]
    path = sv.view(values, kind="text", text=shown).save(folder / "text.html", overwrite=True)
    found = browse([{"name": "x", "address": path.as_uri(), "turns": turns, "ours": True, "moves": ["scroll"]}])
    return [row(f"{steps:,} characters of coloured text", path.stat().st_size, found["x"], "scroll")]


def notebook() -> str:
    """Bytes of what is not data."""
    from stateviz.views.document import script_of
    from stateviz.views.packing import deflated
    from stateviz.views.picture import SCRIPTS

    toys = [sv.CharModel("01", cell="rnn", width=3, blocks=0, embedding="one-hot") for _ in range(2)]
    steps = len(sv.view(toys, kind="steps", text="10101").document().encode())
    script = len(deflated(script_of(SCRIPTS).encode()))
    return (
        f"The script that a notebook holds once: {script:,} bytes. The step-through page of two toys: {steps:,} bytes."
    )


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__, data="the folder that holds kjv.txt")
    options.add_argument("--steps", type=int, default=1_000_000, help="steps of the folder (default: 1000000)")
    options.add_argument("--turns", type=int, default=5, help="times that each page is opened (default: 5)")
    options.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what is measured (default: all)")
    return options


def main() -> None:
    """Write the table."""
    args = parser().parse_args()
    text = tables.text_file(args.data).read_text(encoding="utf-8") if args.data else sv.shipped_text()
    turns, small = (1, 20) if args.quick else (args.turns, 1)
    rows: list[list[str]] = []
    told = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "pages" in args.parts:
            rows += small_pages(text, folder, turns)
        if "large" in args.parts:
            rows += large_page(text, folder, turns, 100_000 // small)
        if "text" in args.parts:
            rows += long_text(folder, text, turns, 1_000_000 // small)
        if "folder" in args.parts:
            more, words = long_folder(text, folder, turns, args.steps // (small * 5 if args.quick else 1))
            rows += more
            told.append(words)
        if "notebook" in args.parts:
            told.append(notebook())
    body = "\n\n".join([tables.table(HEAD, rows), *told]) if rows else "\n\n".join(told)
    tables.publish("screen", body, args, "treescope", "bokeh", "plotly")


if __name__ == "__main__":
    main()
