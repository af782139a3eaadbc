"""Problem: what an ordering method is given; Answer: what it may hand back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError
from stateviz.ordering.problem.arrays import Numbers
from stateviz.similarity.metric import States

Rows = NDArray[np.int64]

ROUNDING = 1e-9
"""Lengths of real distances that differ by no more than this share are the same."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows to be put in an order of least total distance.

    Parameters
    ----------
    distances : array, shape (n, n)
        Symmetric, zero diagonal, never negative.
    states : array, shape (n, steps), optional
        The rows themselves; None where only distances are known.
    mergeable
        Rows at distance 0 may be kept together: the distances are those of a true metric.
    first, last
        The row an order has to begin with, and the one it has to end with; None leaves an end free.
    averages : array, shape (n,), optional
        Mean of each row, where the rows themselves are not there.

    Examples
    --------
    >>> problem = Problem(np.array([[0, 1, 4], [1, 0, 3], [4, 3, 0]]))
    >>> problem.length([0, 2, 1]), problem.integer
    (7, True)
    """

    distances: Numbers
    states: States | None = None
    mergeable: bool = False
    first: int | None = None
    last: int | None = None
    averages: NDArray[np.float64] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.first is not None and self.first == self.last and self.size > 1:
            raise InputError(f"row {self.first} cannot be both the first and the last of {self.size}; give two rows")

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.distances)

    @property
    def square(self) -> bool:
        """Whether there is a matrix of all distances."""
        return True

    @property
    def fixed(self) -> tuple[int, ...]:
        """The rows whose place is fixed, none to two of them.

        Close a path by a dummy row beside both of its ends: the edges from the dummy to these rows have to stay.
        """
        return tuple(row for row in (self.first, self.last) if row is not None)

    def with_fixed_ends(self, rows: ArrayLike) -> Rows:
        """``rows`` read from the end that suits, with the fixed ends moved to their places.

        Examples
        --------
        >>> Problem(np.zeros((4, 4)), first=2, last=0).with_fixed_ends([0, 1, 2, 3]).tolist()
        [2, 3, 1, 0]
        """
        path = np.asarray(rows, np.int64)
        if self.fixed and (path[0] == self.last or path[-1] == self.first):
            path = path[::-1]
        inner = path[~np.isin(path, self.fixed)]
        head = [] if self.first is None else [self.first]
        tail = [] if self.last is None or self.last == self.first else [self.last]
        return np.concatenate((head, inner, tail)).astype(np.int64)

    @cached_property
    def integer(self) -> bool:
        """Every distance is a whole number, and so is every length."""
        if self.distances.dtype.kind in "iu":
            return True
        exact = float(self.distances.max()) * self.size < 2**53
        return exact and bool(np.all(self.distances == np.rint(self.distances)))

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """Mean activation of each row, shape (n,).

        Without rows, the mean distance to the other rows: outliers come last.
        """
        if self.averages is not None:
            return np.asarray(self.averages, np.float64)
        if self.states is None:
            return np.asarray(self.distances.sum(axis=1) / max(1, self.size - 1), np.float64)
        return np.asarray(self.states.mean(axis=1, dtype=np.float64))

    @cached_property
    def granularity(self) -> tuple[float, float]:
        """(offset, step): every distance is ``offset`` plus a whole multiple of ``step``; step is 0 for real ones.

        The length of every order is then ``(n - 1) * offset`` plus a multiple of ``step``, which lets a
        bound be rounded up further than to the next whole number.
        """
        if self.size < 2:
            return 0, 0
        # A row's least distance to another is under its diagonal only where the diagonal is left out.
        upper = self.distances[np.triu_indices(self.size, 1)]
        offset = upper.min()
        if not self.integer:
            return float(offset), 0
        return int(offset), int(np.gcd.reduce(upper.astype(np.int64) - int(offset)))

    def pairwise(self, a: ArrayLike, b: ArrayLike) -> Numbers:
        """Distances between the rows ``a`` and the rows ``b``, pair by pair."""
        return np.asarray(self.distances[np.asarray(a), np.asarray(b)])

    def length(self, rows: ArrayLike) -> float:
        """Sum of the distances from each row to the next; exact, and the same from either end."""
        rows = np.asarray(rows)
        steps = self.pairwise(rows[:-1], rows[1:])
        return int(steps.sum(dtype=np.int64)) if steps.dtype.kind in "iu" else math.fsum(steps)

    def round_up(self, bound: float) -> float:
        """The least length an order can have, given that none is below ``bound``."""
        offset, step = self.granularity
        if not self.integer:
            return bound
        base = (self.size - 1) * offset
        if step == 0:  # all distances are equal
            return base
        # The bounds computed in floating point are safe to far less than this.
        return base + step * max(0, math.ceil((bound - base) / step - 1e-6))

    def proves(self, length: float, bound: float) -> bool:
        """Whether ``bound`` shows that no order is shorter than ``length``."""
        return length - bound < 1 if self.integer else length - bound <= ROUNDING * length

    def merge_duplicates(self) -> tuple[Problem, list[Rows]]:
        """One row of each set at distance 0, and the members of each set, lowest index first.

        Only where the distances are those of a true metric: elsewhere separate copies can serve as
        stepping stones, and the problem comes back as it is. A fixed first row leads its set, a fixed last row
        ends it; where they share a set the last stays by itself.
        """
        if not self.mergeable:
            return self, [np.array([i]) for i in range(self.size)]
        lowest = self._lowest()
        first, last = self.first, self.last
        if first is not None and last is not None and first != last and lowest[first] == lowest[last]:
            others = np.flatnonzero((lowest == lowest[last]) & (np.arange(self.size) != last))
            lowest[others], lowest[last] = others[0], last
        keep, label = np.unique(lowest, return_inverse=True)
        members = np.split(np.argsort(label, kind="stable"), np.cumsum(np.bincount(label))[:-1])
        ends: list[int | None] = [None, None]
        for place, row in enumerate((first, last)):
            if row is not None:
                ends[place] = end = int(label[row])
                rest = members[end][members[end] != row]
                members[end] = np.concatenate(([row], rest) if place == 0 else (rest, [row]))
        return self._subset(keep, *ends), members

    def _lowest(self) -> Rows:
        """The lowest row at distance 0 from each."""
        return np.asarray(np.argmax(self.distances == 0, axis=1))

    def _subset(self, keep: Rows, first: int | None, last: int | None) -> Problem:
        states = None if self.states is None else self.states[keep]
        averages = None if self.averages is None else self.averages[keep]
        return Problem(self.distances[np.ix_(keep, keep)], states, True, first, last, averages=averages)


def contracted(rows: ArrayLike, members: list[Rows]) -> Rows:
    """The sets of ``Problem.merge_duplicates`` in the order in which ``rows`` come to the first member of each.

    Examples
    --------
    >>> contracted([3, 0, 2, 1], [np.array([0, 1]), np.array([2, 3])]).tolist()
    [1, 0]
    """
    order = np.asarray(rows)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return np.argsort([place[m].min() for m in members])


@dataclass(frozen=True, eq=False)
class Answer:
    """Rows together with a bound the method came by; most methods return rows alone."""

    rows: Rows
    bound: float | None = None
