"""SMOOTHINGS: how counts become probabilities, interpolated with the next lower order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stateviz.core.table import Table
from stateviz.models.ngrams.counting import Ints

Floats = NDArray[np.float64]
_UNKNOWN = (0.5, 1.0, 1.5)  # discounts where the counts of counts, zero in small alphabets, tell nothing


@dataclass(frozen=True)
class Smoothing:
    """A row of SMOOTHINGS.

    Parameters
    ----------
    name : str
        What it is called.
    description : str
        One line for lists.
    terms : callable
        ``terms(counts, owners, contexts)`` gives what each n-gram has of its own, float (grams,), and the share that
        each context leaves to the order below, float (contexts,): together 1 in each context. ``counts`` (grams,) are
        those of one order, ``owners`` (grams,) tells the context of each, one of ``contexts``.
    continuation : bool
        Whether orders below the highest count in how many contexts an n-gram comes, not how often.

    Examples
    --------
    >>> row = SMOOTHINGS["witten-bell"]
    >>> own, left = row.terms(np.array([3, 1]), np.array([0, 0]), 1)
    >>> own.round(3).tolist(), left.round(3).tolist()
    ([0.5, 0.167], [0.333])
    """

    name: str
    description: str
    terms: Callable[[NDArray[np.integer], Ints, int], tuple[Floats, Floats]]
    continuation: bool = False


def discounts(counts: NDArray[np.integer]) -> Floats:
    """What is taken from counts of 0, 1, 2, and 3 or more (Chen & Goodman 1998, equation 17).

    Clipped to 0 and the count: small alphabets have too few rare n-grams for the formula.

    Examples
    --------
    >>> discounts(np.repeat([1, 2, 3, 4], [40, 20, 10, 8])).round(3).tolist()
    [0.0, 0.5, 1.25, 1.4]
    >>> discounts(np.array([900, 700])).tolist()
    [0.0, 0.5, 1.0, 1.5]
    """
    ones, twos, threes, fours = (int((counts == k).sum()) for k in (1, 2, 3, 4))
    found = np.array([0.0, *_UNKNOWN])
    if ones and twos:
        share = ones / (ones + 2 * twos)
        found[1] = 1 - 2 * share * twos / ones
        if threes:
            found[2] = 2 - 3 * share * threes / twos
            if fours:
                found[3] = 3 - 4 * share * fours / threes
    return np.asarray(np.clip(found, 0, [0, 1, 2, 3]))


def _kneser_ney(counts: NDArray[np.integer], owners: Ints, contexts: int) -> tuple[Floats, Floats]:
    taken = discounts(counts)[np.minimum(counts, 3)]
    own, left = counts - taken, np.bincount(owners, taken, contexts)
    return _shares(own, left, owners, np.bincount(owners, counts, contexts))


def _witten_bell(counts: NDArray[np.integer], owners: Ints, contexts: int) -> tuple[Floats, Floats]:
    kinds = np.bincount(owners, minlength=contexts).astype(float)
    return _shares(counts.astype(float), kinds, owners, np.bincount(owners, counts, contexts) + kinds)


def _unsmoothed(counts: NDArray[np.integer], owners: Ints, contexts: int) -> tuple[Floats, Floats]:
    return _shares(counts.astype(float), np.zeros(contexts), owners, np.bincount(owners, counts, contexts))


def _shares(own: Floats, left: NDArray[np.number], owners: Ints, totals: NDArray[np.number]) -> tuple[Floats, Floats]:
    """Over the total of each context; one that nothing came after leaves all to the order below."""
    sure = np.maximum(totals, 1)
    return own / sure[owners], np.where(totals > 0, left / sure, 1.0)


SMOOTHINGS: Table[Smoothing] = Table(
    "smoothing",
    {
        row.name: row
        for row in (
            Smoothing(
                "modified-kneser-ney",
                "three discounts an order, and contexts counted below the highest (Chen & Goodman 1998), clipped for "
                "small alphabets",
                _kneser_ney,
                continuation=True,
            ),
            Smoothing(
                "witten-bell",
                "a context leaves to the order below as much as it has different symbols after it",
                _witten_bell,
            ),
            Smoothing(
                "unsmoothed",
                "shares as they were counted; the order below only where a context never came: for sampling",
                _unsmoothed,
            ),
        )
    },
)
