"""A chain that always takes the nearest row next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import UnknownNameError
from stateviz.core.table import unknown
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop, grow: str = "one") -> Rows:
    """Begin at the fixed first row or the one of lowest mean, link the nearest row that is left, ties by row index.

    Parameters
    ----------
    grow
        ``"one"``: at the end reached last. ``"both"``: at whichever end has the nearer row, the later end on a tie.
    """
    if grow not in ("one", "both"):
        raise UnknownNameError(unknown("way to grow", grow, {"one": None, "both": None}))
    first = int(np.argmin(problem.means)) if problem.first is None else problem.first
    left = np.ones(problem.size, bool)
    left[first] = False
    head, tail = [first], [first]  # head is kept backwards, and shares its first row with tail
    for _ in range(problem.size - 1):
        chain, (row, _) = tail, _nearest(problem, tail[-1], left)
        if grow == "both" and _nearest(problem, head[-1], left)[1] < problem.distances[tail[-1], row]:
            chain, (row, _) = head, _nearest(problem, head[-1], left)
        chain.append(row)
        left[row] = False
    return np.array(head[:0:-1] + tail)


def _nearest(problem: Problem, end: int, left: NDArray[np.bool_]) -> tuple[int, float]:
    rows = np.flatnonzero(left)
    distances = problem.distances[end, rows]
    best = int(np.argmin(distances))
    return int(rows[best]), distances[best]
