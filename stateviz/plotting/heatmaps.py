"""heatmap(): states or correlations as matplotlib axes; states with the text along the steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from stateviz.analysis.correlations import Correlations
from stateviz.core.errors import InputError
from stateviz.core.orders import Ordering
from stateviz.core.sheets import Palette
from stateviz.core.states import StateMatrix
from stateviz.plotting import style
from stateviz.plotting.correlations import draw_correlations
from stateviz.plotting.scales import ColorScale, color_scale, range_colormap
from stateviz.plotting.steptext import draw_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.ticker import MaxNLocator

_TITLE_ADVANCE = 6.8  # points a character of 11 pt takes, about


def heatmap(
    x: Any,
    *,
    ax: Axes | None = None,
    palette: str | Palette | None = None,
    tokens: bool | Literal["auto"] = "auto",
    colorbar: bool = True,
    ordering: Ordering | None = None,
    limit: float | None = None,
    title: str | None = None,
) -> Axes:
    """Draw states, a row a unit and a column a step, or correlations, a square a pair of units.

    Parameters
    ----------
    x : StateMatrix, Recording, array, tensor, DataFrame or path of shape (units, steps), or Correlations
        What is drawn. A unit's correlation with itself is left blank: ones on the diagonal would set the scale.
    ax : matplotlib Axes, optional
        Where to draw. Without it a pyplot figure is made; of states every cell is a whole number of its pixels.
    palette : str or Palette, optional
        Binary states: see ``resolve_palette``, navy by default. Real states: the name of a matplotlib
        colormap, or a two-colour palette to blend between; by default ``RdBu_r``, symmetric about 0, and
        ``cividis_r`` from 0 where all values have one sign. Correlations: as real states, by default orange below
        0 and navy above.
    tokens : bool or "auto"
        States only: the text below the columns, a character a column where that is legible, else words. "auto"
        draws it where the states carry their tokens.
    colorbar : bool
        The legend of the colours.
    ordering : Ordering, optional
        Applied to the rows first, and of correlations to the columns as well.
    limit : float, optional
        Correlations only: the absolute correlation, above 0 and at most 1, at which the colours end; by default the
        strongest between two units, rounded up to a tenth.
    title : str, optional
        Above the picture.

    Returns
    -------
    Axes
        ``ax``, or the new one.

    Raises
    ------
    InputError
        When tokens are asked for and there are none, an argument is of the wrong kind, or one came that does
        nothing to what is drawn.
    UnknownNameError
        When the palette is not known.
    MismatchError
        When the ordering is for other units.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> ax = heatmap([[-1, 1, 1], [1, 1, -1]])
    >>> ax.images[0].get_array().tolist()
    [[-1, 1, 1], [1, 1, -1]]
    >>> from stateviz.analysis import correlate
    >>> heatmap(correlate([[0, 0, 1, 1], [0, 1, 1, 1]])).get_xlabel()
    '2 units of array, in the order they came'
    """
    from stateviz.storage import load_states

    if tokens not in (True, False, "auto"):
        raise InputError(f"tokens must be True, False or 'auto', got {tokens!r}")
    if ax is not None and not hasattr(ax, "imshow"):
        raise InputError(f"ax must be matplotlib Axes, got {type(ax).__name__}")
    if isinstance(x, Correlations):
        if tokens is True:
            raise InputError("correlations have no steps to write tokens under; leave tokens out")
        found = x if ordering is None else x.reorder(ordering)
        colormap = None if palette is None else range_colormap(palette)
        return draw_correlations(found, ax, colormap=colormap, limit=limit, colorbar=colorbar, title=title)
    if limit is not None:
        raise InputError("limit is where the colours of correlations end, and does nothing to states; leave it out")
    matrix = load_states(x)
    matrix = matrix if ordering is None else ordering.apply(matrix)
    if tokens is True and matrix.tokens is None:
        raise InputError("these states carry no tokens to draw; leave tokens out, or record them from a text")
    colors = color_scale(matrix, palette)
    own = ax is None
    target = _new_axes(matrix, colors, bool(tokens) and matrix.tokens is not None, title) if ax is None else ax
    image = draw_cells(target, matrix, colors)
    style.style_axes(target)
    if title:
        beside = colors.palette is None or not colorbar or _fits_beside(title, _extent_points(target)[0])
        style.write_title(target, title, pad=10 if beside else 24)
    if colorbar:
        legend(target, image, colors, own=own)
    _label_steps(target, matrix, bool(tokens))
    _label_units(target, matrix)
    return target


def draw_cells(ax: Axes, matrix: StateMatrix, colors: ColorScale) -> AxesImage:
    """The cells themselves, unsmoothed, and lines where rows or columns break."""
    image = ax.imshow(
        matrix.values,
        cmap=colors.colormap,
        vmin=colors.low,
        vmax=colors.high,
        interpolation="none",
        aspect="auto",
        origin="upper",
    )
    for place in matrix.row_breaks:
        ax.axhline(place - 0.5, **_break_line())
    for place in matrix.column_breaks:
        ax.axvline(place - 0.5, **_break_line())
    return image


def _break_line() -> dict[str, Any]:
    """Dark within a light casing, so that it shows on any colour."""
    from matplotlib.patheffects import Normal, Stroke

    casing = [Stroke(linewidth=1.8, foreground="white"), Normal()]
    return {"color": style.INK, "linewidth": 0.7, "path_effects": casing}


def legend(ax: Axes, image: AxesImage, colors: ColorScale, *, own: bool) -> None:
    """Two swatches above the top right corner for a palette; a colorbar for a range."""
    if colors.palette is not None:
        from matplotlib.patches import Patch

        swatches = [
            Patch(facecolor=style.rgb(color), edgecolor=style.MUTED, linewidth=0.5, label=label)
            for color, label in zip(colors.palette.colors, colors.labels, strict=True)
        ]
        ax.legend(
            handles=swatches,
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=2,
            frameon=False,
            borderaxespad=0.2,
            borderpad=0.2,
            handlelength=0.9,
            handleheight=0.9,
            handletextpad=0.4,
            columnspacing=1.0,
            prop={"family": style.SANS, "size": 8},
            labelcolor=style.MUTED,
        )
        return
    figure = ax.get_figure(root=True)
    assert figure is not None
    if own:  # beside the axes, which keep their whole-pixel size
        width = ax.get_position().width * figure.get_size_inches()[0]
        room = ax.inset_axes((1 + 0.12 / width, 0, 0.12 / width, 1))
        bar = figure.colorbar(image, cax=room)
    else:
        bar = figure.colorbar(image, ax=ax, fraction=0.03, pad=0.015)
    bar.outline.set(edgecolor=style.HAIRLINE, linewidth=0.6)
    bar.ax.tick_params(colors=style.MUTED, labelsize=7, length=2, width=0.6, labelfontfamily=style.SANS)


def _new_axes(matrix: StateMatrix, colors: ColorScale, text: bool, title: str | None) -> Axes:
    units, steps = matrix.shape
    across, down = style.cell_pixels(steps, units)
    longest = max(len(_unit_name(matrix, i)) for i in range(units))
    left, right = 40 + math.ceil(5.6 * longest), 20 if colors.palette is not None else 76
    width = steps * across
    depth = draw_text(None, matrix.tokens, across * 72 / style.DPI) if text and matrix.tokens else 0.0
    head = 34 if not title else 60 if _fits_beside(title, width * 72 / style.DPI) else 78
    top, bottom = head, 50 + math.ceil(depth * style.DPI / 72)
    right = max(right, math.ceil(len(title or "") * _TITLE_ADVANCE * style.DPI / 72) + 20 - width)
    figure = style.pixel_figure(left + width + right, top + units * down + bottom)
    return style.pixel_axes(figure, left, top, width, units * down)


def _fits_beside(title: str, width: float) -> bool:
    """Whether the title and the legend's swatches share a line ``width`` points wide; else it goes above them."""
    return width > _TITLE_ADVANCE * len(title) + 80


def _label_steps(ax: Axes, matrix: StateMatrix, text: bool) -> None:
    depth = 0.0
    if text and matrix.tokens is not None:
        depth = draw_text(ax, matrix.tokens, _extent_points(ax)[0] / matrix.shape[1])
        ax.tick_params(axis="x", length=0)
    steps = matrix.shape[1]
    if steps < 12:  # the locator would fall back to fractions
        ax.set_xticks(range(steps))
    else:
        ax.xaxis.set_major_locator(_whole_numbers())
    ax.tick_params(axis="x", pad=depth + 2)
    ax.set_xlim(-0.5, matrix.shape[1] - 0.5)
    ax.set_xlabel("step", fontsize=8, color=style.MUTED, fontfamily=style.SANS, labelpad=2)


def _label_units(ax: Axes, matrix: StateMatrix) -> None:
    units = matrix.shape[0]
    row = _extent_points(ax)[1] / units
    every = next(n for n in _thinnings() if n * row >= 11 or n >= units)
    places = np.arange(0, units, every)
    ax.set_yticks(places, [_unit_name(matrix, int(i)) for i in places])
    ax.set_ylim(units - 0.5, -0.5)
    ax.set_ylabel("unit", fontsize=8, color=style.MUTED, fontfamily=style.SANS, labelpad=3)


def _unit_name(matrix: StateMatrix, row: int) -> str:
    name = str(matrix.units[row])
    name = name if len(name) <= 24 else name[:23] + "…"
    return f"{name} (×−1)" if matrix.flipped is not None and matrix.flipped[row] else name


def _thinnings() -> Iterator[int]:
    scale = 1
    while True:
        yield from (scale, 2 * scale, 5 * scale)
        scale *= 10


def _whole_numbers() -> MaxNLocator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=12, integer=True, steps=[1, 2, 5, 10])


def _extent_points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in points, where they will be drawn."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
    box = ax.get_window_extent()
    return box.width * 72 / figure.dpi, box.height * 72 / figure.dpi
