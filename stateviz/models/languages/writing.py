"""Writing from a grammar: random choices, and text with marks on it."""

from __future__ import annotations

import math
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import TypeVar

import numpy as np

from stateviz.models.languages.row import Truth

Choice = TypeVar("Choice")
_BLOCK = 8192  # numbers drawn at once: a text does not depend on how long it will be


class Draws:
    """Random choices of a grammar; numbers are drawn in blocks, which is fast.

    Examples
    --------
    >>> draws = Draws(np.random.default_rng(0))
    >>> [draws.pick("abc") for _ in range(5)]
    ['b', 'a', 'a', 'a', 'c']
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._numbers: Iterator[float] = iter(())

    def number(self) -> float:
        """A number from 0 to 1, 1 left out."""
        for number in self._numbers:
            return number
        self._numbers = iter(self._rng.random(_BLOCK).tolist())
        return next(self._numbers)

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.number() < share

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.number() * (high - low + 1))

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of them, each equally likely."""
        return choices[int(self.number() * len(choices))]

    def weighted(self, choices: Mapping[Choice, float]) -> Choice:
        """One of them, by its weight."""
        sums = list(accumulate(choices.values()))
        return list(choices)[bisect(sums, self.number() * sums[-1])]

    def do(self, parts: Mapping[Callable[[], None], float]) -> None:
        """Write one of the parts, by its weight."""
        self.weighted(parts)()

    def ranked(self, choices: Sequence[Choice]) -> Choice:
        """One of them, the earlier the likelier: about as one over the rank (Zipf's law)."""
        return choices[min(int(math.exp(self.number() * math.log(len(choices) + 1))) - 1, len(choices) - 1)]


class Writer:
    """Text as it grows, and the marks on it.

    A mark is a level by name: it rises and falls at characters, and holds between. A bracket counts from the character
    that completes its opening until before the one that completes its closing, as a reader knows it.

    Examples
    --------
    >>> writer = Writer()
    >>> writer.write("a")
    >>> with writer.inside("link", "[[", "]]"):
    ...     writer.write("b")
    >>> writer.finish(["link"])
    ('a[[b]]', {'link': array([0, 0, 1, 1, 1, 0], dtype=int16)})
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._changes: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        self.length = 0

    def write(self, text: str) -> None:
        """Add text."""
        self._pieces.append(text)
        self.length += len(text)

    def change(self, mark: str, by: int) -> None:
        """Let a mark rise or fall at the character that is written next."""
        places, amounts = self._changes[mark]
        places.append(self.length)
        amounts.append(by)

    def open(self, mark: str, text: str) -> None:
        """Write text whose last character raises a mark."""
        self.write(text[:-1])
        self.change(mark, 1)
        self.write(text[-1])

    def close(self, mark: str, text: str) -> None:
        """Write text whose last character lowers a mark."""
        self.write(text[:-1])
        self.change(mark, -1)
        self.write(text[-1])

    @contextmanager
    def inside(self, mark: str, opening: str, closing: str) -> Iterator[None]:
        """What is written in the block stands between two texts, under a mark."""
        self.open(mark, opening)
        yield
        self.close(mark, closing)

    @contextmanager
    def marked(self, mark: str) -> Iterator[None]:
        """What is written in the block is under a mark, from its first character to its last."""
        self.change(mark, 1)
        yield
        self.change(mark, -1)

    def finish(self, marks: Sequence[str]) -> tuple[str, Truth]:
        """The text, and each mark's level at every character."""
        levels: Truth = {}
        for mark in marks:
            places, amounts = self._changes[mark]
            steps = np.zeros(self.length + 1, np.int16)
            np.add.at(steps, places, np.array(amounts, np.int16))
            levels[mark] = np.cumsum(steps[:-1], dtype=np.int16)
        return "".join(self._pieces), levels


def since(level: Truth, mark: str) -> np.ndarray:
    """How many characters ago a mark rose from 0; 0 where it is not on.

    >>> since({"link": np.array([0, 1, 1, 1, 0, 1])}, "link").tolist()
    [0, 1, 2, 3, 0, 1]
    """
    on = level[mark] > 0
    count = np.cumsum(on)
    return np.asarray(np.where(on, count - np.maximum.accumulate(np.where(on, 0, count)), 0))
