"""The exact method against answers found by trying everything, and what it does when it may not finish."""

from __future__ import annotations

import time
from functools import cache
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.ordering import Problem, Stop, order, problem_from_states
from stateviz.ordering.exact.primal_heuristics import quick_order
from stateviz.ordering.methods import exact as method
from stateviz.ordering.methods.exact import solve as exact

KINDS = ("points", "ties", "crooked")


def random_problem(seed: int, size: int, kind: str) -> Problem:
    """Distances between points, whole numbers with many ties, or real ones that break the triangle inequality."""
    rng = np.random.default_rng(seed)
    if kind == "points":
        at = rng.random((size, 2))
        distances = np.sqrt(((at[:, None] - at) ** 2).sum(-1))
    elif kind == "ties":
        distances = rng.integers(0, 6, (size, size)).astype(np.int32)
    else:
        distances = rng.random((size, size)) ** 3
    upper = np.triu(distances, 1)
    return Problem(upper + upper.T)


def held_karp(problem: Problem) -> float:
    """Least length over all orders, by dynamic programming over sets of rows (Bellman 1962; Held & Karp 1962)."""
    distances, full = problem.distances.tolist(), (1 << problem.size) - 1

    @cache
    def least(visited: int, last: int) -> float:
        if visited == full:
            return 0
        rest = (row for row in range(problem.size) if not visited >> row & 1)
        return min(distances[last][row] + least(visited | 1 << row, row) for row in rest)

    return min(least(1 << row, row) for row in range(problem.size))


def run(problem: Problem, seed: int = 0, seconds: float | None = None, **options: int):
    return exact(problem, start=None, rng=np.random.default_rng(seed), stop=Stop(seconds), **options)


def check(problem: Problem, least: float) -> None:
    answer = run(problem)
    assert sorted(answer.rows.tolist()) == list(range(problem.size))
    assert problem.length(answer.rows) == pytest.approx(least, rel=1e-12, abs=1e-12)
    assert answer.bound <= least + 1e-9 * abs(least)
    assert problem.proves(problem.length(answer.rows), answer.bound)


@given(st.integers(0, 10_000), st.integers(2, 7), st.sampled_from(KINDS))
def test_equals_brute_force(seed, size, kind):
    problem = random_problem(seed, size, kind)
    check(problem, min(problem.length(rows) for rows in permutations(range(size))))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("seed", "size"), [(0, 8), (1, 9), (2, 10), (3, 11), (4, 12), (5, 13)])
def test_equals_held_karp(seed, size, kind):
    problem = random_problem(seed, size, kind)
    check(problem, held_karp(problem))


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_equals_held_karp_on_rows_with_duplicates(seed, flip):
    rng = np.random.default_rng(seed)
    values = rng.choice((-1, 1), (7, 6))[rng.integers(0, 7, 11)] * rng.choice((-1, 1), (11, 1))
    problem = problem_from_states(StateMatrix(values), "hamming", flip=flip)
    assert problem.merge_duplicates()[0].size < 11
    check(problem, held_karp(problem))


@pytest.mark.parametrize("metric", ["correlation", "cosine"])
def test_duplicates_stay_apart_where_the_distance_is_no_metric(metric):
    values = np.repeat(np.random.default_rng(2).normal(size=(5, 4)), 2, axis=0)
    problem = problem_from_states(StateMatrix(values), metric)
    assert problem.merge_duplicates()[0].size == 10
    check(problem, held_karp(problem))


def test_a_copy_can_serve_as_a_stepping_stone():
    """Two copies of a row between four that are far from one another: keeping the copies together would be longer."""
    distances = np.full((6, 6), 10.0)
    distances[4:] = distances[:, 4:] = 1
    distances[4:, 4:] = 0
    np.fill_diagonal(distances, 0)
    found = order(distances, metric="precomputed", method="exact")
    apart = abs(int(np.flatnonzero(found.rows == 4)[0] - np.flatnonzero(found.rows == 5)[0]))
    assert (found.length, found.proven) == (14, True)
    assert apart == 2


@pytest.mark.parametrize(("seed", "kind"), [(0, "points"), (1, "ties"), (2, "crooked")])
def test_larger_problems_are_proven_and_no_seed_beats_them(seed, kind):
    problem = random_problem(seed, 40, kind)
    first, second = run(problem, 0), run(problem, 1, kicks=0)
    assert problem.proves(problem.length(first.rows), first.bound)
    assert problem.length(first.rows) == pytest.approx(problem.length(second.rows), rel=1e-9)


def test_branching_closes_a_gap():
    """Whole numbers with ties on which the relaxation alone proves nothing."""
    from stateviz.ordering.exact.relaxation import Relaxation

    open_ones = 0
    for seed in range(12):
        problem = random_problem(seed, 24, "points")
        relaxation = Relaxation(problem, quick_order(problem, rng=np.random.default_rng(0), stop=Stop()))
        relaxation.solve(Stop())
        answer = run(problem)
        length = problem.length(answer.rows)
        assert problem.proves(length, answer.bound)
        assert relaxation.bound <= length * (1 + 1e-9)
        open_ones += not problem.proves(length, relaxation.bound)
    assert open_ones > 0


def test_distances_far_from_one_are_solved_as_well():
    problem = random_problem(3, 12, "points")
    for factor in (1e-12, 1e9):
        scaled = Problem(problem.distances * factor)
        answer = run(scaled)
        assert problem.length(answer.rows) == pytest.approx(held_karp(problem), rel=1e-12)
        assert scaled.proves(scaled.length(answer.rows), answer.bound)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factor", [1e-12, 1e-5, 1e5, 1e12])
def test_no_scale_is_rounded(kind, factor):
    problem = random_problem(8, 9, kind)
    scaled = Problem(problem.distances * factor)
    answer = run(scaled)
    least = held_karp(problem) * factor
    assert scaled.length(answer.rows) == pytest.approx(least, rel=1e-12)
    assert answer.bound <= least * (1 + 1e-12)
    assert scaled.proves(scaled.length(answer.rows), answer.bound)


def test_a_huge_range_of_distances_is_solved():
    rng = np.random.default_rng(4)
    upper = np.triu(10.0 ** rng.uniform(-9, 9, (9, 9)), 1)
    check(Problem(upper + upper.T), held_karp(Problem(upper + upper.T)))


@pytest.mark.parametrize(
    ("kind", "size"),
    [("points", 60), ("ties", 60), ("crooked", 60), pytest.param("points", 210, marks=pytest.mark.slow)],
)
def test_the_length_does_not_depend_on_the_order_of_the_rows(kind, size):
    problem = random_problem(11, size, kind)
    first = run(problem)
    mixed = np.random.default_rng(1).permutation(size)
    moved = Problem(problem.distances[np.ix_(mixed, mixed)])
    second = run(moved)
    assert problem.proves(problem.length(first.rows), first.bound)
    assert moved.proves(moved.length(second.rows), second.bound)
    assert moved.length(second.rows) == pytest.approx(problem.length(first.rows), rel=1e-9)


def test_progress_is_reported_and_only_gets_better():
    seen = []
    problem = random_problem(2, 60, "points")
    stop = Stop(watch=lambda progress: seen.append((progress.length, progress.bound)), every=0)
    answer = exact(problem, start=np.arange(60), rng=np.random.default_rng(0), stop=stop)
    lengths, bounds = np.array(seen).T
    assert np.all(np.diff(lengths) <= 0)
    assert np.all(np.diff(bounds) >= 0)
    assert (lengths[-1], bounds[-1]) == (problem.length(answer.rows), answer.bound)


@pytest.mark.parametrize("seconds", [0.02, 0.2])
def test_a_time_limit_holds(seconds):
    import time

    problem = random_problem(5, 230, "points")
    run(problem, seconds=0.01)  # compiled by now
    begun = time.perf_counter()
    answer = run(problem, seconds=seconds)
    assert time.perf_counter() - begun < seconds + 1
    assert sorted(answer.rows.tolist()) == list(range(230))
    assert answer.bound <= problem.length(answer.rows)


def test_rows_without_a_matrix_of_distances_are_refused(monkeypatch):
    monkeypatch.setattr(Problem, "square", False)
    with pytest.raises(InputError, match="lin-kernighan"):
        run(random_problem(0, 6, "points"))


def test_time_that_is_up_leaves_an_order_and_a_safe_bound():
    problem = random_problem(0, 60, "points")
    hurried, best = run(problem, seconds=1e-9), run(problem)
    assert sorted(hurried.rows.tolist()) == list(range(60))
    assert hurried.bound <= problem.length(best.rows) <= problem.length(hurried.rows)


@pytest.mark.parametrize("place", ["quick_order", "Relaxation", "lp_guided_order", "close_gap"])
def test_an_interrupt_leaves_an_order_and_a_safe_bound(monkeypatch, place):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"stateviz.ordering.methods.exact.{place}", interrupted)
    problem = random_problem(0, 20, "points")
    stop = Stop()
    answer = exact(problem, start=None, rng=np.random.default_rng(0), stop=stop)
    monkeypatch.undo()
    assert sorted(answer.rows.tolist()) == list(range(20))
    assert answer.bound <= problem.length(run(problem).rows)


def test_a_network_like_the_shipped_one_is_proven():
    """128 units that keep or take a new sign at each step, after what is read: as a recurrent network's do."""
    rng = np.random.default_rng(0)
    letters, weight = rng.integers(0, 12, 120), rng.normal(size=(128, 12))
    hold, mix = rng.normal(size=(128, 1)) * 0.5, rng.normal(size=(128, 128)) / 12
    rows = [np.where(rng.random(128) < 0.5, -1, 1)]
    for letter in letters:
        rows.append(np.where(rows[-1] * hold[:, 0] + weight[:, letter] + mix @ rows[-1] >= 0, 1, -1))
    for flip in (False, True):
        found = order(np.array(rows).T, flip=flip)
        assert (found.method, found.proven) == ("exact", True)
        assert found.length == found.bound


def test_crossover_ends_when_its_order_meets_the_bound(monkeypatch):
    at = np.random.default_rng(0).permutation(30)
    problem = Problem(np.abs(np.subtract.outer(at, at)))
    best = np.argsort(at)
    asked = []

    def found_by_eax(problem, *, rng, stop):
        while not stop() and len(asked) < 500:
            asked.append(stop)
            time.sleep(0.01)
            stop.tell(length=problem.length(best))
        return best

    monkeypatch.setattr(method, "eax_order", found_by_eax)
    progress = method._Progress(problem, Stop(), np.arange(30))
    method._with_eax(progress, method.Relaxation(problem, np.arange(30)), np.random.default_rng(0))
    assert progress.proven
    assert progress.length == 29
    assert 0 < len(asked) < 500
