import numpy as np
import pytest

from stateviz.analysis.nulls.shifts import shifted_maxima, upper_quantile
from stateviz.core.errors import InputError


def test_pairs_turned_to_where_they_were_are_left_out():
    row = np.zeros((1, 60))
    row[0, 10] = 1  # turned rows meet only where both are turned alike
    rows = np.repeat(row, 5, axis=0)
    rng = np.random.default_rng(0)
    assert shifted_maxima(rows, 200, 0, rng).max() == 0
    wide = np.zeros((1, 60))
    wide[0, 10:13] = 3**-0.5
    assert shifted_maxima(np.repeat(wide, 5, axis=0), 200, 2, rng).max() == 0
    assert shifted_maxima(np.repeat(wide, 5, axis=0), 200, 0, rng).max() == pytest.approx(2 / 3, abs=1e-6)


def test_an_opposed_pair_counts_as_a_related_one():
    rows = np.array([[1.0, 1, -1, -1], [-1, -1, 1, 1]]) / 2
    assert set(shifted_maxima(rows, 50, 0, np.random.default_rng(0)).round(5)) == {0.0, 1.0}


@pytest.mark.parametrize(("alpha", "expected"), [(0.05, 95.0), (0.5, 50.0), (0.01, 99.0)])
def test_the_quantile_counts_the_draw_that_is_tested_among_the_draws(alpha, expected):
    assert upper_quantile(np.arange(99, 0, -1.0), alpha) == expected


def test_too_few_draws_say_how_many_are_needed():
    with pytest.raises(InputError, match="98 shifts are too few to tell 1 in 100; give at least 99"):
        upper_quantile(np.arange(98.0), 0.01)
