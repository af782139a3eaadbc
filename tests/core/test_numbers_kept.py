"""A number that came is never changed, and what is binary is decided once, from the whole matrix."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Accumulator, Statistics

REAL = StateMatrix([[0.0, 1.0, 0.0], [0.5, 1.0, -1.0], [0.0, 0.0, 0.0], [1.0, -1.0, 1.0]])
BINARY = StateMatrix([[0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]])


@pytest.mark.parametrize(
    "part",
    [
        lambda states: states.select(units=[0]),
        lambda states: states.select(units=[2]),
        lambda states: states.select(units=[3]),
        lambda states: states.select(slice(1, 2)),
        lambda states: states.select(slice(0, 1), units=[0, 2]),
        lambda states: replace(states.select(units=[0]), site="other"),
        lambda states: pickle.loads(pickle.dumps(states.select(units=[0]))),  # noqa: S301
        lambda states: Recording("abc", {"h": states}).select("h", units=[0, 2]),
    ],
)
def test_a_part_of_a_real_matrix_stays_real(part):
    found = part(REAL)
    assert not found.binary and found.off is None
    assert found.values.dtype == REAL.values.dtype
    rows = [REAL.units.index(unit) for unit in found.units]
    assert set(np.unique(found.values)) <= set(np.unique(REAL.values[rows]))


@pytest.mark.parametrize("unit", [0, 1, 2])
def test_a_part_of_a_binary_matrix_keeps_its_two_numbers(unit):
    found = BINARY.select(units=[unit])
    assert found.binary and found.off == 0
    assert np.array_equal(found.values, BINARY.values[[unit]])
    assert np.array_equal(found.reorder([0], [-1]).values, 1 - BINARY.values[[unit]])


@pytest.mark.parametrize("values", [[[-1, 1], [1, 1]], [[1, 1], [1, 1]], np.array([[-1.0, 1.0]])])
def test_minus_one_and_one_are_kept_and_negated(values):
    states = StateMatrix(values)
    assert states.binary and states.off == -1
    assert np.array_equal(states.values, values)
    assert np.array_equal(states.reorder_steps([0, 1], [-1, 1]).values[:, 0], -np.asarray(values)[:, 0])


def test_a_flip_of_columns_exchanges_on_and_off_too():
    assert BINARY.reorder_steps([3, 2, 1, 0], [-1, 1, 1, 1]).values.tolist() == [
        [1, 1, 1, 0],
        [0, 1, 1, 1],
        [1, 0, 0, 0],
    ]


def test_the_caller_decides_what_is_binary():
    assert not StateMatrix([[0, 1], [1, 1]], binary=False).binary
    assert StateMatrix([[0.0, 1.0], [1.0, 1.0]], binary=False).values.tolist() == [[0, 1], [1, 1]]
    assert StateMatrix([[1, 1]], binary=True, off=0).off == 0
    with pytest.raises(InputError, match=r"binary states are -1 and 1, or 0 and 1; 0\.5 came at unit 1, step 0"):
        StateMatrix([[0, 1], [0.5, 1]], binary=True)
    with pytest.raises(InputError, match="binary states are -1 and 1, or 0 and 1; 0 came at unit 0, step 1"):
        StateMatrix([[-1, 0, 1]], binary=True)
    with pytest.raises(InputError, match="binary states are 0 and 1; -1 came at unit 0, step 0"):
        StateMatrix([[-1, 1]], off=0)
    with pytest.raises(InputError, match="off is 0"):
        StateMatrix([[0, 1]], binary=False, off=0)
    with pytest.raises(InputError, match="off is 2"):
        StateMatrix([[0, 1]], off=2)


def test_statistics_are_binary_where_the_states_are_never_by_what_was_seen():
    assert not Statistics.of(REAL.select(units=[3])).binary
    assert Statistics.of(BINARY).off == 0
    gathered = Accumulator(1)
    gathered.update([[-1.0], [1.0]])
    assert not gathered.finish().binary
    with pytest.raises(InputError, match="another value than -1 and 1 came, .* at unit 0, step 0"):
        Accumulator(1, off=-1).update([[0.5]])
    with pytest.raises(InputError, match="cannot be merged"):
        gathered.merge(Accumulator(1, off=-1))


def test_statistics_of_zeros_and_ones_flip_as_the_states_do():
    flipped = Statistics.of(BINARY).reorder([2, 0, 1], [-1, 1, -1])
    expected = Statistics.of(BINARY.reorder([2, 0, 1], [-1, 1, -1]))
    for name in ("mean", "covariance", "minimum", "maximum"):
        assert np.array_equal(getattr(flipped, name), getattr(expected, name)), name
    assert np.array_equal(flipped.quantiles([0.25, 0.5, 0.75]), expected.quantiles([0.25, 0.5, 0.75]))
    assert flipped.mean.tolist() == [1.0, 0.5, 0.0]
