import numpy as np
import pytest

from stateviz.analysis.nulls.shifts import (
    corrected_p,
    joined,
    long_texts,
    powers,
    random_turns,
    text_dots,
    turned,
    upper_quantile,
)
from stateviz.core.errors import InputError


@pytest.mark.parametrize("steps", [40, 41])
def test_the_spread_over_all_shifts_follows_from_power_spectra(steps):
    one, two = np.random.default_rng(0).normal(size=(2, 3, steps)).cumsum(axis=2)
    whole = [slice(0, steps)]
    dots = np.array([one @ np.roll(two, shift, axis=1).T for shift in range(steps)])
    assert np.sqrt(powers(one, whole) @ powers(two, whole).T) == pytest.approx(dots.std(axis=0))
    assert text_dots(one, two, whole) == pytest.approx(dots.mean(axis=0))


def test_spreads_and_means_of_texts_add():
    one, two = np.random.default_rng(1).normal(1, 1, size=(2, 2, 17))
    texts = [slice(0, 8), slice(8, 17)]
    dots = np.array(
        [
            one[:, :8] @ np.roll(two[:, :8], a, axis=1).T + one[:, 8:] @ np.roll(two[:, 8:], b, axis=1).T
            for a in range(8)
            for b in range(9)
        ]
    )
    assert np.sqrt(powers(one, texts) @ powers(two, texts).T) == pytest.approx(dots.std(axis=0))
    assert text_dots(one, two, texts) == pytest.approx(dots.mean(axis=0))


def test_rows_turn_inside_their_texts():
    rows = np.array([[1, 2, 3, 10, 20], [4, 5, 6, 30, 40]])
    found = turned(rows, [slice(0, 3), slice(3, 5)], np.array([[1, 0], [2, 1]]))
    assert found.tolist() == [[2, 3, 1, 10, 20], [6, 4, 5, 40, 30]]


def test_pairs_turned_to_where_they_were_are_left_out():
    rows = np.zeros((5, 60))
    rows[:, 10:13] = 1
    for guard, apart in ((2, 2), (0, 0)):
        for found, near in random_turns(rows, [slice(0, 60)], 50, guard, np.random.default_rng(0)):
            places = found.argmax(axis=1) - 60 * (found[:, 0] * found[:, -1] > 0) * (found.argmax(axis=1) == 0)
            assert near.diagonal().all()
            distance = np.abs(places[:, None] - places)
            if not (found[:, 0] * found[:, -1]).any():
                assert np.array_equal(near, np.minimum(distance, 60 - distance) <= apart)


def test_short_texts_are_left_out_and_said():
    with pytest.warns(UserWarning, match=r"1 of 3 texts have fewer than 200 steps and are left out .*\(50 steps\)"):
        texts = long_texts((250, 300), 600)
    assert texts == (slice(0, 250), slice(300, 600))
    kept, places = joined(np.arange(600)[None], texts)
    assert kept.shape == (1, 550) and places == (slice(0, 250), slice(250, 550))
    assert long_texts((), 50) == (slice(0, 50),)
    with pytest.raises(InputError, match="each of 2 texts has fewer than 200 steps"):
        long_texts((50,), 100)


def test_p_counts_the_value_itself():
    draws = np.array([3.0, 1.0, 2.0])
    assert corrected_p(draws, np.array([4.0, 2.0, 0.0])).tolist() == [0.25, 0.75, 1.0]


@pytest.mark.parametrize(("alpha", "expected"), [(0.05, 95.0), (0.5, 50.0), (0.01, 99.0)])
def test_the_quantile_counts_the_draw_that_is_tested_among_the_draws(alpha, expected):
    assert upper_quantile(np.arange(99, 0, -1.0), alpha) == expected


def test_too_few_draws_say_how_many_are_needed():
    with pytest.raises(InputError, match="98 shifts are too few to tell 1 in 100; give at least 99"):
        upper_quantile(np.arange(98.0), 0.01)
