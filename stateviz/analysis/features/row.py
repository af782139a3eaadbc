"""Feature: one row of FEATURES, something that is true or so much at each step of a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]
"""Booleans, on or off, or float64, one a step."""
Tracks = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Feature:
    """Something that a text has at each of its steps, which a unit may follow.

    Parameters
    ----------
    name, description
        What it is called and what it says.
    values
        ``values(tokens, tracks)``: on or off, or a number, at each step, shape (steps,), by what is known from the
        tokens up to that step, which the state has read; but for those that look ahead.
    example
        A line of text on which it is shown.
    looks_ahead
        It knows of tokens after the step: about prediction, and not about what was read.
    needs
        The tracks of the recording that it reads.
    wants
        A regular expression that a text must hold for the feature to be tried unasked.

    Examples
    --------
    >>> vowels = Feature("vowels", "a vowel", lambda tokens, tracks: np.array([token in "aeiou" for token in tokens]))
    >>> vowels.values("abe", {}).tolist()
    [True, False, True]
    """

    name: str
    description: str
    values: Callable[[Sequence[str], Tracks], Values]
    example: str = ""
    looks_ahead: bool = False
    needs: tuple[str, ...] = ()
    wants: str = ""

    def shown(self) -> str:
        """The example beneath itself: characters where the feature is off are dots, and numbers above 9 a plus.

        Examples
        --------
        >>> Feature("all", "always", lambda tokens, tracks: np.ones(len(tokens)), "ab").shown()
        'ab  11'
        """
        if not self.example:
            return ""
        tokens = ["\\n" if char == "\n" else char for char in self.example]
        marks = []
        for token, value in zip(tokens, self.values(list(self.example), {}), strict=True):
            on = token if isinstance(value, np.bool_) else "+" if value >= 10 else f"{value:.0f}"
            marks.append((on if value else ".").ljust(len(token), "." if not value else " "))
        return f"{''.join(tokens)}  {''.join(marks)}"
