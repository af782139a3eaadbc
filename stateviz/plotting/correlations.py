"""The picture of a correlation matrix."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.plotting import sizes, style
from stateviz.plotting.cells import add_cells
from stateviz.plotting.frames import (
    LABEL,
    NAME,
    extent_points,
    framed_axes,
    heading,
    note_width,
    room_below,
    widest,
    wrap_note,
)
from stateviz.plotting.legends import draw_legend, write_note
from stateviz.plotting.scales import PERCENT, ColorLimits, ColorScale, choose_palette, number, range_colormap
from stateviz.plotting.steptext import thinnings
from stateviz.plotting.typefaces import short, typeface

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from stateviz.analysis.correlations import Correlations
    from stateviz.core.sheets import Palette


def draw_correlations(
    found: Correlations,
    ax: Axes | None,
    *,
    palette: str | Palette | None = None,
    cmap: Any = None,
    limits: ColorLimits | None = None,
    limit: float | None = None,
    colorbar: bool = True,
    title: str | None = None,
    size: str | float | None = None,
) -> Axes:
    """Draw ``found.values`` on ``ax``, or on a figure of its own; one square a pair.

    A unit with itself is left blank: a diagonal of ones would set the scale and say nothing.

    Parameters
    ----------
    found
        Drawn in the order its rows are in.
    ax
        Where to draw; None makes a pyplot figure.
    palette, cmap, colorbar, title, size
        As ``heatmap`` takes them.
    limits
        Where the colours end, and whether outliers have a say in it.
    limit
        Correlation at which the colours end, on both sides.

    Raises
    ------
    InputError
        When ``limit`` is not above 0 and at most 1, or came with vmin or vmax.
    """
    values = np.where(np.eye(len(found.units), dtype=bool), np.nan, found.values)
    colors = _scale(values, choose_palette(palette, cmap), limits or ColorLimits(), limit)
    label = f"{len(found.units):,} units of {short(found.states.site)}, {_order_in_words(found)}"
    own = ax is None
    target = _new_axes(found, colors, label, title=title, legend=colorbar, size=size) if ax is None else ax
    image = add_cells(target, values, colors)
    if not own:
        target.set_aspect("equal")
    style.style_axes(target)
    width, row = (extent / count for extent, count in zip(extent_points(target), (1, len(found.units)), strict=True))
    depth = _label_units(found, target, row)
    room = note_width(target, own=own)
    told = wrap_note(label, room, LABEL)
    target.set_xlabel(**style.labelled("xlabel", told), labelpad=4, loc="left")
    if title:
        head = heading(title, width, paper=size is not None)
        style.write_title(target, head.text, pad=head.pad, size=head.size)
    if colorbar:
        draw_legend(target, image, colors, f"{found.measure} correlation", own=own)
    if colors.note:
        lines = 1 + told.count("\n")
        write_note(target, wrap_note(colors.note, room), depth + 12 + 11 * lines)
    return target


def _scale(values: NDArray[np.float64], palette: Any, limits: ColorLimits, limit: float | None) -> ColorScale:
    """The colours, symmetric about 0; by default to the 98th percentile of the sizes, rounded up to a tenth."""
    pairs = np.abs(values[np.isfinite(values)])
    strongest = float(pairs.max(initial=0))
    told = ""
    if limit is not None and limits.given:
        raise InputError("limit is where the colours end on both sides, and vmin, vmax and robust say so too; give one")
    if limit is None:
        end = strongest
        if limits.robust and len(pairs):
            end, told = float(np.percentile(pairs, PERCENT[1], method="higher")), f" ({PERCENT[1]}% of the pairs)"
        limit = min(1.0, max(0.1, math.ceil(10 * end - 1e-9) / 10))
    elif isinstance(limit, bool) or not 0 < limit <= 1:
        raise InputError(f"limit is {limit}; the colours end at a correlation above 0, at most 1")
    low, high = limits.ends(-limit, limit)
    beyond = (bool((values < low - 1e-9).any()), bool((values > high + 1e-9).any()))
    note = ""
    if any(beyond):
        count = int(np.count_nonzero((values < low - 1e-9) | (values > high + 1e-9))) // 2
        beyond_them = f"{count:,} of {len(pairs) // 2:,} pairs lie beyond, up to {number(strongest)}"
        note = f"colours end at {number(low)} and {number(high)}{told}; {beyond_them}"
    return ColorScale(range_colormap(palette, low, high), low, high, None, note, beyond)


def _new_axes(
    found: Correlations, colors: ColorScale, label: str, *, title: str | None, legend: bool, size: str | float | None
) -> Axes:
    """Axes of a new pyplot figure in which every square is the same whole number of pixels."""
    names = [short(unit) for unit in found.units]
    beside = widest(names)
    paper = None if size is None else sizes.paper_width(size)
    left, right = 18 + beside, 66.0 if legend else 14.0
    if paper is None:
        dpi, cell = float(style.DPI), min(style.cell_pixels(len(names), len(names), width=440, height=440, most=44))
    else:
        dpi, cell, _ = sizes.paper_cells(len(names), len(names), paper, left + right)
    width = len(names) * cell * 72 / dpi
    top = 4.0 if not title else heading(title, width, paper=paper is not None).height
    room = room_below(width + right, paper=paper is not None)
    note, told = wrap_note(colors.note, room), wrap_note(label, room, LABEL)
    bottom = beside + 22 + 11 * told.count("\n") + (6 + 1.4 * NAME * (1 + note.count("\n")) if note else 0)
    wider = () if paper else ((title or "", 11.0), (note, NAME), (told, LABEL))
    return framed_axes(dpi, (left, top, right, bottom), (len(names) * cell,) * 2, paper=paper, texts=wider)


def _label_units(found: Correlations, ax: Axes, row: float) -> float:
    """The names beside the rows and below the columns, thinned until they fit; returns the points those below take."""
    places = range(0, len(found.units), next(n for n in thinnings() if n * row >= 1.1 * NAME or n >= len(found.units)))
    names = [short(found.units[place]) for place in places]
    face = typeface(names)
    shown = [face.shown(name) for name in names]
    ax.set_xticks(list(places), shown, rotation=90, **face.options)
    ax.set_yticks(list(places), shown, **face.options)
    return widest(names) + 6


def _order_in_words(found: Correlations) -> str:
    if found.ordering is None:
        return "in the order they came"
    if found.ordering.proven:
        return "in the shortest order (proven)"
    return f"ordered by {found.ordering.method}"
