"""Rows in random order: what any method has to beat."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """A permutation drawn uniformly."""
    return rng.permutation(problem.size)
