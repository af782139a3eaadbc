"""Christofides for paths: its bound where there is a metric, and its matching against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.ordering import METHODS, Problem, Stop, order
from stateviz.ordering.methods.christofides import _matching, _tree


def problem_of(seed: int, size: int, dimensions: int = 2) -> Problem:
    at = np.random.default_rng(seed).random((size, dimensions))
    return Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1)))


@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(1, 3))
def test_it_is_at_most_half_longer_than_the_shortest(seed, size, dimensions):
    problem = problem_of(seed, size, dimensions)
    solve = METHODS["christofides"].load()
    rows = solve(problem, start=None, rng=np.random.default_rng(0), stop=Stop())
    best = order(problem.distances, metric="precomputed", method="exact", bound=False).length
    assert problem.length(rows) <= 1.5 * best + 1e-9


def least_matching(far: np.ndarray, rows: tuple[int, ...], over: int) -> float:
    """Brute force: the least matching that leaves ``over`` rows over."""
    if not rows:
        return 0.0 if over == 0 else np.inf
    first, *rest = rows
    alone = least_matching(far, tuple(rest), over - 1) if over else np.inf
    return min([alone, *(far[first, r] + least_matching(far, tuple(x for x in rest if x != r), over) for r in rest)])


@pytest.mark.parametrize("seed", range(5))
def test_the_matching_is_the_least_that_leaves_two_over(seed):
    problem = problem_of(seed, 16)
    odd = np.flatnonzero(np.bincount(np.array(_tree(problem)).ravel()) % 2)
    pairs = _matching(problem, odd)
    assert len({row for pair in pairs for row in pair}) == 2 * len(pairs) == len(odd) - 2
    total = sum(problem.distances[pair] for pair in pairs)
    assert total == pytest.approx(least_matching(problem.distances, tuple(odd.tolist()), 2))


def test_the_tree_is_the_shortest():
    from scipy.sparse.csgraph import minimum_spanning_tree

    problem = problem_of(0, 30)
    total = sum(problem.distances[pair] for pair in _tree(problem))
    assert total == pytest.approx(minimum_spanning_tree(problem.distances).sum())


def test_rows_at_distance_zero_are_walked():
    rows = order(np.repeat([[1, -1, 1], [-1, -1, 1]], 4, axis=0), method="christofides", bound=False).rows
    assert sorted(rows.tolist()) == list(range(8))
