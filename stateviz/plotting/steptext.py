"""The text under the columns: a character a step where that is legible, else words with a leader each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stateviz.plotting.style import HAIRLINE, INK, MONO, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ADVANCE = 0.602  # width of a DejaVu Sans Mono character, in ems
_SMALLEST, _LARGEST = 5.0, 9.0
_LINES = 5
_MARKS = {" ": "·", "\n": "⏎", "\r": "␍", "\t": "⇥", "\u00a0": "␣"}


def visible(token: str) -> str:
    """A token with its white space and control characters made visible.

    Examples
    --------
    >>> visible("a b\\n")
    'a·b⏎'
    """
    return "".join(_MARKS.get(c, c if c.isprintable() else "�") for c in token)


def words(tokens: Sequence[str]) -> list[tuple[int, str]]:
    """(first step, text) of every word; white space parts words, and a line break is one of its own.

    Examples
    --------
    >>> words("of it.\\nFor")
    [(0, 'of'), (3, 'it.'), (6, '⏎'), (7, 'For')]
    >>> words(["The", " just", " shall"])
    [(0, 'The'), (1, 'just'), (2, 'shall')]
    """
    found: list[tuple[int, str]] = []
    joined = False
    for step, token in enumerate(tokens):
        if "\n" in token:
            found.append((step, visible(token.strip(" "))))
            joined = False
            continue
        text = token.strip()
        if text:
            if joined and not token[:1].isspace():
                found[-1] = (found[-1][0], found[-1][1] + visible(text))
            else:
                found.append((step, visible(text)))
        joined = bool(text) and not token[-1:].isspace()
    return found


def draw_text(ax: Axes | None, tokens: Sequence[str], column: float) -> float:
    """Draw the tokens below ``ax``, whose columns are ``column`` points wide.

    Without ``ax`` nothing is drawn. Returns the depth the text takes, in points.
    """
    marks = [visible(token) for token in tokens]
    size = min(_LARGEST, column / _ADVANCE)
    if size >= _SMALLEST and all(len(mark) <= 1 for mark in marks):
        return _characters(ax, marks, size)
    if column >= _SMALLEST * 1.25:
        return _upright(ax, [mark.replace("·", "␣") for mark in marks], min(_LARGEST, column / 1.25))
    return _words(ax, words(tokens), column, column * len(tokens))


def _characters(ax: Axes | None, marks: Sequence[str], size: float) -> float:
    if ax is not None:
        for step, mark in enumerate(marks):
            color = HAIRLINE if mark == "·" else MUTED if mark in _MARKS.values() else INK
            _label(ax, step, -3.0, mark, size, color, "center")
    return size * 1.2 + 3


def _upright(ax: Axes | None, marks: Sequence[str], size: float) -> float:
    if ax is not None:
        for step, mark in enumerate(marks):
            _label(ax, step, -4.0, mark, size, INK, "center", rotation=90)
    return size * _ADVANCE * max(map(len, marks)) + 6


def _words(ax: Axes | None, found: Sequence[tuple[int, str]], column: float, width: float) -> float:
    """Each word starts at its column, on the first line with room; where no line has, it is left out.

    A word that would run past the right edge ends at its column instead.
    """
    size, gap = 6.0, 5.0
    line_height, free = size * 1.4, [0.0] * _LINES
    used = 0
    for step, text in found:
        start, length = step * column, len(text) * size * _ADVANCE + 1.5
        left = start + length > width
        line = next((i for i, edge in enumerate(free) if edge <= start - left * length), None)
        if line is None:
            continue
        free[line] = start + (0 if left else length) + gap
        used = max(used, line + 1)
        depth = 4 + line * line_height
        if ax is not None:
            _leader(ax, step - 0.5, depth + size)
            _label(ax, step - 0.5, -depth, text, size, INK, "right" if left else "left", shift=-1.5 if left else 1.5)
    return 4 + used * line_height


def _label(
    ax: Axes, x: float, y: float, text: str, size: float, color: str, align: str, *, shift: float = 0, rotation: int = 0
) -> None:
    ax.annotate(
        text,
        (x, 0),
        xycoords=("data", "axes fraction"),
        xytext=(shift, y),
        textcoords="offset points",
        ha=align,
        va="top",
        fontsize=size,
        fontfamily=MONO,
        color=color,
        rotation=rotation,
        # A leader on its way to a lower line passes behind the word, not through it.
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4} if shift else None,
        annotation_clip=False,
        parse_math=False,
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
