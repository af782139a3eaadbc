"""Rows along their first principal component."""

from __future__ import annotations

import numpy as np

from stateviz.core.errors import InputError
from stateviz.ordering.embedding import by_key, coordinates
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Ascending score on the first principal component, rows as points and steps as variables (Hotelling 1933).

    Each step is centred over the rows. The component points the way in which the means rise; ties by row index. Out
    of time, rows come by their means.

    Raises
    ------
    InputError
        Without rows: distances alone have no components. Classical scaling (``mds``) is the same for them.
    """
    if problem.states is None:
        raise InputError("pca needs the rows, and only their distances are known; mds does the same with distances")
    try:
        return by_key(coordinates(problem, 1, stop)[:, 0])
    except TimeoutError:
        return by_key(problem.means)
