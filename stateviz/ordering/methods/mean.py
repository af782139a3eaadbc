"""Rows by mean activation."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Ascending mean, ties by row index; without rows, ascending mean distance to the others."""
    return np.argsort(problem.means, kind="stable")
