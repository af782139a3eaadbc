"""One part of a branch-and-cut search: cut it, close it, or split it in two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stateviz.ordering.exact.lp import Program
from stateviz.ordering.exact.lp_basis import Basis, kept, restore
from stateviz.ordering.exact.relaxation import NEGATIVE
from stateviz.ordering.exact.separation import comb_cuts, subtour_cuts
from stateviz.ordering.problem.arrays import Floats, Ints
from stateviz.ordering.problem.problem import Rows
from stateviz.ordering.problem.stop import Stop

_CANDIDATES = 8
_PROBE_ITERATIONS = 30
_WHOLE = 1e-6
_COMB_ROUNDS, _PAYS = 2, 0.04  # so many rounds of combs may raise the bound by less than that share of what is left


@dataclass(frozen=True)
class Leaf:
    """A part of the search still open.

    Parameters
    ----------
    fixed
        Columns fixed, and their values.
    bound
        What no order in this part is shorter than, in the unit of the program.
    basis
        Where to go on from.
    """

    fixed: tuple[tuple[int, int], ...]
    bound: float
    basis: Basis | None = None


@dataclass(frozen=True)
class Limits:
    """What an order has to be to be of use.

    Parameters
    ----------
    length
        Its length is below this by more than ``step``, in the unit of the program.
    low, high : arrays, shape (columns,)
        How often it uses each edge, at least and at most.
    """

    length: float
    step: float
    low: Floats
    high: Floats

    def closed(self, bound: float) -> bool:
        """Whether a part of this bound holds no such order."""
        return bound > self.length - self.step


@dataclass(frozen=True)
class Outcome:
    """What became of a part.

    Parameters
    ----------
    parts
        What is left open.
    rows
        An order found in it.
    floor
        A bound of what was closed without a proof that it holds nothing shorter.
    """

    parts: tuple[Leaf, ...] = ()
    rows: Rows | None = None
    floor: float = np.inf


class Branching:
    """Works on parts, one after another, with a program of its own.

    Parameters
    ----------
    tour
        All nodes in a good order.
    """

    def __init__(self, program: Program, tour: Ints, stop: Stop) -> None:
        self.program, self.tour, self.stop = program, tour, stop
        self.basis: Basis | None = None  # the last that was kept

    def branch(self, leaf: Leaf, limits: Limits) -> Outcome:
        """Solve a part with cuts; nothing is left where it holds no better order, else its two parts."""
        if limits.closed(leaf.bound):
            return Outcome()
        low, high = limits.low.copy(), limits.high.copy()
        for column, value in leaf.fixed:
            low[column] = high[column] = value
        if leaf.basis is not self.basis and leaf.basis is not None:
            restore(self.program, leaf.basis)
        self.basis = None  # from here on the program has another
        best, paying = leaf.bound, _COMB_ROUNDS
        while True:
            bound, x = self._solve(low, high)
            before, best = best, max(bound, best)
            if limits.closed(best):
                return Outcome()
            if self.stop():
                return Outcome((Leaf(leaf.fixed, best, leaf.basis),))
            if x is None:  # said to hold nothing, without a proof that holds
                return Outcome(floor=best)
            cuts = subtour_cuts(self.program, x, self.tour)
            if not cuts:
                if np.all(np.abs(x - np.rint(x)) < _WHOLE):
                    used = x > 0.5
                    rows = _walk(self.program.nodes, self.program.u[used], self.program.v[used])
                    return Outcome((), rows, best)
                paying -= best - before < _PAYS * (limits.length - best)
                cuts = comb_cuts(self.program, x) if paying > 0 else []
            if not cuts:
                break
            self.program.purge()
            self.program.add_cuts(cuts)
        return Outcome(self._split(leaf.fixed, limits, low, high, x, best))

    def _solve(self, low: Floats, high: Floats, iterations: int | None = None) -> tuple[float, Floats | None]:
        """A bound made from duals alone, infinite where a dual ray shows that nothing fits; the weights of edges.

        Inactive edges are activated until none of them could improve the solution, unless iterations are limited.
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
            program.activate(np.flatnonzero(more))

    def _bound(self, low: Floats, high: Floats) -> tuple[float, Floats]:
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
        return -np.inf, np.full(len(program.u), -np.inf)  # any edge that is inactive might make it fit

    def _split(
        self, fixed: tuple[tuple[int, int], ...], limits: Limits, low: Floats, high: Floats, x: Floats, bound: float
    ) -> tuple[Leaf, ...]:
        """Fix the edge whose two values raise the bound most (strong branching)."""
        distance = np.abs(x - 0.5)
        candidates = np.argsort(distance, kind="stable")[:_CANDIDATES]
        candidates = candidates[distance[candidates] < 0.5 - _WHOLE]
        basis, self.basis = self.program.highs.getBasis(), kept(self.program)
        best, score = None, -np.inf
        for column in candidates.tolist():
            if best is not None and self.stop():
                break
            bounds = []
            for value in (0, 1):
                low1, high1 = low.copy(), high.copy()
                low1[column] = high1[column] = value
                self.program.highs.setBasis(basis)
                bounds.append(max(bound, self._solve(low1, high1, _PROBE_ITERATIONS)[0]))
            shut = [limits.closed(b) for b in bounds]
            parts = [Leaf((*fixed, (column, value)), bounds[value], self.basis) for value in (0, 1) if not shut[value]]
            if any(shut):  # the last probe is near enough to what is left to go on from
                return tuple(parts)
            gains = [max(b - bound, 1e-6) for b in bounds]
            if gains[0] * gains[1] > score:
                best, score = parts, gains[0] * gains[1]
        self.program.highs.setBasis(basis)
        assert best is not None
        return tuple(best)


def _walk(nodes: int, u: Ints, v: Ints) -> Rows:
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
