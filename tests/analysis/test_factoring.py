"""Factors of planted patterns, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import stateviz as sv
from stateviz.core.errors import InputError

pytest.importorskip("sklearn", reason="scikit-learn is of the extra probes")


def planted(rng, off=0.0):
    """Three patterns of four units each, active at times of their own, the first twice as strong."""
    active = (rng.random((3, 400)) < 0.3) * rng.random((3, 400)) * np.array([[2.0], [1.0], [0.9]])
    return np.repeat(np.eye(3), 4, axis=0) @ active + off, active


def test_planted_patterns_are_found():
    states, active = planted(np.random.default_rng(0))
    found = sv.factors(states, 3)
    assert found.explained > 0.999
    assert found.stability.min() > 0.99
    for factor in range(3):
        assert {one["unit"] for one in found.top(factor, 4)} == set(range(4 * factor, 4 * factor + 4))
        assert np.corrcoef(found.activity[factor], active[factor])[0, 1] > 0.999
        assert found.places(factor, 1) == [int(active[factor].argmax())]
    assert not found.below.any()
    np.testing.assert_allclose(np.linalg.norm(found.above, axis=0), 1)


def test_units_below_zero_are_told_from_those_above():
    rng = np.random.default_rng(1)
    active = rng.random((2, 300)) < 0.4
    states = np.stack([active[0], -1.0 * active[0], active[1], -2.0 * active[1]]) * 1.0
    found = sv.factors(states, 2)
    assert [(one["unit"], np.sign(one["weight"])) for one in found.top(0, 2)] == [(3, -1), (2, 1)]
    assert [(one["unit"], np.sign(one["weight"])) for one in found.top(1, 2)] == [(0, 1), (1, -1)]
    made = (found.above - found.below) @ found.activity
    np.testing.assert_allclose(made, states, atol=1e-2)


def test_noise_is_not_taken_apart_the_same_way_twice():
    assert sv.factors(np.random.default_rng(2).random((30, 200)), 8).stability.mean() < 0.95


def test_activity_is_a_feature():
    recording = sv.shipped_recording()
    found = sv.factors(recording, 3)
    assert found.activity.shape == (3, recording.steps)
    told = sv.find(recording, features={"first": found.activity[0]}, confirm=None)
    assert told.significant
    assert found == sv.factors(recording, 3)
    assert 0 < found.explained < 1


@pytest.mark.parametrize(
    ("states", "k", "message"),
    [
        (np.ones((4, 9)), 0, "k is 0"),
        (np.ones((4, 9)), 4, "fewer factors than there are units and steps"),
        (np.zeros((4, 9)), 2, "all states are 0"),
        (sv.Statistics.of(sv.StateMatrix(np.eye(4))), 2, "statistics"),
    ],
)
def test_bad_input_is_one_line(states, k, message):
    with pytest.raises(InputError, match=message):
        sv.factors(states, k)
