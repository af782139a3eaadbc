"""heatmap(): states or correlations as matplotlib axes; states with the text along the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from stateviz.analysis.correlations import Correlations
from stateviz.core.errors import InputError
from stateviz.core.orders import Ordering
from stateviz.core.sheets import Palette
from stateviz.core.states import StateMatrix
from stateviz.plotting import style
from stateviz.plotting.cells import draw_cells
from stateviz.plotting.correlations import draw_correlations
from stateviz.plotting.frames import LABEL, NAME, extent_points, heading, new_axes, note_width, unit_name, wrap_note
from stateviz.plotting.legends import bar_label, draw_legend, write_note
from stateviz.plotting.scales import ColorLimits, color_scale
from stateviz.plotting.steptext import draw_text, thinnings
from stateviz.plotting.typefaces import typeface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.ticker import MaxNLocator


def heatmap(
    x: Any,
    *,
    ax: Axes | None = None,
    palette: str | Palette | None = None,
    cmap: str | Colormap | None = None,
    vmin: float | None = None,
    vmax: float | None = None,
    robust: bool = True,
    tokens: bool | Literal["auto"] = "auto",
    colorbar: bool = True,
    ordering: Ordering | None = None,
    limit: float | None = None,
    title: str | None = None,
    size: str | float | None = None,
) -> Axes:
    """Draw states, a row a unit and a column a step, or correlations, a square a pair of units.

    Parameters
    ----------
    x : StateMatrix, Recording, array, tensor, DataFrame or path of shape (units, steps), or Correlations
        What is drawn. A unit's correlation with itself is left blank: ones on the diagonal would set the scale.
    ax : matplotlib Axes, optional
        Where to draw. Without it a pyplot figure is made; of states every cell is a whole number of its pixels.
    palette : str or Palette, optional
        Binary states: see ``resolve_palette``, navy by default. Real states and correlations: a diverging palette, a
        two-colour palette to blend between, or the name of a matplotlib colormap. By default the colours mean the same
        everywhere: navy is on or above zero, cream off or zero, orange below zero (``harvest``).
    cmap : str or Colormap, optional
        In place of ``palette``, a colormap of matplotlib or its name; binary states take its two ends.
    vmin, vmax : float, optional
        Real values: where the colours end. Of values of both signs, one end alone sets the other to its mirror image.
    robust : bool
        Real values: colours end at the 2nd and 98th percentile (of correlations, the 98th of their size), about zero
        where both signs occur, else from zero on; units that reach over ten times as far as the median one have no say.
        So one outlier does not leave all others one tint: the bar's ends are arrows where values lie beyond, and a note
        below says how many. False: the colours end at the least and the largest value.
    tokens : bool or "auto"
        States only: the text below the columns, a character a column where that is legible, else one line of every n-th
        word, and n. "auto" draws it where the states carry their tokens.
    colorbar : bool
        The legend of the colours.
    ordering : Ordering, optional
        Applied to the rows first, and of correlations to the columns as well.
    limit : float, optional
        Correlations only: the absolute correlation, above 0 and at most 1, at which the colours end; by default the
        robust one, rounded up to a tenth.
    title : str, optional
        Above the picture.
    size : str or float, optional
        For print: ``"column"`` (89 mm), ``"page"`` (183 mm), or the width in millimetres. Type is 6 to 9 points then,
        and a cell a whole number of pixels, at 300 an inch or more. Without it, a figure for the screen.

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
    if ax is not None and size is not None:
        raise InputError("size is of a figure of its own, and ax= is in a figure that has one; give one of them")
    limits = ColorLimits(vmin, vmax, robust)
    if isinstance(x, Correlations):
        if tokens is True:
            raise InputError("correlations have no steps to write tokens under; leave tokens out")
        found = x if ordering is None else x.reorder(ordering)
        return draw_correlations(
            found, ax, palette=palette, cmap=cmap, limits=limits, limit=limit, colorbar=colorbar, title=title, size=size
        )
    if limit is not None:
        raise InputError("limit is where the colours of correlations end; for states give vmin and vmax")
    matrix = load_states(x)
    matrix = matrix if ordering is None else ordering.apply(matrix)
    if tokens is True and matrix.tokens is None:
        raise InputError("these states carry no tokens to draw; leave tokens out, or record them from a text")
    colors = color_scale([matrix], palette, cmap=cmap, limits=limits)
    text = bool(tokens) and matrix.tokens is not None
    target = new_axes(matrix, colors, text=text, title=title, legend=colorbar, size=size) if ax is None else ax
    image = draw_cells(target, matrix, colors)
    style.style_axes(target)
    if title:
        swatches = colorbar and colors.palette is not None
        head = heading(title, extent_points(target)[0], paper=size is not None, swatches=swatches)
        style.write_title(target, head.text, pad=head.pad, size=head.size)
    if colorbar:
        draw_legend(target, image, colors, bar_label(matrix.site), own=ax is None)
    depth = _label_steps(target, matrix, text)
    _label_units(target, matrix)
    if colors.note:
        write_note(target, wrap_note(colors.note, note_width(target, own=ax is None)), depth + 28)
    return target


def _label_steps(ax: Axes, matrix: StateMatrix, text: bool) -> float:
    """The steps' numbers and the text above them; returns the points the text takes."""
    depth, said = 0.0, ""
    if text and matrix.tokens is not None:
        depth, said = draw_text(ax, matrix.tokens, extent_points(ax)[0] / matrix.shape[1])
        ax.tick_params(axis="x", length=0)
    steps = matrix.shape[1]
    if steps < 12:  # the locator would fall back to fractions
        ax.set_xticks(range(steps))
    else:
        ax.xaxis.set_major_locator(_whole_numbers())
    ax.tick_params(axis="x", pad=depth + 2)
    label = "step" if not said else f"step; of the text, {said}"
    ax.set_xlabel(label, fontsize=LABEL, color=style.MUTED, fontfamily=style.SANS, labelpad=2)
    return depth


def _label_units(ax: Axes, matrix: StateMatrix) -> None:
    units = matrix.shape[0]
    row = extent_points(ax)[1] / units
    places = range(0, units, next(n for n in thinnings() if n * row >= 1.1 * NAME or n >= units))
    names = [unit_name(matrix, place) for place in places]
    face = typeface(names)
    ax.set_yticks(list(places), [face.shown(name) for name in names], **face.options)
    ax.set_ylabel("unit", fontsize=LABEL, color=style.MUTED, fontfamily=style.SANS, labelpad=3)


def _whole_numbers() -> MaxNLocator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=12, integer=True, steps=[1, 2, 5, 10])
