"""Measure writing of posters: a PNG of gigapixels against Pillow and libvips, and every format of one poster.

    python benchmarks/printing.py [--megapixels 1400] [--repeats 3]

Needs pip install 'stateviz[print,bench]' and, of the system, libvips, which pyvips calls. A writer that cannot be
loaded is named at the end. About five minutes.

Every run is its own process, so that its memory is its own, after a small picture that loads what is needed. stateviz
is timed from the matrix in memory to the file; the others are given the layout, which is not timed. Writes
benchmarks/results/printing.md and printing-formats.md. Medians of runs in turns; each rival with its fastest setting.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

import stateviz as sv

Array = NDArray[np.uint8]
MATRICES = {"128 x 274": (128, 274), "1,024 x 4,000": (1024, 4000)}
A0_INCHES = (847 / 25.4, 1195 / 25.4)  # with its bleed
FORMATS = (".png", ".pdf", ".tif", ".svg")
POSTER = (128, 20_000)


@dataclass(frozen=True)
class Picture:
    """What the others are given: cells as they lie, pixels a cell, canvas and origin in pixels, and dpi."""

    cells: Array
    cell: int
    canvas: tuple[int, int]
    origin: tuple[int, int]
    dpi: float


def matrix(shape: tuple[int, int]) -> Array:
    """The shipped states; else units that are noise with a memory, as no real ones of that size are shipped."""
    shipped = sv.load_states(sv.shipped_recording())
    if shipped.shape == shape:
        return np.asarray(shipped.values > 0, np.uint8)
    rng = np.random.default_rng(0)
    flips = rng.random(shape) < rng.uniform(0.02, 0.4, (shape[0], 1))
    return np.asarray(np.cumsum(flips, axis=1) % 2, np.uint8)


# --- writers: what they are given, which is not timed, and the run


def with_stateviz(given: tuple[Array, float], path: Path) -> None:
    """Lay out and write: from the matrix."""
    cells, dpi = given
    sv.write(sv.layout(sv.rasterize(cells), "a0", dpi=dpi, bands=1), path)


def laid_out(cells: Array, dpi: float) -> Picture:
    """The same picture for the others, who need not lay it out."""
    sheet = sv.layout(sv.rasterize(cells), "a0", dpi=dpi, bands=1)
    return Picture(np.array(sheet.grid.indices), sheet.cell, sheet.canvas, sheet.origin, dpi)


def with_pillow(level: int) -> Callable[[Picture, Path], None]:
    """A palette picture of the whole canvas, saved at 1 bit."""

    def run(given: Picture, path: Path) -> None:
        from PIL import Image

        picture = Image.new("P", given.canvas)
        size = (given.cells.shape[1] * given.cell, given.cells.shape[0] * given.cell)
        grid = Image.fromarray(given.cells, "P").resize(size, Image.Resampling.NEAREST)
        picture.paste(grid, given.origin)
        picture.putpalette([250, 245, 235, 20, 40, 90])
        picture.save(path, bits=1, compress_level=level, dpi=(given.dpi, given.dpi))

    return run


def with_vips(level: int, row_filter: str) -> Callable[[Picture, Path], None]:
    """Streamed by libvips: black and white, which it writes faster than a palette."""

    def run(given: Picture, path: Path) -> None:
        import pyvips

        rows, columns = given.cells.shape
        grid = pyvips.Image.new_from_memory((given.cells * 255).tobytes(), columns, rows, 1, "uchar")
        grid = grid.copy(interpretation="b-w").zoom(given.cell, given.cell)
        picture = grid.embed(*given.origin, *given.canvas).copy(xres=given.dpi / 25.4, yres=given.dpi / 25.4)
        picture.pngsave(str(path), bitdepth=1, compression=level, filter=row_filter)

    return run


WRITERS: dict[str, dict[str, Callable[[Any, Path], None]]] = {
    "stateviz": {"as it is": with_stateviz},
    "Pillow": {f"level {level}": with_pillow(level) for level in (1, 6)},
    "libvips": {
        f"level {level}, filter {row_filter}": with_vips(level, row_filter)
        for level in (1, 6)
        for row_filter in ("none", "up")
    },
}


# --- a PNG against the others


def child(name: str, setting: str, cells_file: Path, dpi: float, path: Path) -> None:
    """One run; prints what it took as JSON."""
    cells, run = np.load(cells_file), WRITERS[name][setting]

    def given(cells: Array, dpi: float) -> Any:
        return (cells, dpi) if name == "stateviz" else laid_out(cells, dpi)

    run(given(cells[:9, :9], 40), path)
    task = given(cells, dpi)
    begun, used = time.perf_counter(), time.process_time()
    run(task, path)
    took, cpu = time.perf_counter() - begun, time.process_time() - used
    print(json.dumps({"seconds": took, "cpu": cpu, "memory": peak_memory(), "bytes": path.stat().st_size}))


def peak_memory() -> float:
    """Megabytes that this process held at most; getrusage would count those of the process it was forked from."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(name: str, setting: str, dpi: float, folder: Path) -> dict[str, float] | str:
    """One run in a process of its own; the reason where it cannot be."""
    words = ["--child", name, setting, str(folder / "cells.npy"), str(dpi), str(folder / f"{name}.png")]
    done = subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1]
        if name == "stateviz":
            raise SystemExit(reason)
        return reason
    found: dict[str, float] = json.loads(done.stdout)
    print(f"{name}, {setting}: {found['seconds']:.2f} s", file=sys.stderr)
    return found


def against_others(shape: str, dpi: float, repeats: int, skipped: dict[str, str]) -> list[list[str]]:
    """A row a writer, the fastest setting of each; all settings take turns."""
    runs: dict[tuple[str, str], list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        np.save(folder / "cells.npy", matrix(MATRICES[shape]))
        for _ in range(repeats):
            for name, setting in ((name, setting) for name, settings in WRITERS.items() for setting in settings):
                if name in skipped:
                    continue
                found = measured(name, setting, dpi, folder)
                if isinstance(found, str):
                    skipped[name] = found
                else:
                    runs.setdefault((name, setting), []).append(found)
        check(folder / "stateviz.png", shape)
    medians = {key: {what: statistics.median(run[what] for run in of) for what in of[0]} for key, of in runs.items()}
    ours = medians["stateviz", "as it is"]["seconds"]
    rows = []
    for writer in dict.fromkeys(name for name, _ in medians):
        setting, run = min(
            ((setting, run) for (name, setting), run in medians.items() if name == writer),
            key=lambda x: x[1]["seconds"],
        )
        label, slower = (
            (writer, "") if writer == "stateviz" else (f"{writer}, {setting}", f"{run['seconds'] / ours:.1f}x")
        )
        sizes = f"{run['memory']:,.0f} MB", f"{run['bytes'] / 1e6:.2f} MB"
        rows.append([f"{shape}: {label}", f"{run['seconds']:.2f} s", slower, *sizes])
    return rows


def check(path: Path, shape: str) -> None:
    """The file decodes to the matrix, to the pixel."""
    from stateviz.rendering import read_grid

    if not np.array_equal(read_grid(path).indices, matrix(MATRICES[shape])):
        raise SystemExit(f"{path} does not decode to its matrix")


# --- every format


def formats(extensions: list[str], shape: tuple[int, int], repeats: int) -> list[list[str]]:
    """A whole chapter on A2, in every format: median seconds to write and to read back, and bytes."""
    from stateviz.printing import compare_matrix, read_back

    states = sv.load_states(matrix(shape))
    sheet = sv.layout(sv.rasterize(states), "a2")
    times: dict[str, list[tuple[float, float]]] = {extension: [] for extension in extensions}
    sizes = {}
    with tempfile.TemporaryDirectory() as name:
        for turn in range(repeats):
            for extension, seen in times.items():
                begun = time.perf_counter()
                path = sv.write(sheet, Path(name, f"{turn}{extension}"))
                wrote = time.perf_counter()
                found = read_back(path)
                read = time.perf_counter()
                if compare_matrix(found, states).cells:
                    raise SystemExit(f"{path} does not read back as its matrix")
                seen.append((wrote - begun, read - wrote))
                sizes[extension] = f"{path.stat().st_size / 1e6:.2f} MB"
    medians = {
        extension: [statistics.median(of) for of in zip(*seen, strict=True)] for extension, seen in times.items()
    }
    return [[f"`{name}`", *(f"{seconds:.2f} s" for seconds in of), sizes[name]] for name, of in medians.items()]


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__)
    options.add_argument("--megapixels", type=float, default=1400, help="of the poster (default: 1400)")
    options.add_argument("--repeats", type=int, default=3, help="processes a setting (default: 3)")
    options.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    return options


def main() -> None:
    """Write the tables."""
    args = parser().parse_args()
    if args.child:
        name, setting, cells, dpi_text, path = args.child
        child(name, setting, Path(cells), float(dpi_text), Path(path))
        return
    shapes = dict(MATRICES)
    if args.quick:
        args.megapixels, args.repeats, shapes = 20.0, 1, {"128 x 274": (128, 274)}
    dpi = math.sqrt(args.megapixels * 1e6 / (A0_INCHES[0] * A0_INCHES[1]))
    skipped: dict[str, str] = {}
    rows = [row for shape in shapes for row in against_others(shape, dpi, args.repeats, skipped)]
    head = [f"{args.megapixels / 1000:g} gigapixels, two colours, as PNG", "time", "slower by", "memory", "file"]
    tables.publish("printing", tables.table(head, rows), args, "Pillow", "pyvips")
    if tables.missing({"pikepdf": "pikepdf"}):
        skipped["reading PDF back"] = "pikepdf is not installed"
    written = [extension for extension in FORMATS if extension != ".pdf" or "reading PDF back" not in skipped]
    poster = (128, 500) if args.quick else POSTER
    head = [f"{poster[0]} x {poster[1]:,} on A2", "written", "read back", "file"]
    tables.publish("printing-formats", tables.table(head, formats(written, poster, args.repeats)), args, "pikepdf")
    print(tables.closing(skipped, "pip install 'stateviz[print,bench]', and libvips from your system"))


if __name__ == "__main__":
    main()
