"""The text under the columns: a character a step where that is legible, else one line of every n-th word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from stateviz.plotting.style import HAIRLINE, INK, MUTED
from stateviz.plotting.typefaces import MONO, Typeface, short, typeface, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ADVANCE = 0.602  # width of a DejaVu Sans Mono character, in ems
_SMALLEST, _LARGEST = 5.9, 9.0
"""Points: what can still be read on paper, and what is large enough."""
_WORD, _GAP = 6.5, 5.0
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA")
"""Scripts that put no spaces between words, by how the names of their letters begin."""


def words(tokens: Sequence[str]) -> list[tuple[int, str]]:
    """(first step, text) of every word; white space parts words, a line break or an ideograph is one of its own.

    Examples
    --------
    >>> words("of it.\\nFor")
    [(0, 'of'), (3, 'it.'), (6, '⏎'), (7, 'For')]
    >>> words(["The", " just", " shall"])
    [(0, 'The'), (1, 'just'), (2, 'shall')]
    >>> words("恩典 and")
    [(0, '恩'), (1, '典'), (3, 'and')]
    """
    found: list[tuple[int, str]] = []
    joined = False
    for step, token in enumerate(tokens):
        if "\n" in token:
            found.append((step, visible(token.strip(" "))))
            joined = False
            continue
        text = token.strip()
        wide = unicodedata.name(text[:1] or " ", "").startswith(_UNSPACED)
        if text:
            if joined and not wide and not token[:1].isspace():
                found[-1] = (found[-1][0], found[-1][1] + visible(text))
            else:
                found.append((step, visible(text)))
        joined = text != "" and not wide and not token[-1:].isspace()
    return found


def thinnings() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 and so on: of how many labels one is shown."""
    scale = 1
    while True:
        yield from (scale, 2 * scale, 5 * scale)
        scale *= 10


def draw_text(ax: Axes | None, tokens: Sequence[str], column: float) -> tuple[float, str]:
    """Draw the tokens below ``ax``, whose columns are ``column`` points wide; without ``ax`` nothing is drawn.

    Returns
    -------
    (float, str)
        The depth the text takes, in points, and what the axis has to say of it: ``"every 5th word"`` where not every
        word is drawn, else nothing.
    """
    marks = [visible(token) for token in tokens]
    face = typeface(marks, MONO)
    size = min(_LARGEST, column / _ADVANCE)
    if size >= _SMALLEST and all(len(mark) <= 1 for mark in marks):
        return _characters(ax, marks, face, size, column), ""
    if column >= _SMALLEST * 1.25:
        return _upright(ax, [mark.replace("·", "␣") for mark in marks], face, min(_LARGEST, column / 1.25)), ""
    return _words(ax, words(tokens), face, column, column * len(tokens))


def _characters(ax: Axes | None, marks: Sequence[str], face: Typeface, size: float, column: float) -> float:
    if any(face.width(mark, size) > column * 1.25 for mark in set(marks)):  # ideographs are an em wide
        size = max(min(size, column), 0.75 * size)
    for step, mark in enumerate(marks if ax is not None else ()):
        _label(ax, step, -3.0, mark, face, size, MUTED if mark in "·⏎␍⇥␣" else INK)
    return size * 1.25 + 3


def _upright(ax: Axes | None, marks: Sequence[str], face: Typeface, size: float) -> float:
    for step, mark in enumerate(marks if ax is not None else ()):
        _label(ax, step, -4.0, mark, face, size, INK, rotation=90)
    return max(face.width(mark, size) for mark in marks) + 6


def _words(
    ax: Axes | None, found: Sequence[tuple[int, str]], face: Typeface, column: float, width: float
) -> tuple[float, str]:
    """One line of every n-th word, each from its column on; one that would pass the right edge ends at its column."""
    if not found:
        return 0.0, ""
    shown = [(step * column, short(text)) for step, text in found]
    spans = [_span(start, face.width(text, _WORD) + 2, width) for start, text in shown]
    every = next(n for n in chain(range(1, 10), thinnings()) if n >= len(spans) or _apart(spans[::n]))
    for (start, text), span in zip(shown[::every], spans[::every], strict=True):
        if ax is not None:
            at_right = span[0] < start
            _leader(ax, start / column - 0.5, 4 + _WORD)
            _label(ax, start / column - 0.5, -4.0, text, face, _WORD, INK, align=("left", "right")[at_right])
    return 6 + 1.3 * _WORD, "" if every == 1 else f"every {every}{ {2: 'nd', 3: 'rd'}.get(every, 'th') } word"


def _span(start: float, length: float, width: float) -> tuple[float, float]:
    return (start - length, start) if start + length > width and start >= length else (start, start + length)


def _apart(spans: Sequence[tuple[float, float]]) -> bool:
    return all(after[0] - before[1] >= _GAP for before, after in pairwise(spans))


def _label(
    ax: Axes | None, x: float, y: float, text: str, face: Typeface, size: float, color: str, *,
    align: str = "center", rotation: int = 0,
) -> None:  # fmt: skip
    assert ax is not None
    ax.annotate(
        face.shown(text),
        (x, 0),
        xycoords=("data", "axes fraction"),
        xytext=({"left": 1.5, "right": -1.5}.get(align, 0.0), y),
        textcoords="offset points",
        ha=align,
        va="top",
        fontsize=size,
        color=color,
        rotation=rotation,
        annotation_clip=False,
        **face.options,
    )


def _leader(ax: Axes, x: float, depth: float) -> None:
    ax.annotate(
        "",
        (x, 0),
        xycoords=("data", "axes fraction"),
        xytext=(0, -depth),
        textcoords="offset points",
        annotation_clip=False,
        zorder=0,
        arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": HAIRLINE, "shrinkA": 0, "shrinkB": 0},
    )
