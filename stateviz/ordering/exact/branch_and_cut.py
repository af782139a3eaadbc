"""From the subtour relaxation to the best order: branch and cut over the edges that can still matter."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from stateviz.ordering.exact.lp_basis import idle
from stateviz.ordering.exact.node import Branching, Leaf, Limits, Outcome
from stateviz.ordering.exact.relaxation import Relaxation
from stateviz.ordering.problem.arrays import Floats
from stateviz.ordering.problem.jit import COMPILED_ROWS
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

_FIRST_SHARE, _NEXT_SHARE = 1 / 32, 2
_ACTIVE = 0.5  # columns that cost a greater share of the gap are inactive to begin with
_AT_ONCE = 2
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


class _Search:
    """Search, the part of least bound first, for an order shorter than ``limit`` (scaled).

    Parts are worked on two at a time, each in a thread with a program of its own, and what came of them is taken in
    their order: the same on any number of processors.
    """

    def __init__(
        self, problem: Problem, relaxation: Relaxation, rows: Rows, limit: float, stop: Stop, offer: Offer | None = None
    ) -> None:
        self.problem, self.relaxation, self.stop, self.offer = problem, relaxation, stop, offer
        self.rows, self.limit = rows, limit
        self.floor = np.inf  # the least bound of a part that was given up or held an order no bound quite meets
        # Whole lengths: an order is better only by a whole step. Real ones: by more than the proof may leave open.
        self.step = 1 - 1e-6 if problem.integer else 1e-10 * abs(limit - relaxation.scale(0))
        program, reach = relaxation.program, limit - relaxation.scaled
        program.add_edges(*relaxation.prices.below(relaxation.duals, reach)[:2], inactive=True)
        program.deactivate(idle(program) & (self._costs() > _ACTIVE * reach))
        program.drop_edges(self._limits().high == 0)
        count = _AT_ONCE if problem.size > COMPILED_ROWS else 1
        programs = [program, *(program.copy() for _ in range(count - 1))]
        self.workers = [Branching(one, relaxation.tour, stop) for one in programs]

    def _costs(self) -> Floats:
        program = self.relaxation.program
        return self.relaxation.duals.of(program.cost, program.u, program.v)

    def _limits(self) -> Limits:
        """What an order shorter than ``limit`` is like: edges that cost too much to use or to do without are fixed."""
        costs, must, reach = self._costs(), self.relaxation.program.low, self.limit - self.relaxation.scaled
        return Limits(self.limit, self.step, np.maximum(must, costs < -reach), np.maximum(must, costs < reach))

    def run(self) -> float:
        """Search until nothing is open or time is up; what no order is shorter than, scaled."""
        reached = self.relaxation.scaled
        limits = self._limits()
        leaves, made = [(reached, 0, Leaf((), reached))], 1
        with ThreadPoolExecutor(len(self.workers)) as pool:
            while leaves:
                proved = min(self._proven(), leaves[0][0])
                if self.stop():
                    return proved
                if proved > reached and self.offer is not None:
                    reached = proved
                    self.offer(self.rows, self.unscaled(proved))
                if limits.closed(leaves[0][0]):
                    break  # and so are all others
                taken = [heapq.heappop(leaves)[2] for _ in self.workers[: len(leaves)]]
                for outcome in self._worked(pool, taken, limits):
                    self._take(outcome)
                    for part in outcome.parts:  # of equals the newest comes first: it is nearer to an order
                        heapq.heappush(leaves, (part.bound, -made, part))
                        made += 1
                if self.limit < limits.length:
                    limits = self._limits()
        return self._proven()

    def _worked(self, pool: ThreadPoolExecutor, leaves: list[Leaf], limits: Limits) -> list[Outcome]:
        """What becomes of some parts, each where the one it came from was split, if that is free."""
        free = self.workers.copy()
        chosen: dict[int, Branching] = {}
        for known in (True, False):
            for i, leaf in enumerate(leaves):
                worker = next((one for one in free if not known or one.basis is leaf.basis), None)
                if i not in chosen and worker is not None:
                    chosen[i] = worker
                    free.remove(worker)
        if len(leaves) == 1:
            return [chosen[0].branch(leaves[0], limits)]
        begun = [pool.submit(chosen[i].branch, leaf, limits) for i, leaf in enumerate(leaves)]
        try:
            return [one.result() for one in begun]
        except KeyboardInterrupt:
            self.stop.interrupted = True  # they see it before their next program
            for one in begun:
                if one.exception() is None:
                    self._take(one.result())
            raise

    def _proven(self) -> float:
        """What the closed parts leave as a bound, scaled."""
        return min(self.limit - (0 if self.problem.integer else self.step), self.floor)

    def unscaled(self, bound: float) -> float:
        """A bound in the unit of the program, in that of the distances and rounded up."""
        return self.problem.round_up(self.relaxation.base + self.relaxation.unit * bound)

    def _take(self, outcome: Outcome) -> None:
        self.floor = min(self.floor, outcome.floor)
        rows = outcome.rows
        if rows is not None and self.problem.length(rows) < self.problem.length(self.rows):
            self.rows = rows
            self.limit = min(self.limit, self.relaxation.scale(self.problem.length(rows)))
            if self.offer is not None:
                self.offer(rows, None)
