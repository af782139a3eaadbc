"""Simulated annealing on continuous keys, one a row, by which the rows are sorted."""

from __future__ import annotations

import numpy as np

from stateviz.core.checks import check_whole
from stateviz.ordering.local_search.annealing import change_keys, schedule
from stateviz.ordering.problem.jit import compiled
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

_FIRST_TEMPERATURE, _LAST_TEMPERATURE, _REACH = (
    0.1,
    0.01,
    1.0,
)  # temperatures in mean distances; the best of those tried on two kinds of rows


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop, sweeps: int = 1000) -> Rows:
    """Give every row a key between 0 and 1, move one key at a time, and keep what the annealing schedule allows.

    One of the ways tried for the phone case; its details were not published, these are ours. Keys begin at random. A
    step moves one key by a triangular amount, at most across the whole range, and is reflected at its ends. It only
    ever moves single rows, so that two stretches in the wrong order stay so: expect longer orders than from
    ``simulated-annealing``.

    Parameters
    ----------
    sweeps
        How many changes to try, in multiples of the number of rows.
    """
    check_whole("sweeps", sweeps)
    keys = rng.random(problem.size)
    path = np.argsort(keys, kind="stable")
    keys = keys[path]
    mean = float(problem.distances.mean())
    if problem.size < 3 or mean == 0:
        return np.arange(problem.size)
    far = problem.distances.astype(np.float64)  # one type: one compilation
    best, length, kernel = path.copy(), problem.length(path), compiled(change_keys)
    try:
        for count, temperature in schedule(
            sweeps * problem.size, _FIRST_TEMPERATURE * mean, _LAST_TEMPERATURE * mean, stop
        ):
            kernel(far, path, keys, rng.random((count, 4)), temperature, _REACH)
            if (now := problem.length(path)) < length:
                length, best = now, path.copy()
    except KeyboardInterrupt:
        stop.interrupted = True
    return best
