"""2-opt: turn stretches of the order around for as long as that makes it shorter."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.problem.arrays import Numbers
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Refine ``start`` until no stretch, whether inside or at an end, gains by being turned around (Croes 1958).

    Rows are visited in turn; each time the best of all stretches that begin after the row is turned. A move changes
    at most two steps, and only those are looked at. Fixed ends stay. Interrupted, or out of time, it returns what
    it has.
    """
    assert start is not None  # improvers are given one
    path = np.array(start)
    # Whole numbers are exact; real ones must gain more than rounding can feign, or it might never end.
    least = 0.0 if problem.integer else 1e-12 * float(problem.distances.max(initial=0))
    steps = problem.distances[path[:-1], path[1:]]
    try:
        improved = problem.size > 2
        while improved and not stop():
            improved = False
            for place in range(-1 if problem.first is None else 0, problem.size - 1):
                if _best_turn(problem, path, steps, place, least):
                    improved = True
                    stop.keep(path.copy)
                if stop():
                    break
    except KeyboardInterrupt:
        stop.interrupted = True
    return path if problem.length(path) < problem.length(start) else np.array(start)


def deltas(distances: Numbers, path: Rows, steps: Numbers, place: int) -> Numbers:
    """Change in length when the stretch from ``place + 1`` to each later place is turned around.

    Parameters
    ----------
    steps : array, shape (n - 1,)
        Distance of each row of ``path`` to the next.
    place
        -1 to n - 2; at -1 the stretches begin at the first row.

    Returns
    -------
    array, shape (n - 1 - place,)
        Entry k is for the stretch that ends at ``place + 1 + k``.

    Examples
    --------
    >>> distances = np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    >>> deltas(distances, np.array([0, 2, 1, 3]), np.array([2, 1, 2]), 0).tolist()
    [0, -2, 1]
    """
    begin = place + 1
    stretch = path[begin:]
    # The row after a stretch is met by the stretch's first row once it is turned. After the last there is none.
    change = np.zeros(len(stretch), distances.dtype)
    np.subtract(distances[stretch[0]].take(stretch[1:]), steps[begin:], out=change[:-1])
    if place >= 0:
        change += distances[path[place]].take(stretch)
        change -= steps[place]
    return change


def _best_turn(problem: Problem, path: Rows, steps: Numbers, place: int, least: float) -> bool:
    distances = problem.distances
    change = deltas(distances, path, steps, place)
    if problem.last is not None:
        change[-1] = 0
    best = int(change.argmin())
    if not change[best] < -least:
        return False
    begin, end = place + 1, place + 1 + best
    path[begin : end + 1] = path[begin : end + 1][::-1].copy()
    first, last = max(place, 0), min(end + 1, len(path) - 1)
    steps[first:last] = distances[path[first:last], path[first + 1 : last + 1]]
    return True
