"""Measure writing of posters: a PNG of gigapixels against Pillow and libvips, and every format of one poster.

    python benchmarks/printing.py [--megapixels 1400] [--repeats 3]

needs ``pip install stateviz[print] pyvips`` and libvips; what is missing is left out. Every run is its own process,
so that its memory is its own, and is timed from the matrix in memory to the file, after a small picture that loads what
is needed. Writes benchmarks/results/printing.md and printing-formats.md. Medians; each rival with its fastest setting.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tables import RESULTS, table

Array = NDArray[np.uint8]
MATRICES = {"128 x 274": (128, 274), "1,024 x 4,000": (1024, 4000)}
A0_INCHES = (847 / 25.4, 1195 / 25.4)  # with its bleed
FORMATS = (".png", ".pdf", ".tif", ".svg")
POSTER = (128, 20_000)


def matrix(shape: tuple[int, int]) -> Array:
    """The shipped states; else units that are noise with a memory, as no real ones of that size are shipped."""
    from stateviz.storage import load_states, shipped_recording

    shipped = load_states(shipped_recording())
    if shipped.shape == shape:
        return np.asarray(shipped.values > 0, np.uint8)
    rng = np.random.default_rng(0)
    flips = rng.random(shape) < rng.uniform(0.02, 0.4, (shape[0], 1))
    return np.asarray(np.cumsum(flips, axis=1) % 2, np.uint8)


def with_stateviz(cells: Array, dpi: float, path: Path) -> None:
    """Lay out and write."""
    from stateviz.printing.layout import layout
    from stateviz.rendering import rasterize, write

    write(layout(rasterize(cells), "a0", dpi=dpi, bands=1), path)


def _geometry(cells: Array, dpi: float) -> tuple[Array, int, tuple[int, int], tuple[int, int]]:
    """The same picture for the others: cells as they lie, pixels a cell, canvas, origin."""
    from stateviz.printing.layout import layout
    from stateviz.rendering import rasterize

    sheet = layout(rasterize(cells), "a0", dpi=dpi, bands=1)
    return np.array(sheet.grid.indices), sheet.cell, sheet.canvas, sheet.origin


def with_pillow(level: int) -> Callable[[Array, float, Path], None]:
    """A palette picture of the whole canvas, saved at 1 bit."""

    def run(cells: Array, dpi: float, path: Path) -> None:
        from PIL import Image

        lying, cell, canvas, origin = _geometry(cells, dpi)
        picture = Image.new("P", canvas)
        grid = Image.fromarray(lying, "P").resize(
            (lying.shape[1] * cell, lying.shape[0] * cell), Image.Resampling.NEAREST
        )
        picture.paste(grid, origin)
        picture.putpalette([250, 245, 235, 20, 40, 90])
        picture.save(path, bits=1, compress_level=level, dpi=(dpi, dpi))

    return run


def with_vips(level: int, row_filter: str) -> Callable[[Array, float, Path], None]:
    """Streamed by libvips: black and white, which it writes faster than a palette."""

    def run(cells: Array, dpi: float, path: Path) -> None:
        import pyvips

        lying, cell, canvas, origin = _geometry(cells, dpi)
        grid = pyvips.Image.new_from_memory((lying * 255).tobytes(), lying.shape[1], lying.shape[0], 1, "uchar")
        grid = grid.copy(interpretation="b-w").zoom(cell, cell)
        picture = grid.embed(*origin, *canvas).copy(xres=dpi / 25.4, yres=dpi / 25.4)
        picture.pngsave(str(path), bitdepth=1, compression=level, filter=row_filter)

    return run


WRITERS: dict[str, dict[str, Callable[[Array, float, Path], None]]] = {
    "stateviz": {"as it is": with_stateviz},
    "Pillow": {f"level {level}": with_pillow(level) for level in (1, 6)},
    "libvips": {
        f"level {level}, filter {row_filter}": with_vips(level, row_filter)
        for level in (1, 6)
        for row_filter in ("none", "up")
    },
}


def child(name: str, setting: str, cells_file: Path, dpi: float, path: Path) -> None:
    """One run; prints what it took as JSON."""
    cells = np.load(cells_file)
    run = WRITERS[name][setting]
    run(cells[:9, :9], 40, path)
    begun, used = time.perf_counter(), time.process_time()
    run(cells, dpi, path)
    took, cpu = time.perf_counter() - begun, time.process_time() - used
    print(json.dumps({"seconds": took, "cpu": cpu, "memory": peak_memory(), "bytes": path.stat().st_size}))


def peak_memory() -> float:
    """Megabytes that this process held at most; getrusage would count those of the process it was forked from."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(name: str, setting: str, shape: str, dpi: float, repeats: int, folder: Path) -> dict[str, Any] | None:
    """Medians over processes; None where what it needs is not installed."""
    runs = []
    cells = folder / "cells.npy"
    np.save(cells, matrix(MATRICES[shape]))
    for _ in range(repeats):
        words = ["--child", name, setting, str(cells), str(dpi), str(folder / f"{name}.png")]
        done = subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True, env=os.environ)
        if done.returncode:
            print(f"{name}, {setting}: left out ({done.stderr.strip().splitlines()[-1]})", file=sys.stderr)
            return None
        runs.append(json.loads(done.stdout))
        print(f"{shape}: {name}, {setting}: {runs[-1]['seconds']:.2f} s", file=sys.stderr)
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]} | {"setting": setting}


def against_others(shape: str, dpi: float, repeats: int) -> list[list[str]]:
    """A row a writer, the fastest setting of each."""
    best: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for writer, settings in WRITERS.items():
            runs = [measured(writer, setting, shape, dpi, repeats, folder) for setting in settings]
            found = [run for run in runs if run]
            if found:
                best[writer] = min(found, key=lambda run: run["seconds"])
        check(folder / "stateviz.png", shape)
    ours = best["stateviz"]["seconds"]
    return [
        [
            f"{shape}: {writer}{'' if writer == 'stateviz' else ', ' + run['setting']}",
            f"{run['seconds']:.2f} s",
            "" if writer == "stateviz" else f"{run['seconds'] / ours:.1f}x",
            f"{run['memory']:,.0f} MB",
            f"{run['bytes'] / 1e6:.2f} MB",
        ]
        for writer, run in best.items()
    ]


def check(path: Path, shape: str) -> None:
    """The file decodes to the matrix, to the pixel."""
    from stateviz.rendering import read_grid

    if not np.array_equal(read_grid(path).indices, matrix(MATRICES[shape])):
        raise SystemExit(f"{path} does not decode to its matrix")


def formats() -> list[list[str]]:
    """A whole chapter on A2, in every format: seconds to write and to read back, and bytes."""
    from stateviz.core.inputs import coerce_states
    from stateviz.printing import compare_matrix, read_back
    from stateviz.printing.layout import layout
    from stateviz.rendering import rasterize, write

    states = coerce_states(matrix(POSTER))
    sheet = layout(rasterize(states), "a2")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for extension in FORMATS:
            begun = time.perf_counter()
            path = write(sheet, Path(name, f"poster{extension}"))
            wrote = time.perf_counter()
            if compare_matrix(read_back(path), states).cells:
                raise SystemExit(f"{path} does not read back as its matrix")
            read = time.perf_counter()
            size = f"{path.stat().st_size / 1e6:.2f} MB"
            rows.append([f"`{extension}`", f"{wrote - begun:.2f} s", f"{read - wrote:.2f} s", size])
    return rows


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--megapixels", type=float, default=1400, help="of the poster (default: 1400)")
    parser.add_argument("--repeats", type=int, default=3, help="processes a setting (default: 3)")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    args = parser.parse_args()
    root = str(Path(__file__).resolve().parent.parent)
    sys.path.insert(0, root)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    if args.child:
        name, setting, cells, dpi_text, path = args.child
        child(name, setting, Path(cells), float(dpi_text), Path(path))
        return
    dpi = math.sqrt(args.megapixels * 1e6 / (A0_INCHES[0] * A0_INCHES[1]))
    rows = [row for shape in MATRICES for row in against_others(shape, dpi, args.repeats)]
    head = [f"{args.megapixels / 1000:g} gigapixels, two colours, as PNG", "time", "slower by", "memory", "file"]
    RESULTS.mkdir(exist_ok=True)
    for file, text in (
        ("printing", table(head, rows)),
        ("printing-formats", table(["128 x 20,000 on A2", "written", "read back", "file"], formats())),
    ):
        (RESULTS / f"{file}.md").write_text(text, encoding="utf-8")
        print(text)


if __name__ == "__main__":
    main()
