"""Picture formats: one file each, keyed by extension."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, overload

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.media import Medium
from stateviz.core.sheets import PLAN_SCHEMA, PixelGrid, Sheet
from stateviz.core.table import Table
from stateviz.rendering.writers import pdf, png, svg, tiff
from stateviz.rendering.writers.cells import digest

Writer = Callable[..., None]
"""``writer(sheet, path, **options)``; its own options are its keywords."""

WRITERS: Table[Writer] = Table(
    "picture format", {".png": png.save, ".svg": svg.save, ".pdf": pdf.save, ".tif": tiff.save, ".tiff": tiff.save}
)

DEFAULT_SCALE = 4
SCREEN_DPI = 96.0
"""The CSS reference pixel: what a picture without a physical size is taken to be."""


Buffer = IO[bytes]


@overload
def write(
    picture: Sheet | PixelGrid,
    path: str | Path,
    *,
    scale: int | None = None,
    dpi: float | None = None,
    overwrite: bool = False,
    **options: Any,
) -> Path:
    """Into the file that a path names."""


@overload
def write(
    picture: Sheet | PixelGrid,
    path: Buffer,
    *,
    format: str,
    scale: int | None = None,
    dpi: float | None = None,
    **options: Any,
) -> Buffer:
    """Into a binary file."""


def write(
    picture: Sheet | PixelGrid,
    path: str | Path | Buffer,
    *,
    format: str | None = None,
    scale: int | None = None,
    dpi: float | None = None,
    overwrite: bool = False,
    **options: Any,
) -> Path | Buffer:
    """Write a sheet or a grid; the extension of ``path`` chooses the format.

    The file is written beside ``path`` and renamed, so that an interrupted run leaves nothing half
    written. Equal input gives equal bytes.

    Parameters
    ----------
    picture : Sheet or PixelGrid
        A Sheet is laid out already; a PixelGrid becomes a picture of its cells and nothing else.
    path : str, Path or binary file
        Ends with .png, .svg, .pdf, .tif or .tiff; or something to write bytes to, such as ``io.BytesIO()``.
    format : str, optional
        Of a binary file, which has no extension: ``"png"`` or another of the above.
    scale : int, optional
        PixelGrid only: whole pixels a cell, 4 by default.
    dpi : float, optional
        PixelGrid only: pixels an inch, which gives the picture its physical size; 96 by default.
    overwrite : bool
        Replace whatever file is there; without it, only a picture that ``write`` or another drawing of stateviz made,
        and in place of a print only a print.
    **options
        What one format takes and others do not: ``profile`` (.png, .pdf, .tif), ``standard`` (.pdf: x4, x1a, none),
        ``compression`` (.tif: deflate, lzw), ``ink_limit`` (.pdf, .tif: percent of ink, all four together).

    Returns
    -------
    Path or binary file
        Where the picture lies: ``path``.

    Raises
    ------
    UnknownNameError
        When the extension is of no known format, or an option's value of no known row.
    InputError
        When ``scale`` or ``dpi`` cannot be used, or came for a Sheet, which has its own, or for an option that the
        format does not take; when a binary file comes without ``format``, or a path with one.
    FileError
        When the file cannot be written, or is there and not to be replaced.

    Examples
    --------
    >>> import tempfile
    >>> from stateviz.rendering import decode_png, rasterize
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     decode_png(write(rasterize([[-1, 1]]), Path(folder) / "a.png", scale=2)).tolist()
    [[0, 0, 1, 1], [0, 0, 1, 1]]
    """
    from stateviz.storage.atomic import atomic

    extension = _extension(path, format)
    writer = WRITERS[extension]
    for option in options:
        if option not in format_options(extension):
            takers = [extension for extension in WRITERS if option in format_options(extension)]
            raise InputError(
                f"{extension} takes no {option!r}; "
                + (f"{', '.join(takers)} {'do' if len(takers) > 1 else 'does'}" if takers else "no format does")
            )
    sheet = _as_sheet(picture, scale, dpi)
    if not isinstance(path, str | Path):
        if overwrite:
            raise InputError("overwrite is for a path; what is in a binary file is its owner's, leave overwrite out")
        _write_into(path, extension, lambda file: writer(sheet, file, **options))
        return path
    with atomic(path, overwrite=overwrite, kind="print" if "medium" in sheet.plan else "picture") as partial:
        writer(sheet, Path(partial), **options)
    return Path(path)


def _extension(path: str | Path | Buffer, format: str | None) -> str:
    """The row of WRITERS that is meant."""
    if isinstance(path, str | Path):
        if format is not None:
            raise InputError(f"the ending of {str(path)!r} chooses the format; leave format {format!r} out")
        if not Path(path).suffix:
            raise InputError(f"{str(path)!r} has no extension to choose a format by; end it with {', '.join(WRITERS)}")
        return Path(path).suffix.lower()
    stream: object = path
    if not hasattr(stream, "write") or isinstance(stream, io.TextIOBase):
        raise InputError(f"expected a path or a binary file such as io.BytesIO(), got {type(path).__name__}")
    if format is None:
        raise InputError(f"a binary file has no ending; name the format of the picture: format={'|'.join(WRITERS)}")
    return f".{format.lower().removeprefix('.')}"


def _write_into(stream: Buffer, extension: str, make: Callable[[Path], None]) -> None:
    """What ``make`` writes to a path, into ``stream``: writers go back and forth in a file of their own."""
    from shutil import copyfileobj
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        file = Path(folder) / f"picture{extension}"
        make(file)
        with file.open("rb") as source:
            copyfileobj(source, stream)


def format_options(extension: str) -> dict[str, Any]:
    """What a format takes besides the sheet: each option and its default.

    Examples
    --------
    >>> format_options(".tif")
    {'profile': 'fogra39', 'compression': 'deflate', 'ink_limit': 300.0}
    """
    keywords = inspect.signature(WRITERS[extension.lower()]).parameters.values()
    return {keyword.name: keyword.default for keyword in keywords if keyword.kind is keyword.KEYWORD_ONLY}


def _as_sheet(picture: Sheet | PixelGrid, scale: int | None, dpi: float | None) -> Sheet:
    if isinstance(picture, Sheet):
        if scale is not None or dpi is not None:
            raise InputError("a sheet has its own cell size and dpi; give cell= and dpi= to layout instead")
        return picture
    if not isinstance(picture, PixelGrid):
        raise InputError(f"expected a Sheet or a PixelGrid, got {type(picture).__name__}; rasterize the states first")
    scale = DEFAULT_SCALE if scale is None else scale
    if isinstance(scale, bool) or not isinstance(scale, (int, float, np.number)) or scale % 1 or not 1 <= scale <= 1000:
        raise InputError(f"scale must be a whole number of pixels a cell, 1 to 1000, got {scale}")
    dpi = SCREEN_DPI if dpi is None else dpi
    if isinstance(dpi, bool) or not isinstance(dpi, (int, float, np.number)) or not 1 <= dpi <= 20_000:
        raise InputError(f"dpi must be 1 to 20000 pixels an inch, got {dpi!r}")
    dpi = float(dpi)
    scale = int(scale)
    rows, columns = picture.shape
    canvas = (columns * scale, rows * scale)
    medium = Medium("picture", canvas[0] * 25.4 / dpi, canvas[1] * 25.4 / dpi, bleed=0, margin=0, kind="screen")
    plan = {
        "schema": PLAN_SCHEMA,
        "dpi": dpi,
        "canvas_px": list(canvas),
        "cell_px": scale,
        "origin_px": [0, 0],
        "grid_cells": [rows, columns],
        "cells_sha256": digest(picture.indices),
        "time": "right",
        "palette": picture.palette.name,
        "colors": [list(color) for color in picture.palette.colors],
    }
    return Sheet(picture, medium, dpi, canvas, scale, (0, 0), 0, plan)
