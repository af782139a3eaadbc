"""A sheet of orders: every one the same way round."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

import stateviz as sv
from stateviz.reporting.comparisons import aligned, draw_comparison

mpl.use("Agg")


def ordering(rows, *, length=1.0, signs=None, breaks=()):
    rows = list(rows)
    return sv.Ordering(
        rows,
        signs or [1] * len(rows),
        length,
        None,
        False,
        False,
        "m",
        "hamming",
        units=range(len(rows)),
        breaks=breaks,
    )


def test_an_order_and_its_reverse_are_drawn_alike():
    rng = np.random.default_rng(0)
    states = sv.StateMatrix((np.arange(30)[:, None] > rng.integers(0, 30, (30, 80))).astype(int))
    near = np.arange(30)
    near[[3, 9]] = near[[9, 3]]
    shuffled = rng.permutation(30)
    given = [ordering(range(30), length=9.0), ordering(near[::-1]), ordering(near, length=2.0), ordering(shuffled)]
    for turned in (given, [ordering(o.rows[::-1], length=o.length) for o in given[1:]]):
        *_, best, other, third = aligned(turned, states)
        assert best.rows.tolist() == other.rows.tolist() == near.tolist()
        assert np.dot(np.argsort(third.rows) - 14.5, np.arange(30)) > 0
    assert aligned(given, states)[0].rows.tolist() == list(range(30))


def test_an_order_as_recorded_stays_so_whatever_the_shortest_is():
    states = sv.StateMatrix(np.tri(6, dtype=int)[::-1])
    identity, best = aligned([ordering(range(6), length=9.0), ordering(range(5, -1, -1))], states)
    assert (identity.rows.tolist(), best.rows.tolist()) == ([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0])


def test_many_units_keep_their_signs():
    states = sv.StateMatrix(np.random.default_rng(0).integers(0, 2, (128, 9)))
    assert all((found.signs == 1).all() for found in aligned([ordering(range(128)), ordering(range(128))], states))


def test_signs_and_groups_travel_with_the_reverse():
    states = sv.StateMatrix(np.tri(3, dtype=int))
    (found, other) = aligned(
        [ordering([0, 1, 2], signs=[1, 1, -1]), ordering([2, 1, 0], length=2.0, signs=[1, -1, -1], breaks=(1,))], states
    )
    assert (found.rows.tolist(), found.signs.tolist()) == ([0, 1, 2], [1, 1, -1])
    assert (other.rows.tolist(), other.signs.tolist(), other.breaks) == ([0, 1, 2], [1, 1, -1], (2,))


@pytest.mark.parametrize("flip", [False, True])
def test_the_sheet_shows_them_so(flip):
    states = sv.StateMatrix(np.random.default_rng(1).integers(0, 2, (9, 40)), units=[f"u{i}" for i in range(9)])
    found = sv.compare(states, methods=["identity", "spectral", "exact"], criteria=[], flip=flip)
    figure = draw_comparison(states, found)
    pictured = [ax.images[0].get_array() for ax in figure.axes]
    if not flip:
        np.testing.assert_array_equal(pictured[0], states.values)
    for image, order in zip(pictured, aligned([trial.ordering for trial in found.trials], states), strict=True):
        np.testing.assert_array_equal(image, order.apply(states).values)
