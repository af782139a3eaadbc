"""The subtour relaxation of the shortest path through all rows: cutting planes and prices."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.exact.lp import Program
from stateviz.ordering.exact.pricing import Duals, Prices
from stateviz.ordering.exact.separation import comb_cuts, subtour_cuts
from stateviz.ordering.problem.arrays import Floats, Ints
from stateviz.ordering.problem.neighbours import near_pairs
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

NEGATIVE = 1e-6
"""A reduced cost further below 0 than this is one: programs are solved to 1e-7."""

_NEIGHBOURS = 6
_MOST_COLUMNS_A_ROUND = 4
_ROUNDS, _LEAST_SHARE = 10, 0.05


class Relaxation:
    """Edges between rows, and from a dummy to every row, that meet each node twice and each set at least twice.

    The dummy, at distance 0 from every row, closes the path into a tour (Dantzig, Fulkerson & Johnson 1954;
    Held & Karp 1970 for the bound this is). Only promising edges are in the program: the others are priced with
    the duals of nodes and sets, and join when their reduced cost is negative.

    Parameters
    ----------
    problem
        At least 2 rows.
    rows
        A good order: its edges are in the program from the start, and its length sets the scale.

    Attributes
    ----------
    bound
        No order is shorter than this, in the unit of the distances. Safe: made from the duals alone, over all edges.
    scaled
        The same in the unit of the program.
    duals
        Those of ``bound``.
    weights : array, shape (edges,)
        How much the last solution uses of each edge ``u[i]``, ``v[i]`` the program had then.
    solved
        No set is left too rarely and every edge is priced: ``weights`` are a solution, which combs may tighten further.
    """

    def __init__(self, problem: Problem, rows: Rows) -> None:
        self.problem = problem
        offset, step = problem.granularity
        base = (problem.size - 1) * offset
        # HiGHS works to fixed tolerances of about 1e-7: real distances are scaled to lengths of about 1e5.
        unit = float(step) or max(problem.length(rows) - base, 1e-12 * abs(base), 1e-300) / 1e5
        self.unit, self.base = unit, float(base)
        self.prices = Prices(problem, offset, unit)
        self.program = Program(self.prices)
        self.nodes = self.program.nodes
        self.tour = np.append(rows, problem.size)
        self.bound = self.base  # distances are never less than the least: a bound to begin with
        self.scaled = 0.0
        self.duals = Duals(np.zeros(self.nodes), np.zeros((0, self.nodes), bool), np.zeros(0), 0.0)
        self.weights = np.zeros(0)
        self.solved = False
        self.program.add_edges(*self._first_edges(rows))

    def scale(self, length: float) -> float:
        """A length in the unit of the distances, in that of the program."""
        return (length - self.base) / self.unit

    def solve(self, stop: Stop, upper: float = np.inf, *, tighten: bool = True) -> None:
        """Cut and price until neither finds much, the bound meets ``upper``, or time is up; combs ``tighten`` it."""
        course: list[float] = []
        while not stop():
            x = self.program.run(stop)
            if x is None:
                break
            cuts = subtour_cuts(self.program, x, self.tour)
            if not cuts:
                entering = self._price()
                stop.tell(length=upper if upper < np.inf else None, bound=self.problem.round_up(self.bound))
                if entering is not None:
                    self.program.add_edges(*entering)
                    continue
                self.weights, self.solved = x, True
                course.append(self.bound)
                if upper < np.inf and self.problem.proves(upper, self.problem.round_up(self.bound)):
                    return
                cuts = comb_cuts(self.program, x) if tighten and not _slow(course) else []
                if not cuts:
                    return
            self.program.purge()
            self.program.add_cuts(cuts)
        self._price()

    def _price(self) -> tuple[Ints, Ints] | None:
        """Update the bound from the duals, and pick edges of negative reduced cost; None when there are none."""
        duals = self.program.duals()
        u, v, reduced = self.prices.below(duals, 0.0)
        value = self.prices.bound(duals, reduced)
        if value > self.scaled:
            self.scaled, self.duals = value, duals
            self.bound = self.base + self.unit * self.scaled
        new = (reduced < -NEGATIVE) & ~self.program.known[u, v]
        if not new.any():
            return None
        return _worst(u[new], v[new], reduced[new])

    def _first_edges(self, rows: Rows) -> tuple[Ints, Ints]:
        """The nearest rows of each, every edge of the dummy there is, and those of ``rows``."""
        size = self.problem.size
        u, v = near_pairs(self.problem, _NEIGHBOURS)
        ends = np.concatenate((self.prices.fixed, self.prices.free))
        return np.concatenate((u, ends, rows[:-1])), np.concatenate((v, np.full(len(ends), size), rows[1:]))


def _slow(course: list[float]) -> bool:
    """Whether the last rounds have gained too little, of all that was gained, for more of them to pay."""
    return len(course) > _ROUNDS and course[-1] - course[-1 - _ROUNDS] < _LEAST_SHARE * (course[-1] - course[0])


def _worst(u: Ints, v: Ints, reduced: Floats) -> tuple[Ints, Ints]:
    """For each node a few edges of the least reduced cost."""
    ends, edge = np.concatenate((u, v)), np.tile(np.arange(len(u)), 2)
    by_node = np.lexsort((reduced[edge], ends))
    ends, edge = ends[by_node], edge[by_node]
    rank = np.arange(len(ends)) - np.searchsorted(ends, ends)
    chosen = np.unique(edge[rank < _MOST_COLUMNS_A_ROUND])
    return u[chosen], v[chosen]
