"""Fixed ends: every method keeps them, and exact is the best order that has them."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import permutations

import numpy as np
import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.ordering import METHODS, Problem, order, problem_from_states

HERE = [
    pytest.param(
        name, marks=pytest.mark.skipif(METHODS[name].extra is not None and not find_spec("python_tsp"), reason="extra")
    )
    for name in METHODS
]


def best(distances: np.ndarray, first: int | None, last: int | None) -> float:
    problem = Problem(distances)
    paths = permutations(range(len(distances)))
    kept = (p for p in paths if (first is None or p[0] == first) and (last is None or p[-1] == last))
    return min(problem.length(p) for p in kept)


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize("ends", [(2, None), (None, 4), (4, 1)])
def test_every_method_keeps_fixed_ends(name, ends):
    rows = np.random.default_rng(3).normal(size=(7, 9))
    found = order(rows, method=name, first=ends[0], last=ends[1])
    assert ends[0] in (None, found.rows[0])
    assert ends[1] in (None, found.rows[-1])
    assert found.bound <= found.length


@pytest.mark.parametrize("ends", [(2, None), (None, 4), (4, 1), (0, 5)])
@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("steps", [3, 12])
@pytest.mark.parametrize("metric", ["hamming", "correlation", "euclidean", "cosine", "dot"])
def test_exact_is_the_best_order_with_these_ends(ends, flip, steps, metric):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        # Three steps give few kinds of rows: duplicates and ties.
        states = StateMatrix(rng.choice((-1, 1), (6, steps)) if metric == "hamming" else rng.normal(size=(6, steps)))
        found = order(states, metric=metric, flip=flip, method="exact", first=ends[0], last=ends[1])
        distances = problem_from_states(states, metric, flip=flip).distances
        assert found.length == pytest.approx(best(distances, *ends), abs=1e-12)
        assert found.proven
        assert ends[0] in (None, found.rows[0])
        assert ends[1] in (None, found.rows[-1])


def test_ends_of_means_are_those_of_greedy_insertion():
    states = np.random.default_rng(0).choice((-1, 1), (15, 31))
    published, found = order(states, method="greedy-insert"), order(states, method="exact", ends="mean")
    assert (published.rows[0], published.rows[-1]) == (found.rows[0], found.rows[-1])
    assert found.length <= published.length
    assert found.options["ends"] == "mean"


def test_units_are_named_as_in_the_table():
    states = StateMatrix(np.random.default_rng(0).normal(size=(4, 9)), units=("a", "b", "c", "d"))
    found = order(states, first="c")
    assert found.rows[0] == 2
    with pytest.raises(UnknownNameError, match="unknown unit 'e'"):
        order(states, first="e")


def test_contradictions_are_refused():
    rows = np.random.default_rng(0).normal(size=(4, 9))
    with pytest.raises(InputError, match="row 1 cannot be both the first and the last of 4"):
        order(rows, first=1, last=1)
    with pytest.raises(InputError, match="ends='mean' chooses both ends"):
        order(rows, first=1, ends="mean")
    with pytest.raises(UnknownNameError, match="unknown kind of ends 'means'"):
        order(rows, ends="means")


def test_one_row_may_be_both_ends():
    assert order([[0, 1]], first=0, last=0).rows.tolist() == [0]


def test_bounds_are_for_the_same_ends():
    rng = np.random.default_rng(5)
    for _ in range(10):
        rows = rng.normal(size=(7, 4))
        distances = problem_from_states(StateMatrix(rows)).distances
        found = order(rows, method="identity", first=0, last=1)
        assert found.bound <= best(distances, 0, 1) + 1e-12
