"""Print files of any format opened: by its first bytes, each goes to the module that reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stateviz.core.errors import FileError
from stateviz.core.table import Table
from stateviz.printing.files.print_file import Pixels, PrintFile


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
