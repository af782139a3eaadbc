"""Joined text: features are computed by character, and read at the last character of each token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.features.row import Tracks, Values

Rule = Callable[[str], Values]
"""``rule(text)``: on or off, or a number, at each character."""


def by_character(rule: Rule) -> Callable[[Sequence[str], Tracks], Values]:
    """The ``values`` of a feature whose rule goes by character.

    Examples
    --------
    >>> by_character(lambda text: np.arange(1.0, len(text) + 1))(["In", " ", "", "the"], {}).tolist()
    [2.0, 3.0, 3.0, 6.0]
    """

    def values(tokens: Sequence[str], tracks: Tracks) -> Values:
        text, ends = joined_text(tokens)
        if not text:
            return np.zeros(len(tokens))
        found = np.asarray(rule(text))
        read = found[np.maximum(ends, 0)]
        return np.where(ends < 0, np.zeros(1, found.dtype), read)

    return values


def joined_text(tokens: Sequence[str]) -> tuple[str, NDArray[np.int64]]:
    """The text of all tokens, and the place of the last character that is whole once each token was read; -1: none.

    A token that ends inside a character (bytes, as surrogate escapes, or without text of their own) has read no more
    than the character before it.

    Examples
    --------
    >>> joined_text(["a", "\\udcc3", "\\udca9", "b"])[0], joined_text(["a", "\\udcc3", "\\udca9", "b"])[1].tolist()
    ('aéb', [0, 0, 1, 2])
    """
    plain = "".join(tokens)
    if not any("\udc80" <= char <= "\udcff" for char in set(plain)):
        return plain, np.fromiter(accumulate(map(len, tokens)), np.int64, len(tokens)) - 1
    sizes = [len(token.encode("utf-8", "surrogateescape")) for token in tokens]
    text = plain.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    ends = np.cumsum([len(char.encode("utf-8", "surrogateescape")) for char in text])
    return text, np.searchsorted(ends, np.cumsum(sizes), side="right") - 1


def code_points(text: str) -> NDArray[np.uint32]:
    """The number of each character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def where(text: str, is_so: Callable[[str], bool]) -> NDArray[np.bool_]:
    """The characters of a text that are of a kind.

    Examples
    --------
    >>> where("a1", str.isdigit).tolist()
    [False, True]
    """
    known, places = np.unique(code_points(text), return_inverse=True)
    return np.array([is_so(chr(point)) for point in known], np.bool_)[places]


def since(event: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Characters since the last event, 0 at one; before the first from the start, which is no event, on.

    Examples
    --------
    >>> since(np.array([0, 0, 1, 0, 0], bool)).tolist()
    [1.0, 2.0, 0.0, 1.0, 2.0]
    """
    place = np.arange(len(event))
    return (place - np.maximum.accumulate(np.where(event, place, -1))).astype(np.float64)


def before(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each character follows one that is so; the first follows none."""
    return np.concatenate([[False], flags[:-1]])


def depth(opening: NDArray[np.bool_], closing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many are open after each character; a closing that nothing opened closes nothing.

    Examples
    --------
    >>> depth(np.array([0, 1, 1, 0], bool), np.array([1, 0, 0, 1], bool)).tolist()
    [0, 1, 2, 1]
    """
    total = np.cumsum(opening.astype(np.int64) - closing)
    return np.asarray(total - np.minimum(np.minimum.accumulate(total), 0))
