"""What every row of METRICS promises, and what becomes of rows from outside."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.ordering import order, problem_from_states
from stateviz.ordering.problem.row_problem import RowProblem, compiled_costs
from stateviz.similarity.gaps import pairwise_complete
from stateviz.similarity.metric import Metric
from stateviz.similarity.metrics import METRICS, distances

FROM_ROWS = [name for name, row in METRICS.items() if row.needs != "square"]
MANY = 8300


def states(name: str, units: int = 8) -> StateMatrix:
    rng = np.random.default_rng(3)
    binary = METRICS[name].needs == "binary"
    return StateMatrix(rng.choice((-1, 1), (units, 20)) if binary else rng.normal(size=(units, 20)))


@pytest.mark.parametrize("name", METRICS)
def test_a_row_says_what_it_is_and_pickles(name):
    row = METRICS[name]
    assert row.name == name
    assert row.description
    assert row.needs in ("binary", "rows", "square")
    assert row.square is not None
    assert pickle.loads(pickle.dumps(row)).name == name  # noqa: S301


@pytest.mark.parametrize("name", FROM_ROWS)
@pytest.mark.parametrize("flip", [False, True])
def test_pairs_are_those_of_the_square(name, flip):
    row, rows = METRICS[name], states(name)
    if row.pairs is None:
        with pytest.raises(InputError, match=f"metric '{name}' has no distances of pairs of rows"):
            RowProblem.of(rows, row)
        return
    square = distances(rows, name, flip=flip)
    a, b = np.divmod(np.arange(64), 8)
    assert row.pairs(rows.values, flip)(a, b).reshape(8, 8) == pytest.approx(square, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", METRICS)
def test_statistics_give_the_same_distances_or_are_refused_by_name(name):
    rows = states(name, units=20)
    gathered = Statistics.of(rows)
    if METRICS[name].moments is None:
        with pytest.raises(InputError, match=f"metric '{name}' needs the states, and these are statistics"):
            distances(gathered, name)
    else:
        assert distances(gathered, name) == pytest.approx(distances(rows, name), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", METRICS)
def test_missing_values_have_a_form_or_are_refused_by_name(name):
    rows = states(name)
    if METRICS[name].gaps is None:
        with pytest.raises(InputError, match=f"metric '{name}' has no form for missing values"):
            pairwise_complete(rows.values, name)
    else:
        assert pairwise_complete(rows.values, name)[1] == pytest.approx(distances(rows, name), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", METRICS)
def test_flips_have_a_sign_or_are_refused_by_name(name):
    if METRICS[name].signed_rows is None:
        with pytest.raises(InputError, match=f"metric '{name}' has no sign to flip by"):
            distances(states(name, 20), name, flip=True)
    else:
        assert np.all(distances(states(name), name, flip=True) <= distances(states(name), name) + 1e-12)


@pytest.mark.parametrize("name", FROM_ROWS)
def test_a_compiled_cost_is_the_distance(name):
    from stateviz.ordering.problem.kernels.costs import row_distance

    row, rows = METRICS[name], states(name)
    if row.compiled is None:
        with pytest.raises(InputError, match="has none; choose from|has no distances of pairs of rows"):
            order(np.random.default_rng(0).normal(size=(MANY, 2)), metric=row, method="lin-kernighan")
        return
    costs = compiled_costs(RowProblem.of(rows, row).products)
    pairs = np.argwhere(~np.eye(8, dtype=bool))
    found = [row_distance(costs.rows, costs.bits, costs.how, i, j) for i, j in pairs]
    assert np.array(found) == pytest.approx(distances(rows, name)[tuple(pairs.T)], rel=1e-5, abs=1e-5)


# --- rows from outside


def city_block(states: StateMatrix, flip: bool) -> np.ndarray:
    return np.abs(states.values[:, None].astype(float) - states.values).sum(axis=2)


def city_block_pairs(values: np.ndarray, flip: bool):
    return lambda a, b: np.abs(values[a].astype(float) - values[b]).sum(axis=1)


CITY_BLOCK = Metric("city_block", "sum of absolute differences", city_block, true_metric=True)


def test_a_row_from_outside_orders_as_the_distances_it_gives():
    rows = states("euclidean")
    table = METRICS.with_row(CITY_BLOCK)
    assert "city_block" not in METRICS
    apart = city_block(rows, False)
    for metric in (table["city_block"], city_block):
        found = order(rows, metric=metric)
        assert found.metric == "city_block"
        assert found.length == pytest.approx(order(apart, metric="precomputed").length)
        assert found.proven


def test_many_rows_are_refused_where_a_metric_has_no_pairs():
    rows = np.random.default_rng(0).normal(size=(MANY, 4))
    with pytest.raises(InputError, match="metric 'city_block' has no distances of pairs of rows"):
        order(rows, metric=CITY_BLOCK)


def test_many_rows_are_measured_by_pairs():
    rows = StateMatrix(np.random.default_rng(0).normal(size=(MANY, 4)))
    metric = replace(CITY_BLOCK, pairs=city_block_pairs)
    found = order(rows, metric=metric, method="mean")
    values = rows.values[found.rows].astype(float)
    assert found.length == pytest.approx(np.abs(np.diff(values, axis=0)).sum(), rel=1e-6)
    assert found.length > 1000
    assert found.bound is None
    with pytest.raises(InputError, match="lin-kernighan needs the compiled cost of a metric .* 'city_block' has none"):
        order(rows, metric=metric)


@pytest.mark.parametrize(
    ("square", "expected"),
    [
        (lambda states, flip: np.zeros((2, 2)), "gave distances of 2 rows, and there are 8"),
        (lambda states, flip: -city_block(states, flip), "is negative"),
        (lambda states, flip: np.full((8, 8), np.nan), "is not a finite number"),
        (lambda states, flip: np.triu(city_block(states, flip)), "differs from its mirror image"),
    ],
)
def test_what_a_row_gives_is_checked(square, expected):
    with pytest.raises(InputError, match=f"metric '<lambda>' gave .*{expected}|{expected}"):
        problem_from_states(states("cosine"), square)


def test_a_row_without_a_form_is_refused_by_name():
    rows = states("cosine", units=20)
    with pytest.raises(InputError, match="'city_block' needs the states"):
        order(Statistics.of(rows), metric=CITY_BLOCK)
    with pytest.raises(InputError, match="'city_block' has no form for missing values"):
        order(rows, metric=CITY_BLOCK, missing="pairwise")
    with pytest.raises(InputError, match="'city_block' has no sign"):
        order(rows, metric=CITY_BLOCK, flip=True)
    with pytest.raises(InputError, match="'city_block' has no distances of all pairs"):
        order(rows, metric=replace(CITY_BLOCK, square=None))
    with pytest.raises(InputError, match="metric is 3; give a name, a row"):
        order(rows, metric=3)


@pytest.mark.parametrize("part", ["pairs", "moments"])
def test_a_part_left_over_from_another_row_is_refused_by_name(part):
    mixed = replace(METRICS["euclidean"], name="mixed", square=city_block)
    rows = np.random.default_rng(0).normal(size=(MANY, 4))
    given = StateMatrix(rows) if part == "pairs" else Statistics.of(StateMatrix(rows[:20]))
    alone = replace(mixed, **{other: None for other in ("pairs", "moments", "compiled") if other != part})
    with pytest.raises(InputError, match=f"metric 'mixed': {part} gives .* where square gives"):
        order(given, metric=alone, method="identity")


def test_a_compiled_cost_left_over_from_another_row_is_refused_by_name():
    mixed = replace(METRICS["euclidean"], name="mixed", square=city_block, pairs=city_block_pairs, moments=None)
    with pytest.raises(InputError, match="metric 'mixed': compiled gives .* where square gives"):
        order(np.random.default_rng(0).normal(size=(MANY, 4)), metric=mixed, method="or-opt", time=1)
