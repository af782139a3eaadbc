"""Course: the orders that methods come by, kept for whoever wants to watch them at work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stateviz.core.improvements import Improvement
from stateviz.ordering.problem.arrays import Ints

MOST = 400
"""Improvements that are kept; beyond, every other one is let go, but never the first and the last."""


class Course:
    """Every order that is shorter than all before it.

    Parameters
    ----------
    elapsed
        Seconds since the methods began.

    Examples
    --------
    >>> course = Course(lambda: 0.5)
    >>> for rows in ([2, 1, 0], [1, 0, 2], [2, 0, 1], [0, 1, 2]):
    ...     course.keep(np.array(rows), float(rows[0]))
    >>> [one.length for one in course.kept(np.array([0, 1, 2]))]
    [2.0, 1.0, 0.0]
    """

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self.elapsed = elapsed
        self._found: list[Improvement] = []

    def keep(self, rows: Ints, length: float) -> None:
        """Keep an order if it is shorter than all before it."""
        if self._found and length >= self._found[-1].length:
            return
        self._found.append(Improvement(self.elapsed(), float(length), rows))
        if len(self._found) > MOST:
            self._found = [*self._found[:-1:2], self._found[-1]]

    def kept(self, last: Ints) -> tuple[Improvement, ...]:
        """What was kept, each the way round that agrees more with the one after it, the last one with ``last``."""
        turned: list[Improvement] = []
        after = np.argsort(last).astype(np.float64)
        for one in reversed(self._found):
            place = np.argsort(one.rows).astype(np.float64)
            middle = (len(place) - 1) / 2
            rows = one.rows if np.dot(place - middle, after - middle) >= 0 else one.rows[::-1]
            turned.append(Improvement(one.seconds, one.length, rows))
            after = np.argsort(rows).astype(np.float64)
        return tuple(reversed(turned))
