"""Many short circles crossed until they agree: edge assembly, which finds what a search from one circle does not."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.problem.stop import Stop

MOST, FEWEST = 400, 30
"""Circles in a population: more than the first add little, fewer than the second are soon all alike."""

KICKS = 0.4
"""What a circle costs, in kicks a node: to be made and kicked, and as much again to be crossed."""

_KICKED = 0.1  # kicks a node of it
_SHARE = 0.35  # of the time there is, for making circles; crossing them takes the rest
_DONE = 1 / 20  # share of circles bettered in a generation, below which a population has matured
_BLOCKS = 8  # a generation is bred in so many parts
_ELDERS = 30  # circles kept of a matured population, to be crossed with those of the next

Array = NDArray[Any]
Herd = tuple[Array, Array]  # circles, shape (count, nodes), and their lengths


@dataclass(frozen=True)
class Ground:
    """What circles are made on.

    Parameters
    ----------
    nodes
        Numbered along a short circle.
    costs, lists, least
        As `lk_search.repair` takes them.
    climb
        ``climb(circle, kicks, seed)``: a circle that no move betters, kicked some times, and its length.
    """

    nodes: int
    costs: Any
    lists: Any
    least: Array
    climb: Callable[[Array, int, int], tuple[Array, float]]


class Breeding:
    """Populations bred one after another until the kicks or the time are spent (Nagata & Kobayashi 2013).

    A circle is replaced only by its own child, and of its children the one is taken that gains most for the diversity
    lost: circles become alike slowly, and the good edges of all have the time to come together.

    Parameters
    ----------
    tell
        Called with the best circle and the share done, a few times a second.

    Attributes
    ----------
    best : array of int32, shape (nodes,)
        The shortest circle so far.
    """

    def __init__(
        self, ground: Ground, rng: np.random.Generator, stop: Stop, tell: Callable[[Array, float], None]
    ) -> None:
        self.ground, self.rng, self.stop, self.tell = ground, rng, stop, tell
        self.processors = os.cpu_count() or 1
        self.best, self.length = np.arange(ground.nodes, dtype=np.int32), np.inf
        self.done = 0.0

    def run(self, kicks: int | None) -> None:
        """Breed as many populations as so many kicks allow, or the time."""
        most = np.inf if kicks is None else kicks / self.ground.nodes / KICKS
        left, elders = most, (np.empty((0, self.ground.nodes), np.int32), np.empty(0))
        pool = ThreadPoolExecutor(self.processors)
        try:
            while left >= FEWEST and not self.stop():
                herd = self._made(pool, int(min(left, MOST)))
                left -= len(herd[0])
                self.done = 0.0 if kicks is None else 1 - left / most
                herd = self._matured(pool, *herd)
                if len(elders[0]):
                    both = np.concatenate((elders[0], herd[0])), np.concatenate((elders[1], herd[1]))
                    herd = self._matured(pool, *_distinct(*both))
                elders = herd
        finally:  # also on an interrupt from the keyboard
            pool.shutdown(cancel_futures=True)

    def _made(self, pool: ThreadPoolExecutor, count: int) -> Herd:
        """Short circles of their own, at most ``count``, or as many as there is time to cross."""
        nodes = self.ground.nodes
        kicks = int(_KICKED * nodes)
        begun, seconds = time.perf_counter(), _SHARE * self.stop.remaining()
        tasks = ((self._random(), kicks, int(self.rng.integers(1, 2**63))) for _ in range(count))
        circles, lengths = [], []
        for circle, length in _in_turn(pool, self.processors, lambda task: self.ground.climb(*task), tasks):
            circles.append(circle)
            lengths.append(length)
            self._keep(circle, length)
            if self.stop() or time.perf_counter() - begun > seconds:
                break
        return np.array(circles), np.array(lengths)

    def _random(self) -> Array:
        """A circle in any order, the rows that are fixed as ends beside the dummy, its last node."""
        fixed_end = np.flatnonzero(self.ground.lists[2]).astype(np.int32)
        free = np.setdiff1d(np.arange(self.ground.nodes - 1, dtype=np.int32), fixed_end)
        dummy = np.array([self.ground.nodes - 1], np.int32)
        return np.concatenate((fixed_end[:1], self.rng.permutation(free), fixed_end[1:], dummy))

    def _matured(self, pool: ThreadPoolExecutor, circles: Array, lengths: Array) -> Herd:
        """The best of what generations make of some circles, until few of them are bettered."""
        from stateviz.ordering.local_search.eax.children import count_edges

        count, nodes = circles.shape
        often = np.empty((nodes, nodes), np.int16)
        shares = np.arange(count + 2) / count
        entropy = -shares * np.log(np.maximum(shares, 1 / count))
        bettered = count
        while bettered > max(_DONE * count, 1) and not self.stop():
            count_edges(circles, often)
            circles, lengths, gains = self._bred(pool, circles, lengths, (often, entropy))
            bettered = int((gains > 0).sum())
            shortest = int(lengths.argmin())
            self._keep(circles[shortest], float(lengths[shortest]))
        best = np.argsort(lengths, kind="stable")[:_ELDERS]
        return circles[best], lengths[best]

    def _bred(
        self, pool: ThreadPoolExecutor, circles: Array, lengths: Array, edges: tuple[Array, Array]
    ) -> tuple[Array, Array, Array]:
        """The circles, each replaced by the best child it has with another, their lengths, and what each gained.

        Where time is up before all have one, the others stay as they are.
        """
        from stateviz.ordering.local_search.eax.children import breed

        ground, count = self.ground, len(circles)
        order = self.rng.permutation(count)
        mates = np.stack((order, np.roll(order, -1)), axis=1)
        states = self.rng.integers(1, 2**63, (count, 2)).astype(np.uint64)
        children, gains = circles[order], np.zeros(count)

        def work(i: int, j: int) -> None:
            if not self.stop():
                of, to = (mates[i:j], states[i:j]), (children[i:j], gains[i:j])
                breed(ground.costs, ground.lists, ground.least, circles, *of, edges, *to)

        bounds = np.linspace(0, count, min(count, _BLOCKS) + 1).astype(int).tolist()
        for _ in _in_turn(pool, self.processors, lambda ends: work(*ends), pairwise(bounds)):
            pass
        return children, lengths[order] - gains, gains

    def _keep(self, circle: Array, length: float) -> None:
        if length < self.length:
            self.best, self.length = circle.copy(), length
        self.tell(self.best, self.done)


def _in_turn(pool: ThreadPoolExecutor, ahead: int, work: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
    """What ``work`` makes of each task, in their order; only so many are begun ahead."""
    begun: deque[Future[Any]] = deque()
    for task in tasks:
        begun.append(pool.submit(work, task))
        if len(begun) > ahead:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()


def _distinct(circles: Array, lengths: Array) -> Herd:
    """Each circle once, wherever it begins and whichever way it goes."""
    nodes = circles.shape[1]
    begins = circles.argmin(axis=1)[:, None]
    same = np.take_along_axis(circles, (begins + np.arange(nodes)) % nodes, axis=1)
    back = same[:, 1] > same[:, -1]
    same[back, 1:] = same[back, :0:-1]
    once = np.unique(same, axis=0, return_index=True)[1]
    return circles[once], lengths[once]
