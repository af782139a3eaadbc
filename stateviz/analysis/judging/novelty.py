"""What is known and what is new: words, identifiers, lines, names, stretches recited, and loops."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_NAME = re.compile(r"(?:(?<=\w )|(?<=\w[,;] ))[A-Z][a-z]+\b")
_MOST_PERIOD = 1000
_PROBES = 8  # places of a block that are compared first
_LEAST_REPEATS = 3  # what is written twice is no loop yet


@dataclass(frozen=True)
class Known:
    """How many there are, how many of them the other text has, and the same of different ones."""

    count: int
    known: int
    different: int
    known_different: int

    @property
    def share(self) -> float | None:
        """Known, of all; None where there are none."""
        return self.known / self.count if self.count else None

    @property
    def new(self) -> float | None:
        """The share of different ones that are new; None where there are none."""
        return 1 - self.known_different / self.different if self.different else None


@dataclass(frozen=True)
class Loop:
    """The longest stretch that repeats itself at least three times: its period, where it begins, and how long it is."""

    period: int
    start: int
    length: int


def words(text: str) -> list[str]:
    """Words, in small letters.

    >>> words("Don't stop_it, I42 say")
    ["don't", 'stop', 'it', 'i', 'say']
    """
    return [word.casefold() for word in _WORD.findall(text)]


def identifiers(text: str) -> list[str]:
    """What could name something in code.

    >>> identifiers("int n_1 = f(x2);")
    ['int', 'n_1', 'f', 'x2']
    """
    return _IDENTIFIER.findall(text)


def names(text: str) -> list[str]:
    """Capitalised words that do not begin a sentence or a line.

    >>> names("Yes, Tom saw Huck. Then Tom left")
    ['Tom', 'Huck', 'Tom']
    """
    return _NAME.findall(text)


def lines(text: str) -> list[str]:
    """Lines with something on them, without the blanks around it."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def known(found: Iterable[str], there: Iterable[str]) -> Known:
    """Compare what was found with what is there.

    >>> known(["a", "b", "a", "c"], ["a", "c", "d"])
    Known(count=4, known=3, different=3, known_different=2)
    """
    counts, others = Counter(found), set(there)
    both = counts.keys() & others
    return Known(counts.total(), sum(counts[one] for one in both), len(counts), len(both))


class Stretches:
    """Stretches of one text found in another, by hashes of all substrings of a length.

    Examples
    --------
    >>> found = Stretches("the cat sat", "a cat saw the dog")
    >>> found.longest()
    (3, 7)
    >>> found.covered(5)
    0.6363636363636364
    """

    def __init__(self, sample: str, other: str) -> None:
        self.sample, self.other = sample, other
        rng = np.random.default_rng(0)
        codes = np.zeros(sys.maxunicode + 1, np.uint64)  # of each letter of the sample a number; 0 of all others
        letters = np.unique(_code_points(sample))
        codes[letters] = rng.integers(1, 2**62, len(letters), dtype=np.uint64)
        base = int(rng.integers(2**40, 2**62)) | 1
        size = max(len(sample), len(other)) + 1
        self._powers, self._backs = (_powers(one, size) for one in (base, pow(base, -1, 2**64)))
        self._sums = [self._prefix(codes[_code_points(text)]) for text in (sample, other)]

    def _prefix(self, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Sums of the values so far, each times its power."""
        return np.concatenate(
            [np.zeros(1, np.uint64), np.cumsum(values * self._powers[: len(values)], dtype=np.uint64)]
        )

    def _hashes(self, which: int, length: int) -> NDArray[np.uint64]:
        sums = self._sums[which]
        return (sums[length:] - sums[:-length]) * self._backs[: len(sums) - length]

    def starts(self, length: int) -> NDArray[np.int64]:
        """Where stretches of a length begin in the sample that the other text has."""
        if length > min(len(self.sample), len(self.other)):
            return np.zeros(0, np.int64)
        different, places = np.unique(self._hashes(0, length), return_inverse=True)
        wanted = np.sort(self._hashes(1, length))  # looked up in order, which is many times faster
        at = np.minimum(np.searchsorted(different, wanted), len(different) - 1)
        there = np.zeros(len(different), bool)
        there[at[different[at] == wanted]] = True
        return np.flatnonzero(there[places])

    def longest(self) -> tuple[int, int]:
        """Where the longest stretch begins in the sample, and its length; (0, 0) where the texts share no character."""
        low, high, best = 0, min(len(self.sample), len(self.other)), 0
        while low < high:
            middle = (low + high + 1) // 2
            place = next((int(at) for at in self.starts(middle) if self._holds(int(at), middle)), None)
            if place is None:
                high = middle - 1
            else:
                low, best = middle, place
        return best, low

    def _holds(self, start: int, length: int) -> bool:
        return self.sample[start : start + length] in self.other  # hashes alone could be wrong

    def covered(self, length: int) -> float:
        """The share of the sample that lies in stretches of at least this length that the other text has."""
        steps = np.zeros(len(self.sample) + 1, np.int64)
        for start in self.starts(length):
            steps[start] += 1
            steps[start + length] -= 1
        return float((np.cumsum(steps[:-1]) > 0).mean())


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _powers(base: int, size: int) -> NDArray[np.uint64]:
    """1, base, base squared, ..., in whole numbers modulo 2**64."""
    factors = np.full(size, base, np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)


def loop(text: str) -> Loop | None:
    """The longest stretch that repeats itself; None where nothing comes three times in a row.

    >>> loop("so it said: no, no, no, no")
    Loop(period=4, start=11, length=15)
    """
    codes = _code_points(text)
    best: Loop | None = None
    for period in range(1, min(_MOST_PERIOD, len(text) // _LEAST_REPEATS) + 1):
        if not _may_repeat(codes, period):
            continue
        same = np.flatnonzero(np.diff(np.concatenate([[0], codes[period:] == codes[:-period], [0]]).astype(np.int8)))
        runs = same[1::2] - same[::2]
        if len(runs) and runs.max() >= (_LEAST_REPEATS - 1) * period:
            at = int(runs.argmax())
            length = int(runs[at]) + period
            if best is None or length > best.length:
                best = Loop(period, int(same[::2][at]), length)
    return best


def _may_repeat(codes: NDArray[np.uint32], period: int) -> bool:
    """False where nothing comes three times in a row: what does holds a whole block that the next one equals."""
    blocks = np.arange(0, len(codes) - 2 * period + 1, period)
    for place in range(0, period, max(1, period // _PROBES)):
        blocks = blocks[codes[blocks + place] == codes[blocks + place + period]]
    return len(blocks) > 0


def distinct_grams(text: str, length: int = 4) -> float | None:
    """Different stretches of a length, of all there are; None where the text is shorter.

    >>> distinct_grams("abababab")
    0.4
    """
    count = len(text) - length + 1
    return len({text[i : i + length] for i in range(count)}) / count if count > 0 else None
