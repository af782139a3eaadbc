"""phrase_sheet(): a phrase, and the other places where the units that stay on over it are on together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Color
from stateviz.plotting.drawing import ACCENT, INK, MUTED, Drawing, mixed
from stateviz.plotting.typefaces import visible
from stateviz.rendering.color.palettes import ink_on

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GREENS: tuple[Color, ...] = ((229, 245, 224), (161, 217, 153), (49, 163, 84), (0, 90, 32))
"""Of the units that stay on over the phrase, few to all."""
MARKS: tuple[Color, ...] = ((213, 94, 0), (0, 114, 178), (148, 103, 189), (181, 137, 0), (0, 158, 115), (204, 121, 167))
BEFORE, AFTER = 14, 22
_CELL, _LINE, _STRIP, _LEFT = 11, 18, 10, 108


def phrase_sheet(
    tokens: Sequence[str],
    span: tuple[int, int],
    places: Sequence[tuple[int, int, str, str]],
    shares: NDArray[Any],
    marks: Mapping[str, NDArray[Any]],
    said: str,
) -> Figure:
    """The phrase in its line, each other place in one, aligned at their first step.

    Parameters
    ----------
    tokens
        The text of each step.
    span
        The phrase: its first step and the one after its last.
    places
        First step, the one after the last, and two notes, of each other place.
    shares
        Of the phrase's units those that are on, at each step, 0 to 1.
    marks
        What is known of each step by name, each 0 to 1.
    said
        The heading.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> figure = phrase_sheet("abcab", (0, 2), [(3, 5, "2 of 2", "0 others")], np.ones(5), {}, "2 units stay on")
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['2 units stay on', 'the phrase']
    """
    length = span[1] - span[0]
    across = BEFORE + length + AFTER
    block = _LINE + len(marks) * _STRIP + 8
    named = 150 if marks else 0
    drawing = Drawing(_LEFT + across * _CELL + 16 + named, 52 + block * (1 + len(places)))
    drawing.word(16, 22, said, size=13, bold=True)
    for row, (start, stop, note, more) in enumerate([(*span, "the phrase", ""), *places]):
        top = 44 + row * block
        drawing.word(16, top + 6, note, size=11, color=INK)
        drawing.word(16, top + 18, f"{more + ', ' if more else ''}step {start:,}", size=9, color=MUTED)
        for step in range(max(0, start - BEFORE), min(len(tokens), start + length + AFTER)):
            x = _LEFT + (step - start + BEFORE) * _CELL
            share = float(shares[step])
            color = mixed(GREENS, share) if share > 0 else None
            if color is not None:
                drawing.box(x, top, _CELL, _LINE, color)
            ink = INK if color is None else ((0, 0, 0) if ink_on(color) == "#000000" else (255, 255, 255))
            drawing.word(x + _CELL / 2, top + _LINE / 2, _one(tokens[step]), color=ink, side="center", mono=True)
            for place, values in enumerate(marks.values()):
                if values[step] > 0:
                    shade = mixed([(255, 255, 255), MARKS[place % len(MARKS)]], 0.08 + 0.92 * float(values[step]))
                    drawing.box(x, top + _LINE + 1 + place * _STRIP, _CELL, _STRIP - 1, shade)
        x = _LEFT + BEFORE * _CELL
        drawing.outline(x, top, max(1, min(stop - start, length + AFTER)) * _CELL, _LINE, ACCENT)
    for place, name in enumerate(marks):
        y = 44 + _LINE + 1 + place * _STRIP + (_STRIP - 1) / 2
        drawing.box(_LEFT + across * _CELL + 10, y - 2, 8, 4, MARKS[place % len(MARKS)])
        drawing.word(_LEFT + across * _CELL + 24, y, name[:20], size=8, color=MUTED)
    return drawing.figure()


def _one(token: str) -> str:
    """A token in one cell: itself, or its first letter and a sign that there is more."""
    shown = visible(token)
    return shown if len(shown) <= 1 else f"{shown[0]}…"


def scaled(values: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers from 0, the lowest, to 1, the highest; 0 where there are none.

    Examples
    --------
    >>> scaled(np.array([2.0, 4.0, np.nan])).tolist()
    [0.0, 1.0, 0.0]
    """
    numbers = np.asarray(values, np.float64)
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    share = (numbers - low) / (high - low) if high > low else np.zeros_like(numbers)
    return np.nan_to_num(share)
