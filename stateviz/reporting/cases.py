"""The same states in one order and another, each as the thing it is printed on: to choose by eye."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.media import Medium
from stateviz.core.sheets import Palette, Sheet
from stateviz.core.states import StateMatrix

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELL = 2
"""Pixels a cell: whole ones on every screen, at a size that a page has room for."""
_GAP, _EDGE, _HEAD, _FOOT = 18, 2, 2, 46


def draw_cases(
    pictured: Sequence[tuple[str, str, StateMatrix]], medium: Medium, palette: Palette, *, columns: int = 3
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
    from stateviz.plotting.figures import place_text
    from stateviz.printing.layout.run import layout
    from stateviz.rendering import rasterize

    if not pictured:
        raise InputError("there is nothing to draw; give states to picture")
    grids = [rasterize(states, palette=palette) for *_, states in pictured]
    largest = layout(grids[0], medium)
    dpi = largest.dpi * CELL / largest.cell
    scale = max(1, -(-36 // int(max(dpi, 1))))  # no sheet has fewer pixels an inch than that
    sheets = [layout(grid, medium, dpi=dpi * scale, cell=CELL * scale) for grid in grids]
    pictures = [_trimmed(sheet)[::scale, ::scale] for sheet in sheets]
    tall, wide = pictures[0].shape[:2]
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    width = 2 * _EDGE + columns * wide + (columns - 1) * _GAP
    figure = style.pixel_figure(width, _HEAD + rows * (tall + _FOOT))
    for index, (picture, (name, note, _)) in enumerate(zip(pictures, pictured, strict=True)):
        row, column = divmod(index, columns)
        left, top = _EDGE + column * (wide + _GAP), _HEAD + row * (tall + _FOOT)
        _draw(style.pixel_axes(figure, left, top, wide, tall), picture, medium, dpi / 25.4)
        place_text(figure, left + wide / 2, top + tall + 19, name, size=9, ha="center")
        place_text(figure, left + wide / 2, top + tall + 34, note, size=7.5, ha="center", color=style.MUTED)
    return figure


def _draw(ax: Any, picture: NDArray[np.uint8], medium: Medium, scale: float) -> None:
    """One thing in its outline; its openings are left white, as what is printed on does not go on there."""
    from matplotlib.patches import FancyBboxPatch

    from stateviz.plotting.style import HAIRLINE

    tall, wide = picture.shape[:2]
    ax.set_axis_off()
    image = ax.imshow(picture, interpolation="none", aspect="auto", extent=(0, wide, tall, 0))

    def box(x0: float, y0: float, x1: float, y1: float, radius: float, fill: str) -> Any:
        shape = f"round,pad=0,rounding_size={max(radius, 0.01)}"
        patch = FancyBboxPatch((x0, y0), x1 - x0, y1 - y0, boxstyle=shape, fc=fill, ec=HAIRLINE, lw=0.8, clip_on=False)
        return ax.add_patch(patch)

    image.set_clip_path(box(0, 0, wide, tall, (medium.corner or 0.0) * scale, "none"))
    for opening in medium.openings or ():
        x0, y0, x1, y1 = (edge * scale for edge in opening)
        box(x0, y0, x1, y1, 0.27 * min(x1 - x0, y1 - y0), "white")
    ax.set(xlim=(0, wide), ylim=(tall, 0))


def _trimmed(sheet: Sheet) -> NDArray[np.uint8]:
    """RGB of a sheet without its bleed, shape (height, width, 3)."""
    from stateviz.printing.proofs.thumbnails import trim_pixels
    from stateviz.rendering.canvas import stream

    (*_, bleed), indices = trim_pixels(sheet), np.stack(list(stream(sheet)))
    inside = indices[bleed : len(indices) - bleed, bleed : indices.shape[1] - bleed]
    colors: NDArray[np.uint8] = np.array(sheet.palette.colors, np.uint8)[inside]
    return colors
