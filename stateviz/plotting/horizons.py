"""draw_horizon(): how far back a model's memory reaches, as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stateviz.analysis.memory import Horizon
from stateviz.plotting import style
from stateviz.plotting.traces import LINES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABELS = {
    "flip state": "a flipped unit, in the state",
    "flip prediction": "a flipped unit, in the prediction",
    "token state": "an exchanged token, in the state",
    "token prediction": "an exchanged token, in the prediction",
    "gradient": "gradient of the loss, over its first",
}


def draw_horizon(found: Horizon, *, title: str | None = None) -> Figure:
    """The loss by how many tokens were read, and what is left of a change after so many steps.

    Parameters
    ----------
    found
        What ``horizon`` gives.
    title
        Above the figure.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from stateviz.analysis import horizon
    >>> from stateviz.models import load_model
    >>> text = "to the Jew first, and also to the Greek. " * 10
    >>> len(draw_horizon(horizon(load_model("phone-case"), text, upto=8)).axes)
    2
    """
    wide = 470
    figure = style.pixel_figure(1080 if found.changes else 560, 380)
    left = style.pixel_axes(figure, 62, 58, wide - 30, 262)
    _style(left, "tokens read, the last k", "bits of the next token")
    bits = np.log(2)
    left.fill_between(found.tokens, found.low / bits, found.high / bits, color=LINES[0], alpha=0.2, linewidth=0)
    left.plot(found.tokens, found.loss / bits, color=LINES[0], linewidth=1.4, marker="o", markersize=2.5)
    left.axvline(found.reach, color=style.MUTED, linewidth=0.8, linestyle=(0, (4, 4)))
    note = f" reading more than {found.reach} gains nothing"
    above = left.get_xaxis_transform()
    style.write_text(left, found.reach, 1.02, note, transform=above, fontsize=7.5, color=style.MUTED)
    if found.changes:
        right = style.pixel_axes(figure, 590, 58, wide - 10, 262)
        _style(right, "steps since the change", "what is left of it")
        for color, (name, values) in zip(LINES, found.changes.items(), strict=False):
            shown = values / values[0] if name == "gradient" and values[0] > 0 else values
            right.plot(np.arange(1, len(values) + 1), shown, color=color, linewidth=1.3, label=_LABELS[name])
        right.set_ylim(0)
        right.legend(frameon=False, fontsize=7.5, loc="upper right")
    if title:
        style.write_text(figure, 0.02, 0.945, title, fontsize=11)
    return figure


def _style(ax: Axes, across: str, down: str) -> None:
    from matplotlib.ticker import MaxNLocator

    style.style_axes(ax)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(across, fontsize=8, color=style.INK)
    ax.set_ylabel(down, fontsize=8, color=style.INK)
    ax.spines[["top", "right"]].set_visible(False)
