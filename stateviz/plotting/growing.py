"""growth_frame(): states as far as they have come, in the order of the moment, with the text and a curve below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stateviz.core.states import StateMatrix
from stateviz.plotting.drawing import ACCENT, MUTED, Drawing
from stateviz.plotting.scales import ColorScale, number
from stateviz.plotting.typefaces import visible

_EDGE, _HEAD = 20, 44
_LINE, _LINES, _SIZE = 18, 6, 13
_NARROWEST = 480
_ADVANCE = 0.602 * _SIZE  # of DejaVu Sans Mono


@dataclass(frozen=True)
class GrowthFrame:
    """One frame.

    Parameters
    ----------
    states
        In the order of the moment.
    until
        Steps that have come; None shows all.
    said
        What stands above at the right.
    curve, at
        Points (where, how much) of a curve below, and which of them this is; empty for none.
    steps
        Whether the curve goes by steps.
    across
        What stands at the end of the curve.
    sample
        Text below: what a model wrote then.
    """

    states: StateMatrix
    until: int | None = None
    said: str = ""
    curve: Sequence[tuple[float, float]] = ()
    at: int = 0
    steps: bool = False
    across: str = ""
    sample: str = ""


def growth_frame(moment: GrowthFrame, colors: ColorScale, title: str, *, width: int = 820) -> Drawing:
    """A frame as a drawing; frames of the same states and title have one size.

    Examples
    --------
    >>> from stateviz.plotting.scales import color_scale
    >>> states = StateMatrix([[0, 1, 1], [1, 0, 1]])
    >>> growth_frame(GrowthFrame(states, 2), color_scale([states], None), "h").frame().shape[2]
    3
    """
    units, steps = moment.states.shape
    each = max(1, (width - 2 * _EDGE) // steps)
    wide = each * steps if each * steps <= width - 2 * _EDGE else width - 2 * _EDGE
    down = max(1, min(300 // units, 2 * each + 2))
    high = min(down * units, 512)
    width = max(_NARROWEST, wide + 2 * _EDGE)
    across = int((width - 2 * _EDGE) / _ADVANCE)
    shown = moment.states.tokens is not None and moment.until is not None
    lines = _lines(moment.states.tokens or (), across) if shown else []
    room = min(len(lines), _LINES) * _LINE + 10 if shown else 0
    foot = room + (92 if moment.curve else 0) + (76 if moment.sample else 0)
    drawing = Drawing(width, _HEAD + high + 12 + foot + 10)
    drawing.word(_EDGE, 24, title, size=14, bold=True)
    drawing.word(width - _EDGE, 24, moment.said, size=12, color=MUTED, side="right")
    drawing.picture(_EDGE, _HEAD, wide, high, _pixels(moment, colors))
    y = float(_HEAD + high + 12)
    if shown:
        y = _write(drawing, moment, lines, y)
    if moment.curve:
        y = _curve(drawing, moment, y, width)
    for row, line in enumerate(moment.sample.split("\n")[:4] if moment.sample else ()):
        drawing.word(_EDGE, y + 10 + row * 16, line[:110], size=12, mono=True)
    return drawing


def _pixels(moment: GrowthFrame, colors: ColorScale) -> NDArray[np.uint8]:
    values = np.asarray(moment.states.values, np.float64)
    share = np.clip((values - colors.low) / (colors.high - colors.low), 0, 1)
    rgb: NDArray[np.uint8] = (np.asarray(colors.colormap(share))[..., :3] * 255).round().astype(np.uint8)
    if moment.until is not None:
        rgb[:, moment.until :] = (244, 244, 242)
    return rgb


def _lines(tokens: Sequence[str], across: int) -> list[tuple[int, int]]:
    """(first, last) step of each line of up to ``across`` characters, broken after white space."""
    lines, first, used, space = [], 0, 0, -1
    for step, token in enumerate(tokens):
        used += max(1, len(visible(token)))
        if used > across and step > first:
            last = space if space > first else step
            lines.append((first, last))
            first, used = last, sum(max(1, len(visible(one))) for one in tokens[last : step + 1])
        if token.isspace():
            space = step + 1
        if "\n" in token:
            lines.append((first, step + 1))
            first, used = step + 1, 0
    return [*lines, (first, len(tokens))] if first < len(tokens) else lines


def _write(drawing: Drawing, moment: GrowthFrame, lines: Sequence[tuple[int, int]], y: float) -> float:
    """The text as far as it has come, six lines of it, with a mark where it goes on."""
    tokens, come = moment.states.tokens or (), moment.until or 0
    current = next((row for row, (_, last) in enumerate(lines) if last >= come), len(lines) - 1)
    top = max(0, min(current - 4, len(lines) - _LINES))
    for row, (first, last) in enumerate(lines[top : top + _LINES]):
        text = "".join(map(visible, tokens[first : max(first, min(last, come))])).replace("·", " ")
        drawing.word(_EDGE, y + 8 + row * _LINE, text, size=_SIZE, mono=True)
        if first < come <= last:
            drawing.box(_EDGE + len(text) * _ADVANCE + 1, y + row * _LINE, 2, 16, ACCENT)
    return y + min(len(lines), _LINES) * _LINE + 10


def _curve(drawing: Drawing, moment: GrowthFrame, y: float, width: int) -> float:
    """The curve, and where on it this moment is."""
    points = moment.curve
    left, right = points[0][0], points[-1][0]
    low, high = min(one[1] for one in points), max(one[1] for one in points)
    x0, wide, tall = _EDGE + 64, width - 2 * _EDGE - 72, 56

    def place(k: int) -> tuple[float, float]:
        return (
            x0 + (points[k][0] - left) / ((right - left) or 1) * wide,
            y + 8 + (1 - (points[k][1] - low) / ((high - low) or 1)) * tall,
        )

    for k in range(1, len(points)):
        (ax, ay), (bx, by) = place(k - 1), place(k)
        if moment.steps:
            drawing.line(ax, ay, bx, ay, MUTED, 1.5)
            ax = bx
        drawing.line(ax, ay, bx, by, MUTED, 1.5)
    x, dot = place(moment.at)
    drawing.box(x - 4, dot - 4, 8, 8, ACCENT)
    drawing.word(x0 - 10, y + 8, number(high), size=10, color=MUTED, side="right")
    drawing.word(x0 - 10, y + 8 + tall, number(low), size=10, color=MUTED, side="right")
    drawing.word(x0 + wide, y + 20 + tall, moment.across, size=10, color=MUTED, side="right")
    return y + 92
