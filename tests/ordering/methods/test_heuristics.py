"""Greedy chain, greedy insertion and 2-opt against plain loops that do the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.errors import UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.ordering import Problem, Stop, order, problem_from_states
from stateviz.ordering.local_search.two_opt import improve
from stateviz.ordering.methods.greedy_insert import solve as greedy_insert
from stateviz.ordering.methods.two_opt import deltas
from stateviz.ordering.methods.two_opt import solve as two_opt
from stateviz.similarity.metrics import METRICS


def published(similarity, means: np.ndarray, first: int | None = None, last: int | None = None) -> list[int]:
    """Greedy insertion as a plain loop: the similarity of each pair is asked for again each time."""
    order = sorted(range(len(means)), key=lambda i: means[i])
    first = next(i for i in order if i != last) if first is None else first
    last = max((i for i in order if i != first), key=lambda i: (means[i], -i)) if last is None else last
    path = [first, last]
    for x in sorted((i for i in range(len(means)) if i not in path), key=lambda i: abs(means[i])):
        gains = [
            similarity(path[i - 1], x) + similarity(x, path[i]) - similarity(path[i - 1], path[i])
            for i in range(1, len(path))
        ]
        path.insert(1 + gains.index(max(gains)), x)
    return path


@given(st.integers(0, 10_000), st.integers(2, 30), st.sampled_from(["hamming", "dot"]))
def test_greedy_insert_is_the_published_loop_on_binary_rows(seed, size, metric):
    values = np.random.default_rng(seed).choice((-1, 1), (size, 6))  # few steps: many ties
    expected = published(lambda i, j: int(values[i] @ values[j]), values.mean(axis=1))
    problem = problem_from_states(StateMatrix(values), metric)
    assert greedy_insert(problem, start=None, rng=np.random.default_rng(0), stop=Stop()).tolist() == expected


@pytest.mark.parametrize(
    ("flip", "metric"),
    [
        (flip, name)
        for flip in (False, True)
        for name, row in METRICS.items()
        if name not in ("hamming", "precomputed") and (row.swap or not flip)
    ],
)
def test_greedy_insert_is_the_published_loop_in_any_metric(metric, flip):
    states = StateMatrix(np.random.default_rng(1).normal(size=(25, 7)))
    problem = problem_from_states(states, metric, flip=flip)
    expected = published(lambda i, j: -problem.distances[i, j], problem.means)
    assert greedy_insert(problem, start=None, rng=np.random.default_rng(0), stop=Stop()).tolist() == expected


@pytest.mark.parametrize(("first", "last"), [(7, 3), (7, None), (None, 3), (None, None)])
def test_greedy_insert_inserts_between_the_ends_that_are_fixed(first, last):
    values = np.random.default_rng(4).choice((-1, 1), (25, 9))
    expected = published(lambda i, j: int(values[i] @ values[j]), values.mean(axis=1), first, last)
    found = order(values, method="greedy-insert", metric="hamming", first=first, last=last, bound=False)
    assert found.rows.tolist() in (expected, expected[::-1])


def test_greedy_insert_without_rows_goes_by_mean_distance():
    distances = np.abs(np.subtract.outer([3.0, 0.0, 1.0, 9.0], [3.0, 0.0, 1.0, 9.0]))
    rows = greedy_insert(Problem(distances), start=None, rng=np.random.default_rng(0), stop=Stop())
    # Sums 11, 13, 11, 24: row 0 ties with row 2 for the first place, row 3 is the last, row 1 fits equally twice.
    assert rows.tolist() == [0, 1, 2, 3]


def test_the_ends_of_greedy_insert_are_two_rows_when_all_means_are_equal():
    rows = order(np.eye(5) * 2 - 1, method="greedy-insert", metric="hamming").rows
    assert sorted(rows.tolist()) == [0, 1, 2, 3, 4]
    assert {int(rows[0]), int(rows[-1])} == {0, 1}


def test_greedy_chain_takes_the_nearest_row_next():
    at = np.array([4.0, 0.0, 1.0, 7.0, 2.5])
    states = np.stack((at, at))
    assert order(states.T, method="greedy-chain", metric="euclidean").rows.tolist() == [1, 2, 4, 0, 3]


def test_greedy_chain_can_grow_at_both_ends():
    # From the row of lowest mean, at 3 on a line laid out in two dimensions: left is nearer at first, then right.
    at = np.array([[0.0, 10.0], [1.0, 9.5], [2.5, 8.8], [-1.2, 11.8]])
    found = order(at, method="greedy-chain", metric="euclidean", grow="both")
    distances = np.sqrt(((at[:, None] - at) ** 2).sum(-1))
    assert found.rows.tolist() in ([3, 0, 1, 2], [2, 1, 0, 3])
    assert found.length == pytest.approx(distances[[3, 0, 1], [0, 1, 2]].sum())
    with pytest.raises(UnknownNameError, match="did you mean 'both'"):
        order(at, method="greedy-chain", metric="euclidean", grow="bot")


@given(st.integers(0, 10_000), st.integers(2, 12), st.booleans())
def test_deltas_equal_the_difference_of_two_lengths(seed, size, whole):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.integers(0, 50, (size, size)) if whole else rng.random((size, size)), 1)
    problem = Problem(upper + upper.T)
    path = rng.permutation(size)
    steps = problem.distances[path[:-1], path[1:]]
    for place in range(-1, size - 1):
        change = deltas(problem.distances, path, steps, place)
        for i, end in enumerate(range(place + 1, size)):
            turned = path.copy()
            turned[place + 1 : end + 1] = turned[place + 1 : end + 1][::-1]
            assert change[i] == pytest.approx(problem.length(turned) - problem.length(path), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("whole", [False, True])
def test_two_opt_ends_where_no_turn_gains(seed, whole):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.integers(0, 20, (30, 30)) if whole else rng.random((30, 30)), 1)
    problem = Problem(upper + upper.T)
    path = two_opt(problem, start=rng.permutation(30), rng=rng, stop=Stop())
    steps = problem.distances[path[:-1], path[1:]]
    assert min(deltas(problem.distances, path, steps, place).min() for place in range(-1, 29)) >= -1e-9


def test_two_opt_ends_on_real_numbers_that_rounding_could_send_in_circles():
    states = StateMatrix(np.tile(np.random.default_rng(0).normal(size=(4, 3)) * 1e-3 + 1e3, (8, 1)))
    for metric in ("correlation", "cosine", "euclidean", "dot"):
        assert sorted(order(states, method="two-opt", metric=metric, bound=False).rows) == list(range(32))


def test_two_opt_moves_the_ends():
    at = np.array([5.0, 6.0, 7.0, 0.0, 1.0, 2.0])
    problem = Problem(np.abs(at[:, None] - at))
    path = two_opt(problem, start=np.array([2, 1, 0, 3, 4, 5]), rng=np.random.default_rng(0), stop=Stop())
    assert problem.length(path) == 7


def test_an_interrupted_two_opt_keeps_what_it_has(monkeypatch):
    calls = []

    def turn(distances, path, steps, place, least):
        calls.append(place)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return False

    monkeypatch.setattr("stateviz.ordering.methods.two_opt._best_turn", turn)
    with pytest.warns(UserWarning, match="interrupted: this is the best order so far"):
        found = order(np.random.default_rng(0).normal(size=(9, 5)), method="mean,two-opt")
    assert sorted(found.rows) == list(range(9))
    assert found.bound is None  # Ctrl-C asks to be done


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("whole", [False, True])
def test_the_local_search_never_makes_a_tour_longer(seed, whole):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.integers(-9, 20, (40, 40)) if whole else rng.normal(size=(40, 40)), 1)
    cost = upper + upper.T
    tour = rng.permutation(40).tolist()
    short = improve(cost, tour, kicks=0, rng=np.random.default_rng(0), stop=Stop(), least=1e-9)
    shorter = improve(cost, tour, kicks=50, rng=np.random.default_rng(0), stop=Stop(), least=1e-9)

    def length(nodes: list[int]) -> float:
        return float(cost[nodes, nodes[1:] + nodes[:1]].sum())

    assert sorted(short) == sorted(shorter) == list(range(40))
    assert length(shorter) <= length(short) + 1e-6 < length(tour)
