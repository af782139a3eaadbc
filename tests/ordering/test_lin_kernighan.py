"""Iterated Lin-Kernighan and or-opt: never worse, repeatable, within their budget, with fixed ends, at any scale."""

from __future__ import annotations

import time
from itertools import permutations

import numpy as np
import pytest

from stateviz.core.states import StateMatrix
from stateviz.ordering import Problem, Stop, order
from stateviz.ordering.methods.lin_kernighan import solve

METRICS = ("hamming", "correlation", "cosine", "euclidean", "dot")


def rows(size: int, steps: int, seed: int, *, binary: bool = False) -> StateMatrix:
    rng = np.random.default_rng(seed)
    return StateMatrix(rng.choice((-1, 1), (size, steps)) if binary else rng.normal(size=(size, steps)))


def run(problem: Problem, start: np.ndarray | None = None, seed: int = 0, **options) -> np.ndarray:
    return solve(problem, start=start, rng=np.random.default_rng(seed), stop=Stop(), **options)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("flip", [False, True])
def test_small_problems_are_solved(metric, flip):
    for seed in range(5):
        problem = Problem.from_states(rows(7, 6, seed, binary=metric == "hamming"), metric, flip=flip)
        best = min(problem.length(p) for p in permutations(range(7)))
        assert problem.length(run(problem)) == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("method", ["lin-kernighan", "or-opt"])
def test_an_order_is_never_made_worse(method, binary):
    states = rows(60, 12, 3, binary=binary)
    for start in ("random", "mean", "greedy-insert", "exact"):
        before = order(states, method=start, bound=False).length
        assert order(states, method=f"{start},{method}", bound=False).length <= before


def test_it_comes_near_the_proven_best():
    states = rows(150, 40, 1)
    best = order(states, method="exact")
    found = order(states, method="lin-kernighan", bound=False)
    assert best.proven
    assert found.length <= 1.002 * best.length


def test_a_seed_and_kicks_repeat_and_more_kicks_do_not_hurt():
    problem = Problem.from_states(rows(80, 15, 2, binary=True))
    one, other = run(problem, kicks=300), run(problem, kicks=300)
    assert one.tolist() == other.tolist()
    assert problem.length(run(problem, kicks=3000)) <= problem.length(run(problem, kicks=0))


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_the_scale_of_distances_does_not_matter(scale):
    values = np.random.default_rng(4).normal(size=(40, 3))
    plain = np.linalg.norm(values[:, None] - values, axis=2)
    best = order(plain, metric="precomputed", method="exact").length
    assert order(plain * scale, metric="precomputed", method="lin-kernighan").length <= 1.01 * scale * best


@pytest.mark.parametrize("ends", [(3, None), (None, 5), (5, 3)])
def test_fixed_ends_stay(ends):
    problem = Problem(Problem.from_states(rows(40, 9, 5)).distances, first=ends[0], last=ends[1])
    start = problem.pinned(np.random.default_rng(0).permutation(40))
    found = run(problem, start)
    assert ends[0] in (None, found[0])
    assert ends[1] in (None, found[-1])
    assert problem.length(found) <= problem.length(start)


def test_duplicates_stay_together():
    values = np.random.default_rng(6).choice((-1, 1), (20, 30))
    repeated = np.repeat(values, 5, axis=0)[np.random.default_rng(7).permutation(100)]
    assert order(repeated, method="lin-kernighan").length == order(values, method="lin-kernighan").length


def test_time_is_kept():
    states = rows(2000, 20, 8)
    order(states, method="lin-kernighan", time=0.2, bound=False)  # compiles
    begun = time.perf_counter()
    found = order(states, method="lin-kernighan", time=0.5, bound=False)
    assert found.seconds < 1.5
    assert time.perf_counter() - begun < 30
    assert sorted(found.rows.tolist()) == list(range(2000))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("flip", [False, True])
def test_without_the_square_matrix_distances_are_the_same(metric, flip, monkeypatch):
    from stateviz.ordering import problem as module

    states = rows(50, 23, 9, binary=metric == "hamming")
    dense = Problem.from_states(states, metric, flip=flip)
    monkeypatch.setattr(module, "DENSE_ROWS", 10)
    sparse = Problem.from_states(states, metric, flip=flip)
    assert not sparse.square
    a, b = np.divmod(np.arange(2500), 50)
    assert sparse.between(a, b) == pytest.approx(dense.between(a, b), rel=1e-6, abs=1e-9)
    found = run(sparse)
    assert sorted(found.tolist()) == list(range(50))
    assert sparse.length(found) == pytest.approx(dense.length(found))
    assert dense.length(found) <= 1.02 * dense.length(run(dense))
