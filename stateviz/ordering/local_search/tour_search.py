"""TourSearch: a tour under search, moved, kicked and repaired for some kicks or some seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stateviz.ordering.local_search.candidates import candidate_edges
from stateviz.ordering.local_search.genetic import EdgeAssembly, SearchContext
from stateviz.ordering.problem.arrays import CandidateLists, Floats, Ints, Nodes
from stateviz.ordering.problem.neighbours import Neighbours
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

if TYPE_CHECKING:
    from stateviz.ordering.local_search.kernels.search import TourState
    from stateviz.ordering.problem.kernels.costs import Costs

_WINDOW = 30  # places within which a kick cuts
_SECONDS = 0.05  # between two looks at the clock and for Ctrl-C
_TOLD_OF_MANY = 2.0  # seconds between two reports: without a matrix a length takes its time
_TEMPERATURE = 1.5  # how much longer a kick may leave the tour at first, in the spread of nearest neighbours
_RANK = 4  # the spread is what the fifth neighbour costs more than the first
_LAST_TEMPERATURE = 0.02  # the last temperature, in first ones
_SLOW = 20  # kicks a node that make good for so much temperature; with fewer there is less
_FAST = 4  # kicks a node below which there is none
_ROOM = 1 << 17  # places in the undo log, besides those that follow the number of nodes


@dataclass(frozen=True)
class Effort:
    """How hard to search.

    Parameters
    ----------
    neighbours
        Nearest neighbours kept of each row.
    breadth
        How many of them are tried for the first, the second, ... step put in: one less than a move changes.
    stretch
        How long a stretch may be that a move of three steps moves elsewhere; 0 for any.
    kicks
        How often to perturb; None for as often as there is time, or, without a limit, a number that follows the size.
    """

    neighbours: int = 10
    breadth: Sequence[int] = (5, 3, 2, 1)
    stretch: int = 0
    kicks: int | None = None


class TourSearch:
    """A tour under search. Nodes are numbered along the first order, so that near ones share lines of the cache."""

    def __init__(self, problem: Problem, start: Rows | None, effort: Effort, seed: int, stop: Stop) -> None:
        neighbours = Neighbours(problem, stop)
        found = candidate_edges(problem, neighbours, effort.neighbours)
        given = start is not None and problem.length(start) < problem.length(found.order)
        self.problem = problem
        self.order = problem.with_fixed_ends(start) if given and start is not None else found.order
        self.effort = effort
        size = problem.size
        # Whole numbers are exact; real ones must gain more than rounding can feign, or it might never end.
        rounding = 0.0 if problem.integer else 1e-14
        self.least = np.array([rounding * float(np.abs(found.penalty).max()), rounding])
        last = min(_RANK, found.away.shape[1] - 1)
        self.spread = float(np.median(found.away[:, last] - found.away[:, 0]))
        number = np.empty(size, np.int32)
        number[self.order] = np.arange(size, dtype=np.int32)
        penalty = found.penalty[self.order]
        # The dummy's steps cost what makes them as good as those between rows.
        low = np.argsort(penalty, kind="stable")
        dummy = float(np.median(found.away[:, 0]) - penalty[low[1]])
        dummy = float(np.rint(dummy)) if problem.integer else dummy
        self.costs = self._numbered(neighbours, np.append(penalty, dummy))
        self.lists = self._lists(number[found.near[self.order]], found.away[self.order], low, penalty + dummy)
        self.lists[2][number[list(problem.fixed)]] = True
        self.window = min(_WINDOW, size + 1)
        self.state = self._tour_state(np.arange(size + 1, dtype=np.int32), seed)

    def _numbered(self, neighbours: Neighbours, penalty: Floats) -> Costs:
        square, rows, bits, _, _ = neighbours.costs
        order = self.order
        if len(square):
            square = np.take(square[order], order, axis=1)
        rows = rows[order] if len(rows) else rows
        bits = bits[order] if len(bits) else bits
        return neighbours.costs._replace(square=square, rows=rows, bits=bits, penalty=penalty)

    def _lists(self, near: Nodes, away: Floats, low: Ints, link: Floats) -> CandidateLists:
        from stateviz.ordering.problem.kernels.nearest import with_dummy

        size, width = near.shape
        near = np.vstack((near, low[:width].astype(np.int32)))
        away = np.vstack((away, link[low[:width]]))
        with_dummy(near, away, link)
        return near, away, np.zeros(size + 1, np.bool_)

    def _tour_state(self, tour: Nodes, seed: int) -> TourState:
        from stateviz.ordering.local_search.kernels.search import TourState, measure

        nodes = len(tour)
        state = TourState(
            tour=tour.copy(),
            place=np.argsort(tour).astype(np.int32),
            steps=np.empty(nodes),
            best=tour.copy(),
            backup=np.full(nodes, -1, np.int32),
            undo_log=np.empty(4 * nodes + _ROOM, np.int32),
            lengths=np.empty(4 * nodes + _ROOM),
            queue=np.arange(nodes, dtype=np.int32),
            queued=np.ones(nodes, np.bool_),
            waiting=np.array([0, nodes]),
            state=np.array([seed, 0], np.uint64),
            level=np.zeros(2),
        )
        measure(self.costs, state)
        return state

    def _breadth(self) -> Ints:
        width = self.lists[0].shape[1]
        return np.array([0, *(min(b, width) for b in self.effort.breadth)])

    def settle(self, stop: Stop) -> None:
        """Move until no move gains."""
        from stateviz.ordering.local_search.kernels.search import LONGEST, repair

        limits = np.array([LONGEST, self.effort.stretch])
        pace = _Pace(64)
        while self.state.waiting[1] > 0 and not stop():
            repair(self.costs, self.lists, self.state, self._breadth(), limits, self.least, 0, pace.next(), False)
            stop.keep(lambda: self._opened(self.state.tour))

    def run(self, kicks: int | None, stop: Stop) -> None:
        """Kick and repair until the kicks or the time are spent."""
        from stateviz.ordering.local_search.kernels.search import iterate

        began, spent, pace = stop.elapsed(), 0, _Pace(16)
        if kicks is not None:
            self.state.level[1] = self._temperature(kicks)
        decay = 1.0 if kicks is None else _LAST_TEMPERATURE ** (1 / max(1, kicks))
        while not stop() and (kicks is None or spent < kicks):
            count = pace.next() if kicks is None else min(pace.next(), kicks - spent)
            if kicks is None and stop.seconds is not None and spent:
                share = min(1.0, (stop.elapsed() - began) / max(1e-9, stop.seconds - began))
                self.state.level[1] = self._temperature(spent / max(share, 1e-9)) * _LAST_TEMPERATURE**share
            breadth = self._breadth()
            iterate(self.costs, self.lists, self.state, count, self.window, breadth, self.least, decay)
            spent += count
            self._tell(stop, spent, kicks)

    def evolve(self, kicks: int | None, rng: np.random.Generator, stop: Stop) -> None:
        """Edge assembly crossover of many tours until the kicks or the time are spent."""
        nodes = self.problem.size + 1
        context = SearchContext(nodes, self.costs, self.lists, self.least, self._searched)

        def tell(best: Nodes, share: float) -> None:
            stop.keep(lambda: self._opened(best))
            if stop.due():
                stop.tell(length=self.problem.length(self._opened(best)), done=_done(share, stop))

        evolution = EdgeAssembly(context, rng, stop, tell)
        try:
            evolution.run(kicks)
        finally:  # also on Ctrl-C
            self.state.tour[:] = self.state.best[:] = evolution.best

    def _searched(self, tour: Nodes, kicks: int, seed: int) -> tuple[Nodes, float]:
        """A tour that no move betters, kicked some times, and its length."""
        from stateviz.ordering.local_search.kernels.search import LONGEST, iterate, repair

        state, breadth = self._tour_state(tour, seed), self._breadth()
        limits = np.array([LONGEST, self.effort.stretch])
        repair(self.costs, self.lists, state, breadth, limits, self.least, 0, state.waiting[1] << 32, False)
        iterate(self.costs, self.lists, state, kicks, self.window, breadth, self.least, 1.0)
        return state.tour, float(state.steps.sum())

    def _tell(self, stop: Stop, spent: int, kicks: int | None) -> None:
        stop.keep(lambda: self._opened(self.state.best))
        if stop.due(0.0 if self.problem.square else _TOLD_OF_MANY):
            length = min(map(self.problem.length, self.orders()))
            stop.tell(length=length, done=_done(spent / kicks if kicks else 0.0, stop))

    def _temperature(self, kicks: float) -> float:
        """The first temperature where so many kicks follow."""
        each = kicks / self.problem.size
        return _TEMPERATURE * self.spread * min(1.0, each / _SLOW) if each >= _FAST else 0.0

    def orders(self) -> list[Rows]:
        """The first order, and those that the tour and the best tour make."""
        return [self.order, self._opened(self.state.tour), self._opened(self.state.best)]

    def _opened(self, tour: Nodes) -> Rows:
        at = int(np.flatnonzero(tour == tour.size - 1)[0])
        return self.problem.with_fixed_ends(self.order[np.concatenate((tour[at + 1 :], tour[:at]))])


def _done(share: float, stop: Stop) -> float:
    """The share done, of the kicks or of the time."""
    return min(1.0, max(share, stop.elapsed() / stop.seconds if stop.seconds else 0.0))


class _Pace:
    """How much to do at a time, so that it takes about a twentieth of a second."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.since: float | None = None

    def next(self) -> int:
        """The number for the next time, from how long the last one took."""
        now = time.perf_counter()
        if self.since is not None:
            factor = _SECONDS / max(now - self.since, 1e-9)
            self.count = max(1, int(self.count * min(2.0, max(0.1, factor))))
        self.since = now
        return self.count
