"""A figure of its own: room for the names, the text, the legend, the title and what is said of the colours."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stateviz.plotting import sizes, style
from stateviz.plotting.steptext import draw_text
from stateviz.plotting.typefaces import short, typeface, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from stateviz.core.states import StateMatrix
    from stateviz.plotting.scales import ColorScale

NAME, LABEL = 7.0, 8.0
"""Points of tick labels and notes, and of what an axis is called."""
SWATCHES = 14.0
"""Points that the legend of two colours takes above the cells."""
_SWATCHES_WIDE = 80.0
_MOST_MEASURED = 60
_EDGE = 6.0  # points that nothing is written in


@dataclass(frozen=True)
class Heading:
    """A title as it is drawn: its lines, its size, and whether the legend's swatches stand beside it or below."""

    text: str
    size: float
    pad: float

    @property
    def height(self) -> float:
        """Points from the cells to the top of the title."""
        return self.pad + 1.35 * self.size * (1 + self.text.count("\n"))


def heading(title: str, width: float, *, paper: bool, swatches: bool = False) -> Heading:
    """The title above cells ``width`` points wide, on paper in lines that fit; above the swatches where both do not."""
    size = 9.0 if paper else 11.0
    text = wrap(title, width, size) if paper else title
    below = swatches and width < typeface([text]).width(text, size) + _SWATCHES_WIDE
    return Heading(text, size, 8.0 + SWATCHES * below)


def unit_name(matrix: StateMatrix, row: int) -> str:
    """What stands beside a row: its name, long ones without their middle, and whether it was flipped."""
    name = short(matrix.units[row])
    return f"{name} (×−1)" if matrix.flipped[row] else name


def new_axes(
    matrix: StateMatrix, colors: ColorScale, *, text: bool, title: str | None, legend: bool, size: str | float | None
) -> Axes:
    """Axes of a new pyplot figure in which every cell is the same whole number of pixels.

    Parameters
    ----------
    matrix, colors
        What will be drawn.
    text
        Whether the tokens stand below the columns.
    title
        Above the cells.
    legend
        Whether the legend of the colours is drawn.
    size
        None for a screen, else as ``sizes.paper_width`` takes it.
    """
    units, steps = matrix.shape
    left = 28 + widest([unit_name(matrix, row) for row in range(units)])
    right = 14.0 if colors.palette is not None or not legend else 66.0
    paper = None if size is None else sizes.paper_width(size)
    dpi, across, down = (
        sizes.screen_cells(units, steps) if paper is None else sizes.paper_cells(units, steps, paper, left + right)
    )
    width = steps * across * 72 / dpi
    swatches = colors.palette is not None and legend
    top = SWATCHES if swatches else 4.0
    if title:
        top = heading(title, width, paper=paper is not None, swatches=swatches).height
    depth = draw_text(None, matrix.tokens, across * 72 / dpi)[0] if text and matrix.tokens else 0.0
    note = wrap_note(colors.note, room_below(width + right, paper=paper is not None))
    bottom = depth + 30 + (1.4 * NAME * (1 + note.count("\n")) if note else 0)
    wider = () if paper else ((title or "", 11.0), (note, NAME))
    return framed_axes(dpi, (left, top, right, bottom), (steps * across, units * down), paper=paper, texts=wider)


def framed_axes(
    dpi: float,
    margins: tuple[float, float, float, float],
    cells: tuple[int, int],
    *,
    paper: float | None,
    texts: Iterable[tuple[str, float]] = (),
) -> Axes:
    """Axes of ``cells`` (width, height) pixels on a new figure, with margins of points: left, top, right, bottom.

    Parameters
    ----------
    dpi
        Pixels an inch of the figure.
    margins, cells
        See above; an edge is left on top and below.
    paper
        Millimetres that the figure is wide; the right margin takes what is left. None: as wide as its parts.
    texts
        (text, points) that stand from the cells' left edge on, for which the right margin grows.
    """
    pixel = dpi / 72
    left, top, right, bottom = (margin * pixel for margin in margins)
    edge = pixel * (4 if paper else 12)
    needed = max((typeface([text]).width(text, size) for text, size in texts), default=0.0)
    right = max(right, (needed + 14) * pixel - cells[0])
    width = math.ceil(round(left) + cells[0] + right) if paper is None else paper / 25.4 * dpi
    # A hair more than whole pixels, so that rounding down leaves none out.
    figure = style.pixel_figure(width, round(top + edge) + cells[1] + round(bottom + edge / 2) + 1e-6, dpi)
    return style.pixel_axes(figure, round(left), round(top + edge), *cells)


def wrap_note(note: str, width: float, size: float = NAME) -> str:
    """A note in lines of at most ``width`` points."""
    return wrap(note, width, size) if note else ""


def room_below(width: float, *, paper: bool) -> float:
    """Points that a line below the cells may take: ``width`` is from their left edge to the figure's right one."""
    return width - _EDGE if paper else max(width - _EDGE, 200.0)


def note_width(ax: Axes, *, own: bool) -> float:
    """Points that a line below ``ax`` may take: to the right edge of a figure of its own, else as wide as the axes."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    if not own:
        return 0.8 * extent_points(ax)[0]  # later bars beside it may narrow it
    return float(figure.bbox.x1 - ax.get_window_extent().x0) * 72 / figure.dpi - _EDGE


def widest(names: Iterable[str]) -> float:
    """Points that the widest of some names takes as tick labels."""
    longest = sorted(names, key=len)[-_MOST_MEASURED:]
    face = typeface(longest)
    return max(face.width(name, NAME) for name in longest)


def extent_points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in points, where they will be drawn."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
    box = ax.get_window_extent()
    return float(box.width) * 72 / figure.dpi, float(box.height) * 72 / figure.dpi
