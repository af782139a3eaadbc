"""The optimal leaf order against every way to draw a tree, and its min-plus product against a loop."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster import hierarchy

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.ordering import Problem, Stop, order, problem_from_states
from stateviz.ordering.leaf_order import min_plus, optimal_leaf_order
from stateviz.ordering.methods.hierarchical import LINKAGES


def square(seed: int, size: int, *, whole: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.integers(0, 6, (size, size)) if whole else rng.random((size, size)), 1)
    return upper + upper.T


def length(distances: np.ndarray, rows: np.ndarray) -> float:
    return float(distances[rows[:-1], rows[1:]].sum())


def drawings(tree: np.ndarray, size: int):
    """Every order of the leaves that crosses no branches."""
    for flips in product((False, True), repeat=size - 1):
        leaves = [[row] for row in range(size)]
        for flip, (a, b) in zip(flips, np.asarray(tree)[:, :2].astype(int), strict=True):
            leaves.append(leaves[b] + leaves[a] if flip else leaves[a] + leaves[b])
        yield np.array(leaves[-1])


@given(st.integers(0, 10_000), st.integers(2, 9), st.sampled_from(list(LINKAGES)), st.booleans())
def test_no_drawing_of_the_tree_is_shorter(seed, size, linkage, whole):
    distances = square(seed, size, whole=whole)
    tree = hierarchy.linkage(distances[np.triu_indices(size, 1)].astype(float), linkage)
    rows = optimal_leaf_order(tree, distances)
    every = list(drawings(tree, size))
    assert any(np.array_equal(rows, drawing) for drawing in every)
    assert length(distances, rows) == pytest.approx(min(length(distances, drawing) for drawing in every))


def test_it_is_shorter_than_scipys_where_that_errs():
    distances = square(1, 60)
    upper = distances[np.triu_indices(60, 1)]
    tree = hierarchy.linkage(upper, "average")
    theirs = hierarchy.leaves_list(hierarchy.optimal_leaf_ordering(tree, upper))
    assert length(distances, optimal_leaf_order(tree, distances)) < length(distances, theirs) - 0.1


def test_a_tree_deeper_than_the_stack_is_laid_out():
    size = 1500
    tree = [(0, 1), *((size + k, k + 2) for k in range(size - 2))]
    at = np.arange(size, dtype=float)
    rows = optimal_leaf_order(tree, np.abs(at[:, None] - at))
    assert rows.tolist() in (list(range(size)), list(range(size))[::-1])


def test_one_row_needs_no_merge():
    assert optimal_leaf_order(np.zeros((0, 4)), np.zeros((1, 1))).tolist() == [0]


@pytest.mark.parametrize("tree", [[[0, 1]], [[0, 1], [0, 3]], [[0, 4], [1, 2]], [[0, 1], [2, 2]], [0, 1]])
def test_what_is_no_tree_is_refused(tree):
    with pytest.raises(InputError, match="3 rows"):
        optimal_leaf_order(tree, square(0, 3))


def test_out_of_time_the_tree_comes_as_it_is():
    distances = square(0, 6)
    tree = hierarchy.linkage(distances[np.triu_indices(6, 1)])
    stop = Stop()
    stop.interrupted = True
    assert optimal_leaf_order(tree, distances, stop=stop).tolist() == hierarchy.leaves_list(tree).tolist()


@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 3, 5), (5, 40, 7), (3, 60, 60), (60, 2, 3), (4, 50, 1)])
def test_min_plus_is_the_plain_formula(shape):
    rows, inner, columns = shape
    rng = np.random.default_rng(0)
    a, b = rng.random((rows, inner)), rng.random((inner, columns))
    assert np.array_equal(min_plus(a, b), (a[:, :, None] + b).min(axis=1))


def test_hierarchical_names_its_linkages():
    states = np.random.default_rng(0).normal(size=(20, 9))
    lengths = {linkage: order(states, method="hierarchical", linkage=linkage).length for linkage in LINKAGES}
    assert len(set(lengths.values())) > 1
    with pytest.raises(UnknownNameError, match="did you mean 'ward'"):
        order(states, method="hierarchical", linkage="wart")


@pytest.mark.parametrize("scale", [1e-160, 1e-9, 1e30])
def test_ward_takes_distances_of_any_scale(scale):
    problem = problem_from_states(StateMatrix(np.random.default_rng(0).normal(size=(9, 5))), "euclidean")
    scaled = Problem(problem.distances * scale)
    ours, plain = (
        order(p.distances, metric="precomputed", method="hierarchical", linkage="ward", bound=False).rows.tolist()
        for p in (scaled, problem)
    )
    assert ours in (plain, plain[::-1])
