"""small_multiples(): the same units in many orders, on one sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stateviz.core.errors import InputError
from stateviz.core.sheets import Palette
from stateviz.core.states import StateMatrix
from stateviz.plotting import style
from stateviz.plotting.cells import draw_cells
from stateviz.plotting.figures import caption
from stateviz.plotting.legends import bar_label, place_legend, place_text, room_needed
from stateviz.plotting.scales import color_scale

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_EDGE, _GAP, _HEAD = 36, 28, 30  # pixels round the sheet, between panels, and above each for its name
_LETTER = 6.4  # pixels a letter of a name or note takes, about
MOST_STEPS = 1600
"""Of longer recordings so many steps are drawn: more cannot be seen side by side."""


def small_multiples(
    panels: Sequence[Any],
    names: Sequence[str],
    *,
    notes: Sequence[str] = (),
    marked: Sequence[int] = (),
    palette: str | Palette | None = None,
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """The same states in several orders, cell for cell, all of one size and one scale of colours.

    Parameters
    ----------
    panels : sequence of StateMatrix, Recording, array, tensor, DataFrame or path, each of shape (units, steps)
        From left to right, then down. Of long recordings the first 1,600 steps are drawn.
    names : sequence of str
        What each panel is called.
    notes : sequence of str, optional
        What is said at the right above each panel: a length.
    marked : sequence of int, optional
        Panels whose names are set bold: the best ones.
    palette : str or Palette, optional
        As ``heatmap`` takes it.
    title, subtitle : str, optional

    Returns
    -------
    Figure
        A pyplot figure in which every cell is a whole number of pixels, of about 4:3.

    Raises
    ------
    InputError
        When there is no panel, panels have different shapes, or there are not as many names or notes as panels.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> figure = small_multiples([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], ["one", "other"])
    >>> len(figure.axes)
    2
    """
    drawn, recorded = _same_shape(panels)
    if len(names) != len(drawn) or (notes and len(notes) != len(drawn)):
        raise InputError(f"{len(drawn)} panels came with {len(names)} names and {len(notes)} notes; give one each")
    colors = color_scale(drawn, palette)
    units, steps = drawn[0].shape
    across, down = style.cell_pixels(steps, units, width=420, height=320, most=12)
    width, height = steps * across, units * down
    longest = max(len(name) + len(note) for name, note in zip(names, notes or [""] * len(names), strict=True))
    slot = max(width, math.ceil(_LETTER * (longest + 2)))  # what stands above a panel may be wider than the panel
    columns = _columns(len(drawn), slot, height)
    rows = -(-len(drawn) // columns)
    top, foot = (30 if title is None else 76) + (22 if subtitle else 0), 52 + (18 if colors.note else 0)
    told, label = caption(drawn[0], recorded), bar_label(drawn[0].site)
    titles = ((title or "", 16.0), (subtitle or "", 9.0))  # bold letters of 14 points are as wide as those of 16
    sheet = max(columns * (slot + _GAP) - _GAP, room_needed(colors, told, label, titles))
    bottom = top + rows * (_HEAD + height + _GAP) - _GAP
    figure = style.pixel_figure(2 * _EDGE + sheet, bottom + foot)
    if title:
        place_text(figure, _EDGE, 44, title, size=14, weight="bold")
    if subtitle:
        place_text(figure, _EDGE, top - 26, subtitle, size=9, color=style.MUTED)
    for panel, states in enumerate(drawn):
        left = _EDGE + panel % columns * (slot + _GAP)
        head = top + panel // columns * (_HEAD + height + _GAP) + _HEAD
        ax = style.pixel_axes(figure, left, head, width, height)
        image = draw_cells(ax, states, colors)
        style.style_axes(ax)
        ax.set(xticks=[], yticks=[])
        weight = "bold" if panel in marked else "normal"
        place_text(figure, left, head - 8, names[panel], size=8.5, weight=weight)
        if notes:
            place_text(figure, left + slot, head - 8, notes[panel], size=8, color=style.MUTED, ha="right")
    place_text(figure, _EDGE, bottom + 30, told, size=8, color=style.MUTED)
    place_text(figure, _EDGE, bottom + 48, colors.note, size=8, color=style.MUTED)
    place_legend(figure, colors, _EDGE + sheet, bottom + 30, image, label)
    return figure


def _same_shape(panels: Sequence[Any]) -> tuple[list[StateMatrix], int]:
    """What is drawn of each panel, and how many steps there are."""
    from stateviz.storage import load_states

    matrices = [load_states(panel) for panel in panels]
    if not matrices:
        raise InputError("there is nothing to draw; give at least one panel")
    shapes = {matrix.shape for matrix in matrices}
    if len(shapes) > 1:
        raise InputError(f"the panels have different shapes, {' and '.join(map(str, sorted(shapes)))}")
    steps = matrices[0].shape[1]
    return ([matrix.select(slice(0, MOST_STEPS)) for matrix in matrices] if steps > MOST_STEPS else matrices), steps


def _columns(panels: int, width: int, height: int) -> int:
    """How many columns make a sheet of about 4:3 with few empty places."""

    def cost(columns: int) -> float:
        rows = -(-panels // columns)
        shape = (columns * (width + _GAP)) / (rows * (height + _HEAD + _GAP))
        return abs(math.log(shape / (4 / 3))) + 0.5 * (rows * columns / panels - 1)

    return min(range(1, panels + 1), key=cost)
