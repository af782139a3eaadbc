"""Rows along the first axis of classical scaling."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.embedding import axes_of, by_key, scaled_products
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Ascending coordinate on the first axis of classical multidimensional scaling (Torgerson 1952).

    Distances are squared, centred by rows and columns, and the eigenvector of the largest eigenvalue is read. It
    points the way in which the means rise; ties by row index. Out of time, rows come by their means.
    """
    try:
        return by_key(axes_of(scaled_products(problem.distances), 1, problem.means, stop)[:, 0])
    except TimeoutError:
        return by_key(problem.means)
