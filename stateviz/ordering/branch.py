"""From the subtour relaxation to the best order: branch and cut over the edges that can still matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.problem import Problem, Rows, Stop
from stateviz.ordering.subtour import Relaxation

_FIRST_SHARE, _NEXT_SHARE = 0.25, 4
_CANDIDATES = 8
_PROBE_ITERATIONS = 30
_WHOLE = 1e-6
_ROUNDS = 20
Array = NDArray[Any]
Fixed = tuple[tuple[int, int], ...]


def close_gap(problem: Problem, relaxation: Relaxation, rows: Rows, *, stop: Stop) -> tuple[Rows, float]:
    """The best order and a bound that proves it, or the best so far when time is up.

    An order that uses an edge of reduced cost r is at least ``bound + r`` long, so edges that would make it no
    shorter than ``rows`` are left out for good, and nothing needs to be priced again. Every bound is made from duals.

    Parameters
    ----------
    relaxation
        Solved; its program is used up.
    rows
        The best order known.

    Returns
    -------
    rows, bound
    """
    bound, length = problem.round_up(relaxation.bound), problem.length(rows)
    share = _FIRST_SHARE
    while not problem.proves(length, bound) and not stop():
        upper = relaxation.scale(length)
        # The best order mostly lies nearer to the bound than to the best one known: look there first, among few edges.
        limit = relaxation.scaled + share * (upper - relaxation.scaled)
        if problem.integer:  # the least length that is possible, and the next
            limit = max(np.ceil(limit), np.ceil(relaxation.scaled - 1e-6) + 2)
        limit = min(limit, upper)
        search = _Search(problem, relaxation, rows, limit, stop)
        proved = search.run()
        rows, length = search.rows, problem.length(search.rows)
        bound = max(bound, min(length, problem.round_up(relaxation.base + relaxation.unit * proved)))
        share *= _NEXT_SHARE
    return rows, bound


@dataclass
class _Leaf:
    """A part of the search still open: edges fixed to 0 or 1, and its bound, scaled."""

    fixed: Fixed
    bound: float


class _Search:
    """Depth-first search for an order shorter than ``limit`` (scaled), which holds the best found as it goes."""

    def __init__(self, problem: Problem, relaxation: Relaxation, rows: Rows, limit: float, stop: Stop) -> None:
        self.problem, self.relaxation, self.stop = problem, relaxation, stop
        self.rows, self.limit = rows, limit
        # Whole lengths: an order is better only by a whole step. Real ones: by more than the proof may leave open.
        self.step = 1 - 1e-6 if problem.integer else 1e-10 * abs(limit - relaxation.scale(0))
        reach = limit - relaxation.scaled
        relaxation.add_edges(*np.nonzero((relaxation.reduced < reach) & ~relaxation.known))
        costs = relaxation.reduced[relaxation.u, relaxation.v]
        self.low = (costs < -reach).astype(float)  # an edge that costs too much to do without
        self.high = (costs < reach).astype(float)

    def run(self) -> float:
        """Search until nothing is open or time is up; what no order is shorter than, scaled."""
        leaves = [_Leaf((), self.relaxation.scaled)]
        while leaves:
            if self.stop():
                return min(self.limit, *(leaf.bound for leaf in leaves))
            leaf = leaves.pop()
            if not self._closed(leaf.bound):
                leaves += self._branch(leaf)
        return self.limit

    def _closed(self, bound: float) -> bool:
        return bound > self.limit - self.step

    def _branch(self, leaf: _Leaf) -> list[_Leaf]:
        """Solve a leaf with cuts; nothing where it holds no better order, else its two parts, the better one last."""
        low, high = self._bounds(leaf.fixed)
        bound, x = self._solve(low, high)
        for _ in range(_ROUNDS):
            if self._closed(bound):
                return []
            if x is None:
                return [_Leaf(leaf.fixed, max(leaf.bound, bound))]
            cuts = self.relaxation.violated(x)
            if not cuts:
                if np.all(np.abs(x - np.rint(x)) < _WHOLE):
                    self._found(x > 0.5)
                    return []
                break
            self.relaxation.add_cuts(cuts)
            bound, x = self._solve(low, high)
        if x is None or self._closed(bound):
            return [] if self._closed(bound) else [_Leaf(leaf.fixed, max(leaf.bound, bound))]
        return self._split(leaf.fixed, low, high, x, bound)

    def _bounds(self, fixed: Fixed) -> tuple[Array, Array]:
        low, high = self.low.copy(), self.high.copy()
        for column, value in fixed:
            low[column] = high[column] = value
        return low, high

    def _solve(self, low: Array, high: Array, iterations: int = 2**31 - 1) -> tuple[float, Array | None]:
        import highspy

        highs, status = self.relaxation.highs, highspy.HighsModelStatus
        count = len(low)
        highs.changeColsBounds(count, np.arange(count, dtype=np.int32), low, high)
        highs.setOptionValue("simplex_iteration_limit", iterations)
        highs.setOptionValue("time_limit", highs.getRunTime() + min(self.stop.remaining(), 1e6))
        highs.run()
        state = highs.getModelStatus()
        if state == status.kInfeasible:
            return np.inf, None
        solution = highs.getSolution()
        bound = self.relaxation.dual_bound(np.array(solution.row_dual), low, high)
        return bound, np.array(solution.col_value) if state == status.kOptimal else None

    def _split(self, fixed: Fixed, low: Array, high: Array, x: Array, bound: float) -> list[_Leaf]:
        """Fix the edge whose two values raise the bound most (strong branching)."""
        distance = np.abs(x - 0.5)
        candidates = np.argsort(distance, kind="stable")[:_CANDIDATES]
        candidates = candidates[distance[candidates] < 0.5 - _WHOLE]
        basis = self.relaxation.highs.getBasis()
        best, score = None, -np.inf
        for column in candidates.tolist():
            bounds = []
            for value in (0, 1):
                low1, high1 = low.copy(), high.copy()
                low1[column] = high1[column] = value
                self.relaxation.highs.setBasis(basis)
                bounds.append(max(bound, self._solve(low1, high1, _PROBE_ITERATIONS)[0]))
            shut = [self._closed(b) for b in bounds]
            parts = [_Leaf((*fixed, (column, value)), bounds[value]) for value in (0, 1) if not shut[value]]
            if any(shut):
                return parts
            gains = [max(b - bound, 1e-6) for b in bounds]
            if gains[0] * gains[1] > score:
                best, score = parts, gains[0] * gains[1]
        self.relaxation.highs.setBasis(basis)
        assert best is not None
        return sorted(best, key=lambda part: -part.bound)

    def _found(self, used: Array) -> None:
        rows = _walk(self.relaxation.nodes, self.relaxation.u[used], self.relaxation.v[used])
        if self.problem.length(rows) < self.problem.length(self.rows):
            self.rows = rows
            self.limit = min(self.limit, self.relaxation.scale(self.problem.length(rows)))


def _walk(nodes: int, u: Array, v: Array) -> Rows:
    """The rows met on the way round from the dummy, the last node, back to it."""
    beside: list[list[int]] = [[] for _ in range(nodes)]
    for a, b in zip(u.tolist(), v.tolist(), strict=True):
        beside[a].append(b)
        beside[b].append(a)
    path, before, here = [], nodes - 1, min(beside[nodes - 1])
    while here != nodes - 1:
        path.append(here)
        before, here = here, beside[here][beside[here][0] == before]
    return np.array(path)
