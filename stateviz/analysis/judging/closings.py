"""What opens and closes: brackets, quotes, tags and environments, in order or not, and how far apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

PAIRS = {"(": ")", "[": "]", "{": "}"}
_QUOTES = {"\u201c": "\u201d", "\u00ab": "\u00bb"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
"""Elements that never close."""
_ATTRIBUTE = r"\s+[\w:.-]+(?:\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>=]+))?"
_TAG = re.compile(rf"<(/?)([A-Za-z][A-Za-z0-9:-]*)(?:{_ATTRIBUTE})*\s*(/?)>")
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([^{}\n]*)\}")
EDGES = (1, 10, 30, 100, 300, 1000)

Event = tuple[int, str, bool]
"""Where something opens (True) or closes (False), and its name."""


@dataclass(frozen=True)
class Closings:
    """How what was opened was closed.

    Parameters
    ----------
    opened
        How many were opened.
    in_order
        Closed while nothing that was opened later was open.
    crossed
        Closed while something that was opened later was open: ``( [ )``.
    stray
        Closings of what was not open.
    unclosed
        Never closed.
    distances
        Of each that was closed, how many characters lie from its opening to its closing, and whether it was in order.
    """

    opened: int
    in_order: int
    crossed: int
    stray: int
    unclosed: int
    distances: tuple[tuple[int, bool], ...]

    @property
    def share(self) -> float | None:
        """In order, of all that were opened and all stray closings; None where there are none."""
        total = self.opened + self.stray
        return self.in_order / total if total else None

    def by_distance(self) -> list[tuple[int, int | None, int, int]]:
        """Rows of from, below (None: no end), closed, in order; distances at which nothing was closed are left out."""
        edges: list[int | None] = [*EDGES, None]
        rows = []
        for low, high in pairwise(edges):
            found = [right for far, right in self.distances if far >= (low or 0) and (high is None or far < high)]
            if found:
                rows.append((low or 0, high, len(found), sum(found)))
        return rows


def closings(events: Iterable[Event]) -> Closings:
    """Match closings with openings of their name, the latest first.

    Examples
    --------
    >>> found = closings(brackets("(a[b)]{c"))
    >>> found.opened, found.in_order, found.crossed, found.stray, found.unclosed
    (3, 1, 1, 0, 1)
    """
    closed, stray, unclosed = _paired(events)
    in_order = sum(right for _, _, right in closed)
    distances = tuple((end - start, right) for start, end, right in closed)
    return Closings(len(closed) + unclosed, in_order, len(closed) - in_order, stray, unclosed, distances)


def _paired(events: Iterable[Event]) -> tuple[list[tuple[int, int, bool]], int, int]:
    """Where each that was closed opened and closed, and whether in order; how many were stray, and never closed."""
    opened: list[tuple[str, int]] = []
    closed, stray = list[tuple[int, int, bool]](), 0
    for place, name, opens in events:
        if opens:
            opened.append((name, place))
            continue
        at = next((i for i in reversed(range(len(opened))) if opened[i][0] == name), None)
        if at is None:
            stray += 1
        else:
            right = at == len(opened) - 1
            closed.append((opened.pop(at)[1], place, right))
    return closed, stray, len(opened)


def brackets(text: str) -> Iterator[Event]:
    """``( [ {`` and their closings, in strings and comments, too, but not alone between apostrophes, as in C."""
    closing = {after: before for before, after in PAIRS.items()}
    for match in re.finditer(r"'[()\[\]{}]'|[()\[\]{}]", text):
        sign = match[0]
        if len(sign) == 1:
            yield match.start(), closing.get(sign, sign), sign in PAIRS


def quotes(text: str) -> Iterator[Event]:
    r"""``"`` by turns within a paragraph, unless after a backslash; and the two that have a direction."""
    closing = {after: before for before, after in _QUOTES.items()}
    inside = False
    name = ""
    for match in re.finditer(r'\\.|\n[ \t]*\n|["\u201c\u201d\u00ab\u00bb]', text, re.DOTALL):
        sign = match[0]
        if sign == '"':
            if not inside:
                name = f'"{match.start()}'  # its own: a later one closes no other
            yield match.start(), name, not inside
            inside = not inside
        elif sign in _QUOTES or sign in closing:
            yield match.start(), closing.get(sign, sign), sign in _QUOTES
        elif sign.startswith("\n"):
            inside = False


def tags(text: str) -> Iterator[Event]:
    """``<name ...>`` and ``</name>``; those that close themselves, and elements that never close, are left out."""
    for match in _TAG.finditer(text):
        if not match[3] and match[2].lower() not in _VOID:
            yield match.start(), match[2], not match[1]


def environments(text: str) -> Iterator[Event]:
    r"""``\begin{name}`` and ``\end{name}``."""
    for match in _ENVIRONMENT.finditer(text):
        yield match.start(), match[2], match[1] == "begin"


KINDS: dict[str, Callable[[str], Iterator[Event]]] = {
    "brackets": brackets,
    "quotes": quotes,
    "tags": tags,
    "environments": environments,
}


def matched(text: str) -> np.ndarray:
    """Rows (place of the opening, place of the closing) of every bracket that is closed in order.

    >>> matched("(a[b])").tolist()
    [[2, 4], [0, 5]]
    """
    return pairs_of(brackets(text))


def pairs_of(events: Iterable[Event]) -> np.ndarray:
    """Rows (place of the opening, place of the closing) of all that is closed in order."""
    closed, _, _ = _paired(events)
    return np.array([(start, end) for start, end, right in closed if right], np.int64).reshape(-1, 2)
