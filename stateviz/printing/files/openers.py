"""Print files of any format opened: by its first bytes, each goes to the module that reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stateviz.core.errors import FileError
from stateviz.core.table import Table
from stateviz.printing.files.apart import is_possible, open_apart
from stateviz.printing.files.print_file import KeptRows, Pixels, PrintFile, check_side
from stateviz.printing.files.rasters import open_raster, raster_kind
from stateviz.storage.limits import check_regular


def open_print(path: str | Path) -> PrintFile:
    """Read a PNG, TIFF, JPEG, PDF or SVG; what it is, its first bytes say, and nothing else is opened.

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
    check_regular(path)
    try:
        with open(path, "rb") as file:
            head = file.read(1 << 16)
    except (OSError, ValueError) as error:
        raise FileError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    kind = raster_kind(head)
    if kind is None:
        kind = "PDF" if b"%PDF-" in head[:1024] else "SVG" if b"<svg" in head else None
    if kind is None:
        raise FileError(f"{path} is no PNG, TIFF, JPEG, PDF or SVG; give the file that is sent to print")
    if kind == "PNG" and (own := _own_png(path)) is not None:
        return own
    return open_apart(path, kind) if is_possible() else OPENERS[kind](path)


def _own_png(path: Path) -> PrintFile | None:
    """A PNG of stateviz, read by itself; None where it is another's, or damaged."""
    try:
        return _streamed(path)
    except FileError:
        return None


def _png(path: Path) -> PrintFile:
    """PNG of stateviz, streamed; others as any raster."""
    try:
        return _streamed(path)
    except FileError as error:
        return open_raster(path, instead=error)


def _streamed(path: Path) -> PrintFile:
    from stateviz.rendering.writers.png_reader import open_png

    png = open_png(path)
    check_side(path, png.size)
    png.check_filters()
    if png.transparent and png.transparent != (png.plan.get("transparent"),):
        raise FileError(f"{path} is transparent where its plan does not say so")
    pixels = Pixels(png.size, png.colors, KeptRows(png.rows), len(png.colors))
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
    """TIFF and JPEG."""
    return open_raster(path)


def _pdf(path: Path) -> PrintFile:
    """The first page of a PDF, rendered."""
    from stateviz.printing.files.pdf import open_pdf

    return open_pdf(path)


def _svg(path: Path) -> PrintFile:
    """SVG, rendered."""
    from stateviz.printing.files.svg import open_svg

    return open_svg(path)


OPENERS: Table[Callable[[Path], PrintFile]] = Table(
    "kind of print file", {"PNG": _png, "TIFF": _raster, "JPEG": _raster, "PDF": _pdf, "SVG": _svg}
)
