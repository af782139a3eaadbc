"""traces(): units as lines over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.plotting import style
from stateviz.plotting.steptext import draw_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Told apart with every kind of colour vision: Okabe & Ito (2008), Color universal design.
LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56a0d3")
_WIDTH, _HEIGHT = 1100, 300


def traces(
    states: StateMatrix,
    *,
    units: Sequence[int] = (0,),
    changes: bool = False,
    threshold: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Values of units over the steps, or their changes.

    Parameters
    ----------
    states
        Their text stands under the steps where there is one.
    units
        Rows of ``states``, six at most.
    changes
        Draw the difference from the step before; nothing at the first step of a text.
    threshold
        A line to compare with.
    ax
        Where to draw; by default a new figure.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> ax = traces(StateMatrix([[0.0, 1.0, 0.5]]), changes=True)
    >>> ax.lines[0].get_ydata().tolist()
    [nan, 1.0, -0.5]
    """
    if len(units) > len(LINES):
        raise InputError(f"{len(units)} units came, and {len(LINES)} lines can be told apart; name fewer")
    if ax is None:
        figure = style.pixel_figure(_WIDTH, _HEIGHT)
        ax = style.pixel_axes(figure, 56, 34, _WIDTH - 72, _HEIGHT - 84)
        column = (_WIDTH - 72) / states.shape[1] * 72 / style.DPI
        if states.tokens is not None:
            depth, said = draw_text(ax, states.tokens, column)
            ax.set_xticks([])
            ax.set_xlabel(**style.labelled("xlabel", f"of the text, {said}" if said else ""), labelpad=depth + 2)
    style.style_axes(ax)
    for color, unit in zip(LINES, units, strict=False):
        values = states.values[unit].astype(np.float64)
        if changes:
            values = np.diff(values, prepend=np.nan)
            values[list(states.column_breaks)] = np.nan
        steps = "steps-mid" if states.binary else "default"
        ax.plot(values, color=color, linewidth=1.2, label=f"unit {states.units[unit]}", drawstyle=steps)
    if threshold is not None:
        ax.axhline(threshold, color=style.INK, linewidth=0.7, linestyle=(0, (4, 4)))
    ax.set_xlim(-0.5, states.shape[1] - 0.5)
    legend = ax.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=6, frameon=False, fontsize=7.5, borderaxespad=0.2
    )
    for text in legend.get_texts():
        options = style.literal(text.get_text())
        text.set(color=style.INK, text=options.pop("s"), **options)
    return ax
