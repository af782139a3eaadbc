"""order(): methods by name, pipelines, options, direction, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.ordering import Answer, order
from stateviz.ordering.pipeline import resolve_method


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).choice((-1, 1), (12, 20))


def test_auto_is_exact_up_to_1100_rows_within_a_minute_and_a_heuristic_above(monkeypatch):
    assert resolve_method("auto", 1100) == "exact"
    assert resolve_method("auto", 1101) == "lin-kernighan"
    assert (resolve_method("auto", 1000, 4), resolve_method("auto", 1000, 3)) == ("exact", "lin-kernighan")
    assert resolve_method("auto", 200, 0.1) == "exact"
    monkeypatch.setattr("stateviz.ordering.pipeline.EXACT_ROWS", 20)
    seen = []

    def look(problem, *, stop, **_):
        seen.append(stop.seconds)
        return np.arange(problem.size)

    many = np.random.default_rng(0).choice((-1, 1), (21, 30))
    assert order(many, bound=False).method == "lin-kernighan"
    monkeypatch.setattr("stateviz.ordering.methods.exact.solve", look)
    assert order(many[:20]).method == "exact"
    order(many[:20], time=5)
    order(many[:20], method="exact")
    assert seen == [60, 5, None]


def test_a_pipeline_runs_from_left_to_right(values):
    first, both = (order(values, method=m) for m in ("greedy-insert", "greedy-insert,two-opt"))
    assert both.length < first.length
    assert both.method == "greedy-insert,two-opt"
    assert order(values, method="mean, exact").proven


def test_an_improver_alone_starts_from_the_means(values):
    alone, named = order(values, method="two-opt"), order(values, method="mean,two-opt")
    assert alone.method == "mean,two-opt"
    assert alone.rows.tolist() == named.rows.tolist()


def test_a_constructor_that_would_discard_work_is_refused(values):
    with pytest.raises(InputError, match="greedy-insert starts anew and would discard two-opt"):
        order(values, method="mean,two-opt,greedy-insert")


def test_a_function_is_a_method(values):
    def backwards(problem, *, start, rng, stop, by=1):
        return np.arange(problem.size)[::-by]

    found = order(values, method=backwards, by=1)
    assert found.method == "backwards"
    assert found.options == {"by": 1}
    assert found.rows.tolist() in (list(range(12)), list(range(12))[::-1])
    assert found.bound <= order(values).length


def test_a_function_cannot_claim_a_bound(values):
    def boastful(problem, *, start, rng, stop):
        rows = np.arange(problem.size)
        return Answer(rows, bound=problem.length(rows))

    found = order(values, method=boastful)
    assert not found.proven
    assert found.bound == order(values).length


@pytest.mark.parametrize("wrong", [[0, 0, 1], [0.0, 1.0, 2.0], [0, 1], [[0, 1, 2]], [1, 2, 3], "abc"])
def test_a_function_that_returns_no_permutation_is_named(wrong):
    def careless(problem, *, start, rng, stop):
        return wrong

    with pytest.raises(InputError, match="careless did not return each row from 0 to 2 once"):
        order(np.eye(3), method=careless)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"method": "2opt"}, "unknown method '2opt'.*did you mean 'two-opt'"),
        ({"method": "mean,two-op"}, "did you mean 'two-opt'"),
        ({"metric": "haming"}, "unknown metric 'haming'.*did you mean 'hamming'"),
        ({"method": "exact", "kick": 3}, "unknown option 'kick'.*did you mean 'kicks'"),
        ({"method": "mean", "kicks": 3}, "unknown option 'kicks'; mean takes none"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(values, words, expected):
    with pytest.raises(UnknownNameError, match=expected):
        order(values, **words)


@pytest.mark.parametrize("seed", [-1, 1.5, "x", True])
def test_a_seed_is_a_whole_number(values, seed):
    with pytest.raises(InputError, match="whole number"):
        order(values, seed=seed)


@pytest.mark.parametrize("time", [0, -1, float("nan")])
def test_time_is_above_zero(values, time):
    with pytest.raises(InputError, match="seconds above 0"):
        order(values, time=time)


def test_the_same_seed_gives_the_same_text_but_for_seconds(values):
    for method in ("random", "exact", "greedy-insert,two-opt"):
        first, second = (json.loads(order(values, method=method, seed=7).to_json()) for _ in range(2))
        assert first | {"seconds": 0} == second | {"seconds": 0}
        assert Ordering.from_json(json.dumps(first)).rows.tolist() == first["rows"]


def test_the_direction_is_canonical():
    rng = np.random.default_rng(3)
    for _ in range(10):
        values = rng.choice((-1, 1), (6, 7))
        means = values.mean(axis=1)
        rows = np.random.default_rng(5).permutation(6)

        def given(problem, *, start, rng, stop, rows):
            return rows

        one, other = order(values, method=given, rows=rows), order(values, method=given, rows=rows[::-1])
        assert one.rows.tolist() == other.rows.tolist()
        first, last = one.rows[0], one.rows[-1]
        assert (means[first], first) < (means[last], last)


def test_where_the_order_came_from_goes_with_it(values):
    states = StateMatrix(values, units=[f"u{i}" for i in range(12)], site="core.h", source={"model": "abc"})
    found = order(Recording(tokens=tuple("x" * 20), states={"core.h": states}))
    assert (found.site, found.model, found.units[3]) == ("core.h", "abc", "u3")
    assert found.apply(states).units == tuple(f"u{i}" for i in found.rows)


def test_a_file_is_read(values, tmp_path):
    np.save(tmp_path / "states.npy", values)
    assert order(tmp_path / "states.npy").rows.tolist() == order(values).rows.tolist()


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_very_few_rows(rows):
    found = order(np.random.default_rng(0).normal(size=(rows, 5)))
    assert sorted(found.rows) == list(range(rows))
    assert found.proven


def test_precomputed_distances_keep_their_precision():
    distances = np.abs(np.subtract.outer([0, 1, 2**25 + 1], [0, 1, 2**25 + 1]))
    found = order(distances, metric="precomputed")
    assert (found.length, found.proven) == (2**25 + 1, True)
    assert order(np.ones((4, 4)) - np.eye(4), metric="precomputed").length == 3  # not taken for binary states


def test_a_duplicate_sits_beside_its_twin():
    values = np.random.default_rng(1).choice((-1, 1), (6, 15))
    rows = order(np.vstack((values, values[2]))).rows.tolist()
    assert abs(rows.index(2) - rows.index(6)) == 1


def test_a_constant_unit_is_named_and_ordered():
    values = np.random.default_rng(1).normal(size=(6, 15))
    values[4] = 0.25
    with pytest.warns(UserWarning, match="unit 4 is constant"):
        found = order(values)
    assert sorted(found.rows) == list(range(6))


def test_time_is_kept():
    many = np.random.default_rng(0).normal(size=(150, 12))
    found = order(many, time=0.05)
    assert found.seconds < 5
    assert found.bound <= found.length


@pytest.mark.parametrize("method", ["lin-kernighan", "exact", "mean"])
def test_who_watches_sees_each_stage_and_its_clock(method):
    seen = []
    found = order(np.random.default_rng(0).normal(size=(30, 40)), method=method, watch=seen.append)
    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages == ([method] if method == "exact" else [method, "bound"])
    assert all(p.seconds >= 0 and (p.length is None or p.length >= found.length - 1e-9) for p in seen)


def test_lin_kernighan_says_how_far_it_is():
    seen = []
    found = order(np.random.default_rng(0).normal(size=(60, 40)), method="lin-kernighan", time=1.0, watch=seen.append)
    shares = [p.done for p in seen if p.stage == "lin-kernighan" and p.done is not None]
    assert shares and shares == sorted(shares) and shares[-1] <= 1
    assert min(p.length for p in seen if p.length is not None) >= found.length - 1e-9
