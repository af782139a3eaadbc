"""The same states in one order and another, each as the thing it is printed on: to choose by eye."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.media import LOWEST_DPI, Medium
from stateviz.core.sheets import Palette, PixelGrid, Sheet
from stateviz.core.states import StateMatrix

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELL = 2
"""Pixels a cell: whole ones on every screen, at a size that a page has room for."""
_GAP, _FOOT = 18, 44


def draw_cases(
    pictured: Sequence[tuple[str, str, StateMatrix]],
    medium: Medium,
    palette: Palette,
    *,
    columns: int = 3,
    margin: int = 2,
) -> Figure:
    """Sheets for one medium side by side, trimmed, in its outline and with its openings.

    Parameters
    ----------
    pictured : sequence of (name, note, StateMatrix)
        What stands below each, on two lines, and the states in the order they are drawn.
    medium : Medium
        What they would be printed on.
    palette : Palette
        Two colours.
    columns : int
        How many stand in a row.
    margin : int
        Pixels around all of them, and more between two rows.

    Returns
    -------
    Figure
        A pyplot figure in which every cell is ``CELL`` x ``CELL`` pixels, where the medium holds cells of that size.

    Raises
    ------
    InputError
        When there is nothing to draw.
    """
    from stateviz.plotting import style
    from stateviz.plotting.legends import place_text
    from stateviz.plotting.outlines import draw_outlined
    from stateviz.printing.layout.run import layout
    from stateviz.rendering import rasterize

    if not pictured:
        raise InputError("there is nothing to draw; give states to picture")
    grids = [rasterize(states, palette=palette) for *_, states in pictured]
    dpi, scale = _resolution(grids[0], medium)
    sheets = [layout(grid, medium, dpi=dpi * scale, cell=CELL * scale) for grid in grids]
    pictures = [_trimmed(sheet)[::scale, ::scale] for sheet in sheets]
    tall, wide = pictures[0].shape[:2]
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    foot, width = _FOOT + margin, 2 * margin + columns * wide + (columns - 1) * _GAP
    figure = style.pixel_figure(width, margin + rows * (tall + foot))
    for index, (picture, (name, note, _)) in enumerate(zip(pictures, pictured, strict=True)):
        row, column = divmod(index, columns)
        left, top = margin + column * (wide + _GAP), margin + row * (tall + foot)
        draw_outlined(style.pixel_axes(figure, left, top, wide, tall), picture, medium, dpi / 25.4)
        place_text(figure, left + wide / 2, top + tall + 19, name, size=9, ha="center")
        place_text(figure, left + wide / 2, top + tall + 34, note, size=7.5, ha="center", color=style.MUTED)
    return figure


def _resolution(grid: PixelGrid, medium: Medium) -> tuple[float, int]:
    """Pixels an inch at which the largest cells are of ``CELL`` pixels, and by what a sheet has to be enlarged."""
    from stateviz.printing.layout.run import layout

    largest = layout(grid, medium)
    dpi = largest.dpi * CELL / largest.cell
    scale = max(1, math.ceil(LOWEST_DPI / dpi))
    while layout(grid, medium, dpi=dpi * scale).cell < CELL * scale:
        dpi *= 1.002  # edges are whole pixels, too
    return dpi, scale


def _trimmed(sheet: Sheet) -> NDArray[np.uint8]:
    """RGB of a sheet without its bleed, shape (height, width, 3)."""
    from stateviz.printing.proofs.thumbnails import trim_pixels
    from stateviz.rendering.canvas import stream

    (*_, bleed), indices = trim_pixels(sheet), np.stack(list(stream(sheet)))
    inside = indices[bleed : len(indices) - bleed, bleed : indices.shape[1] - bleed]
    colors: NDArray[np.uint8] = np.array(sheet.palette.colors, np.uint8)[inside]
    return colors
