"""Every criterion on cases worked out by hand, and the fast sums against plain loops."""

from __future__ import annotations

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.ordering import CRITERIA
from stateviz.ordering.comparison.robinson import deviations, gradient, triples

# Rows a, b, c, d in this order, with one distance that is out of place: d(a, c) > d(a, d).
DISTANCES = np.array([[0, 1, 5, 4], [1, 0, 2, 6], [5, 2, 0, 3], [4, 6, 3, 0]])
STATES = np.array([[1, 2, 0], [3, 1, 1]])

# The triples i < k < j are abc, abd, acd, bcd. Nearer against farther:
#   d_ik vs d_ij: ab 1 < ac 5, ab 1 < ad 4, ac 5 > ad 4 (by 1, one place apart), bc 2 < bd 6
#   d_kj vs d_ij: bc 2 < ac 5, bd 6 > ad 4 (by 2, one place apart), cd 3 < ad 4, cd 3 < bd 6
BY_HAND = {
    "path-length": 1 + 2 + 3,
    "lazy-path-length": 3 * 1 + 2 * 2 + 1 * 3,
    "anti-robinson-events": 2,
    "anti-robinson-deviations": 1 + 2,
    "anti-robinson-weighted": 1 * 1 + 1 * 2,
    "relative-anti-robinson": 2 / 8,
    "banded-anti-robinson": 1 + 2 + 3,  # a fifth of four rows is less than 1: the band is 1, the path itself
    "gradient": 6 - 2,
    "weighted-gradient": (4 + 3 - 1 + 4) + (3 - 2 + 1 + 3),
    "inertia": 2 * (6 * 1 + 11 * 4 + 4 * 9),
    # Places apart are 1, 1, 1, 2, 2, 3 for distances 1, 2, 3, 5, 6, 4; each pair counts twice.
    "least-squares": 2 * (0 + 1 + 4 + 9 + 16 + 1),
    "linear-seriation": -2 * (6 * 1 + 11 * 2 + 4 * 3),
    "two-sum": 2 * ((1 / 2 + 1 / 3 + 1 / 4) * 1 + (1 / 6 + 1 / 7) * 4 + 1 / 5 * 9),
    # Means 3.5 and 5/3; sums of products and squares about them.
    "ideal-correlation": (40 - 6 * 3.5 * 5 / 3) / sqrt((91 - 6 * 3.5**2) * (20 - 6 * (5 / 3) ** 2)),
    # Ranks of the distances 1, 2, 3, 5, 6, 4 and of the places apart 2, 2, 2, 4.5, 4.5, 6.
    "rank-correlation": (85.5 - 6 * 3.5**2) / sqrt((91 - 6 * 3.5**2) * (88.5 - 6 * 3.5**2)),
    # Side by side: 1*2 + 2*0 + 3*1 + 1*1; above each other: 1*3 + 2*1 + 0*1.
    "effectiveness": 6 + 5,
    # Squares side by side 1 + 4 + 4 + 0, above each other 4 + 1 + 1, both counted from either cell.
    "neumann-stress": 2 * (9 + 6),
    # And diagonals: 1-1, 2-1 down to the right, 2-3, 0-1 down to the left.
    "moore-stress": 2 * (15 + 0 + 1 + 1 + 1),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_value_is_the_one_worked_out_by_hand(name):
    matrix = DISTANCES if CRITERIA[name].needs == "distances" else STATES
    assert CRITERIA[name](matrix) == pytest.approx(BY_HAND[name], abs=1e-12)


def test_criteria_of_the_similarity_matrix_worked_out_by_hand():
    apart = np.array([[0, 1], [1, 0]])  # similarities 1, 1/2, 1/2, 1
    assert CRITERIA["similarity-effectiveness"](apart) == pytest.approx(4 * 1 / 2)
    assert CRITERIA["similarity-neumann-stress"](apart) == pytest.approx(8 * 1 / 4)
    assert CRITERIA["similarity-moore-stress"](apart) == pytest.approx(8 * 1 / 4)  # the diagonals agree
    # Rows and columns have mean 1/2 and variance 1/4; weights 1 agree (+1/4), weights 1/2 disagree (-1/4).
    assert CRITERIA["moment-correlation"](apart) == pytest.approx((2 - 1) / (2 + 1))


def test_every_criterion_is_tested_by_hand():
    others = {name for name in CRITERIA if name.startswith("similarity-")} | {"moment-correlation"}
    assert set(BY_HAND) | others == set(CRITERIA)


@pytest.mark.parametrize("name", CRITERIA)
def test_a_row_says_what_it_is(name):
    row = CRITERIA[name]
    assert row.name == name and row.description and row.formula and row.source
    assert row.better in ("lower", "higher") and row.needs in ("distances", "states")


@pytest.mark.parametrize("name", CRITERIA)
def test_an_order_is_the_matrix_reordered(name):
    rng = np.random.default_rng(0)
    at, states = rng.random((9, 3)), rng.normal(size=(9, 5))
    apart = np.sqrt(((at[:, None] - at) ** 2).sum(-1))
    rows = rng.permutation(9)
    matrix = apart if CRITERIA[name].needs == "distances" else states
    moved = apart[np.ix_(rows, rows)] if CRITERIA[name].needs == "distances" else states[rows]
    assert CRITERIA[name](matrix, rows) == pytest.approx(CRITERIA[name](moved))
    assert CRITERIA[name](matrix, rows) != pytest.approx(CRITERIA[name](matrix))


@pytest.mark.parametrize("name", [name for name in CRITERIA if CRITERIA[name].needs == "distances"])
def test_points_on_a_line_are_judged_best_in_their_order(name):
    at = np.arange(8.0)
    apart = np.abs(at[:, None] - at)
    row = CRITERIA[name]
    rng = np.random.default_rng(1)
    others = [row(apart, rng.permutation(8)) for _ in range(200)]
    best = row(apart)
    if name == "lazy-path-length":  # postpones long steps, and on even steps has nothing to postpone
        assert best <= min(others)
    else:
        assert best <= min(others) if row.better == "lower" else best >= max(others)


@given(st.integers(0, 10_000), st.integers(1, 20), st.booleans())
def test_triples_are_the_plain_sums(seed, size, whole):
    rng = np.random.default_rng(seed)
    d = np.triu(rng.integers(0, 5, (size, size)) if whole else rng.random((size, size)), 1)
    d = d + d.T
    events = agreements = 0
    weighted = total = slope = 0.0
    for i, k, j in combinations(range(size), 3):
        for near, places in ((d[i, k], j - k), (d[k, j], k - i)):
            fall = near - d[i, j]
            events, agreements = events + (fall > 0), agreements + (fall < 0)
            weighted, total, slope = weighted + max(0, fall) * places, total + max(0, fall), slope - fall
    found = triples(d)
    assert (found.events, found.agreements) == (events, agreements)
    assert (found.weighted, deviations(d), gradient(d)) == pytest.approx((weighted, total, slope), abs=1e-9)


def test_the_compiled_count_is_the_plain_one(monkeypatch):
    d = np.random.default_rng(0).integers(0, 9, (40, 40))
    d = d + d.T
    plain = triples(d)
    monkeypatch.setattr("stateviz.ordering.comparison.robinson.COMPILED_ROWS", 10)
    assert triples(d) == plain


def test_long_recordings_are_taken_in_blocks(monkeypatch):
    states = np.random.default_rng(0).normal(size=(6, 50))
    names = [name for name in CRITERIA if CRITERIA[name].needs == "states"]
    whole = [CRITERIA[name](states) for name in names]
    monkeypatch.setattr("stateviz.ordering.comparison.formulas._COLUMNS", 7)
    assert [CRITERIA[name](states) for name in names] == pytest.approx(whole)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("name", CRITERIA)
def test_few_rows_and_equal_rows_have_a_value_or_none(name, size):
    matrix = np.zeros((size, size)) if CRITERIA[name].needs == "distances" else np.ones((size, 4))
    value = CRITERIA[name](matrix)
    undefined = {"ideal-correlation", "rank-correlation", "moment-correlation", "relative-anti-robinson"}
    assert np.isfinite(value) or name in undefined


def test_int8_states_do_not_overflow():
    states = np.tile(np.array([[1], [-1]], np.int8), (50, 300))
    assert CRITERIA["neumann-stress"](states) == 2 * 4 * 99 * 300
    assert CRITERIA["effectiveness"](states) == 100 * 299 - 99 * 300


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(InputError, match="square matrix of distances, got shape \\(2, 3\\)"):
        CRITERIA["path-length"](STATES)
    with pytest.raises(InputError, match="0 to 3 once"):
        CRITERIA["inertia"](DISTANCES, [0, 1, 2, 2])
    with pytest.raises(UnknownNameError, match="did you mean 'inertia'"):
        CRITERIA["inertai"]
