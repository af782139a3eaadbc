"""Features that look ahead: of what is read next, so that a unit that follows one predicts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.features.row import Feature, Values
from stateviz.analysis.features.text import by_character, since, where


def _next(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.concatenate([flags[1:], [False]])


def _kind(name: str, what: str, is_so: Callable[[str], bool], example: str = "One, two.\nThree.") -> Feature:
    return Feature(
        name, f"looks ahead: the next character is {what}",
        by_character(lambda text: _next(where(text, is_so))), example, looks_ahead=True,
    )  # fmt: skip


def first_half_of_line(text: str) -> Values:
    """On in the first half of each line, whose length is known only at its end."""
    newline = where(text, lambda char: char == "\n")
    place = since(newline)
    left = since(np.concatenate([newline[::-1]]))[::-1]
    return ~newline & (place <= left)


FEATURES = (
    _kind("next-space", "a space", lambda char: char == " "),
    _kind("next-newline", "a newline", lambda char: char == "\n"),
    _kind("next-vowel", "a vowel", lambda char: char in "aeiouAEIOU"),
    _kind("next-capital", "a capital letter", str.isupper),
    _kind("next-4", "a 4, as just before the deepest symbol of the parenthesis language", lambda char: char == "4",
          "( ( ( ( 4 ) )"),
    Feature("first-half-of-line", "looks ahead: in the first half of the line", by_character(first_half_of_line),
            "One, two.\nThree.", looks_ahead=True),
)  # fmt: skip
