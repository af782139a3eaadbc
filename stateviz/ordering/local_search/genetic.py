"""Edge assembly crossover of many short tours, until they agree: it finds what a search from one tour does not."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from stateviz.ordering.problem.arrays import CandidateLists, Counts, Floats, Nodes
from stateviz.ordering.problem.stop import Stop

if TYPE_CHECKING:
    from stateviz.ordering.problem.kernels.costs import Costs

MOST, FEWEST = 400, 30
"""Tours in a population: more than the first add little, fewer than the second are soon all alike."""

KICKS = 0.4
"""What a tour costs, in kicks a node: to be made and kicked, and as much again for its crossovers."""

_KICKED = 0.1  # kicks a node of it
_SHARE = 0.35  # of the time there is, for making tours; crossovers take the rest
_DONE = 1 / 20  # share of tours improved in a generation, below which a population has converged
_BLOCKS = 8  # a generation is evolved in so many parts
_ARCHIVED = 30  # tours kept of a converged population, for crossovers with those of the next

Task = TypeVar("Task")
Made = TypeVar("Made")
Population: TypeAlias = tuple[Nodes, Floats]  # tours, shape (count, nodes), and their lengths


@dataclass(frozen=True)
class SearchContext:
    """What tours are made on.

    Parameters
    ----------
    nodes
        Numbered along a short tour.
    costs, lists, least
        As `lk_search.repair` takes them.
    search_tour
        ``search_tour(tour, kicks, seed)``: a tour that no move betters, kicked some times, and its length.
    """

    nodes: int
    costs: Costs
    lists: CandidateLists
    least: Floats
    search_tour: Callable[[Nodes, int, int], tuple[Nodes, float]]


class EdgeAssembly:
    """Populations evolved one after another until the kicks or the time are spent (Nagata & Kobayashi 2013).

    A tour is replaced only by its own child, and of its children the one is taken that gains most for the diversity
    lost: tours become alike slowly, and the good edges of all have the time to come together.

    Parameters
    ----------
    tell
        Called with the best tour and the share done, a few times a second.

    Attributes
    ----------
    best : array of int32, shape (nodes,)
        The shortest tour so far.
    """

    def __init__(
        self, context: SearchContext, rng: np.random.Generator, stop: Stop, tell: Callable[[Nodes, float], None]
    ) -> None:
        self.context, self.rng, self.stop, self.tell = context, rng, stop, tell
        self.processors = os.cpu_count() or 1
        self.best, self.length = np.arange(context.nodes, dtype=np.int32), np.inf
        self.done = 0.0

    def run(self, kicks: int | None) -> None:
        """Evolve as many populations as so many kicks allow, or the time."""
        most = np.inf if kicks is None else kicks / self.context.nodes / KICKS
        left, archive = most, (np.empty((0, self.context.nodes), np.int32), np.empty(0))
        pool = ThreadPoolExecutor(self.processors)
        try:
            while left >= FEWEST and not self.stop():
                population = self._initial(pool, int(min(left, MOST)))
                left -= len(population[0])
                self.done = 0.0 if kicks is None else 1 - left / most
                population = self._evolved(pool, *population)
                if len(archive[0]):
                    both = np.concatenate((archive[0], population[0])), np.concatenate((archive[1], population[1]))
                    population = self._evolved(pool, *_distinct(*both))
                archive = population
        finally:  # also on Ctrl-C
            pool.shutdown(cancel_futures=True)

    def _initial(self, pool: ThreadPoolExecutor, count: int) -> Population:
        """Short tours of their own, at most ``count``, or as many as there is time for crossovers of."""
        nodes = self.context.nodes
        kicks = int(_KICKED * nodes)
        begun, seconds = time.perf_counter(), _SHARE * self.stop.remaining()
        tasks = ((self._random(), kicks, int(self.rng.integers(1, 2**63))) for _ in range(count))
        tours, lengths = [], []
        for tour, length in _in_turn(pool, self.processors, lambda task: self.context.search_tour(*task), tasks):
            tours.append(tour)
            lengths.append(length)
            self._keep(tour, length)
            if self.stop() or time.perf_counter() - begun > seconds:
                break
        return np.array(tours), np.array(lengths)

    def _random(self) -> Nodes:
        """A tour in any order, the rows that are fixed as ends beside the dummy, its last node."""
        fixed_end = np.flatnonzero(self.context.lists[2]).astype(np.int32)
        free = np.setdiff1d(np.arange(self.context.nodes - 1, dtype=np.int32), fixed_end)
        dummy = np.array([self.context.nodes - 1], np.int32)
        return np.concatenate((fixed_end[:1], self.rng.permutation(free), fixed_end[1:], dummy))

    def _evolved(self, pool: ThreadPoolExecutor, tours: Nodes, lengths: Floats) -> Population:
        """The best of what generations make of some tours, until few of them are bettered."""
        from stateviz.ordering.local_search.eax.children import count_edges

        count, nodes = tours.shape
        often = np.empty((nodes, nodes), np.int16)
        shares = np.arange(count + 2) / count
        entropy = -shares * np.log(np.maximum(shares, 1 / count))
        bettered = count
        while bettered > max(_DONE * count, 1) and not self.stop():
            count_edges(tours, often)
            tours, lengths, gains = self._next_generation(pool, tours, lengths, (often, entropy))
            bettered = int((gains > 0).sum())
            shortest = int(lengths.argmin())
            self._keep(tours[shortest], float(lengths[shortest]))
        best = np.argsort(lengths, kind="stable")[:_ARCHIVED]
        return tours[best], lengths[best]

    def _next_generation(
        self, pool: ThreadPoolExecutor, tours: Nodes, lengths: Floats, edges: tuple[Counts, Floats]
    ) -> tuple[Nodes, Floats, Floats]:
        """The tours, each replaced by the best child it has with another, their lengths, and what each gained.

        Where time is up before all have one, the others stay as they are.
        """
        from stateviz.ordering.local_search.eax.children import best_children

        context, count = self.context, len(tours)
        order = self.rng.permutation(count)
        parents = np.stack((order, np.roll(order, -1)), axis=1)
        states = self.rng.integers(1, 2**63, (count, 2)).astype(np.uint64)
        children, gains = tours[order], np.zeros(count)

        def work(i: int, j: int) -> None:
            if not self.stop():
                of, to = (parents[i:j], states[i:j]), (children[i:j], gains[i:j])
                best_children(context.costs, context.lists, context.least, tours, *of, edges, *to)

        bounds = np.linspace(0, count, min(count, _BLOCKS) + 1).astype(int).tolist()
        for _ in _in_turn(pool, self.processors, lambda ends: work(*ends), pairwise(bounds)):
            pass
        return children, lengths[order] - gains, gains

    def _keep(self, tour: Nodes, length: float) -> None:
        if length < self.length:
            self.best, self.length = tour.copy(), length
        self.tell(self.best, self.done)


def _in_turn(
    pool: ThreadPoolExecutor, ahead: int, work: Callable[[Task], Made], tasks: Iterable[Task]
) -> Iterator[Made]:
    """What ``work`` makes of each task, in their order; only so many are begun ahead."""
    begun: deque[Future[Made]] = deque()
    for task in tasks:
        begun.append(pool.submit(work, task))
        if len(begun) > ahead:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()


def _distinct(tours: Nodes, lengths: Floats) -> Population:
    """Each tour once, wherever it begins and whichever way it goes."""
    nodes = tours.shape[1]
    begins = tours.argmin(axis=1)[:, None]
    same = np.take_along_axis(tours, (begins + np.arange(nodes)) % nodes, axis=1)
    back = same[:, 1] > same[:, -1]
    same[back, 1:] = same[back, :0:-1]
    once = np.unique(same, axis=0, return_index=True)[1]
    return tours[once], lengths[once]
