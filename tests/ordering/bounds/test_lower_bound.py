"""Bounds: never above the best order there is, and not far below."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.states import StateMatrix
from stateviz.ordering import Problem, Stop, order, problem_from_states
from stateviz.ordering.bounds.lower_bound import lower_bound, one_tree_bound
from stateviz.ordering.exact.primal_heuristics import quick_order
from stateviz.ordering.problem.row_problem import RowProblem
from stateviz.similarity.metrics import METRICS


def problem_of(seed: int, size: int, whole: bool) -> Problem:
    rng = np.random.default_rng(seed)
    distances = rng.integers(0, 9, (size, size)) if whole else rng.random((size, size))
    upper = np.triu(distances, 1)
    return Problem(upper + upper.T)


@given(st.integers(0, 10_000), st.integers(1, 7), st.booleans())
def test_no_order_is_shorter_than_a_bound(seed, size, whole):
    problem = problem_of(seed, size, whole)
    least = min(problem.length(rows) for rows in permutations(range(size)))
    rows = np.random.default_rng(seed).permutation(size)
    for bound in (lower_bound(problem, rows), one_tree_bound(problem, rows)):
        assert bound <= least * (1 + 1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_both_bounds_come_near(seed):
    at = np.random.default_rng(seed).random((80, 2))
    problem = Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1)))
    rows = quick_order(problem, rng=np.random.default_rng(0), stop=Stop())
    best = order(problem.distances, metric="precomputed", method="exact")
    assert best.proven
    assert 0.985 * best.length < lower_bound(problem, rows) <= best.length
    assert 0.96 * best.length < one_tree_bound(problem, rows) <= best.length


def test_many_rows_get_a_bound_from_trees():
    values = np.random.default_rng(0).choice((-1, 1), (700, 40))
    found = order(values, method="greedy-insert,two-opt")
    assert 0 <= found.gap < 0.2


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("metric", ["hamming", "dot", "correlation", "cosine", "euclidean"])
@pytest.mark.parametrize("fixed", [(None, None), (3, 50)])
def test_rows_without_a_matrix_get_the_bound_from_trees_that_it_gives(metric, flip, fixed):
    rng = np.random.default_rng(5)
    binary = metric in ("hamming", "dot")
    values = rng.choice((-1, 1), (150, 60)) if binary else rng.normal(size=(150, 3)) @ rng.normal(size=(3, 30))
    states = StateMatrix(values)
    dense = replace(problem_from_states(states, metric, flip=flip), first=fixed[0], last=fixed[1])
    many = replace(RowProblem.of(states, METRICS[metric], flip=flip), first=fixed[0], last=fixed[1], mergeable=False)
    rows = dense.with_fixed_ends(quick_order(dense, rng=np.random.default_rng(0), stop=Stop()))
    found, expected = lower_bound(many, rows), one_tree_bound(dense, rows)
    assert found == pytest.approx(expected, rel=0.02)
    assert found <= dense.length(rows)


def test_too_many_rows_without_a_matrix_get_no_bound(monkeypatch):
    monkeypatch.setattr("stateviz.ordering.bounds.lower_bound.TREE_PRODUCTS", 10_000)
    states = StateMatrix(np.random.default_rng(0).normal(size=(40, 9)))
    problem = RowProblem.of(states, METRICS["correlation"])
    assert lower_bound(problem, np.arange(40)) is None
    monkeypatch.undo()
    assert lower_bound(problem, np.arange(40), stop=Stop(1e-9)) is None
    assert lower_bound(problem, np.arange(40)) > 0


def test_a_bound_is_the_same_again():
    problem = problem_of(3, 60, False)
    rows = np.random.default_rng(0).permutation(60)
    assert lower_bound(problem, rows) == lower_bound(problem, rows)
    assert one_tree_bound(problem, rows) == one_tree_bound(problem, rows)


def test_a_bound_out_of_time_is_still_one():
    problem = problem_of(1, 50, False)
    rows = np.arange(50)
    best = order(problem.distances, metric="precomputed", method="exact")
    assert lower_bound(problem, rows, stop=Stop(1e-9)) <= lower_bound(problem, rows) <= best.length


def test_duplicates_are_collapsed_in_the_bound():
    values = np.repeat(np.random.default_rng(0).choice((-1, 1), (6, 12)), 3, axis=0)
    problem = problem_from_states(StateMatrix(values))
    least = order(values[::3]).length
    assert lower_bound(problem, np.arange(18)) == least


def test_a_bound_can_be_left_out():
    found = order(np.random.default_rng(0).normal(size=(8, 9)), method="mean", bound=False)
    assert (found.bound, found.gap, found.proven) == (None, None, False)


@pytest.mark.parametrize(
    ("distances", "bound", "expected"),
    [
        ([[0, 2, 4], [2, 0, 6], [4, 6, 0]], 5, 6),  # all lengths are even
        ([[0, 3, 5], [3, 0, 3], [5, 3, 0]], 5.5, 6),  # 3 or 5, twice: 6, 8 or 10
        ([[0, 3, 5], [3, 0, 3], [5, 3, 0]], 6.5, 8),
        ([[0, 7, 7], [7, 0, 7], [7, 7, 0]], 0, 14),  # all alike
        ([[0, 0.5, 1], [0.5, 0, 2], [1, 2, 0]], 1.2, 1.2),  # real: nothing to round to
    ],
)
def test_a_bound_rounds_up_to_a_length_that_is_possible(distances, bound, expected):
    assert Problem(np.array(distances)).round_up(bound) == expected
