"""Simulated annealing: its changes are what they claim, ends stay, time is kept, and it finds what is there."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.errors import InputError
from stateviz.ordering import METHODS, Problem, Stop, order
from stateviz.ordering.local_search.annealing import change_keys, move_stretches, nearest_rows, schedule, turn_stretches


def problem_of(seed: int, size: int, **ends: int) -> Problem:
    at = np.random.default_rng(seed).random((size, 2))
    return Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1)), **ends)


def anneal(problem: Problem, start: np.ndarray, stop: Stop | None = None, **options: int) -> np.ndarray:
    solve = METHODS["simulated-annealing"].load()
    return solve(problem, start=start, rng=np.random.default_rng(0), stop=stop or Stop(), **options)


@given(st.integers(0, 10_000), st.integers(3, 12), st.integers(0, 1), st.integers(0, 1))
def test_without_heat_no_change_makes_the_order_longer(seed, size, first, last):
    # One line of draws at a time, uncompiled: what is kept must be shorter or equal, and what is fixed must stay.
    problem, rng = problem_of(seed, size), np.random.default_rng(seed)
    path = rng.permutation(size)
    place, near, start = np.argsort(path), nearest_rows(problem.distances, size - 1), path.copy()
    length = problem.length(path)
    if size - first - last < 2:
        return
    for change, draws in product((turn_stretches, move_stretches), rng.random((20, 1, 5))):
        change(problem.distances, near, path, place, draws, 0.0, first, size - 1 - last)
        assert problem.length(path) <= length + 1e-9
        assert path[place].tolist() == list(range(size))
        length = problem.length(path)
    assert sorted(path.tolist()) == list(range(size))
    assert first == 0 or path[0] == start[0]
    assert last == 0 or path[-1] == start[-1]


@given(st.integers(0, 10_000), st.integers(3, 9), st.integers(0, 1), st.integers(0, 1))
def test_a_change_alters_the_length_by_what_it_says(seed, size, first, last):
    # A change is kept when it adds no more than -temperature * log(1 - draw): just above what it adds it is kept,
    # just below it is not.
    problem, rng = problem_of(seed, size), np.random.default_rng(seed)
    near, start = nearest_rows(problem.distances, size - 1), rng.permutation(size)
    if size - first - last < 2:
        return
    for change, draw in product((turn_stretches, move_stretches), rng.random((10, 1, 5))):
        draw[0, 3] = 1 - 1 / np.e  # the limit is the temperature
        path, place = start.copy(), np.argsort(start)
        change(problem.distances, near, path, place, draw, 1e9, first, size - 1 - last)
        added = problem.length(path) - problem.length(start)
        for temperature, kept in ((added + 1e-6, True), (added - 1e-6, False)):
            again, place = start.copy(), np.argsort(start)
            change(problem.distances, near, again, place, draw, temperature, first, size - 1 - last)
            assert np.array_equal(again, path if kept else start) or np.array_equal(path, start)


@given(st.integers(0, 10_000), st.integers(3, 12))
def test_keys_stay_sorted_and_lengths_do_not_grow_without_heat(seed, size):
    problem, rng = problem_of(seed, size), np.random.default_rng(seed)
    keys = np.sort(rng.random(size))
    path = rng.permutation(size)
    length = problem.length(path)
    for draws in rng.random((30, 1, 4)):
        change_keys(problem.distances, path, keys, draws, 0.0, 1.0)
        assert problem.length(path) <= length + 1e-9
        assert np.all(np.diff(keys) >= 0) and keys[0] >= 0 and keys[-1] <= 1
        length = problem.length(path)
    assert sorted(path.tolist()) == list(range(size))


def test_annealing_comes_near_the_best():
    states = np.random.default_rng(0).choice((-1, 1), (40, 25))
    best = order(states, method="exact", bound=False).length
    assert order(states, method="simulated-annealing", bound=False).length <= 1.02 * best
    assert order(states, method="annealed-keys", bound=False).length <= 1.2 * best


def test_annealing_never_loses_its_start():
    problem = problem_of(1, 9)
    best = order(problem.distances, method="exact", metric="precomputed", bound=False).rows
    assert problem.length(anneal(problem, best, sweeps=1)) == problem.length(best)


def test_annealing_keeps_fixed_ends():
    problem = problem_of(2, 30, first=4, last=17)
    found = anneal(problem, problem.with_fixed_ends(np.arange(30)))
    assert (found[0], found[-1]) == (4, 17)
    assert problem.length(found) < problem.length(problem.with_fixed_ends(np.arange(30)))


@pytest.mark.parametrize("size", [2, 3, 4])
def test_few_rows_between_fixed_ends_are_left_in_peace(size):
    problem = problem_of(0, size, first=0, last=size - 1)
    found = anneal(problem, np.arange(size))
    assert (found[0], found[-1], sorted(found.tolist())) == (0, size - 1, list(range(size)))


@pytest.mark.parametrize("method", ["simulated-annealing", "annealed-keys"])
def test_time_is_kept(method):
    states = np.random.default_rng(0).normal(size=(100, 20))
    order(states, method=method, sweeps=1, bound=False)  # compiles
    begin = time.perf_counter()
    found = order(states, method=method, time=0.2, sweeps=10_000_000, bound=False)
    assert time.perf_counter() - begin < 1.5
    assert sorted(found.rows.tolist()) == list(range(100))


def test_an_interrupt_keeps_the_best_so_far(monkeypatch):
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stateviz.ordering.methods.annealing.compiled", lambda kernel: broken)
    stop = Stop()
    assert anneal(problem_of(0, 9), np.arange(9), stop).tolist() == list(range(9))
    assert stop.interrupted


def test_the_schedule_falls_with_the_clock_where_that_is_faster():
    stop = Stop(10)
    stop._start -= 5  # half of the time is gone
    _, temperature = next(schedule(10**9, 1.0, 0.01, stop))
    assert temperature == pytest.approx(0.1, rel=0.01)


@pytest.mark.parametrize("method", ["simulated-annealing", "annealed-keys"])
@pytest.mark.parametrize("sweeps", [0, -1, 2.5, True])
def test_sweeps_are_a_whole_number(method, sweeps):
    with pytest.raises(InputError, match="sweeps is"):
        order(np.eye(4), method=method, sweeps=sweeps)
