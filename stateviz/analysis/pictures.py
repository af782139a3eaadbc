"""The picture of a correlation matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stateviz.core.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from stateviz.analysis.correlations import Correlations

ORANGE, PAPER, NAVY = "#b4531a", "#fbf7ee", "#17365f"
MOST_LABELS = 48
"""More unit names than this cannot be read beside the rows."""


def correlation_heatmap(found: Correlations, ax: Axes | None = None) -> Axes:
    """Draw ``found.values`` on ``ax``, or on a figure of its own; one square a pair, the same legend for every text."""
    from matplotlib.colors import LinearSegmentedColormap

    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(6.4, 5.6), layout="constrained")
    elif not hasattr(ax, "imshow"):
        raise InputError(f"ax must be matplotlib Axes, got {type(ax).__name__}")
    colours = LinearSegmentedColormap.from_list("orange-navy", [ORANGE, PAPER, NAVY])
    image = ax.imshow(found.values, cmap=colours, vmin=-1, vmax=1, interpolation="nearest")
    _label(found, ax)
    ax.spines[:].set_visible(False)
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.045, pad=0.03, ticks=[-1, -0.5, 0, 0.5, 1])
    bar.outline.set_visible(False)
    bar.set_label(f"{found.measure} correlation")
    return ax


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
    ax.tick_params(length=0)
    order = f"in the order of {found.ordering.method}" if found.ordering else "in the order they came"
    ax.set_xlabel(f"{count} units of {found.states.site}, {order}")
