"""Insertion: rows join the order one by one, each where it adds least; four rules for which row is next."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.problem.arrays import Numbers
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def nearest(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Next the row nearest to any row of the order, from the nearest pair on (Rosenkrantz, Stearns & Lewis 1977).

    The order is a path with free ends: a row may also be put before the first row or after the last. Ties: the row
    of lowest index, and the first place along the order.
    """
    return _by_distance(problem, stop, farthest_first=False)


def farthest(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Next the row farthest from all rows of the order, from the farthest pair on; places and ties as for nearest.

    The outline comes first and details later, which as a rule makes shorter orders.
    """
    return _by_distance(problem, stop, farthest_first=True)


def random(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Rows in random order, each where it adds least; places and ties as for nearest."""
    rows = rng.permutation(problem.size)
    order = _Order(problem.distances, rows[:2])
    for done, row in enumerate(rows[2:], start=2):
        if stop():
            return np.concatenate((order.rows, rows[done:]))
        order.insert(int(row))
    return order.rows


def cheapest(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Next the row that adds least anywhere, from the nearest pair on; ties: the row of lowest index.

    Every row outside knows its best gap. An insertion closes one gap and opens two: rows whose best gap it was look
    through all gaps again, the others at the two new ones. That is about n ** 2 log n in practice, n ** 3 at worst.
    """
    size, far = problem.size, problem.distances
    if size < 3:
        return np.arange(size)
    gaps = _Gaps(far, *_extreme_pair(far, farthest=False))
    while len(gaps.rows) < size:
        if stop():
            return np.concatenate((gaps.rows, gaps.outside))
        gaps.insert_cheapest()
    return gaps.rows


def _by_distance(problem: Problem, stop: Stop, *, farthest_first: bool) -> Rows:
    size, far = problem.size, problem.distances
    if size < 3:
        return np.arange(size)
    pair = _extreme_pair(far, farthest=farthest_first)
    order = _Order(far, np.array(pair))
    away = np.minimum(far[pair[0]], far[pair[1]]).astype(np.float64)  # of each row to the nearest in the order
    done = -np.inf if farthest_first else np.inf
    away[list(pair)] = done
    for _ in range(size - 2):
        if stop():
            return np.concatenate((order.rows, np.flatnonzero(away != done)))
        row = int(np.argmax(away) if farthest_first else np.argmin(away))
        order.insert(row)
        np.minimum(away, far[row], out=away)
        away[order.rows] = done
    return order.rows


def _extreme_pair(far: Numbers, *, farthest: bool) -> tuple[int, int]:
    """The two rows nearest to each other, or farthest; of ties those of lowest index."""
    size = len(far)
    if farthest:
        i, j = divmod(int(np.argmax(far)), size)
        return (i, j) if i != j else (0, 1)
    nearest = [int(np.argmin(far[i, i + 1 :])) + i + 1 for i in range(size - 1)]
    i = int(np.argmin(far[np.arange(size - 1), nearest]))
    return i, nearest[i]


class _Order:
    """An order that grows: its rows, and the lengths of its steps."""

    def __init__(self, far: Numbers, rows: Rows) -> None:
        self.far, self.count = far, len(rows)
        self._rows = np.empty(len(far), np.int64)
        self._rows[: len(rows)] = rows
        # Entry k is the step before place k, taken out by an insertion there; before the first place there is none.
        self._steps = np.zeros(len(far) + 1, far.dtype)
        self._steps[1 : len(rows)] = far[rows[:-1], rows[1:]]

    @property
    def rows(self) -> Rows:
        """The rows so far, a copy."""
        return self._rows[: self.count].copy()

    def insert(self, row: int) -> None:
        """Put ``row`` where it adds least, the first such place."""
        count = self.count
        away = self.far[row].take(self._rows[:count])
        added = np.zeros(count + 1, away.dtype)
        added[:-1] = away
        added[1:] += away
        added[1:count] -= self._steps[1:count]
        at = int(added.argmin())
        self._rows[at + 1 : count + 1] = self._rows[at:count]
        self._steps[at + 1 : count + 1] = self._steps[at:count]
        self._rows[at] = row
        self._steps[at] = away[at - 1] if at else 0
        if at < count:
            self._steps[at + 1] = away[at]
        self.count += 1


class _Gaps:
    """An order that grows by the cheapest insertion: a gap is named by the row before it, the one in front by n."""

    def __init__(self, far: Numbers, a: int, b: int) -> None:
        size = len(far)
        self.far = far
        self.after = np.full(size + 1, -1)  # the row after each, -1 after the last
        self.after[a], self.after[size] = b, a
        self.inside = np.zeros(size, bool)
        self.inside[[a, b]] = True
        self.cost = np.full(size, np.inf)
        self.gap = np.zeros(size, np.int64)
        self._look(self.outside, np.array([size, a, b]))

    @property
    def outside(self) -> Rows:
        """The rows that are not in the order yet."""
        return np.flatnonzero(~self.inside)

    @property
    def rows(self) -> Rows:
        """The rows so far, in their order."""
        path, row = [], int(self.after[-1])
        while row >= 0:
            path.append(row)
            row = int(self.after[row])
        return np.array(path)

    def insert_cheapest(self) -> None:
        """Put in the row that adds least, where it does."""
        row = int(np.argmin(np.where(self.inside, np.inf, self.cost)))
        gap = int(self.gap[row])
        self.after[row], self.after[gap] = self.after[gap], row
        self.inside[row] = True
        left = self.outside
        lost = self.gap[left] == gap
        self.cost[left[lost]] = np.inf
        self._look(left[~lost], np.array([gap, row]))
        self._look(left[lost], np.append(np.flatnonzero(self.inside), len(self.far)))

    def _look(self, rows: Rows, gaps: Rows) -> None:
        """Let ``rows`` consider ``gaps``."""
        if not len(rows):
            return
        before, after = gaps, self.after[gaps]
        front, back = before == len(self.far), after < 0
        added = np.where(front, 0, self.far[np.ix_(rows, np.where(front, 0, before))])
        added = added + np.where(back, 0, self.far[np.ix_(rows, np.where(back, 0, after))])
        closed = self.far[np.where(front, after, before), np.where(back, before, after)]
        added = added - np.where(front | back, 0, closed)
        best = added.argmin(axis=1)
        cost = added[np.arange(len(rows)), best]
        better = cost < self.cost[rows]
        self.cost[rows[better]], self.gap[rows[better]] = cost[better], gaps[best[better]]
