"""The look that all figures share, and figures whose cells are whole pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stateviz.core.errors import InputError
from stateviz.core.sheets import Color
from stateviz.plotting.typefaces import MONO as MONO
from stateviz.plotting.typefaces import SANS as SANS
from stateviz.plotting.typefaces import typeface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, HAIRLINE = "#23272f", "#5f6570", "#c9cdd3"
"""Text, text that steps back (a contrast of 5.9 on white), and lines that no text is written in."""
DPI = 100
"""Pixels an inch at which a figure's cells are whole pixels; any multiple keeps them whole."""
_WIDEST_PX = 30_000  # twice this, as saved, is near the 2**16 px that the renderer can take


def cell_pixels(steps: int, units: int, *, width: int = 1400, height: int = 640, most: int = 28) -> tuple[int, int]:
    """Whole pixels (across, down) a cell in a picture of about width x height pixels.

    Examples
    --------
    >>> cell_pixels(274, 128)
    (5, 5)
    >>> cell_pixels(10_000, 4)
    (1, 28)
    """
    if max(steps, units) > _WIDEST_PX:
        raise InputError(
            f"{units} units x {steps} steps are more than {_WIDEST_PX} pixels; select fewer steps, or pass ax="
        )
    across = min(most, max(1, width // steps))
    down = min(most, max(1, height // units))
    # Near-square cells read best; steps stay wide enough to carry text.
    return across, min(down, 2 * across + 2) if across > 2 else down


def pixel_figure(width: float, height: float, dpi: float = DPI) -> Figure:
    """An empty pyplot figure of width x height pixels, on white."""
    import matplotlib.pyplot as plt

    figure: Figure = plt.figure(figsize=(width / dpi, height / dpi), dpi=dpi, facecolor="white")
    return figure


def pixel_axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at whole pixels of a ``pixel_figure``, measured from the top left."""
    full_width, full_height = (size * figure.dpi for size in figure.get_size_inches())
    box = (left / full_width, 1 - (top + height) / full_height, width / full_width, height / full_height)
    return figure.add_axes(box)


def style_axes(ax: Axes) -> None:
    """Hairline frame, small muted tick labels."""
    for spine in ax.spines.values():
        spine.set(color=HAIRLINE, linewidth=0.6)
    ax.tick_params(colors=MUTED, labelsize=7, length=2, width=0.6, labelfontfamily=SANS)


def write_text(target: Any, x: float, y: float, text: str, **options: Any) -> Any:
    """Text in the house type, or ``fontfamily``; ``$`` and other marks are taken literally."""
    return target.text(x, y, **({"color": INK} | options | literal(text, options.get("fontfamily", SANS))))


def write_title(ax: Axes, title: str, *, pad: float, size: float = 11) -> None:
    """The title above the left edge of ``ax``, ``pad`` points away."""
    face = typeface([title])
    ax.set_title(face.shown(title), loc="left", fontsize=size, color=INK, pad=pad, **face.options)


def literal(text: str, base: str = SANS) -> dict[str, Any]:
    """``text`` as a matplotlib Text takes it: in fonts that have it, no character of it mark-up."""
    face = typeface([text], base)
    return {"s": face.shown(text), **face.options}


def labelled(axis: str, text: str) -> dict[str, Any]:
    """What ``set_xlabel`` or ``set_ylabel`` takes to say ``text``, small and muted."""
    options = literal(text)
    return {axis: options.pop("s"), "fontsize": 8, "color": MUTED, **options}


def rgb(color: Color) -> tuple[float, float, float]:
    """An sRGB colour of 0 to 255 as matplotlib takes it."""
    return color[0] / 255, color[1] / 255, color[2] / 255
