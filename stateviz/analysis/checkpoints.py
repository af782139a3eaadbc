"""What changes from one checkpoint of a training to the next: units, words of samples, and where losses fall."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.judging.closings import EDGES, brackets, pairs_of, quotes
from stateviz.analysis.judging.novelty import words
from stateviz.analysis.measures import standardized
from stateviz.core.noun import Noun
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix

LONGEST = 12
"""Letters of a word, and places in it, from which on all are counted together."""
_NEAR = 1.0  # of 0: there a small change of the weights changes the sign of a pre-activation

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class UnitChanges(Noun):
    """What became of the units of one site from one checkpoint to the next, over the same text.

    Parameters
    ----------
    before, after : int
        Updates that the two had.
    site : str
        Of the units.
    flips : array, shape (units,)
        The share of steps at which a unit's sign is another than before.
    itself : array, shape (units,)
        Its correlation with itself before; 0 where it does not vary.
    partner : array of int, shape (units,)
        Which unit of before it is likest to, each taken once: the assignment that makes the sum of magnitudes of
        correlations largest.
    with_partner : array, shape (units,)
        Its correlation with that one.

    Examples
    --------
    >>> before = StateMatrix([[1, 1, -1, -1], [1, -1, 1, -1]], tokens="abcd", site="core.h")
    >>> after = StateMatrix([[-1, 1, -1, 1], [1, 1, -1, -1]], tokens="abcd", site="core.h")
    >>> changes = unit_changes(before, after, 100, 200)
    >>> changes.flips.tolist(), changes.partner.tolist(), changes.with_partner.tolist()
    ([0.5, 0.5], [1, 0], [-1.0, 1.0])
    """

    before: int
    after: int
    site: str
    flips: Array
    itself: Array
    partner: NDArray[np.int64]
    with_partner: Array

    def __post_init__(self) -> None:
        for name in ("flips", "itself", "partner", "with_partner"):
            getattr(self, name).flags.writeable = False

    def __repr__(self) -> str:
        stayed = int((self.partner == np.arange(len(self.partner))).sum())
        said = f"{self.flips.mean():.1%} of signs flipped, {stayed} of {len(self.partner)} units likest to themselves"
        return f"UnitChanges({self.site}, {self.before:,} to {self.after:,} updates: {said})"

    def rows(self) -> list[dict[str, Any]]:
        """One row a unit."""
        names = ("flips", "itself", "partner", "with_partner")
        columns = zip(*(getattr(self, name).tolist() for name in names), strict=True)
        head = {"before": self.before, "after": self.after, "site": self.site}
        return [head | {"unit": unit} | dict(zip(names, row, strict=True)) for unit, row in enumerate(columns)]


def unit_changes(before: StateMatrix, after: StateMatrix, step: int, later: int) -> UnitChanges:
    """Compare two matrices of the same units over the same text.

    Parameters
    ----------
    before, after : StateMatrix, shape (units, steps)
        Of the two checkpoints.
    step, later : int
        Updates that the two had.
    """
    from scipy.optimize import linear_sum_assignment

    one, other = (np.asarray(states.values, np.float64) for states in (before, after))
    correlations = standardized(other) @ standardized(one).T
    rows, partner = linear_sum_assignment(np.abs(correlations), maximize=True)
    flips = ((one > 0) != (other > 0)).mean(axis=1)
    found = np.clip(correlations, -1, 1)
    return UnitChanges(
        step, later, after.site, flips, found.diagonal().copy(), partner.astype(np.int64), found[rows, partner]
    )


def near_zero(recording: Recording) -> float | None:
    """The share of pre-activations within 1 of 0, over all sites that hold some; None where none does.

    Examples
    --------
    >>> pre = StateMatrix([[0.5, -2.0, 3.0, -1.0]], tokens="abcd", site="core.pre")
    >>> near_zero(Recording("abcd", {"core.pre": pre}))
    0.5
    """
    shares = [np.abs(recording[site].values) <= _NEAR for site in recording.sites if site.endswith(".pre")]
    return float(np.mean([share.mean() for share in shares])) if shares else None


def words_by_length(sample: str, known: Collection[str]) -> NDArray[np.int64]:
    """How many words of each length a sample has, and how many of them are known: shape (LONGEST, 2).

    Examples
    --------
    >>> words_by_length("a cat, a dgo", {"a", "cat"})[:3].tolist()
    [[2, 2], [0, 0], [2, 1]]
    """
    counts = np.zeros((LONGEST, 2), np.int64)
    for word in words(sample):
        counts[min(len(word), LONGEST) - 1] += 1, word in known
    return counts


def loss_by_place(recording: Recording) -> list[dict[str, Any]]:
    """Bits a token by its place in its word: 1 is a word's first letter, 0 what is no letter.

    Examples
    --------
    >>> states = {"core.h": StateMatrix([[0, 1, 1, 0]], tokens="ab c", site="core.h")}
    >>> rows = loss_by_place(Recording("ab c", states, tracks={"surprisal": [np.nan, 2.0, 1.0, 5.0]}))
    >>> [(row["place"], row["bits"]) for row in rows]
    [(0, 1.0), (1, 5.0), (2, 2.0)]
    """
    bits, places = recording.tracks["surprisal"], _places(recording.tokens)
    seen = np.isfinite(bits)
    return [
        {"place": place, "tokens": int(at.sum()), "bits": float(bits[at].mean())}
        for place in range(LONGEST + 1)
        if (at := seen & (places == place)).any()
    ]


def _places(tokens: Collection[str]) -> NDArray[np.int64]:
    """Of each token its place in its word. A byte that ends no character takes the place of the next that does."""
    found, place, waiting = np.zeros(len(tokens), np.int64), 0, 0
    for at, token in enumerate(tokens):
        if not token:
            waiting += 1
            continue
        place = place + 1 if token[-1].isalpha() else 0
        found[at - waiting : at + 1], waiting = min(place, LONGEST), 0
    return found


def loss_by_distance(recording: Recording) -> list[dict[str, Any]]:
    """Bits of what closes a bracket or a quote, by how many characters before it was opened.

    Examples
    --------
    >>> states = {"core.h": StateMatrix([[0, 1, 1, 0]], tokens="(ab)", site="core.h")}
    >>> loss_by_distance(Recording("(ab)", states, tracks={"surprisal": [np.nan, 2.0, 1.0, 5.0]}))
    [{'from': 1, 'below': 10, 'closings': 1, 'bits': 5.0}]
    """
    text = "".join(recording.tokens)
    found = np.concatenate([pairs_of(events(text)) for events in (brackets, quotes)])
    ends = np.cumsum([len(token) for token in recording.tokens])
    bits = recording.tracks["surprisal"][np.searchsorted(ends, found[:, 1], side="right")]
    far, rows = found[:, 1] - found[:, 0], []
    for low, high in pairwise([*EDGES, None]):
        at = np.isfinite(bits) & (far >= (low or 0)) & (far < (np.inf if high is None else high))
        if at.any():
            rows.append({"from": low, "below": high, "closings": int(at.sum()), "bits": float(bits[at].mean())})
    return rows
