"""Least spanning trees without a square matrix: what is missing is found, what is the least is proven."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import minimum_spanning_tree

from stateviz.core.states import StateMatrix
from stateviz.ordering import Stop
from stateviz.ordering.bounds.spanning_tree import linkage_order, shorter_pairs
from stateviz.ordering.problem.neighbours import OutOfTime
from stateviz.ordering.problem.row_problem import RowProblem
from stateviz.similarity.metrics import METRICS


def problem_of(seed: int, size: int, metric: str, flip: bool) -> RowProblem:
    rng = np.random.default_rng(seed)
    values = rng.choice((-1, 1), (size, 7)) if metric in ("hamming", "dot") else rng.normal(size=(size, 4))
    return replace(RowProblem.of(StateMatrix(values), METRICS[metric], flip=flip), mergeable=False)


def square(problem: RowProblem, penalty: np.ndarray) -> np.ndarray:
    a, b = np.divmod(np.arange(problem.size**2), problem.size)
    return (problem.pairwise(a, b) + penalty[a] + penalty[b]).reshape(problem.size, problem.size)


@given(
    st.integers(0, 10_000),
    st.integers(2, 40),
    st.sampled_from(["hamming", "dot", "correlation", "cosine", "euclidean"]),
    st.booleans(),
)
def test_a_tree_is_proven_just_when_it_is_the_least(seed, size, metric, flip):
    problem = problem_of(seed, size, metric, flip)
    rng = np.random.default_rng(seed)
    penalty = rng.normal(size=size)
    weight = square(problem, penalty)
    np.fill_diagonal(weight, 0)
    lift = weight.max() - weight.min() + 1  # scipy takes no edge of weight 0
    least = minimum_spanning_tree(weight + lift * (1 - np.eye(size))).tocoo()
    assert not len(shorter_pairs(problem, penalty, least.row, least.col, Stop())[0])
    best = weight[least.row, least.col].sum()
    order = rng.permutation(size)
    u, v = order[1:], order[rng.integers(0, np.arange(1, size))]  # some tree
    for _ in range(size**2):
        a, b = shorter_pairs(problem, penalty, u, v, Stop())
        if not len(a):
            break
        u, v = np.concatenate((u, a)), np.concatenate((v, b))
        kept = np.zeros((size, size))
        kept[np.minimum(u, v), np.maximum(u, v)] = (weight + lift)[u, v]
        tree = minimum_spanning_tree(kept).tocoo()
        u, v = tree.row, tree.col
    assert weight[u, v].sum() == pytest.approx(best, rel=1e-9, abs=1e-9)


def test_gaps_along_the_order_are_the_longest_edges_on_the_way():
    rng = np.random.default_rng(1)
    u, v, lengths = np.arange(1, 30), rng.integers(0, np.arange(1, 30)), rng.random(29)
    order, gaps = linkage_order(u, v, lengths)
    assert sorted(order.tolist()) == list(range(30))
    longest = np.zeros((30, 30))
    for row in range(1, 30):  # row hangs on an earlier one
        longest[row, :row] = longest[:row, row] = np.maximum(longest[v[row - 1], :row], lengths[row - 1])
    for i in range(30):
        for j in range(i + 1, 30):
            assert gaps[i:j].max() == longest[order[i], order[j]]


def test_out_of_time_nothing_is_proven():
    with pytest.raises(OutOfTime):
        shorter_pairs(problem_of(0, 30, "correlation", False), np.zeros(30), [0] * 29, range(1, 30), Stop(1e-9))
