"""Features of what is open: quotes, parentheses, brackets, braces, and how deep."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.features.places import empty_line
from stateviz.analysis.features.row import Feature, Values
from stateviz.analysis.features.text import by_character, depth, where

_PROSE = 'He said "wait (a bit)" and “left”.'
_CODE = "f(a[i], {b: (c)});"


def inside_quotes(text: str) -> Values:
    """On from an opening double quote until the closing one, straight, curly or angled; an empty line closes all."""
    straight = np.cumsum(where(text, lambda char: char == '"'))
    empty = empty_line(text)
    opened: NDArray[np.int64] = straight - np.maximum.accumulate(np.where(empty, straight, 0))
    deep = _open_since(text, "“«", "”»", empty)
    return np.asarray((opened % 2 == 1) | (deep > 0))


def _open_since(text: str, opening: str, closing: str, reset: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many are open; a reset closes all."""
    begun, ended = where(text, opening.__contains__), where(text, closing.__contains__)
    found = np.zeros(len(text), np.int64)
    edges = [0, *np.flatnonzero(reset).tolist(), len(text)]
    for first, last in pairwise(edges):
        found[first:last] = depth(begun[first:last], ended[first:last])
    return found


def _deep(opening: str, closing: str, text: str) -> Values:
    return depth(where(text, opening.__contains__), where(text, closing.__contains__)).astype(np.float64)


def _inside(opening: str, closing: str, text: str) -> Values:
    return np.asarray(_deep(opening, closing, text) > 0)


def _closes_outermost(text: str) -> Values:
    return np.asarray(where(text, lambda char: char == ")") & (_deep("(", ")", text) == 0))


def _pair(what: str, opening: str, closing: str) -> tuple[Feature, Feature]:
    return (
        Feature(
            f"inside-{what}", f"after a {opening} that is not closed yet",
            by_character(partial(_inside, opening, closing)), _CODE,
        ),
        Feature(
            f"{what}-depth", f"how many {opening} are open", by_character(partial(_deep, opening, closing)), _CODE
        ),
    )  # fmt: skip


FEATURES = (
    Feature("inside-quotes", "in double quotes, straight, curly or angled", by_character(inside_quotes), _PROSE),
    *_pair("parentheses", "(", ")"),
    *_pair("brackets", "[", "]"),
    *_pair("braces", "{", "}"),
    Feature("nesting-depth", "how many ( [ { are open", by_character(partial(_deep, "([{", ")]}")), _CODE),
    Feature(
        "newline-may-follow",
        "a ) that closes the outermost (, after which a newline may follow: only after some )",
        by_character(_closes_outermost),
        "if (f(x)) {\n",
        wants=r"\)\s*[;{:]?\n",
    ),
)
