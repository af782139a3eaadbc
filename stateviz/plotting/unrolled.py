"""unrolled(): a small recurrent network, a column a time step: what it read, its state, and what it expects next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Color
from stateviz.plotting.drawing import HAIRLINE, INK, MUTED, Drawing
from stateviz.plotting.scales import number
from stateviz.plotting.typefaces import visible

GREEN: Color = (0, 122, 51)
RED: Color = (190, 30, 45)
_LEFT, _COLUMN, _CELL, _GAP, _WIDE = 150, 112, 20, 44, 64


def unrolled(
    tokens: Sequence[str],
    targets: Sequence[str],
    vocabulary: Sequence[str],
    steps: Sequence[Mapping[str, NDArray[Any]]],
    said: str,
    note: str,
) -> Drawing:
    """One pass over a text, from left to right, and within a step from below: input, state, output.

    Parameters
    ----------
    tokens, targets
        What is read, and what comes next.
    vocabulary
        The letters of the outputs.
    steps
        The values ``x``, ``h`` and ``y`` of each time step.
    said, note
        The heading, and what stands at its right.

    Examples
    --------
    >>> values = {"x": np.array([1.0, 0.0]), "h": np.array([0.5]), "y": np.array([2.0, -1.0])}
    >>> drawing = unrolled("a", "b", "ab", [values], "before", "loss 3.05")
    >>> [word.color == GREEN for word in drawing.words if word.text == "−1"]
    [True]
    """
    high = {name: len(np.atleast_1d(steps[0][name])) * _CELL for name in ("y", "h", "x")}
    top = {"y": 92}
    top["h"] = top["y"] + high["y"] + _GAP
    top["x"] = top["h"] + high["h"] + _GAP
    foot = top["x"] + high["x"]
    drawing = Drawing(_LEFT + len(tokens) * _COLUMN + 24, foot + 56)
    drawing.word(20, 26, said, size=15, bold=True)
    drawing.word(drawing.width - 20, 26, note, size=12, color=MUTED, side="right")
    for name, label in {"y": "output", "h": "state h", "x": "input x"}.items():
        drawing.word(20, top[name] + high[name] / 2, label, size=12, color=MUTED)
    drawing.word(20, 64, "comes next", size=12, color=MUTED)
    drawing.word(20, foot + 26, "is read", size=12, color=MUTED)
    for row, letter in enumerate(vocabulary):
        drawing.word(_LEFT - 14, top["y"] + (row + 0.5) * _CELL, visible(letter), size=12, color=MUTED, mono=True)
    for place, (token, target, values) in enumerate(zip(tokens, targets, steps, strict=True)):
        left = _LEFT + place * _COLUMN + (_COLUMN - _WIDE) / 2
        middle = left + _WIDE / 2
        drawing.word(middle, 64, visible(target), size=17, color=GREEN, side="center", mono=True, bold=True)
        drawing.word(middle, foot + 26, visible(token), size=17, side="center", mono=True, bold=True)
        right = list(vocabulary).index(target)
        for name in ("y", "h", "x"):
            for row, value in enumerate(np.atleast_1d(values[name])):
                color = INK if name != "y" else GREEN if row == right else RED
                y = top[name] + (row + 0.5) * _CELL
                bold = name == "y" and row == right
                drawing.word(middle, y, number(float(value)), size=12, color=color, side="center", mono=True, bold=bold)
            drawing.outline(left, top[name], _WIDE, high[name], HAIRLINE)
        drawing.arrow(middle, top["x"] - 4, middle, top["h"] + high["h"] + 4)
        drawing.arrow(middle, top["h"] - 4, middle, top["y"] + high["y"] + 4)
        if place:
            y = top["h"] + high["h"] / 2
            drawing.arrow(left - (_COLUMN - _WIDE) + 4, y, left - 4, y)
    return drawing
