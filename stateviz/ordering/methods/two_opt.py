"""2-opt: turn stretches of the order around for as long as that makes it shorter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.problem import Problem, Rows, Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Refine ``start`` until no stretch, whether inside or at an end, gains by being turned around (Croes 1958).

    Rows are visited in turn; each time the best of all stretches that begin after the row is turned. A move changes
    at most two steps, and only those are looked at. Interrupted, or out of time, it returns what it has.
    """
    assert start is not None  # improvers are given one
    path = np.array(start)
    # Whole numbers are exact; real ones must gain more than rounding can feign, or it might never end.
    least = 0.0 if problem.integer else 1e-12 * float(problem.distances.max(initial=0))
    try:
        improved = problem.size > 2
        while improved and not stop():
            improved = False
            for place in range(-1, problem.size - 1):
                improved |= _best_turn(problem.distances, path, place, least)
                if stop():
                    break
    except KeyboardInterrupt:
        stop.interrupted = True
    return path if problem.length(path) < problem.length(start) else np.array(start)


def deltas(distances: NDArray[Any], path: Rows, place: int) -> NDArray[Any]:
    """Change in length when the stretch from ``place + 1`` to each later place is turned around.

    Parameters
    ----------
    place
        -1 to n - 2; at -1 the stretches begin at the first row.

    Returns
    -------
    array, shape (n - 1 - place,)
        Entry k is for the stretch that ends at ``place + 1 + k``.

    Examples
    --------
    >>> distances = np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    >>> deltas(distances, np.array([0, 2, 1, 3]), 0).tolist()
    [0, -2, 1]
    """
    begin = place + 1
    stretch = path[begin:]
    # To the row after the stretch: begun by its first row once turned, by its last before. The last has none after it.
    beyond = np.zeros(len(stretch), distances.dtype)
    beyond[:-1] = distances[stretch[0]].take(stretch[1:]) - distances[stretch[:-1], stretch[1:]]
    if place < 0:
        return beyond
    return beyond + distances[path[place]].take(stretch) - distances[path[place], stretch[0]]


def _best_turn(distances: NDArray[Any], path: Rows, place: int, least: float) -> bool:
    change = deltas(distances, path, place)
    best = int(change.argmin())
    if not change[best] < -least:
        return False
    begin = place + 1
    path[begin : begin + best + 1] = path[begin : begin + best + 1][::-1].copy()
    return True
