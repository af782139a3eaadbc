"""Control tasks: features that states have no reason to tell, and how well probes tell them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.nulls.shifts import turned

Flags = NDArray[np.bool_]


def of_ngrams(tokens: Sequence[str], breaks: Sequence[int], length: int, share: float, seed: int) -> Flags:
    """A feature that is on or off at random for each type of n-gram, the same at each of its places.

    A probe can tell it only by keeping n-grams apart and learning each by heart (Hewitt and Liang 2019 do so by types
    of words). Of single characters there are so few types that states which know the character tell any label of it.

    Parameters
    ----------
    tokens
        Of each step.
    breaks
        Steps at which another text begins.
    length
        Tokens of an n-gram, the last of which is that of the step; fewer at the start of a text.
    share
        Of the types that are on.
    seed

    Examples
    --------
    >>> of_ngrams("abcabcabc", (), 2, 0.5, 0).astype(int).tolist()
    [1, 1, 0, 1, 1, 0, 1, 1, 0]
    """
    types: dict[tuple[str, ...], int] = {}
    found = np.empty(len(tokens), np.int64)
    for first, last in pairwise((0, *breaks, len(tokens))):
        for step in range(first, last):
            key = tuple(tokens[max(first, step - length + 1) : step + 1])
            found[step] = types.setdefault(key, len(types))
    drawn = np.random.default_rng([seed, 2]).random(len(types))
    return np.asarray((drawn < share)[found])


def of_shifts(on: Flags, breaks: Sequence[int], shifts: int, seed: int) -> Iterator[Flags]:
    """The feature turned round inside each text by a random number of steps: as slow, and about other places."""
    texts = [slice(a, b) for a, b in pairwise((0, *breaks, len(on)))]
    rng = np.random.default_rng([seed, 3])
    for _ in range(shifts):
        turns = []
        for text in texts:
            size = text.stop - text.start
            guard = size // 20
            turns.append(int(rng.integers(guard, max(size - guard, guard + 1))))
        yield turned(on[None], texts, np.array([turns]))[0]
