"""Problems without a square matrix: the same distances, the same duplicates, and clear refusals."""

from __future__ import annotations

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.ordering import METHODS, Problem, Stop, order, problem_from_states
from stateviz.ordering.embedding import coordinates
from stateviz.ordering.local_search.lin_kernighan import search
from stateviz.ordering.local_search.tour_search import Effort
from stateviz.ordering.problem import task as module
from stateviz.ordering.problem.kernels.costs import row_distance
from stateviz.ordering.problem.row_problem import RowProblem, compiled_costs
from stateviz.similarity.metrics import METRICS, distances

CASES = [
    (metric, flip, binary)
    for metric in ("hamming", "dot", "correlation", "cosine", "euclidean")
    for flip in (False, True)
    for binary in ((True,) if metric == "hamming" else (False, True))
]


def awkward(binary: bool) -> StateMatrix:
    """Rows with copies, opposites, a constant and a row of zeros."""
    rng = np.random.default_rng(5)
    values = rng.choice((-1.0, 1.0), (30, 70)) if binary else rng.normal(size=(30, 37))
    values[4], values[9], values[11] = values[2], -values[7], 1.0
    if not binary:
        values[13] = 0
    return StateMatrix(values)


@pytest.fixture
def few(monkeypatch):
    """As if ten rows were many."""
    monkeypatch.setattr(module, "DENSE_ROWS", 10)


@pytest.mark.filterwarnings("ignore:unit")
@pytest.mark.parametrize(("metric", "flip", "binary"), CASES)
def test_distances_are_those_of_the_matrix(few, metric, flip, binary):
    states = awkward(binary)
    square = distances(states, metric, flip=flip)
    problem = problem_from_states(states, metric, flip=flip)
    assert isinstance(problem, RowProblem)
    a, b = np.divmod(np.arange(900), 30)
    found = problem.pairwise(a, b).reshape(30, 30)
    compiled = compiled_costs(problem.products)
    worked_out = np.array([[row_distance(*compiled[1:3], compiled[4], i, j) for j in range(30)] for i in range(30)])
    np.fill_diagonal(worked_out, 0)
    if binary and metric in ("hamming", "dot"):
        assert problem.integer
        assert found.tolist() == square.tolist() == worked_out.tolist()
    else:
        scale = square.max()
        assert np.abs(found - square).max() < 1e-12 * scale
        assert np.abs(worked_out - square).max() < 1e-6 * scale
    rows = np.random.default_rng(0).permutation(30)
    assert problem.length(rows) == pytest.approx(Problem(square).length(rows), rel=1e-12)


@pytest.mark.parametrize(("metric", "flip"), [("hamming", False), ("hamming", True), ("euclidean", True)])
@pytest.mark.parametrize("ends", [(None, None), (4, None), (2, 4), (9, 4)])
def test_the_same_rows_collapse(few, metric, flip, ends):
    states = awkward(metric == "hamming")
    dense = Problem(distances(states, metric, flip=flip), states.values, True, *ends)
    made = problem_from_states(states, metric, flip=flip)
    problem = RowProblem(made.states, True, *ends, metric=made.metric, flip=made.flip)
    small, members = problem.merge_duplicates()
    expected, sets = dense.merge_duplicates()
    assert [m.tolist() for m in members] == [s.tolist() for s in sets]
    assert (small.first, small.last) == (expected.first, expected.last)
    rows = np.arange(small.size)
    assert small.length(rows) == pytest.approx(expected.length(rows))


def test_constant_rows_are_told(few):
    with pytest.warns(UserWarning, match="unit 11 is constant"):
        problem_from_states(StateMatrix(np.vstack((awkward(False).values[:13], awkward(False).values[14:]))))
    with pytest.warns(UserWarning, match="unit 13 is zero throughout"):
        problem_from_states(awkward(False), "cosine")


def test_what_needs_all_pairs_is_refused_before_computing(few):
    states = StateMatrix(np.random.default_rng(0).normal(size=(12, 8)))
    with pytest.raises(InputError, match=r"12 rows are too many for a matrix of all distances; .* lin-kernighan"):
        _ = problem_from_states(states).distances
    for name in ("two-opt", "exact", "greedy-insert"):
        with pytest.raises(InputError, match=f"{name} needs .*; choose from identity, random, mean"):
            order(states, method=name)


def test_the_others_order_any_number(few):
    states = StateMatrix(np.random.default_rng(0).normal(size=(60, 8)))
    for name, row in METHODS.items():
        if not row.square:
            found = order(states, method=name)
            assert sorted(found.rows.tolist()) == list(range(60))
            assert 0 < found.bound <= found.length
            assert found.length == pytest.approx(Problem(distances(states, "correlation")).length(found.rows))


@pytest.mark.parametrize("flip", [False, True])
def test_binary_rows_are_ordered_alike_with_and_without_the_matrix(few, flip):
    states = StateMatrix(np.random.default_rng(3).choice((-1, 1), (200, 64)))
    square = Problem(distances(states, "hamming", flip=flip), states.values, METRICS["hamming"].true_metric)
    problem = problem_from_states(states, "hamming", flip=flip)
    lengths = [
        p.length(search(p, None, Effort(kicks=2000), rng=np.random.default_rng(0), stop=Stop()))
        for p in (square, problem)
    ]
    assert lengths[1] == pytest.approx(lengths[0], rel=0.005)


def test_without_time_there_is_still_an_order(few):
    states = StateMatrix(np.random.default_rng(1).normal(size=(400, 6)))
    problem = problem_from_states(states)
    given = np.random.default_rng(2).permutation(400)
    for start, expected in ((None, np.argsort(problem.means, kind="stable")), (given, given)):
        found = search(problem, start, Effort(), rng=np.random.default_rng(0), stop=Stop(1e-9))
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("binary", [False, True])
def test_axes_of_rows_are_those_of_their_products(few, monkeypatch, binary):
    monkeypatch.setattr("stateviz.ordering.embedding._BLOCK", 7)
    rng = np.random.default_rng(6)
    values = np.linspace(0.5, 4, 20) * rng.normal(size=(60, 20))
    states = StateMatrix(np.where(values + values[:, :1] > 0, 1, -1) if binary else values)
    expected = coordinates(Problem(distances(states, "euclidean"), states.values), 2)
    monkeypatch.setattr("stateviz.ordering.embedding._DENSE_ROWS", 10)
    assert coordinates(problem_from_states(states, "euclidean"), 2) == pytest.approx(expected, abs=1e-6)


def test_greedy_links_of_near_rows_are_nearly_those_of_all_pairs(few):
    rows = np.random.default_rng(7).normal(size=(300, 5))
    square = Problem(distances(StateMatrix(rows), "euclidean"))
    solve = METHODS["greedy-edge"].load()
    given = {"start": None, "rng": np.random.default_rng(0)}
    all_pairs = solve(square, **given, stop=Stop())
    near = solve(problem_from_states(StateMatrix(rows), "euclidean"), **given, stop=Stop())
    assert square.length(near) < 1.03 * square.length(all_pairs)
    late = solve(problem_from_states(StateMatrix(rows), "euclidean"), **given, stop=Stop(1e-9))
    assert sorted(late.tolist()) == list(range(300))
