"""A time limit holds for methods that cannot look at a clock, and Ctrl-C keeps what came before."""

from __future__ import annotations

import sys
from time import perf_counter

import numpy as np
import pytest

from stateviz.core.states import StateMatrix
from stateviz.ordering import Stop, order, problem_from_states
from stateviz.ordering import embedding as axes
from stateviz.ordering.embedding import by_key
from stateviz.ordering.methods import METHODS

ROWS = np.random.default_rng(0).normal(size=(600, 8))


@pytest.mark.parametrize(
    ("name", "size"), [("lin-kernighan", 600), ("record-to-record", 600), ("dynamic-programming", 17)]
)
def test_solvers_of_python_tsp_that_ask_no_clock_end_in_time(name, size):
    pytest.importorskip("python_tsp")
    before, begun = sys.getprofile(), perf_counter()
    found = order(ROWS[:size], method="python-tsp-" + name, metric="euclidean", time=0.4, bound=False)
    assert perf_counter() - begun < 1.4
    assert sorted(found.rows.tolist()) == list(range(size))
    assert sys.getprofile() is before
    if name == "lin-kernighan":  # what it had is kept
        start = np.random.default_rng(0).permutation(size)
        assert found.length < 0.99 * problem_from_states(StateMatrix(ROWS), "euclidean").length(start)


@pytest.mark.parametrize("name", ["pca", "mds", "spectral", "space-filling"])
def test_axes_that_take_too_long_give_way_to_means(monkeypatch, name):
    monkeypatch.setattr(axes, "_DENSE_ROWS", 10)
    problem = problem_from_states(StateMatrix(ROWS[:40]), "euclidean")
    solve = METHODS[name].load()
    late = solve(problem, start=None, rng=np.random.default_rng(0), stop=Stop(1e-9))
    assert late.tolist() == by_key(problem.means).tolist()
    assert solve(problem, start=None, rng=np.random.default_rng(0), stop=Stop()).tolist() != late.tolist()


def test_an_interrupted_pipeline_keeps_the_order_before():
    def keyboard(problem, **_):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stateviz.ordering.methods.hierarchical.solve", keyboard)
        patch.setattr("stateviz.ordering.methods.two_opt.solve", keyboard)
        with pytest.warns(UserWarning, match="interrupted"):
            found = order(ROWS[:9], method="greedy-edge,two-opt", metric="euclidean")
        assert found.length == order(ROWS[:9], method="greedy-edge", metric="euclidean").length
        with pytest.raises(KeyboardInterrupt):
            order(ROWS[:9], method="hierarchical", metric="euclidean")


@pytest.mark.parametrize("method", ["lin-kernighan", "exact"])
def test_an_order_whose_time_is_up_still_says_how_far_from_the_best_it_may_be(method):
    states = np.random.default_rng(0).normal(size=(240, 8)).cumsum(axis=1)
    found = order(states, method=method, time=0.05)
    assert found.gap < 0.1
