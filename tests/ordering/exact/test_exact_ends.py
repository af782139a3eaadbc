"""Exact answers and bounds with fixed ends, against all orders there are."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.states import StateMatrix
from stateviz.ordering import Problem, Stop, problem_from_states
from stateviz.ordering.bounds.lower_bound import lower_bound, one_tree_bound
from stateviz.ordering.exact.primal_heuristics import quick_order
from stateviz.ordering.exact.relaxation import Relaxation
from stateviz.ordering.methods.exact import solve
from stateviz.similarity.metrics import METRICS


def run(problem: Problem):
    return solve(problem, start=None, rng=np.random.default_rng(0), stop=Stop())


def keeps_ends(problem: Problem, rows) -> bool:
    return (problem.first is None or rows[0] == problem.first) and (problem.last is None or rows[-1] == problem.last)


def least_of_all(problem: Problem) -> float:
    return min(problem.length(p) for p in permutations(range(problem.size)) if keeps_ends(problem, p))


def check(problem: Problem) -> None:
    least = least_of_all(problem)
    answer = run(problem)
    assert sorted(answer.rows.tolist()) == list(range(problem.size))
    assert keeps_ends(problem, answer.rows)
    assert problem.length(answer.rows) == pytest.approx(least, rel=1e-12, abs=1e-12)
    assert problem.proves(problem.length(answer.rows), answer.bound)
    rows = problem.with_fixed_ends(np.arange(problem.size))
    for bound in (answer.bound, lower_bound(problem, rows), one_tree_bound(problem, rows)):
        assert bound <= least + 1e-12 * abs(least)


def with_ends(problem: Problem, which: str, rng: np.random.Generator) -> Problem:
    first, last = rng.choice(problem.size, 2, replace=problem.size < 2).tolist()
    kept = {"first": (first, None), "last": (None, last), "both": (first, last)}[which]
    return replace(problem, first=kept[0], last=kept[1])


WHICH = ("first", "last", "both")


@given(st.integers(0, 10_000), st.integers(1, 7), st.sampled_from(WHICH), st.booleans())
def test_fixed_ends_equal_brute_force(seed, size, which, whole):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.integers(0, 6, (size, size)) if whole else rng.random((size, size)), 1)
    check(with_ends(Problem(upper + upper.T), which, rng))


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("metric", [name for name in METRICS if METRICS[name].needs != "square"])
@pytest.mark.parametrize("flip", [False, True])
def test_every_metric_with_duplicates(metric, which, flip):
    rng = np.random.default_rng(len(metric))
    if flip and METRICS[metric].signed_rows is None:
        pytest.skip("its distances have no sign")
    values = rng.choice((-1, 1), (5, 4)) if METRICS[metric].needs == "binary" else rng.normal(size=(5, 4))
    values = values[rng.integers(0, 5, 7)]
    check(with_ends(problem_from_states(StateMatrix(values), metric, flip=flip), which, rng))


@pytest.mark.parametrize("which", WHICH)
def test_ends_that_are_duplicates_of_one_another(which):
    values = np.ones((5, 3))
    values[2:4] = -1
    problem = problem_from_states(StateMatrix(values))
    check(replace(problem, first=0 if which != "last" else None, last=4 if which != "first" else None))
    check(replace(problem_from_states(StateMatrix(np.ones((4, 3)))), first=3, last=1))


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("ends", [(None, None), (0, None), (None, 0)])
def test_very_few_rows(size, ends):
    upper = np.triu(np.random.default_rng(size).random((size, size)), 1)
    check(Problem(upper + upper.T, first=ends[0], last=ends[1]))


@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_all_ends_is_the_best_there_is(seed):
    at = np.random.default_rng(seed).random((14, 2))
    free = Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1)))
    best = run(free)
    same = run(replace(free, first=int(best.rows[0]), last=int(best.rows[-1])))
    assert free.length(same.rows) == pytest.approx(free.length(best.rows), rel=1e-12)
    elsewhere = run(replace(free, first=int(best.rows[3]), last=int(best.rows[7])))
    assert free.length(elsewhere.rows) > free.length(best.rows)
    assert elsewhere.bound > best.bound


@pytest.mark.parametrize("which", WHICH)
def test_larger_problems_with_fixed_ends_are_proven(which):
    rng = np.random.default_rng(5)
    at = rng.random((50, 2))
    problem = with_ends(Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1))), which, rng)
    rows = quick_order(problem, rng=rng, stop=Stop())
    assert keeps_ends(problem, rows)
    answer = run(problem)
    assert keeps_ends(problem, answer.rows)
    assert problem.proves(problem.length(answer.rows), answer.bound)
    assert one_tree_bound(problem, rows) <= lower_bound(problem, rows) <= problem.length(answer.rows) * (1 + 1e-12)
    relaxation = Relaxation(problem, rows)
    relaxation.solve(Stop())
    closing = relaxation.program.v == relaxation.prices.dummy
    used = relaxation.weights[closing[: len(relaxation.weights)]]
    assert used.sum() == pytest.approx(2)
    assert closing.sum() == (2 if which == "both" else 50)
