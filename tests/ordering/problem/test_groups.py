"""Groups: cut at the longest steps, or ordered and cut at once."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.states import StateMatrix
from stateviz.ordering import Problem, order, problem_from_states


@pytest.fixture
def rows() -> np.ndarray:
    """Three clusters of four, well apart."""
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(3, 30)) * 5, 4, axis=0)
    return (centres + rng.normal(size=(12, 30)))[rng.permutation(12)]


def within(problem: Problem, order_: tuple[int, ...], breaks: tuple[int, ...]) -> float:
    parts = np.split(np.array(order_), breaks)
    return sum(problem.length(part) for part in parts)


def test_longest_steps_are_cut(rows):
    found = order(rows, metric="euclidean", groups=3)
    steps = problem_from_states(StateMatrix(rows), "euclidean").pairwise(found.rows[:-1], found.rows[1:])
    assert found.breaks == tuple(sorted(int(i) + 1 for i in np.argsort(-steps)[:2]))
    assert found.breaks == (4, 8)
    assert found.length == order(rows, metric="euclidean").length


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("groups", [2, 3])
def test_joint_groups_are_the_best_there_are(seed, groups):
    rows = np.random.default_rng(seed).normal(size=(5, 4))
    problem = problem_from_states(StateMatrix(rows), "euclidean")
    least = min(within(problem, p, b) for p in permutations(range(5)) for b in combinations(range(1, 5), groups - 1))
    found = order(rows, metric="euclidean", groups=groups, grouping="joint", method="exact")
    assert found.length == pytest.approx(least)
    assert found.proven
    assert len(found.breaks) == groups - 1
    assert within(problem, tuple(found.rows), found.breaks) == pytest.approx(found.length)


def test_joint_groups_with_fixed_ends_and_duplicates():
    rows = np.repeat(np.eye(3), 2, axis=0)
    found = order(rows, metric="euclidean", groups=3, grouping="joint", first=5, last=0, method="exact")
    assert (found.rows[0], found.rows[-1]) == (5, 0)
    assert found.length == 0
    assert len(found.breaks) == 2


def test_as_many_groups_as_rows():
    assert order(np.eye(4), groups=4).breaks == (1, 2, 3)


@pytest.mark.parametrize("groups", [0, 13, 2.5, True])
def test_impossible_numbers_of_groups_are_refused(rows, groups):
    with pytest.raises(InputError, match="12 rows make 1 to 12 groups"):
        order(rows, groups=groups)
    with pytest.raises(UnknownNameError, match="unknown grouping 'jiont'"):
        order(rows, groups=2, grouping="jiont")


def test_breaks_are_kept_in_the_file_and_drawn(rows):
    found = order(rows, metric="euclidean", groups=3)
    again = Ordering.from_json(found.to_json())
    assert again.breaks == found.breaks
    assert again.apply(StateMatrix(rows, site="array")).row_breaks == (4, 8)


def test_steps_can_be_ordered_and_applied(rows):
    found = order(rows, axis="steps")
    assert found.axis == "steps"
    states = StateMatrix(rows, tokens=[chr(97 + t) for t in range(30)], site="array")
    applied = found.apply(states)
    assert np.array_equal(applied.values, states.values[:, found.rows])
    assert applied.tokens == tuple(states.tokens[t] for t in found.rows)
    assert found.length <= order(rows.T, method="identity").length


@pytest.mark.parametrize("seed", range(12))
def test_joint_groups_of_rows_with_copies_are_the_best_there_are(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 6))
    groups = int(rng.integers(2, size + 1))
    rows = rng.integers(0, 2, (size, 2)) * 10.0 ** rng.integers(-12, 13)
    ends = {"first": 0, "last": size - 1} if seed % 3 == 0 else {}
    problem = problem_from_states(StateMatrix(rows), "euclidean")
    orders = [p for p in permutations(range(size)) if not ends or (p[0], p[-1]) == (0, size - 1)]
    least = min(within(problem, p, b) for p in orders for b in combinations(range(1, size), groups - 1))
    found = order(rows, metric="euclidean", groups=groups, grouping="joint", method="exact", **ends)
    assert found.length == pytest.approx(least, rel=1e-9, abs=0)
    assert found.proven and len(found.breaks) == groups - 1
    assert not ends or (found.rows[0], found.rows[-1]) == (0, size - 1)


def test_copies_are_made_one_before_joint_groups_are_sought():
    seen = []

    def look(problem, **_):
        seen.append(problem.size)
        return np.arange(problem.size)

    order(np.repeat(np.eye(5), 8, axis=0), metric="euclidean", groups=3, grouping="joint", method=look)
    order(np.repeat(np.eye(5), 8, axis=0), metric="correlation", groups=3, grouping="joint", method=look)
    assert seen == [5 + 2, 40 + 2]


def test_joint_groups_say_what_they_cannot_do(rows, monkeypatch):
    with pytest.raises(InputError, match="pca goes by the rows themselves"):
        order(rows, groups=2, grouping="joint", method="pca")
    monkeypatch.setattr("stateviz.ordering.problem.task.DENSE_ROWS", 10)
    with pytest.raises(InputError, match="joint groups need the distances of all pairs, and 12 rows are too many"):
        order(rows, groups=2, grouping="joint", method="lin-kernighan")
