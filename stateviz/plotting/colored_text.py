"""Text on the colour of units, and guesses under each character, as figures for papers."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.recordings import Recording
from stateviz.core.sheets import Palette
from stateviz.core.states import StateMatrix
from stateviz.plotting import style
from stateviz.plotting.scales import ColorLimits, ColorScale, color_scale
from stateviz.plotting.typefaces import typeface, visible
from stateviz.rendering.color.palettes import ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACROSS = 80
"""Characters a line."""
MOST = 6000
"""Tokens a figure can hold."""
_LINE, _ADVANCE = 14, 7.4  # pixels of a line and of a character
_REDS = ("#ffffff", "#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f")

Rgba = tuple[float, float, float, float]


def colored_text(
    states: StateMatrix,
    *,
    units: Sequence[int] = (0,),
    palette: str | Palette | None = None,
    limits: ColorLimits | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Each token on the colour of a unit; several units stand in lines of their own.

    Parameters
    ----------
    states
        With their tokens, up to MOST of them.
    units
        Rows of ``states``.
    palette
        As ``heatmap`` takes it.
    limits
        Real states: where the colours end.
    ax
        Where to draw; by default a new figure.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> ax = colored_text(StateMatrix([[0, 1, 1]], tokens="abc"))
    >>> [text.get_text() for text in ax.texts][:3]
    ['a', 'b', 'c']
    """
    tokens = _tokens(states)
    colors = color_scale([states], palette, limits=_ends(states, limits))
    drawing = _Drawing()
    block = len(units) * _LINE + (10 if len(units) > 1 else 6)
    places = _places(tokens)
    for row, unit in enumerate(units):
        shades = _shades(colors, states.values[unit])
        for (line, column, width), token, shade in zip(places, tokens, shades, strict=True):
            drawing.cell(column * _ADVANCE, line * block + row * _LINE, width * _ADVANCE, _LINE, shade, _shown(token))
        for line in range(places[-1][0] + 1):
            if len(units) > 1:
                drawing.label(-6, line * block + row * _LINE + _LINE / 2, str(states.units[unit])[:10])
    return drawing.draw(ax, colors)


def prediction_grid(
    recording: Any,
    states: StateMatrix,
    *,
    unit: int = 0,
    palette: str | Palette | None = None,
    limits: ColorLimits | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Characters on the colour of a unit, and under each the likeliest guesses for it, white to dark red.

    Parameters
    ----------
    recording : Recording
        With ``top_ids`` and ``top_probabilities`` among its tracks.
    states
        One of its sites.
    unit
        A row of ``states``.
    palette
        As ``heatmap`` takes it.
    limits
        Real states: where the colours end.
    ax
        Where to draw; by default a new figure.
    """
    from matplotlib.colors import LinearSegmentedColormap

    assert isinstance(recording, Recording)
    tokens = _tokens(states)
    ids, shares = recording.tracks["top_ids"], recording.tracks["top_probabilities"]
    names = recording.vocabulary
    reds = LinearSegmentedColormap.from_list("probability", list(_REDS))
    colors = color_scale([states], palette, limits=_ends(states, limits))
    drawing = _Drawing()
    wide, across = 17.0, 48
    block = (2 + ids.shape[1]) * _LINE
    fresh = {0, *states.column_breaks}
    for step, (token, shade) in enumerate(zip(tokens, _shades(colors, states.values[unit]), strict=True)):
        x, y = step % across * wide, step // across * block
        drawing.cell(x, y, wide, _LINE, shade, _one(token))
        for place in range(0 if step in fresh else ids.shape[1]):
            number, share = int(ids[step - 1, place]), float(shares[step - 1, place])
            guess = names[number] if names else f"#{number}"
            drawing.cell(x, y + (1 + place) * _LINE, wide, _LINE, reds(share), _one(guess), guess == token)
    return drawing.draw(ax, colors)


@dataclass
class _Drawing:
    """Rectangles and words in pixels from the top left, to be drawn at once."""

    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    shades: list[Rgba] = field(default_factory=list)
    words: list[tuple[float, float, str, str, bool]] = field(default_factory=list)
    labels: list[tuple[float, float, str]] = field(default_factory=list)

    def cell(self, x: float, y: float, width: float, height: float, shade: Rgba, text: str, bold: bool = False) -> None:
        self.boxes.append((x, y, width, height))
        self.shades.append(shade)
        red, green, blue = (round(part * 255) for part in shade[:3])
        ink = ink_on((red, green, blue))
        self.words.append((x + width / 2, y + height / 2, text, ink, bold))

    def label(self, x: float, y: float, text: str) -> None:
        self.labels.append((x, y, text))

    def draw(self, ax: Axes | None, colors: ColorScale) -> Axes:
        from matplotlib.collections import PolyCollection

        width = max(x + w for x, _, w, _ in self.boxes)
        height = max(y + h for _, y, _, h in self.boxes)
        if ax is None:
            left = 60 if self.labels else 16
            wide = max(width, typeface([colors.note]).width(colors.note, 6.5) * style.DPI / 72)
            figure = style.pixel_figure(round(wide) + left + 16, round(height) + 52 + (18 if colors.note else 0))
            ax = style.pixel_axes(figure, left, 36, round(width), round(height))
        ax.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[], frame_on=False)
        corners = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for x, y, w, h in self.boxes]
        ax.add_collection(PolyCollection(corners, facecolors=self.shades, edgecolors="none", antialiaseds=False))
        for x, y, text in self.labels:
            style.write_text(ax, x, y, text, ha="right", va="center", fontsize=6.5, color=style.MUTED)
        for x, y, text, ink, bold in self.words:
            font = {"fontsize": 7.5, "fontfamily": style.MONO, "fontweight": "bold" if bold else "normal"}
            style.write_text(ax, x, y, text, color=ink, ha="center", va="center_baseline", **font)
        _legend(ax, colors, width)
        style.write_text(ax, 0, height + 14, colors.note, va="center", fontsize=6.5, color=style.MUTED, clip_on=False)
        return ax


def _legend(ax: Axes, colors: ColorScale, width: float) -> None:
    """The values at both ends above the right edge, with their colours between."""
    low, high = colors.low, colors.high
    ramp = np.linspace(0, 1, 2 if colors.palette is not None else 64)[None, :]
    box = (max(0.0, width - 96), -22, 66, 8)
    image = ax.inset_axes(box, transform=ax.transData)
    image.imshow(ramp, cmap=colors.colormap, aspect="auto", interpolation="none")
    image.set(xticks=[], yticks=[])
    for spine in image.spines.values():
        spine.set(color=style.HAIRLINE, linewidth=0.6)
    for x, value, side in ((box[0] - 4, low, "right"), (box[0] + 70, high, "left")):
        text = f"{value:.3g}".replace("-", "−")
        style.write_text(ax, x, -18, text, ha=side, va="center", fontsize=6.5, color=style.MUTED, clip_on=False)


def _shades(colors: ColorScale, values: Any) -> list[Rgba]:
    low, high = colors.low, colors.high
    shares = np.clip((np.asarray(values, np.float64) - low) / (high - low), 0, 1)
    if colors.palette is not None:
        shares = (shares > 0.5).astype(float)
    return [(float(r), float(g), float(b), float(a)) for r, g, b, a in colors.colormap(shares)]


def _ends(states: StateMatrix, limits: ColorLimits | None) -> ColorLimits | None:
    """Limits of real states; of binary ones they say nothing."""
    return None if states.binary else limits


def _tokens(states: StateMatrix) -> tuple[str, ...]:
    if states.tokens is None:
        raise InputError("these states carry no text to draw; record them from a text")
    if len(states.tokens) > MOST:
        raise InputError(f"{len(states.tokens):,} tokens are more than the {MOST:,} of one figure; choose fewer steps")
    return states.tokens


def _places(tokens: Sequence[str]) -> list[tuple[int, int, int]]:
    """(line, column, width) of each token, in characters; lines break after white space where they can.

    Examples
    --------
    >>> [place[0] for place in _places("a" * 70 + " " + "b" * 20)][69:72]
    [0, 0, 1]
    """
    widths = [max(1, sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in _shown(t))) for t in tokens]
    starts, used, space = [0], 0, 0
    for at, (token, width) in enumerate(zip(tokens, widths, strict=True)):
        if used + width > ACROSS and at > starts[-1]:
            starts.append(space if starts[-1] < space and at - space < ACROSS // 2 else at)
            used = sum(widths[starts[-1] : at])
        used += width
        space = at + 1 if token[-1:].isspace() else space
        if "\n" in token and at + 1 < len(tokens):
            starts.append(at + 1)
            used = 0
    found = []
    for line, (first, last) in enumerate(zip(starts, [*starts[1:], len(tokens)], strict=True)):
        columns = np.cumsum([0, *widths[first:last]]).tolist()
        found += [(line, column, width) for column, width in zip(columns, widths[first:last], strict=False)]
    return found


def _shown(token: str) -> str:
    return (
        token
        if token == " "
        else visible(token).replace("·", " ")
        if len(token) <= ACROSS
        else visible(token[: ACROSS - 1]) + "…"
    )


def _one(token: str) -> str:
    """A token for a cell of two characters."""
    text = visible(token).replace("·", "␣")
    return text if len(text) <= 2 else text[:1] + "…"
