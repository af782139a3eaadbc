"""Text under its columns: a paragraph for each stretch of them, that begins where they begin."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Width = Callable[[str], float]

_LAST_LINE = 0.4
"""Of the longest line's width: a last line shorter than that looks forgotten."""


@dataclass(frozen=True)
class Paragraph:
    """``lines`` of text, whose first word is read at step ``start``."""

    start: int
    lines: tuple[str, ...]


def paragraphs(
    tokens: Sequence[str], first: int, cell: int, *, width_of: Width, narrowest: int, widest: int, gutter: int
) -> list[Paragraph]:
    """Part a band's text into paragraphs, each as wide as the columns above it.

    A paragraph begins with a line of the text, or where one would be wider than ``widest``; one narrower than
    ``narrowest`` joins its neighbour.

    Parameters
    ----------
    tokens
        The band's own.
    first
        Step of the first of them.
    cell
        Pixels a step.
    width_of
        Pixels that a text takes.
    narrowest, widest, gutter
        Pixels; the gutter is kept free between two paragraphs.

    Examples
    --------
    >>> paragraphs("one two\\nthree", 10, 5, width_of=lambda t: 6 * len(t), narrowest=20, widest=60, gutter=5)
    [Paragraph(start=10, lines=('one', 'two')), Paragraph(start=18, lines=('thr', 'ee'))]
    """
    words = read_words(tokens)
    cuts = _joined(_cut(words, len(tokens), max(1, widest // cell)), len(tokens), max(1, narrowest // cell))
    found = []
    for start, stop in zip(cuts, [*cuts[1:], len(tokens)], strict=True):
        inside = [text for step, text, _ in words if start <= step < stop]
        if inside:
            found.append(Paragraph(first + start, tuple(wrap_evenly(inside, (stop - start) * cell - gutter, width_of))))
    return found


def read_words(tokens: Sequence[str]) -> list[tuple[int, str, bool]]:
    """(first step, text, whether it begins a line) of every word that the tokens spell.

    Examples
    --------
    >>> read_words("of\\nit")
    [(0, 'of', True), (3, 'it', True)]
    >>> read_words(["The", " just", "ified"])
    [(0, 'The', True), (1, 'justified', False)]
    """
    found: list[tuple[int, str, bool]] = []
    open_word, line = False, True
    for step, token in enumerate(tokens):
        for char in token:
            if char.isspace() or not char.isprintable():
                open_word, line = False, line or char == "\n"
            elif open_word:
                found[-1] = (found[-1][0], found[-1][1] + char, found[-1][2])
            else:
                found.append((step, char, line))
                open_word, line = True, False
    return found


def wrap(words: Sequence[str], width: float, width_of: Width) -> list[str]:
    """Words in lines of at most ``width`` pixels; a word that is wider alone is cut.

    Examples
    --------
    >>> wrap(["in", "the", "beginning"], 6, len)
    ['in the', 'beginn', 'ing']
    """
    lines: list[str] = []
    for word in words:
        if lines and width_of(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
            continue
        lines.append(word)
        while width_of(lines[-1]) > width and len(lines[-1]) > 1:
            whole = lines.pop()
            fits = max([1, *(n for n in range(1, len(whole)) if width_of(whole[:n]) <= width)])
            lines += [whole[:fits], whole[fits:]]
    return lines


def wrap_evenly(words: Sequence[str], width: float, width_of: Width) -> list[str]:
    """``wrap``, in lines as much narrower as keeps the last from being a word or two, where no line more is needed.

    Examples
    --------
    >>> wrap_evenly("the just shall live by faith".split(), 25, len)
    ['the just shall live', 'by faith']
    """
    lines = found = wrap(words, width, width_of)
    for tenth in range(9, 4, -1):
        if len(lines) < 2 or width_of(found[-1]) >= _LAST_LINE * max(map(width_of, found)):
            return found
        found = wrap(words, width * tenth / 10, width_of)
        if len(found) > len(lines):
            return lines
    return found


def _cut(words: Sequence[tuple[int, str, bool]], steps: int, most: int) -> list[int]:
    """The steps that paragraphs begin with: lines, and words that part a long line evenly."""
    lines = [step for step, _, begins in words if begins] or [0]
    lines[0] = 0
    ease = {step: _ease(before) for (_, before, _), (step, _, _) in itertools.pairwise(words)}
    found = []
    for start, stop in zip(lines, [*lines[1:], steps], strict=True):
        pieces = -(-(stop - start) // most)
        inside = [step for step in ease if start < step < stop] if pieces > 1 else []
        found.append(start)
        each = (stop - start) / pieces
        for piece in range(1, pieces):
            wanted = start + piece * each
            near = min(inside, key=lambda step: abs(step - wanted) - ease[step] * each, default=start)
            if near > found[-1]:
                found.append(near)
    return found


def _ease(before: str) -> float:
    """How well a break reads after a word: best at the end of a phrase, badly after the, of or to."""
    if before[-1] in ".,;:!?":
        return 0.3
    return -0.15 if len(before) <= 3 else 0.0


def _joined(cuts: Sequence[int], steps: int, least: int) -> list[int]:
    """``cuts`` without those that leave too little room before or after them."""
    found = [cuts[0]]
    for cut in cuts[1:]:
        if cut - found[-1] >= least:
            found.append(cut)
    while len(found) > 1 and steps - found[-1] < least:
        found.pop()
    return found
