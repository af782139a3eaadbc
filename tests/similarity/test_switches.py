"""The metric of switches orders units by when they change."""

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.ordering import order, stability
from stateviz.similarity.metrics import distances


def test_units_that_change_together_are_side_by_side():
    rng = np.random.default_rng(0)
    steps = rng.random((2, 400)) < 0.3
    walks = np.cumsum(steps, axis=1) % 2
    states = StateMatrix([walks[0], walks[1], 1 - walks[0], 1 - walks[1]])
    apart = distances(states, "switches")
    assert apart[0, 2] == pytest.approx(0, abs=1e-12) and apart[0, 1] > 0.8
    found = order(states, metric="switches")
    assert abs(found.rows.tolist().index(0) - found.rows.tolist().index(2)) == 1
    assert stability(states, metric="switches", repeats=2, block=40).pairs.min() > 0.4


def test_texts_are_not_crossed():
    states = StateMatrix([[0, 0, 1, 1], [0, 1, 1, 1], [0, 1, 0, 1]], column_breaks=(2,))
    with pytest.warns(UserWarning, match="constant"):
        assert distances(states, "switches")[1, 2] == 1


def test_steps_are_not_ordered_by_what_compares_a_step_with_the_one_before():
    with pytest.raises(InputError, match="'switches' compares a step with the one before, and cannot order the steps"):
        order(np.eye(4), metric="switches", axis="steps")
    with pytest.raises(InputError, match="hold no switch"):
        distances(StateMatrix([[0], [1]]), "switches")
