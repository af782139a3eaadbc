"""A sheet seen from afar: its trimmed picture, some pixels averaged into one, as light adds up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.core.sheets import Sheet
from stateviz.printing.lengths import at_least
from stateviz.rendering.canvas import stream
from stateviz.rendering.color.srgb import from_linear, to_linear

Picture = NDArray[np.uint8]


def thumbnail(sheet: Sheet, factor: int = 1) -> Picture:
    """The sheet without its bleed, ``factor`` x ``factor`` pixels averaged into one.

    Rows are streamed, so that a poster needs no more memory than its thumbnail. Averages are of linear light, and
    begin at the corner of the grid, so that cells which are a multiple of ``factor`` stay exact.

    Parameters
    ----------
    sheet : Sheet
    factor : int
        1 or more. What is left over at the edges, less than ``factor`` pixels, is dropped.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        sRGB.

    Raises
    ------
    InputError
        When the factor is no whole number of 1 or more, or leaves nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from stateviz.printing.layout import layout
    >>> from stateviz.rendering import rasterize
    >>> thumbnail(layout(rasterize(np.eye(40, 30)), "sticker-100")).shape
    (1193, 1193, 3)
    """
    return from_linear(thumbnail_light(sheet, factor))


def thumbnail_light(sheet: Sheet, factor: int = 1, *, around: int = 0) -> NDArray[np.float32]:
    """``thumbnail`` as linear light of 0 to 1, float32; with ``around`` averaged pixels of the bleed on each side."""
    check_whole("factor", factor)
    (left, top), (width, height) = _window(sheet, factor, around)
    if min(width, height) < 1:
        raise InputError(f"averaging {factor} x {factor} pixels leaves nothing of {sheet.medium.name}")
    light = to_linear(np.array(sheet.palette.colors, np.uint8)).astype(np.float32)
    out = np.empty((height, width, 3), np.float32)
    total = np.zeros((width, 3), np.float32)
    seen: object = None
    line = total
    for y, row in enumerate(stream(sheet)):
        inside = y - top
        if not 0 <= inside < height * factor:
            continue
        if row is not seen:  # rows that repeat are the same array
            seen = row
            line = light[row[left : left + width * factor]].reshape(width, factor, 3).mean(axis=1)
        total = total + line
        if inside % factor == factor - 1:
            out[inside // factor] = total / factor
            total = np.zeros_like(total)
    return out


def trim_pixels(sheet: Sheet) -> tuple[int, int, int]:
    """(width, height) of the sheet without its bleed, and the bleed, in canvas pixels."""
    bleed = at_least(sheet.medium.beyond, sheet.dpi)
    width, height = sheet.canvas
    if min(width, height) <= 2 * bleed:  # laid out by hand, without a bleed
        return width, height, 0
    return width - 2 * bleed, height - 2 * bleed, bleed


def _window(sheet: Sheet, factor: int, around: int = 0) -> tuple[tuple[int, int], tuple[int, int]]:
    """(left, top) on the canvas, and (width, height) in averaged pixels."""
    *trim, bleed = trim_pixels(sheet)
    bleed -= around * factor
    trim = [size + 2 * around * factor for size in trim]
    starts = [bleed + (corner - bleed) % factor for corner in sheet.origin]
    sizes = [(bleed + size - start) // factor for size, start in zip(trim, starts, strict=True)]
    return (starts[0], starts[1]), (sizes[0], sizes[1])
