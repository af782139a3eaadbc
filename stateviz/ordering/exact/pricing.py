"""Prices: the reduced cost of every edge there is, under the duals of nodes and sets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stateviz.ordering.problem.arrays import Bools, Floats, Ints, Numbers
from stateviz.ordering.problem.jit import COMPILED_ROWS
from stateviz.ordering.problem.problem import Problem, Rows

_SETS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Duals:
    """Duals of nodes, and of those sets whose dual is not 0.

    Parameters
    ----------
    node : array, shape (nodes,)
    sets : array of bool, shape (sets, nodes)
    weight : array, shape (sets,)
        Below 0, each.
    constant
        What the right-hand sides contribute: twice the sum of ``node``, and each cut's dual times its most.
    """

    node: Floats
    sets: Bools
    weight: Floats
    constant: float

    def of(self, cost: Floats, u: Ints, v: Ints) -> Floats:
        """Reduced costs of edges of this cost."""
        reduced = cost - self.node[u] - self.node[v]
        for i in range(0, len(self.sets), _SETS_AT_ONCE):
            some = self.sets[i : i + _SETS_AT_ONCE]
            reduced -= self.weight[i : i + _SETS_AT_ONCE] @ (some[:, u] & some[:, v])
        return np.asarray(reduced)

    def rounding(self) -> float:
        """More than rounding can have added to a bound made of these duals, were every pair to add its share."""
        depth = float(-(self.weight * self.sets.sum(axis=1)).sum())
        return float(1e-14 * (len(self.node) * (2 * np.abs(self.node).sum() + depth) + abs(self.constant)))


class Prices:
    """Costs of all edges of a problem closed by a dummy, the last node, and their reduced costs.

    Parameters
    ----------
    problem
        Its fixed ends are edges of the dummy that must be used; where both ends are fixed there are no others.
    unit
        Costs are distances above the least one, in this unit.
    """

    def __init__(self, problem: Problem, offset: float, unit: float) -> None:
        self.problem, self.offset, self.unit = problem, offset, unit
        self.dummy = problem.size
        self.fixed = np.array(problem.fixed, np.int64)
        self.free = np.setdiff1d(np.arange(problem.size), self.fixed)
        if len(self.fixed) == 2:
            self.free = self.free[:0]

    def cost(self, u: Ints, v: Ints) -> Floats:
        """Of the edges from nodes ``u`` to the higher nodes ``v``."""
        closing = v == self.dummy
        cost = (self.problem.distances[u, np.where(closing, 0, v)] - self.offset) / self.unit
        return np.where(closing, 0, cost)

    def below(self, duals: Duals, limit: float) -> tuple[Ints, Ints, Floats]:
        """Edges ``u < v`` whose reduced cost is under ``limit``, and that cost; without those that must be used."""
        u, v, reduced = self._rows_below(duals, limit)
        closing = self._closing(duals, self.free)
        low = closing < limit
        ends = np.full(int(low.sum()), self.dummy)
        return np.append(u, self.free[low]), np.append(v, ends), np.append(reduced, closing[low])

    def bound(self, duals: Duals, reduced: Floats) -> float:
        """No tour is shorter than this, for any duals of the right sign, given the negative reduced costs.

        That is weak duality: an edge is used at most once, and at worst every negative one is.
        """
        must = float(self._closing(duals, self.fixed).sum())
        return duals.constant + must + float(np.minimum(reduced, 0).sum()) - duals.rounding()

    def dense(self, duals: Duals) -> Floats:
        """Reduced costs of all pairs of nodes, shape (nodes, nodes); those of few rows."""
        size = self.dummy + 1
        reduced = np.zeros((size, size))
        reduced[:-1, :-1] = self._scaled
        reduced -= duals.node[:, None] + duals.node
        sets = duals.sets.astype(np.float64)
        reduced -= (sets.T * duals.weight) @ sets
        return reduced

    @cached_property
    def _scaled(self) -> Numbers:
        return (self.problem.distances - self.offset) / self.unit

    def _closing(self, duals: Duals, rows: Rows) -> Floats:
        return duals.of(np.zeros(len(rows)), rows, np.full(len(rows), self.dummy))

    def _rows_below(self, duals: Duals, limit: float) -> tuple[Ints, Ints, Floats]:
        if self.problem.size <= COMPILED_ROWS:
            reduced = self.dense(duals)[:-1, :-1]
            u, v = np.nonzero(np.triu(reduced < limit, 1))
            return u, v, reduced[u, v]
        from stateviz.ordering.exact.kernels import segments as scans

        of_node, member = np.nonzero(duals.sets[:, :-1].T)
        start = np.searchsorted(of_node, np.arange(self.problem.size + 1))
        return scans.prices_below(
            self.problem.distances, float(self.offset), float(self.unit), duals.node, start, member, duals.weight, limit
        )
