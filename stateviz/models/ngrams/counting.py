"""Counting n-grams of every order in one pass, without a hash table: ranks of sorted keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Level:
    """All n-grams of one order, sorted by the place of their context in the level below, then by their last symbol.

    Parameters
    ----------
    contexts : int
        How many n-grams the level below has.
    size : int
        Symbols of the vocabulary.
    keys : int64, shape (grams,)
        Of each n-gram, the place of its context times ``size``, and its last symbol.
    counts : int, shape (grams,)
        How often it comes.
    continuations : int, shape (grams,)
        Before how many different symbols it comes: what Kneser-Ney counts below the highest order.
    """

    contexts: int
    size: int
    keys: Ints
    counts: NDArray[np.integer]
    continuations: NDArray[np.integer]

    @cached_property
    def owners(self) -> Ints:
        """The place of the context of each n-gram."""
        return self.keys // self.size

    @cached_property
    def symbols(self) -> Ints:
        """The last symbol of each n-gram."""
        return self.keys % self.size

    @cached_property
    def starts(self) -> Ints:
        """Where the n-grams of each context begin, and after the last: shape (contexts + 1,)."""
        return np.searchsorted(self.keys, np.arange(self.contexts + 1, dtype=np.int64) * self.size)

    def find(self, contexts: Ints, symbols: Ints) -> Ints:
        """Places of n-grams; -1 where one never came, or its context (-1) did not.

        Parameters
        ----------
        contexts, symbols : int64, of one shape
            Place of the context in the level below, and the symbol after it.
        """
        wanted = contexts * self.size + symbols
        places = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where((contexts >= 0) & (self.keys[places] == wanted), places, -1)


def count(ids: NDArray[np.integer], size: int, order: int) -> tuple[Level, ...]:
    """The levels of orders 1 to ``order``, fewer where the text is shorter.

    Each n-gram is numbered by its rank among those of its order. Its key is made of the number of its context, an
    n-gram of the order below, and its last symbol; sorting the keys gives the numbers of the next order.

    Parameters
    ----------
    ids : int, shape (characters,)
        The text, as places in the vocabulary.
    size : int
        Symbols of the vocabulary.
    order : int
        The longest n-grams.

    Examples
    --------
    >>> first, second = count(np.array([0, 1, 0, 1, 1]), 2, 2)
    >>> first.counts.tolist(), second.keys.tolist(), second.counts.tolist()
    ([2, 3], [1, 2, 3], [2, 1, 1])
    """
    ids = np.asarray(ids, np.int64)
    below: Ints = np.zeros(len(ids) + 1, np.int64)  # the empty context, before every character and after the last
    contexts, found = 1, list[tuple[int, Ints, Ints]]()
    continuations: list[Ints] = []
    for length in range(1, min(order, len(ids)) + 1):
        keys, ranks, counts = np.unique(below[:-1] * size + ids[length - 1 :], return_inverse=True, return_counts=True)
        suffixes = np.empty(len(keys), np.int64)
        suffixes[ranks] = below[1:]
        continuations.append(np.bincount(suffixes, minlength=contexts))
        found.append((contexts, keys, counts))
        contexts, below = len(keys), ranks
    continuations = [*continuations[1:], np.zeros(contexts, np.int64)]  # no order is above the last
    return tuple(
        Level(contexts, size, keys, counts.astype(np.int32), after.astype(np.int32))
        for (contexts, keys, counts), after in zip(found, continuations, strict=True)
    )
