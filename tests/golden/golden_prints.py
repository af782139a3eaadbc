"""Sheets on paper: plans, pixels, files of every format, captions, and what a preflight says of them."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

import golden_dumps as dumps
import numpy as np
from golden_runs import BINARY, REAL, Content, run

import stateviz as sv

HALFTONE = "--halftone"
"""The option of ``stateviz print`` that says how a real value becomes dots."""

PLANS = {
    "a6": (BINARY, "--medium", "a6"),
    "bands": ("--medium", "a3", "--time", "right", "--bands", "2"),
    "long": ("--medium", "70x40mm", "--dpi", "600", "--bands", "auto", "--bleed", "1mm"),
    "camera-behind": ("--medium", "iphone-16-pro"),
    "camera-below": ("--medium", "iphone-16-pro", "--camera", "below", "--time", "down"),
    "camera-reflow": ("--medium", "iphone-16-pro", "--camera", "reflow"),
    "sticker": (BINARY, "--medium", "sticker-round-100", "--margin", "5mm"),
    "shirt": (BINARY, "--medium", "tee-12x16", "--cell", "2mm", "--palette", "forest"),
    "real": (REAL, "--medium", "postcard-4x6", "--scale", "4"),
}
SHEETS = {
    "two-colours": (BINARY, "--medium", "a6", "--dpi", "100", "--palette", "ffffff,003366"),
    "bands": ("--steps", "0:90", "--medium", "a5", "--dpi", "100", "--time", "right", "--bands", "3"),
    "camera-below": ("--medium", "iphone-16-pro", "--camera", "below", "--dpi", "150"),
    "shirt": (BINARY, "--medium", "tee-12x16", "--dpi", "50"),
    "threshold": (REAL, "--medium", "a6", "--dpi", "100", "--threshold", "0.5"),
    "continuous": (REAL, "--medium", "a6", "--dpi", "100", "--palette", "balance"),
    "dots": (REAL, "--medium", "a6", "--dpi", "150"),
    "blue-noise": (REAL, "--medium", "a6", "--dpi", "100", HALFTONE, "blue-noise"),
    "ordered": (REAL, "--medium", "a6", "--dpi", "100", HALFTONE, "ordered", "--scale", "3"),
    "caption": (
        "--steps",
        "0:60",
        "--medium",
        "a5",
        "--dpi",
        "100",
        "--time",
        "right",
        "--caption",
        "--title",
        "Verse",
    ),
}


def _order(path: str | None) -> str:
    """The rows in an order that is quickly found."""
    name = f"{'shipped' if path is None else Path(path).stem}.json"
    if not Path(name).exists():
        run("order", *([] if path is None else [path]), "--method", "greedy-insert", "-o", name)
    return name


def _print(words: tuple[str, ...], *more: str) -> str:
    path = None if words[0].startswith("--") else words[0]
    return run("print", *words, "--order", _order(path), *more)


def plans() -> Content:
    """The numbers of layouts: bands, cameras, contours, transparency, halftones."""
    found = {f"{name}.json": dumps.json_text(json.loads(_print(words, "--plan"))) for name, words in PLANS.items()}
    return found | {"stdout.txt": _print(PLANS["a6"], "--plan")}


def sheets() -> Content:
    """The pixels of sheets, as another reader decodes their PNG, and the smallest of the files."""
    lines = []
    for name, words in SHEETS.items():
        _print(words, "-o", f"{name}.png")
        lines.append(f"{name}: {dumps.picture_text(Path(f'{name}.png').read_bytes())}\n")
    kept = {name: Path(name).read_bytes() for name in ("two-colours.png", "bands.png")}
    return {"pixels.txt": "".join(lines), **kept, "chunks.txt": dumps.png_text(kept["two-colours.png"])}


def pictures() -> Content:
    """A grid in every format: groups apart, signs, a palette of its own."""
    states = sv.load_states(BINARY)
    ordering = sv.order(states, method="greedy-insert,two-opt", groups=3, bound=False)
    grid = sv.rasterize(ordering.apply(states), palette="oxblood")
    for ending in ("png", "svg", "pdf", "tif"):
        sv.write(grid, f"grid.{ending}", scale=3, dpi=120)
    return {
        "grid.png": Path("grid.png").read_bytes(),
        "grid.svg": Path("grid.svg").read_text(encoding="utf-8"),
        "pdf.txt": dumps.pdf_text(Path("grid.pdf").read_bytes()),
        "tiff.txt": dumps.picture_text(Path("grid.tif").read_bytes()),
        "indices.txt": dumps.array_text("indices", np.asarray(grid.indices)),
    }


def formats() -> Content:
    """A sheet as SVG, as TIFF of inks, and as PDF of each standard; the bytes of what is deterministic."""
    words = (BINARY, "--medium", "a6", "--dpi", "100")
    kept: dict[str, str | bytes] = {}
    for name, more in {
        "x4": (),
        "x1a": ("--standard", "x1a"),
        "srgb": ("--standard", "none"),
        "limit": ("--ink-limit", "220"),
    }.items():
        _print(words, *more, "-o", f"{name}.pdf")
        kept[f"pdf-{name}.txt"] = dumps.pdf_text(Path(f"{name}.pdf").read_bytes())
    for name, more in {"deflate": (), "lzw": ("--compression", "lzw"), "limit": ("--ink-limit", "220")}.items():
        _print(words, *more, "-o", f"{name}.tif")
        kept[f"tiff-{name}.txt"] = dumps.picture_text(Path(f"{name}.tif").read_bytes())
    _print(words, "-o", "sheet.svg")
    _print((BINARY, "--medium", "sticker-75x100"), "-o", "contour.svg")
    _print((REAL, "--medium", "a6", "--dpi", "100"), "-o", "dots.pdf")
    kept |= {name: Path(name).read_text(encoding="utf-8") for name in ("sheet.svg", "contour.svg")}
    kept["pdf-dots.txt"] = dumps.pdf_text(Path("dots.pdf").read_bytes())
    return kept | {"bytes.txt": _bytes("x4.pdf", "x1a.pdf", "srgb.pdf", "sheet.svg", "dots.pdf")}


def _bytes(*names: str) -> str:
    """Digests of whole files, and of which version of zlib they are."""
    lines = (f"{hashlib.sha256(Path(name).read_bytes()).hexdigest()}  {name}" for name in names)
    return "\n".join([f"zlib {zlib.ZLIB_RUNTIME_VERSION}", *lines]) + "\n"


def captions() -> Content:
    """Text under its columns, a paragraph, a title and a legend: places and letters as PDF, outlines as SVG."""
    letters = ("--steps", "0:60", "--medium", "a4", "--dpi", "100", "--time", "right", "--bands", "2", "--caption")
    paragraph = ("--medium", "a4", "--dpi", "100", "--time", "right", "--caption", "--title", "Romans 1:16-17")
    kept = {}
    for name, words in {
        "letters": (*letters, "--font", "mono"),
        "paragraph": (*paragraph, "--legend", "text=two verses", "--legend", "model="),
    }.items():
        kept[f"{name}.json"] = dumps.json_text(json.loads(_print(words, "--plan", "-o", f"{name}.pdf")))
        kept[f"{name}.txt"] = dumps.pdf_text(Path(f"{name}.pdf").read_bytes())
    _print(letters, "-o", "letters.svg")
    outlines = Path("letters.svg").read_bytes()
    return kept | {"outlines.txt": f"letters.svg {dumps.digest(outlines)}\n"}


def preflights() -> Content:
    """What preflight finds in files that are right, and in one that is not."""
    words = (BINARY, "--medium", "a6")
    text = []
    for ending in ("png", "svg", "pdf", "tif"):
        name = f"sheet.{ending}"
        _print(words, "-o", name)
        found = run("preflight", name, "--medium", "a6", "--against", BINARY, "--order", _order(BINARY))
        text.append(f"{name} on a6\n{found}\n")
    text.append(f"sheet.png on a5\n{run('preflight', 'sheet.png', '--medium', 'a5', code=1)}\n")
    _print((REAL, "--medium", "a6", "--scale", "9"), "-o", "dots.png")
    against = ("--against", REAL, "--order", _order(REAL), "--scale", "9")
    text.append(f"dots.png on a6\n{run('preflight', 'dots.png', '--medium', 'a6', *against)}")
    return {"preflight.txt": "".join(text), "preflight.json": run("preflight", "sheet.png", "--medium", "a6", "--json")}
