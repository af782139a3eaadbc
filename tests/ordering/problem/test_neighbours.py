"""Nearest neighbours: as a full sort finds them, from the square matrix or from products, and under a time limit."""

from __future__ import annotations

import numpy as np
import pytest

from stateviz.core.states import StateMatrix
from stateviz.ordering import Problem, Stop
from stateviz.ordering.local_search.candidates import candidate_edges
from stateviz.ordering.problem import neighbours as module
from stateviz.ordering.problem.neighbours import Neighbours, OutOfTime
from stateviz.ordering.problem.row_problem import RowProblem
from stateviz.similarity.metrics import METRICS, distances


def mixed(size: int, steps: int, seed: int = 0) -> np.ndarray:
    """Rows made of a few factors and noise, as units of a network are."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(size, 12)) @ rng.normal(size=(12, steps)) + 0.5 * rng.normal(size=(size, steps))


def without_square(values: np.ndarray, metric: str, flip: bool = False) -> RowProblem:
    return RowProblem.of(StateMatrix(values), METRICS[metric], flip=flip)


@pytest.mark.parametrize("metric", ["hamming", "dot", "correlation", "cosine", "euclidean"])
@pytest.mark.parametrize("flip", [False, True])
def test_lists_are_those_of_a_full_sort(metric, flip):
    values = mixed(70, 40)
    values = np.where(values > 0, 1, -1) if metric == "hamming" else values
    square = distances(StateMatrix(values), metric, flip=flip)
    expected = np.sort(square + np.diag(np.full(70, np.inf)), axis=1)[:, :9]
    for problem in (Problem(square), without_square(values, metric, flip)):
        near, away = Neighbours(problem).lists(9)
        assert away == pytest.approx(expected, rel=1e-5, abs=1e-6)
        assert np.take_along_axis(square, near.astype(int), axis=1) == pytest.approx(expected, rel=1e-5, abs=1e-6)
        assert not np.any(near == np.arange(70)[:, None])


def test_lists_among_some_rows_name_their_places():
    values = mixed(60, 30)
    square = distances(StateMatrix(values), "correlation")
    some = np.array([3, 50, 7, 22, 41, 5])
    part = square[np.ix_(some, some)] + np.diag(np.full(6, np.inf))
    for problem in (Problem(square), without_square(values, "correlation")):
        near, _ = Neighbours(problem).lists(2, some)
        assert near.tolist() == np.argsort(part, axis=1)[:, :2].tolist()


def test_shortened_rows_find_nearly_all(monkeypatch):
    values = mixed(1600, 200)
    problem = without_square(values, "correlation")
    exact, _ = Neighbours(problem).lists(10)
    monkeypatch.setattr(module, "_EXACT", 0)
    monkeypatch.setattr(module, "AXES", 32)
    finder = Neighbours(problem)
    assert finder.short is not None
    assert finder.short.shape == (1600, 32)
    near, _ = finder.lists(10)
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact.tolist(), near.tolist(), strict=True)])
    assert recall > 0.95


def test_copies_of_a_row_leave_room_for_others():
    # Correlations are no true metric: copies stay, and a list that held nothing else would lead nowhere.
    square = distances(StateMatrix(np.repeat(mixed(6, 20), 30, axis=0)), "correlation")
    square[square < 1e-12] = 0
    near, away = Neighbours(Problem(square)).lists(10)
    assert np.all((away > 0).sum(axis=1) == 5)
    assert np.all((near // 30 == np.arange(180)[:, None] // 30).sum(axis=1) == 5)


def test_time_runs_out_between_blocks():
    problem = without_square(mixed(600, 20), "correlation")
    stop = Stop(1e-9)
    with pytest.raises(OutOfTime):
        Neighbours(problem, stop).lists(5)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("ends", [(None, None), (3, None), (None, 3), (3, 8)])
def test_candidate_edges_begin_with_an_order_that_keeps_the_ends(whole, ends):
    values = mixed(40, 15, 2)
    metric = "hamming" if whole else "correlation"
    square = distances(StateMatrix(np.where(values > 0, 1, -1) if whole else values), metric)
    problem = Problem(square, first=ends[0], last=ends[1])
    found = candidate_edges(problem, Neighbours(problem), 8)
    assert sorted(found.order.tolist()) == list(range(40))
    assert problem.with_fixed_ends(found.order).tolist() == found.order.tolist()
    assert problem.length(found.order) < 0.8 * problem.length(problem.with_fixed_ends(np.arange(40)))
    under = square + found.penalty[:, None] + found.penalty
    assert found.away == pytest.approx(np.take_along_axis(under, found.near.astype(int), axis=1))
    assert np.all(np.diff(found.away, axis=1) >= 0)
    if whole:
        assert np.all(found.penalty * 1024 == np.rint(found.penalty * 1024))
