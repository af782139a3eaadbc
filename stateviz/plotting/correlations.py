"""The picture of a correlation matrix."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from stateviz.core.errors import InputError
from stateviz.plotting.style import HAIRLINE, MUTED, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

    from stateviz.analysis.correlations import Correlations

ORANGE, PAPER, NAVY = "#b4531a", "#fbf7ee", "#17365f"
MOST_LABELS = 48
"""More unit names than this cannot be read beside the rows."""


def draw_correlations(
    found: Correlations,
    ax: Axes | None,
    *,
    colormap: Colormap | None = None,
    limit: float | None = None,
    colorbar: bool = True,
    title: str | None = None,
) -> Axes:
    """Draw ``found.values`` on ``ax``, or on a figure of its own; one square a pair.

    A unit with itself is left blank: a diagonal of ones would set the scale and say nothing.

    Parameters
    ----------
    found
        Drawn in the order its rows are in.
    ax
        Where to draw; None makes a pyplot figure.
    colormap
        From -limit to limit; by default orange below 0, paper at 0, navy above.
    limit
        Correlation at which the colours end; by default the strongest between two units, rounded up to a tenth.
    colorbar
        Whether the legend of the colours stands beside it.
    title
        Above the matrix.

    Raises
    ------
    InputError
        When ``limit`` is not above 0 and at most 1.
    """
    values = np.where(np.eye(len(found.units), dtype=bool), np.nan, found.values)
    strongest = float(np.nanmax(np.abs(values), initial=0))
    if limit is None:
        limit = min(1.0, max(0.1, math.ceil(10 * strongest - 1e-9) / 10))
    elif not 0 < limit <= 1:
        raise InputError(f"limit is {limit}; the colours end at a correlation above 0, at most 1")
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(6.4, 5.6), layout="constrained")
    image = ax.imshow(values, cmap=colormap or _orange_navy(), vmin=-limit, vmax=limit, interpolation="nearest")
    _label(found, ax)
    ax.spines[:].set(color=HAIRLINE, linewidth=0.6)
    if title:
        write_title(ax, title, pad=10)
    if colorbar:
        bar = ax.figure.colorbar(
            image,
            ax=ax,
            fraction=0.04,
            pad=0.03,
            ticks=np.linspace(-limit, limit, 5),
            extend="both" if strongest > limit + 1e-9 else "neither",
        )
        bar.outline.set_visible(False)
        bar.ax.tick_params(colors=MUTED, labelsize=7, length=2, width=0.6)
        bar.set_label(f"{found.measure} correlation", fontsize=8, color=MUTED)
    return ax


def _orange_navy() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("orange-navy", [ORANGE, PAPER, NAVY])


def _label(found: Correlations, ax: Axes) -> None:
    count = len(found.units)
    if count <= MOST_LABELS:
        names = [str(unit) for unit in found.units]
        size = 8 if count <= 24 else 6
        ax.set_xticks(range(count), names, rotation=90, fontsize=size)
        ax.set_yticks(range(count), names, fontsize=size)
    else:
        ax.set_xticks([])
        ax.set_yticks([])
    ax.tick_params(length=0, colors=MUTED)
    ax.set_xlabel(f"{count} units of {found.states.site}, {_order_in_words(found)}", fontsize=8, color=MUTED)


def _order_in_words(found: Correlations) -> str:
    if found.ordering is None:
        return "in the order they came"
    if found.ordering.proven:
        return "in the shortest order (proven)"
    return f"ordered by {found.ordering.method}"
