"""Legends: two swatches for a palette, a bar with its label and arrowed ends for a range."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stateviz.plotting import style
from stateviz.plotting.scales import ColorScale, number
from stateviz.plotting.typefaces import short, typeface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage


def draw_legend(ax: Axes, image: AxesImage, colors: ColorScale, label: str, *, own: bool) -> None:
    """Two swatches above the top right corner for a palette; a bar beside ``ax`` for a range.

    ``own`` axes keep their whole-pixel size; of others the bar takes its room.
    """
    if colors.palette is not None:
        _draw_swatches(ax, colors)
        return
    figure = ax.get_figure(root=True)
    assert figure is not None
    room: dict[str, Any] = {"ax": ax, "fraction": 0.03, "pad": 0.015}
    if own:
        box, (wide, high) = ax.get_position(), figure.get_size_inches()
        width, height = box.width * wide, box.height * high
        room = {"cax": ax.inset_axes((1 + 0.12 / width, 0, 0.12 / width, 1)), "extendfrac": min(0.4, 0.14 / height)}
    bar = figure.colorbar(image, extend=colors.extend, **room)
    style_bar(bar)
    bar.ax.set_ylabel(**style.labelled("ylabel", label), labelpad=4)


def bar_label(site: str, name: str = "value") -> str:
    """What stands on a bar: the site of the values where it is known."""
    return name if site == "array" else f"{name} of {short(site)}"


def style_bar(bar: Colorbar) -> None:
    """Hairline outline, small muted tick labels."""
    bar.outline.set(edgecolor=style.HAIRLINE, linewidth=0.6)
    bar.ax.tick_params(colors=style.MUTED, labelsize=7, length=2, width=0.6, labelfontfamily=style.SANS)


NOTE = "stateviz-note"
"""The id of the text that says what the colours do not show."""


def write_note(ax: Axes, note: str, depth: float) -> None:
    """What is said of the colours, ``depth`` points below the cells."""
    text = style.literal(note)
    ax.annotate(
        text.pop("s"),
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -depth),
        textcoords="offset points",
        va="top",
        fontsize=7,
        color=style.MUTED,
        annotation_clip=False,
        gid=NOTE,
        **text,
    )


def _draw_swatches(ax: Axes, colors: ColorScale) -> None:
    from matplotlib.patches import Patch

    assert colors.palette is not None
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


def place_legend(figure: Figure, colors: ColorScale, right: int, bottom: int, image: AxesImage, label: str) -> None:
    """The legend on a ``pixel_figure``, flush with ``right`` and on the line of text at ``bottom``."""
    full = figure.get_size_inches() * style.DPI
    if colors.palette is None:
        low, high = (number(end) for end in (colors.low, colors.high))
        bar = figure.add_axes(((right - 200) / full[0], 1 - bottom / full[1], 160 / full[0], 10 / full[1]))
        place_text(figure, right - 208, bottom, f"{label}  {low}", size=8, color=style.MUTED, ha="right")
        place_text(figure, right - 32, bottom, high, size=8, color=style.MUTED)
        scale = figure.colorbar(image, cax=bar, orientation="horizontal", ticks=[], extend=colors.extend)
        scale.outline.set(edgecolor=style.HAIRLINE, linewidth=0.6)
        return
    from matplotlib.patches import Rectangle

    x: float = right
    for color, label in reversed(list(zip(colors.palette.colors, colors.labels, strict=True))):
        place_text(figure, x, bottom, label, size=8, color=style.MUTED, ha="right")
        box = ((x - 34) / full[0], 1 - bottom / full[1])
        swatch = Rectangle(box, 10 / full[0], 10 / full[1], facecolor=style.rgb(color), transform=figure.transFigure)
        swatch.set(edgecolor=style.MUTED, linewidth=0.5)
        figure.add_artist(swatch)
        x -= 52


def room_needed(colors: ColorScale, caption: str, label: str, titles: Iterable[tuple[str, float]] = ()) -> int:
    """Pixels that caption and legend side by side, the note below them, and ``titles`` (text, points) take at least."""
    pixel = style.DPI / 72
    legend = 110 if colors.palette is not None else 290 + typeface([label]).width(label, 8) * pixel
    alone = max(typeface([text]).width(text, size) * pixel for text, size in ((colors.note, 8.0), *titles))
    return math.ceil(max(typeface([caption]).width(caption, 8) * pixel + legend, alone))


def place_text(figure: Figure, x: float, baseline: float, text: str, *, size: float, **options: Any) -> None:
    """Text in the house type, its baseline at whole pixels from the top left of a ``pixel_figure``."""
    width, height = figure.get_size_inches() * style.DPI
    style.write_text(figure, x / width, 1 - baseline / height, text, fontsize=size, va="baseline", **options)
