"""From the subtour relaxation to the best order: branch and cut over the edges that can still matter."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.compiled import COMPILED_ROWS
from stateviz.ordering.problem import Problem, Rows
from stateviz.ordering.stop import Stop
from stateviz.ordering.subtour import NEGATIVE, Relaxation

_FIRST_SHARE, _NEXT_SHARE = 1 / 32, 2
_CANDIDATES = 4
_PROBE_ITERATIONS = 30
_WHOLE = 1e-6
_ROUNDS, _COMB_ROUNDS, _PAYS = 40, 2, 0.04
Array = NDArray[Any]
Fixed = tuple[tuple[int, int], ...]
Offer = Callable[[Rows, float | None], object]


def close_gap(
    problem: Problem, relaxation: Relaxation, rows: Rows, *, stop: Stop, offer: Offer | None = None
) -> tuple[Rows, float]:
    """The best order and a bound that proves it, or the best so far when time is up.

    An order that uses an edge of reduced cost r is at least ``bound + r`` long, so edges that would make it no
    shorter than ``rows`` are left out for good, and nothing needs to be priced again. Every bound is made from duals.

    Parameters
    ----------
    relaxation
        Solved; its program is used up.
    rows
        The best order known.
    offer
        Called as ``offer(rows, bound)`` whenever there is a better one of either.

    Returns
    -------
    rows, bound
    """
    bound, length = problem.round_up(relaxation.bound), problem.length(rows)
    share = _FIRST_SHARE if problem.size <= COMPILED_ROWS else 1.0
    while not problem.proves(length, bound) and not stop():
        upper = relaxation.scale(length)
        # The best order of few rows mostly lies nearer to the bound than the one known, which was found in no time:
        # look there first, among few edges. That of many is mostly known.
        limit = relaxation.scaled + share * (upper - relaxation.scaled)
        if problem.integer:  # the least length that is possible, and the next
            limit = max(np.ceil(limit), np.ceil(relaxation.scaled - 1e-6) + 2)
        limit = min(limit, upper)
        search = _Search(problem, relaxation, rows, limit, stop, offer)
        proved = search.run()
        rows, length = search.rows, problem.length(search.rows)
        bound = max(bound, min(length, search.unscaled(proved)))
        if limit == upper:  # there is nowhere else to look
            break
        share *= _NEXT_SHARE
    return rows, bound


@dataclass
class _Leaf:
    """A part of the search still open: edges fixed to 0 or 1, and its bound, scaled."""

    fixed: Fixed
    bound: float


class _Search:
    """Search, the part of least bound first, for an order shorter than ``limit`` (scaled)."""

    def __init__(
        self, problem: Problem, relaxation: Relaxation, rows: Rows, limit: float, stop: Stop, offer: Offer | None = None
    ) -> None:
        self.problem, self.relaxation, self.stop, self.offer = problem, relaxation, stop, offer
        self.program = relaxation.program
        self.rows, self.limit = rows, limit
        self.floor = np.inf  # the least bound of a part that was given up or held an order no bound quite meets
        # Whole lengths: an order is better only by a whole step. Real ones: by more than the proof may leave open.
        self.step = 1 - 1e-6 if problem.integer else 1e-10 * abs(limit - relaxation.scale(0))
        reach = limit - relaxation.scaled
        self.program.add_edges(*relaxation.prices.below(relaxation.duals, reach)[:2], asleep=True)
        self.costs = relaxation.duals.of(self.program.cost, self.program.u, self.program.v)
        self._fix()
        useless = self.high == 0
        self.program.drop_edges(useless)
        self.costs = self.costs[~useless]
        self._fix()

    def _fix(self) -> None:
        """Limits of edges in any order shorter than ``limit``."""
        reach = self.limit - self.relaxation.scaled
        self.low = np.maximum(self.program.low, self.costs < -reach)  # an edge that costs too much to do without
        self.high = np.maximum(self.program.low, self.costs < reach)

    def run(self) -> float:
        """Search until nothing is open or time is up; what no order is shorter than, scaled."""
        reached = self.relaxation.scaled
        leaves, made = [(reached, 0, _Leaf((), reached))], 1
        while leaves:
            proved = min(self._proven(), leaves[0][0])
            if self.stop():
                return proved
            if proved > reached and self.offer is not None:
                reached = proved
                self.offer(self.rows, self.unscaled(proved))
            bound, _, leaf = heapq.heappop(leaves)
            if self._closed(bound):
                break  # and so are all others
            for part in self._branch(leaf):  # of equals the newest comes first: it is nearer to an order
                heapq.heappush(leaves, (part.bound, -made, part))
                made += 1
        return self._proven()

    def _proven(self) -> float:
        """What the closed parts leave as a bound, scaled."""
        return min(self.limit - (0 if self.problem.integer else self.step), self.floor)

    def unscaled(self, bound: float) -> float:
        """A bound in the unit of the program, in that of the distances and rounded up."""
        return self.problem.round_up(self.relaxation.base + self.relaxation.unit * bound)

    def _closed(self, bound: float) -> bool:
        return bound > self.limit - self.step

    def _branch(self, leaf: _Leaf) -> list[_Leaf]:
        """Solve a leaf with cuts; nothing where it holds no better order, else its two parts."""
        low, high = self._bounds(leaf.fixed)
        best, rounds, paying = leaf.bound, _ROUNDS, _COMB_ROUNDS
        while True:
            bound, x = self._solve(low, high)
            before, best = best, max(bound, best)
            if self._closed(best):
                return []
            if x is None:
                break
            cuts = self.relaxation.subtours(x)
            if not cuts:
                if np.all(np.abs(x - np.rint(x)) < _WHOLE):
                    self._found(x > 0.5)
                    self.floor = min(self.floor, best)
                    return []
                rounds -= 1
                paying -= best - before < _PAYS * (self.limit - best)
                cuts = self.relaxation.combs(x) if min(rounds, paying) > 0 else []
            if not cuts:
                break
            self.program.purge()
            self.program.add_cuts(cuts)
        if x is None and self.stop():
            return [_Leaf(leaf.fixed, best)]
        if x is None:  # said to hold nothing, without a proof that holds
            self.floor = min(self.floor, best)
            return []
        return self._split(leaf.fixed, low, high, x, best)

    def _bounds(self, fixed: Fixed) -> tuple[Array, Array]:
        low, high = self.low.copy(), self.high.copy()
        for column, value in fixed:
            low[column] = high[column] = value
        return low, high

    def _solve(self, low: Array, high: Array, iterations: int | None = None) -> tuple[float, Array | None]:
        """A bound made from duals alone, infinite where a dual ray shows that nothing fits; the weights of edges.

        Edges that are asleep are woken until none of them could better the solution, unless iterations are limited.
        """
        program = self.program
        program.limit(low, high)
        while True:
            x = program.run(self.stop, iterations)
            bound, reduced = self._bound(low, high)
            if bound == np.inf or iterations is not None or self.stop():
                return bound, x
            more = (program.place < 0) & (high > 0) & (reduced < -NEGATIVE)
            if not more.any():
                return bound, x
            program.wake(np.flatnonzero(more))

    def _bound(self, low: Array, high: Array) -> tuple[float, Array]:
        """What the last run shows: a bound, and the reduced costs of edges."""
        import highspy

        program = self.program
        if program.highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
            dual = np.array(program.highs.getSolution().row_dual)
            reduced = program.reduced(dual, program.cost)
            return program.bound(dual, low, high, reduced), reduced
        _, known, ray = program.highs.getDualRay()
        for dual in (np.array(ray), -np.array(ray)) if known else ():
            if program.bound(dual, low, high, program.reduced(dual, 0.0)) > 0:
                return np.inf, program.cost
        return -np.inf, np.full(len(program.u), -np.inf)  # any edge that is asleep might make it fit

    def _split(self, fixed: Fixed, low: Array, high: Array, x: Array, bound: float) -> list[_Leaf]:
        """Fix the edge whose two values raise the bound most (strong branching)."""
        distance = np.abs(x - 0.5)
        candidates = np.argsort(distance, kind="stable")[:_CANDIDATES]
        candidates = candidates[distance[candidates] < 0.5 - _WHOLE]
        basis = self.program.highs.getBasis()
        best, score = None, -np.inf
        for column in candidates.tolist():
            bounds = []
            for value in (0, 1):
                low1, high1 = low.copy(), high.copy()
                low1[column] = high1[column] = value
                self.program.highs.setBasis(basis)
                bounds.append(max(bound, self._solve(low1, high1, _PROBE_ITERATIONS)[0]))
            shut = [self._closed(b) for b in bounds]
            parts = [_Leaf((*fixed, (column, value)), bounds[value]) for value in (0, 1) if not shut[value]]
            if any(shut):
                return parts
            gains = [max(b - bound, 1e-6) for b in bounds]
            if gains[0] * gains[1] > score:
                best, score = parts, gains[0] * gains[1]
        self.program.highs.setBasis(basis)
        assert best is not None
        return best

    def _found(self, used: Array) -> None:
        rows = _walk(self.relaxation.nodes, self.program.u[used], self.program.v[used])
        if self.problem.length(rows) < self.problem.length(self.rows):
            self.rows = rows
            self.limit = min(self.limit, self.relaxation.scale(self.problem.length(rows)))
            self._fix()
            if self.offer is not None:
                self.offer(rows, None)


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
