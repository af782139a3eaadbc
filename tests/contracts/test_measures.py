"""What every row of MEASURES promises."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from stateviz.analysis import MEASURES, Measure, correlate
from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics


@pytest.fixture(params=MEASURES)
def row(request: pytest.FixtureRequest) -> Measure:
    return MEASURES[request.param]


def real(seed: int = 0) -> StateMatrix:
    return StateMatrix(np.random.default_rng(seed).normal(size=(6, 48)))


def binary(seed: int = 0) -> StateMatrix:
    return StateMatrix(np.random.default_rng(seed).choice((-1, 1), (6, 48)))


def test_a_row_says_what_it_is(row):
    assert MEASURES[row.name] is row
    assert row.description and not row.description.endswith(".")


@pytest.mark.parametrize("states", [real(), binary()], ids=["real", "binary"])
def test_the_matrix_is_symmetric_and_in_its_range(row, states):
    found = correlate(states, measure=row.name)
    assert (found.measure, found.row) == (row.name, row)
    assert found.values == pytest.approx(found.values.T, abs=1e-12)
    if row.square is None:
        assert np.abs(found.values).max() <= 1 and (np.diag(found.values) == 1).all()
    else:
        assert found.values.min() >= 0


@pytest.mark.parametrize("states", [real(), binary()], ids=["real", "binary"])
def test_a_flip_changes_the_sign_where_there_is_one(row, states):
    signs = np.array([1, -1, 1, 1, -1, 1])
    found = correlate(states, measure=row.name).values
    flipped = correlate(states.reorder(range(6), signs), measure=row.name).values
    turns = np.outer(signs, signs) if row.signed(states.binary) else 1
    assert flipped == pytest.approx(found * turns, abs=1e-9)


def test_a_scale_changes_nothing(row):
    values = real().values.astype(float)
    found = correlate(values, measure=row.name).values
    assert correlate(values * 8, measure=row.name).values == pytest.approx(found, abs=1e-6)


def test_a_constant_unit_is_uncorrelated(row):
    values = np.array(real().values)
    values[2] = 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = correlate(values, measure=row.name)
    assert found.constant == (2,)
    assert np.delete(found.values[2], 2).tolist() == [0] * 5


def test_what_chance_shows_is_told_of_every_measure(row):
    values = np.random.default_rng(1).normal(size=(4, 200))
    values[3] = values[0] + 0.1 * values[3]
    pairs = correlate(values, measure=row.name).significant(shifts=39)
    assert [(pair["unit"], pair["other"]) for pair in pairs] == [(0, 3)]


def test_moments_give_what_the_states_give_or_are_refused_by_name(row):
    for states in (real(), binary()):
        given = Statistics.of(states)
        if row.from_moments or (states.binary and row.prepare is None and row.square is None):
            found = correlate(given, measure=row.name).values
            assert found == pytest.approx(correlate(states, measure=row.name).values, abs=1e-6)
        else:
            with pytest.raises(InputError, match=f"measure '{row.name}' needs the states"):
                correlate(given, measure=row.name)
