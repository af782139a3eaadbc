"""Anti-Robinson form: how often, and by how much, distances fall on the way from the diagonal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stateviz.ordering.problem.arrays import Floats, Numbers
from stateviz.ordering.problem.jit import COMPILED_ROWS, compiled


class Triples(NamedTuple):
    """What three rows i < k < j add up to: ``d_ik`` against ``d_ij``, and ``d_kj`` against ``d_ij``."""

    events: int
    """Violations: the nearer place has the larger distance."""
    weighted: float
    """Violations times their size times the places between k and j, or i and k."""
    agreements: int
    """Comparisons that are as they should be: the nearer place has the smaller distance."""


def triples(distances: Numbers) -> Triples:
    """Compare every three rows, both ways along the order.

    Examples
    --------
    >>> triples(np.array([[0, 1, 3], [1, 0, 4], [3, 4, 0]]))
    Triples(events=1, weighted=1.0, agreements=1)
    """
    far = np.ascontiguousarray(distances, np.float64)
    back = np.ascontiguousarray(far[::-1, ::-1])
    count = compiled(_count) if len(far) > COMPILED_ROWS else _count_small
    events, weighted, agreements = (float(a + b) for a, b in zip(count(far), count(back), strict=True))
    return Triples(round(events), weighted, round(agreements))


def deviations(distances: Numbers) -> float:
    """The sum of what all violations amount to, by sorting each row instead of looking at each three.

    Where ``x`` are the distances of a row to those after it, ``sum (x_k - x_j)+`` over k < j is half of ``sum |x_k -
    x_j|``, which does not depend on the order, plus half of ``sum (x_k - x_j)``, which is linear.
    """
    total = 0.0
    for far in (distances, distances[::-1, ::-1]):
        for i in range(len(far) - 2):
            row = far[i, i + 1 :].astype(np.float64)
            rank = 2 * np.arange(len(row)) - (len(row) - 1.0)
            row -= row.mean()  # moves no difference, and loses fewer digits
            total += float(rank @ np.sort(row) - rank @ row)
    return max(0.0, total / 2)


def gradient(distances: Numbers) -> float:
    """``sum (d_ij - d_ik) + (d_ij - d_kj)`` over all i < k < j: linear, so that no three are looked at."""
    size = len(distances)
    i, j = np.triu_indices(size, 1)
    # d_ij is the farther one of j - i - 1 threes either way, and the nearer one of those that go on beyond j or i.
    times = 2 * (j - i - 1) - (size - 1 - j) - i
    return float(times @ distances[i, j].astype(np.float64))


def _count_small(far: Floats) -> tuple[float, float, float]:
    """As ``_count``, row by row in numpy."""
    events = weighted = agreements = 0.0
    for i in range(len(far) - 2):
        row = far[i, i + 1 :]
        fall = np.triu(row[:, None] - row)
        place = np.arange(len(row))
        events += np.count_nonzero(fall > 0)
        agreements += np.count_nonzero(fall < 0)
        weighted += float(np.sum(np.maximum(fall, 0) * (place - place[:, None])))
    return events, weighted, agreements


def _count(far: Floats) -> tuple[float, float, float]:
    """Violations, their weighted size, and agreements of ``d_ik`` with ``d_ij`` over all i < k < j."""
    size = far.shape[0]
    events, agreements = 0, 0
    weighted = np.zeros(size)
    for i in range(size - 2):
        row = far[i, i + 1 :]
        for apart in range(1, row.shape[0]):
            near, farther = row[: row.shape[0] - apart], row[apart:]
            # Plain counts, and one sum for each k: none waits for another, so the compiler takes several at a time.
            falls, rises = 0, 0
            sums = weighted[: near.shape[0]]
            for k in range(near.shape[0]):
                falls += near[k] > farther[k]
                rises += near[k] < farther[k]
                sums[k] += apart * max(near[k] - farther[k], 0.0)
            events += falls
            agreements += rises
    return float(events), weighted.sum(), float(agreements)
