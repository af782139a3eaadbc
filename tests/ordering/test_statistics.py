"""Orders of statistics: the same as of the states they were gathered over."""

from __future__ import annotations

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.ordering import order, stability


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("settings", [{}, {"flip": True}, {"method": "greedy-insert,two-opt"}, {"ends": "mean"}])
def test_the_order_of_statistics_is_that_of_the_states(binary, settings):
    rng = np.random.default_rng(0)
    states = StateMatrix(rng.choice((-1, 1), (30, 50)) if binary else rng.normal(size=(30, 50)))
    gathered, plain = order(Statistics.of(states), **settings), order(states, **settings)
    assert gathered.length == pytest.approx(plain.length)
    assert gathered.rows.tolist() == plain.rows.tolist()
    assert gathered.signs.tolist() == plain.signs.tolist()
    assert gathered.apply(states).units == plain.apply(states).units


def test_what_needs_the_states_is_refused():
    statistics = Statistics.of(StateMatrix(np.random.default_rng(0).normal(size=(4, 9))))
    with pytest.raises(InputError, match="the states themselves are needed"):
        order(statistics, axis="steps")
    with pytest.raises(InputError, match="the states themselves are needed"):
        stability(statistics)
