"""What every row of METHODS promises."""

from __future__ import annotations

import random
from importlib.util import find_spec
from itertools import permutations

import numpy as np
import pytest

from stateviz.core.errors import InputError, MissingExtraError
from stateviz.core.states import StateMatrix
from stateviz.ordering import METHODS, Answer, Problem, Stop, order, problem_from_states

NAMES = list(METHODS)
HERE = [
    pytest.param(
        name, marks=pytest.mark.skipif(METHODS[name].extra is not None and not find_spec("python_tsp"), reason="extra")
    )
    for name in NAMES
]
SIZES = (1, 2, 3, 4, 6)


def states(size: int, *, real: bool = False, seed: int = 0) -> StateMatrix:
    rng = np.random.default_rng(seed)
    return StateMatrix(rng.normal(size=(size, 9)) if real else rng.choice((-1, 1), (size, 9)))


def solve(name: str, problem: Problem, seed: int = 0, start: np.ndarray | None = None) -> np.ndarray:
    row = METHODS[name]
    if start is None and row.kind == "improver":
        start = np.random.default_rng(seed).permutation(problem.size)
    answer = row.load()(problem, start=start, rng=np.random.default_rng(seed), stop=Stop(), **row.options)
    return answer.rows if isinstance(answer, Answer) else answer


@pytest.mark.parametrize("name", NAMES)
def test_a_row_says_what_it_is(name):
    row = METHODS[name]
    assert row.name == name
    assert row.description
    assert row.kind in ("constructor", "improver")
    assert callable(row.load())


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("real", [False, True])
def test_the_answer_is_a_permutation(name, size, real):
    rows = solve(name, problem_from_states(states(size, real=real)))
    assert sorted(rows.tolist()) == list(range(size))


@pytest.mark.parametrize("name", HERE)
def test_only_distances_are_needed_or_the_row_says_otherwise(name):
    problem = Problem(problem_from_states(states(6, real=True)).distances)
    if METHODS[name].needs == "states":
        with pytest.raises(InputError, match=f"{name} needs the rows, and only their distances are known"):
            solve(name, problem)
    else:
        assert METHODS[name].needs == "distances"
        assert sorted(solve(name, problem).tolist()) == list(range(6))


@pytest.mark.parametrize("name", HERE)
def test_rows_that_are_all_alike_are_ordered(name):
    problem = problem_from_states(StateMatrix(np.ones((6, 4))))
    assert sorted(solve(name, problem).tolist()) == list(range(6))
    assert order(np.ones((6, 4)), method=name).length == 0


@pytest.mark.parametrize("name", HERE)
def test_a_seed_repeats_and_only_randomized_methods_heed_it(name):
    start = np.random.default_rng(9).permutation(6)
    problem = problem_from_states(states(6, seed=3))
    answers = [solve(name, problem, seed, start=start).tolist() for seed in (1, 1, 2, 3, 4, 5)]
    assert answers[0] == answers[1]
    if not METHODS[name].randomized:
        assert all(answer == answers[0] for answer in answers)


def test_random_is_random():
    problem = problem_from_states(states(9))
    assert solve("random", problem, 1).tolist() != solve("random", problem, 2).tolist()


@pytest.mark.parametrize("name", HERE)
def test_global_generators_are_neither_used_nor_moved(name):
    problem = problem_from_states(states(6))
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    first = solve(name, problem).tolist()
    after = random.random(), np.random.random()  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    assert after == (random.random(), np.random.random())  # noqa: NPY002
    assert solve(name, problem).tolist() == first


@pytest.mark.parametrize(
    "name", [p for p in HERE if METHODS[p.values[0]].kind == "improver" or METHODS[p.values[0]].warm]
)
@pytest.mark.parametrize("seed", range(2))
def test_what_takes_a_start_never_makes_it_longer(name, seed):
    problem = problem_from_states(states(6, real=bool(seed % 2), seed=seed))
    every = sorted(permutations(range(6)), key=problem.length)
    for start in (every[0], every[-1]):
        kept = np.array(start)
        assert problem.length(solve(name, problem, seed, start=kept)) <= problem.length(start)
        assert kept.tolist() == list(start)


@pytest.mark.parametrize("name", HERE)
def test_an_ordering_tells_its_length_and_bound(name):
    found = order(states(6), method=name, seed=4)
    problem = problem_from_states(states(6))
    assert found.length == problem.length(found.rows)
    assert found.bound <= min(problem.length(solve("exact", problem)), found.length)
    assert found.method.split(",")[-1] == name


@pytest.mark.parametrize("name", [name for name in NAMES if METHODS[name].largest])
def test_a_size_that_would_not_end_is_refused(name):
    with pytest.raises(InputError, match=f"at most {METHODS[name].largest} rows"):
        order(states(METHODS[name].largest + 1), method=name)


@pytest.mark.parametrize("name", [name for name in NAMES if METHODS[name].extra])
def test_a_missing_extra_names_the_command_that_installs_it(name, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "python_tsp", None)
    with pytest.raises(MissingExtraError, match="pip install python-tsp"):
        order(states(5), method=name)
