"""Insertions and greedy edge against plain loops that do the same, and ties of greedy insertion."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.errors import InputError
from stateviz.ordering import METHODS, Problem, Stop, order


def problem_of(seed: int, size: int, *, whole: bool = False) -> Problem:
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.integers(0, 4, (size, size)) if whole else rng.random((size, size)), 1)
    return Problem(upper + upper.T)


def solve(name: str, problem: Problem, seed: int = 0, stop: Stop | None = None) -> list[int]:
    rng = np.random.default_rng(seed)
    return METHODS[name].load()(problem, start=None, rng=rng, stop=stop or Stop(), **METHODS[name].options).tolist()


def added(far: np.ndarray, path: list[int], row: int) -> list[float]:
    """What ``row`` adds at each place of ``path``."""
    costs = []
    for place in range(len(path) + 1):
        sides = path[max(0, place - 1) : place] + path[place : place + 1]
        cost = sum(far[row, side] for side in sides)
        costs.append(cost - (far[sides[0], sides[1]] if 0 < place < len(path) else 0))
    return costs


def plain(name: str, far: np.ndarray) -> list[int]:
    size = len(far)
    pick = max if name == "farthest-insert" else min
    path = list(pick(combinations(range(size), 2), key=lambda pair: far[pair]))
    while len(path) < size:
        outside = [row for row in range(size) if row not in path]
        if name == "cheapest-insert":
            row = min(outside, key=lambda r: min(added(far, path, r)))
        else:
            row = pick(outside, key=lambda r: min(far[r, i] for i in path))
        costs = added(far, path, row)
        path.insert(costs.index(min(costs)), row)
    return path


@given(st.integers(0, 10_000), st.integers(2, 14), st.sampled_from(["nearest", "farthest", "cheapest"]))
def test_insertion_is_the_plain_loop(seed, size, rule):
    problem = problem_of(seed, size)
    assert solve(f"{rule}-insert", problem) == plain(f"{rule}-insert", problem.distances)


@given(st.integers(0, 10_000), st.integers(2, 14), st.sampled_from(["nearest", "farthest"]))
def test_insertion_breaks_ties_by_row_and_place(seed, size, rule):
    problem = problem_of(seed, size, whole=True)
    assert solve(f"{rule}-insert", problem) == plain(f"{rule}-insert", problem.distances)


def test_cheapest_insertion_adds_the_least_at_every_step_despite_ties():
    far = problem_of(3, 30, whole=True).distances
    path = solve("cheapest-insert", Problem(far))
    assert sorted(path) == list(range(30))
    assert Problem(far).length(path) <= Problem(far).length(plain("cheapest-insert", far)) + 3


def test_a_row_beyond_the_ends_becomes_an_end():
    at = np.array([2.0, 3.0, 5.0, 0.0, 9.0])
    for rule in ("nearest", "farthest", "cheapest", "random"):
        problem = Problem(np.abs(at[:, None] - at))
        assert problem.length(solve(f"{rule}-insert", problem)) == 9


def test_random_insertion_depends_on_the_seed_alone():
    problem = problem_of(0, 40)
    answers = [solve("random-insert", problem, seed) for seed in (1, 1, 2)]
    assert answers[0] == answers[1] != answers[2]


@pytest.mark.parametrize("name", ["nearest-insert", "farthest-insert", "cheapest-insert", "random-insert"])
def test_out_of_time_the_rest_follows_as_it_is(name):
    stop = Stop()
    stop.interrupted = True
    assert sorted(solve(name, problem_of(0, 12), stop=stop)) == list(range(12))


def kruskal(far: np.ndarray) -> set[tuple[int, int]]:
    """Greedy edges with the pieces written out."""
    size = len(far)
    piece, taken = {row: {row} for row in range(size)}, set()
    for a, b in sorted(combinations(range(size), 2), key=lambda pair: far[pair]):
        full = any(sum(row in pair for pair in taken) == 2 for row in (a, b))
        if not full and b not in piece[a]:
            taken.add((a, b))
            union = piece[a] | piece[b]
            piece.update(dict.fromkeys(union, union))
    return taken


@given(st.integers(0, 10_000), st.integers(1, 14), st.booleans())
def test_greedy_edge_is_the_plain_loop(seed, size, whole):
    problem = problem_of(seed, size, whole=whole)
    path = solve("greedy-edge", problem)
    assert {(min(pair), max(pair)) for pair in pairwise(path)} == kruskal(problem.distances)


def test_greedy_edge_is_the_same_over_many_batches():
    problem = problem_of(0, 150)
    path = solve("greedy-edge", problem)
    assert {(min(pair), max(pair)) for pair in pairwise(path)} == kruskal(problem.distances)


def test_more_tries_of_greedy_insertion_never_lose_and_sometimes_win():
    states = np.random.default_rng(0).choice((-1, 1), (40, 12))  # few steps: many ties
    lengths = [order(states, method="greedy-insert", tries=n, bound=False).length for n in (1, 5, 40)]
    assert lengths[0] > lengths[2]
    assert lengths == sorted(lengths, reverse=True)


def test_tries_repeat_with_the_seed():
    states = np.random.default_rng(0).choice((-1, 1), (40, 12))
    one, same = (order(states, method="greedy-insert", tries=5, seed=3, bound=False).rows.tolist() for _ in "ab")
    assert one == same


@pytest.mark.parametrize("tries", [0, 1.5, True])
def test_tries_are_a_whole_number(tries):
    with pytest.raises(InputError, match="tries is"):
        order(np.eye(4), method="greedy-insert", tries=tries)
