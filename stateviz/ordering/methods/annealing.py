"""Simulated annealing on the order: stretches turned around and moved, first nearly freely, then only for gain."""

from __future__ import annotations

from itertools import chain

import numpy as np

from stateviz.core.checks import check_whole
from stateviz.ordering.local_search.annealing import move_stretches, nearest_rows, schedule, turn_stretches
from stateviz.ordering.problem.jit import compiled
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

_NEAREST = 10
_FIRST_TEMPERATURE, _LAST_TEMPERATURE = (
    0.4,
    0.02,
)  # times the spread of the nearest distances: the best of those tried on three kinds of rows
_QUIET = 50  # sweeps at the end that keep nothing but gains


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop, sweeps: int = 5000) -> Rows:
    """Anneal ``start`` with 2-opt and Or-opt changes between nearest neighbours (Kirkpatrick, Gelatt & Vecchi 1983).

    An improver: the shortest order seen is kept, ``start`` among them, and fixed ends stay. It begins so high that
    little of a start is left, save that it is never made worse. Interrupted, or out of time, it returns the best so
    far; given a time, it cools so as to be done by then.

    Parameters
    ----------
    sweeps
        How many changes to try, in multiples of the number of rows.
    """
    check_whole("sweeps", sweeps)
    assert start is not None  # improvers are given one
    size = problem.size
    low, high = (0 if problem.first is None else 1), size - (1 if problem.last is None else 2)
    best = np.array(start, np.int64)
    if high - low < 1 or size < 3:
        return best
    far = problem.distances.astype(np.float64)  # one type: one compilation
    near = nearest_rows(far, min(_NEAREST, size - 1))
    rows = np.arange(size)
    spread = float(np.mean(far[rows, near[:, -1]] - far[rows, near[:, 0]])) or float(far.mean()) / 10
    if spread == 0:
        return best  # all rows are alike
    path, place = best.copy(), np.argsort(best)
    turn, move = compiled(turn_stretches), compiled(move_stretches)
    length = problem.length(best)
    temperatures = chain(
        schedule(sweeps * size, _FIRST_TEMPERATURE * spread, _LAST_TEMPERATURE * spread, stop), [(_QUIET * size, 0.0)]
    )
    try:
        for count, temperature in temperatures:
            turn(far, near, path, place, rng.random((count // 2, 4)), temperature, low, high)
            move(far, near, path, place, rng.random((count - count // 2, 5)), temperature, low, high)
            if (now := problem.length(path)) < length:
                length, best = now, path.copy()
    except KeyboardInterrupt:
        stop.interrupted = True
    return best
