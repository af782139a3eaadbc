"""Metrics compute on the numbers that came: rows of 0 and 1 are not -1 and +1."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.ordering.problem import task
from stateviz.ordering.run import order
from stateviz.similarity.gaps import pairwise_complete
from stateviz.similarity.metrics import METRICS, distances, flip_products

ROWS = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1]])
MANY = np.random.default_rng(0).integers(0, 2, (9, 30))

PAIRS = {
    "hamming": lambda x, y: float((x != y).sum()),
    "correlation": lambda x, y: 1 - float(np.corrcoef(x, y)[0, 1]),
    "cosine": lambda x, y: 1 - float(x @ y) / math.sqrt(float(x @ x) * float(y @ y)),
    "euclidean": lambda x, y: math.sqrt(float(((x - y) ** 2).sum())),
}


def shortest(rows, pair):
    return min(
        sum(pair(rows[i], rows[j]) for i, j in itertools.pairwise(path))
        for path in itertools.permutations(range(len(rows)))
    )


def test_the_cosine_path_of_zeros_and_ones():
    found = order(ROWS, metric="cosine", method="exact")
    assert found.length == pytest.approx(shortest(ROWS, PAIRS["cosine"]), abs=1e-12)
    assert found.length == pytest.approx(3 - math.sqrt(2), abs=1e-12)  # 1.5858, not 2
    assert found.proven


@pytest.mark.parametrize("metric", PAIRS)
@pytest.mark.parametrize("form", [lambda v: v, Statistics.of], ids=["states", "statistics"])
def test_distances_are_those_of_zeros_and_ones(metric, form):
    found = distances(form(StateMatrix(MANY)), metric)
    for i, j in itertools.combinations(range(len(MANY)), 2):
        assert found[i, j] == pytest.approx(PAIRS[metric](MANY[i], MANY[j]), abs=1e-9)


def test_dot_products_are_those_of_zeros_and_ones():
    products = MANY @ MANY.T
    expected = np.diag(products).max() - products
    np.fill_diagonal(expected, 0)
    assert np.array_equal(distances(StateMatrix(MANY), "dot"), expected)
    assert np.array_equal(distances(Statistics.of(StateMatrix(MANY)), "dot"), expected)


@pytest.mark.parametrize("metric", ["hamming", "correlation", "euclidean"])
@pytest.mark.parametrize("form", ["states", "statistics", "many", "pairwise"])
def test_a_flip_exchanges_zero_and_one(metric, form, monkeypatch):
    states, pair = StateMatrix(MANY), PAIRS[metric]
    if form == "pairwise":
        found = pairwise_complete(MANY.astype(float), metric, flip=True)[1]
    elif form == "many":
        monkeypatch.setattr(task, "DENSE_ROWS", 4)
        problem = task.problem_from_states(states, metric, flip=True)
        assert not problem.square
        found = np.array([problem.pairwise(np.full(9, i), np.arange(9)) for i in range(9)])
    else:
        found = distances(states if form == "states" else Statistics.of(states), metric, flip=True)
    for i, j in itertools.combinations(range(len(MANY)), 2):
        expected = min(pair(MANY[i], MANY[j]), pair(MANY[i], 1 - MANY[j]))
        assert found[i, j] == pytest.approx(expected, abs=1e-9)
        assert pair(1 - MANY[i], 1 - MANY[j]) == pytest.approx(pair(MANY[i], MANY[j]), abs=1e-12)


@pytest.mark.parametrize("metric", ["hamming", "correlation", "euclidean"])
def test_an_order_with_flips_is_as_long_as_its_rows_say(metric):
    states = StateMatrix(MANY)
    found = order(states, metric=metric, flip=True, method="lin-kernighan", bound=False)
    moved = states.reorder(found.rows, found.signs).values
    assert found.length == pytest.approx(sum(PAIRS[metric](x, y) for x, y in itertools.pairwise(moved)), abs=1e-9)
    assert np.all(flip_products(states.reorder(found.rows, found.signs), metric, np.arange(9)) >= 0)


@pytest.mark.parametrize("metric", ["cosine", "dot"])
def test_flips_that_would_move_other_distances_are_refused(metric):
    with pytest.raises(InputError, match=f"metric '{metric}' has no flips of rows of 0 and 1"):
        order(MANY, metric=metric, flip=True)
    assert order(2 * MANY - 1, metric=metric, flip=True, bound=False).flip
    if METRICS[metric].gaps is not None:
        with pytest.raises(InputError, match="has no flips of rows of 0 and 1"):
            pairwise_complete(MANY.astype(float), metric, flip=True)


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean", "hamming", "correlation"])
def test_many_rows_are_as_far_apart_as_few(metric, monkeypatch):
    states = StateMatrix(np.random.default_rng(1).integers(0, 2, (60, 40)))
    square = distances(states, metric)
    monkeypatch.setattr(task, "DENSE_ROWS", 4)
    problem = task.problem_from_states(states, metric)
    i, j = np.triu_indices(60, 1)
    assert problem.pairwise(i, j) == pytest.approx(square[i, j], abs=1e-9)
    found = order(states, metric=metric, method="lin-kernighan", bound=False)
    assert found.length == pytest.approx(float(square[found.rows[:-1], found.rows[1:]].sum()), abs=1e-6)


@pytest.mark.parametrize("method", ["greedy-insert", "mean", "frequency", "pca", "identity"])
def test_methods_of_signed_states_read_off_as_minus_one(method):
    one, other = (order(rows, metric="hamming", method=method, bound=False) for rows in (MANY, 2 * MANY - 1))
    assert one.rows.tolist() == other.rows.tolist()
    assert one.length == other.length


def test_distances_of_zeros_and_ones_stay_distances():
    square = [[0, 1, 1], [1, 0, 0], [1, 0, 0]]
    assert order(StateMatrix(square), metric="precomputed").length == 1
    with pytest.raises(InputError, match="is negative; give distances"):
        distances(StateMatrix([[1, -1], [-1, 1]]), "precomputed")
