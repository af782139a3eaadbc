"""What every row of CRITERIA promises, and what becomes of rows from outside."""

from __future__ import annotations

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.ordering import CRITERIA, Criterion, compare

ROWS = np.random.default_rng(4).normal(size=(7, 12))
APART = np.abs(ROWS[:, None] - ROWS).sum(axis=2)


def matrix(name: str) -> np.ndarray:
    return APART if CRITERIA[name].needs == "distances" else ROWS


@pytest.mark.parametrize("name", CRITERIA)
def test_a_row_says_what_it_is(name):
    row = CRITERIA[name]
    assert row.name == name
    assert row.description and row.formula and row.source
    assert row.better in ("lower", "higher")
    assert row.needs in ("distances", "states")


@pytest.mark.parametrize("name", CRITERIA)
def test_the_value_is_that_of_the_rows_in_the_order(name):
    rows = np.random.default_rng(1).permutation(7)
    taken = matrix(name)[np.ix_(rows, rows)] if CRITERIA[name].needs == "distances" else matrix(name)[rows]
    value = CRITERIA[name](matrix(name), rows)
    assert isinstance(value, float)
    assert np.isfinite(value)
    assert value == pytest.approx(CRITERIA[name](taken), rel=1e-12)


@pytest.mark.parametrize("name", CRITERIA)
def test_the_matrix_is_left_as_it_was_and_a_reversed_order_is_judged(name):
    before = matrix(name).copy()
    forward, backward = (CRITERIA[name](matrix(name), order) for order in (np.arange(7), np.arange(7)[::-1]))
    assert np.array_equal(matrix(name), before)
    if name != "lazy-path-length":  # the one that counts from the first row
        assert backward == pytest.approx(forward, rel=1e-12)


@pytest.mark.parametrize("name", CRITERIA)
def test_what_is_no_matrix_or_no_order_is_refused_by_name(name):
    with pytest.raises(InputError, match=f"criterion '{name}' judges"):
        CRITERIA[name](np.zeros(3))
    with pytest.raises(InputError, match="is not one of 7 rows"):
        CRITERIA[name](matrix(name), [0, 0, 1, 2, 3, 4, 5])


def longest_step(apart: np.ndarray) -> float:
    return float(np.diagonal(apart, 1).max())


def test_a_row_from_outside_is_a_column_of_the_table():
    row = Criterion("longest-step", "the longest step", "max d(i, i+1)", "here", "lower", longest_step)
    assert CRITERIA.with_row(row)["longest-step"] is row and "longest-step" not in CRITERIA
    found = compare(ROWS, methods=["identity", "exact"], criteria=[row, "path-length"], metric="euclidean")
    apart = np.sqrt(((ROWS[:, None] - ROWS) ** 2).sum(axis=2))
    for trial in found.trials:
        rows = trial.ordering.rows
        assert trial.values["longest-step"] == pytest.approx(longest_step(apart[np.ix_(rows, rows)]), rel=1e-6)
    assert "longest-step" in found.to_text()
