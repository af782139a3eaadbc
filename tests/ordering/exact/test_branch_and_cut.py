"""Branch and cut: what is closed without a proof stays open in the bound."""

from __future__ import annotations

import time
from itertools import permutations

import numpy as np
import pytest

from stateviz.ordering import Problem, Stop
from stateviz.ordering.exact.branch_and_cut import _Search, close_gap
from stateviz.ordering.exact.lp import Program
from stateviz.ordering.exact.node import Branching, Outcome
from stateviz.ordering.exact.primal_heuristics import quick_order
from stateviz.ordering.exact.relaxation import Relaxation
from stateviz.ordering.methods.exact import solve


def points(seed: int, size: int) -> Problem:
    at = np.random.default_rng(seed).random((size, 2))
    return Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1)))


def relaxed(problem: Problem) -> tuple[Relaxation, np.ndarray]:
    rows = quick_order(problem, rng=np.random.default_rng(0), stop=Stop())
    relaxation = Relaxation(problem, rows)
    relaxation.solve(Stop(), tighten=False)
    return relaxation, rows


def open_problem() -> tuple[Problem, float]:
    """One that the relaxation does not close, and its least length."""
    for seed in range(20):
        problem = points(seed, 24)
        relaxation, _ = relaxed(problem)
        least = problem.length(solve(problem, start=None, rng=np.random.default_rng(0), stop=Stop()).rows)
        if not problem.proves(least, relaxation.bound):
            return problem, least
    raise AssertionError("every one was closed")


def test_what_does_not_fit_is_shown_by_a_dual_ray():
    problem = points(0, 12)
    relaxation, rows = relaxed(problem)
    search = _Search(problem, relaxation, rows, relaxation.scale(problem.length(rows)), Stop())
    limits, [worker] = search._limits(), search.workers
    nothing = np.zeros(len(limits.low))
    assert worker._solve(nothing, nothing) == (np.inf, None)
    bound, x = worker._solve(limits.low, limits.high)
    assert np.isfinite(bound)
    assert x is not None


@pytest.mark.parametrize("claim", ["infeasible without a ray", "a ray that shows nothing"])
def test_a_claim_without_proof_closes_nothing(monkeypatch, claim):
    """A solver that calls everything infeasible must not turn a long order into a proven one."""
    problem, least = open_problem()
    relaxation, _ = relaxed(problem)
    before = relaxation.bound
    long = np.arange(24)

    class Lying:
        def __init__(self, highs):
            self.highs = highs

        def __getattr__(self, name):
            return getattr(self.highs, name)

        def getModelStatus(self):
            import highspy

            return highspy.HighsModelStatus.kInfeasible

        def getDualRay(self):
            rows = relaxation.nodes + len(relaxation.program.cuts)
            return None, claim.startswith("a ray"), np.random.default_rng(0).normal(size=rows) * 1e-3

    relaxation.program.highs = Lying(relaxation.program.highs)
    rows, bound = close_gap(problem, relaxation, long, stop=Stop())
    assert bound <= least * (1 + 1e-12)
    assert bound >= before
    assert not problem.proves(problem.length(rows), bound)


@pytest.mark.parametrize("kind", ["points", "ties", "crooked"])
@pytest.mark.parametrize("fixed", [False, True])
def test_the_way_of_many_rows_is_right_for_few(monkeypatch, kind, fixed):
    """Compiled cuts, prices and search, and combs, where every order can be tried."""
    exact = ("min_cut", "cuts", "pricing", "branch_and_cut", "separation")
    for part in (*(f"exact.{name}" for name in exact), "local_search.lin_kernighan", "methods.exact"):
        monkeypatch.setattr(f"stateviz.ordering.{part}.COMPILED_ROWS", 3)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        size = 5 + seed % 3
        if kind == "points":
            distances = points(seed, size).distances
        else:
            upper = np.triu(rng.integers(0, 6, (size, size)) if kind == "ties" else rng.random((size, size)) ** 3, 1)
            distances = upper + upper.T
        problem = Problem(distances, first=2 if fixed else None, last=seed % 2 if fixed else None)
        every = (p for p in permutations(range(size)) if not fixed or (p[0], p[-1]) == (problem.first, problem.last))
        least = min(map(problem.length, every))
        answer = solve(problem, start=None, rng=rng, stop=Stop())
        assert problem.length(answer.rows) == pytest.approx(least, rel=1e-12, abs=1e-12)
        assert answer.bound <= least * (1 + 1e-12)
        assert problem.proves(least, answer.bound)


@pytest.mark.parametrize("seed", range(4))
def test_bounds_offered_on_the_way_are_safe(seed):
    problem = points(seed, 40)
    least = problem.length(solve(problem, start=None, rng=np.random.default_rng(0), stop=Stop()).rows)
    relaxation, _ = relaxed(problem)
    offered = []
    rows, bound = close_gap(problem, relaxation, np.arange(40), stop=Stop(), offer=lambda *one: offered.append(one))
    assert problem.length(rows) == pytest.approx(least, rel=1e-9)
    assert all(one <= least * (1 + 1e-12) for _, one in offered if one is not None)
    assert bound <= least * (1 + 1e-12)


def test_edges_can_be_taken_out_and_put_back():
    problem = points(1, 30)
    relaxation, _ = relaxed(problem)
    program: Program = relaxation.program
    value = program.highs.getInfo().objective_function_value
    unused = relaxation.weights < 1e-9
    u, v = program.u[unused], program.v[unused]
    program.drop_edges(unused)
    assert len(program.u) == len(program.now[0]) == program.highs.getNumCol() == (~unused).sum()
    program.run(Stop())
    assert program.highs.getInfo().objective_function_value == pytest.approx(value)
    program.add_edges(u, v)
    program.run(Stop())
    assert program.highs.getInfo().objective_function_value == pytest.approx(value)
    dual = np.array(program.highs.getSolution().row_dual)
    reduced = program.reduced(dual, program.cost)
    assert program.bound(dual, program.low, program.high, reduced) == pytest.approx(value, rel=1e-9)


def two_at_a_time(monkeypatch):
    """Few rows are worked on as many are; how many parts each time."""
    monkeypatch.setattr("stateviz.ordering.exact.branch_and_cut.COMPILED_ROWS", 3)
    counts, worked = [], _Search._worked

    def counted(self, pool, leaves, limits):
        counts.append(len(leaves))
        return worked(self, pool, leaves, limits)

    monkeypatch.setattr(_Search, "_worked", counted)
    return counts


def test_an_interrupt_while_two_parts_are_worked_on_ends_both_and_keeps_what_was_found(monkeypatch):
    counts = two_at_a_time(monkeypatch)
    problem, least = open_problem()
    relaxation, _ = relaxed(problem)
    stop, best = Stop(), solve(problem, start=None, rng=np.random.default_rng(0), stop=Stop()).rows
    branch, done = Branching.branch, []

    def slow(self, leaf, limits):
        if counts[-1] == 1:
            return branch(self, leaf, limits)
        done.append(leaf)
        if len(done) == 1:
            raise KeyboardInterrupt  # which reaches the one that waits, as one from the keyboard does
        while not stop():
            time.sleep(0.001)
        return Outcome((leaf,), best)

    monkeypatch.setattr(Branching, "branch", slow)
    offered = []
    with pytest.raises(KeyboardInterrupt):
        close_gap(problem, relaxation, np.arange(24), stop=stop, offer=lambda *one: offered.append(one[0]))
    assert stop.interrupted
    assert min(map(problem.length, offered)) == pytest.approx(least)


def test_two_parts_at_a_time_find_the_same_every_time(monkeypatch):
    counts = two_at_a_time(monkeypatch)
    problem, least = open_problem()
    found = []
    for _ in range(3):
        relaxation, _ = relaxed(problem)
        offered = []
        rows, bound = close_gap(
            problem, relaxation, np.arange(24), stop=Stop(), offer=lambda *one, into=offered: into.append(one[1])
        )
        assert problem.length(rows) == pytest.approx(least)
        assert problem.proves(least, bound)
        found.append((rows.tolist(), offered))
    assert found[0] == found[1] == found[2]
    assert 2 in counts


def test_time_that_is_up_between_two_parts_leaves_both_open(monkeypatch):
    counts = two_at_a_time(monkeypatch)
    problem, least = open_problem()
    relaxation, rows = relaxed(problem)
    before = relaxation.bound

    class Late(Stop):
        def __call__(self):
            return 2 in counts

    found, bound = close_gap(problem, relaxation, rows, stop=Late())
    assert 2 in counts
    assert before <= bound < least
    assert problem.length(found) <= problem.length(rows)
