"""What a file says of itself before it is printed: its size, colours, profile, plan, and its pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.sheets import Color
from stateviz.core.table import Table

Box = tuple[float, float, float, float]
MOST_PIXELS = 1_000_000_000
"""Of a picture that has to be held in memory to be read; a PNG of stateviz streams and may be larger."""


@dataclass(frozen=True)
class Pixels:
    """A picture as palette indices, row by row.

    Parameters
    ----------
    size
        (width, height).
    colors
        The palette as seen, sRGB.
    rows
        Called to begin anew: yields uint8 indices, shape (width,); a row that repeats the one above may be the same
        array again.
    exact
        Whether the file holds these colours, and not more of which these are the nearest.
    """

    size: tuple[int, int]
    colors: tuple[Color, ...]
    rows: Callable[[], Iterator[NDArray[np.uint8]]]
    exact: bool = True


@dataclass(frozen=True)
class PrintFile:
    """A file, as far as a print shop looks at it; lengths in millimetres.

    Parameters
    ----------
    format
        "PNG", "TIFF", "PDF", "SVG" or what Pillow calls it.
    dpi
        Pixels an inch, across and down; None where the file does not say.
    page
        (width, height) of the whole page, or None where nothing gives the pixels a size.
    boxes
        PDF: media, bleed and trim box, (x0, y0, x1, y1) from the lower left.
    space
        "RGB", "CMYK" or "Gray".
    profile
        What the embedded profile, or the mark that stands for one, is called.
    inks
        CMYK of each palette index, 0 to 255; None for RGB.
    indexed
        The palette stands in the file, in the order it was laid out in.
    standard
        PDF: "PDF/X-4" and the like, as the file claims; ``missing`` lists what that lacks.
    fonts
        PDF: (name, whether it is embedded).
    shapes
        PDF: how many vector shapes are filled; a grid of them shows seams.
    """

    path: Path
    format: str
    pixels: Pixels
    bytes: int
    dpi: tuple[float, float] | None = None
    page: tuple[float, float] | None = None
    boxes: Mapping[str, Box] = field(default_factory=dict)
    pages: int = 1
    space: str = "RGB"
    profile: str | None = None
    inks: NDArray[np.uint8] | None = None
    indexed: bool = False
    transparent: bool = False
    standard: str | None = None
    missing: tuple[str, ...] = ()
    fonts: tuple[tuple[str, bool], ...] = ()
    shapes: int = 0
    plan: Mapping[str, Any] = field(default_factory=dict)


def open_print(path: str | Path) -> PrintFile:
    """Read a PNG, TIFF, PDF, SVG, or any raster that Pillow opens; what it is, its first bytes say.

    Raises
    ------
    FileError
        When the file is missing, damaged, or no picture.
    MissingExtraError
        For a PDF without pikepdf.

    Examples
    --------
    >>> import tempfile
    >>> from stateviz.rendering import rasterize, write
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = open_print(write(rasterize([[1, -1]]), Path(folder) / "a.png", dpi=300))
    >>> file.format, file.pixels.size, round(file.dpi[0]), file.profile
    ('PNG', (8, 4), 300, 'sRGB')
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
    for found, name in ((b"%PDF-", "pdf"), (b"<svg", "svg"), (b"\x89PNG", "png")):
        if found in head:
            return OPENERS[name](path)
    return OPENERS["raster"](path)


def _png(path: Path) -> PrintFile:
    """PNG of stateviz, streamed; others as any raster."""
    from stateviz.rendering.writers.png_reader import open_png

    try:
        png = open_png(path)
        next(png.rows())  # filters of others show in the first row, or Pillow reads what we cannot
    except FileError as error:
        from stateviz.printing.files.rasters import open_raster

        return open_raster(path, instead=error)
    pixels = Pixels(png.size, png.colors, png.rows)
    page = None if png.dpi is None else (png.size[0] / png.dpi[0] * 25.4, png.size[1] / png.dpi[1] * 25.4)
    return PrintFile(
        path,
        "PNG",
        pixels,
        path.stat().st_size,
        dpi=png.dpi,
        page=page,
        profile=png.profile,
        indexed=True,
        transparent=bool(png.transparent),
        plan=png.plan,
    )


def _raster(path: Path) -> PrintFile:
    """TIFF, JPEG and what else Pillow reads."""
    from stateviz.printing.files.rasters import open_raster

    return open_raster(path)


def _pdf(path: Path) -> PrintFile:
    """The first page of a PDF and the largest image on it."""
    from stateviz.printing.files.pdf import open_pdf

    return open_pdf(path)


def _svg(path: Path) -> PrintFile:
    """SVG of stateviz."""
    from stateviz.printing.files.svg import open_svg

    return open_svg(path)


OPENERS: Table[Callable[[Path], PrintFile]] = Table(
    "kind of print file", {"png": _png, "pdf": _pdf, "svg": _svg, "raster": _raster}
)
