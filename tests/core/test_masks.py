"""Masked cells are missing, at every door; complex numbers are refused, not halved."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from stateviz.analysis.pairwise import correlate
from stateviz.core.errors import InputError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Accumulator
from stateviz.ordering.run import order
from stateviz.similarity.gaps import pairwise_complete
from stateviz.similarity.precomputed import check_distances
from stateviz.storage import RecordingWriter, load_states

NUMBERS = np.array([[0.0, 1.0, 2.0, 9.0], [0.0, 2.0, 1.0, 3.0], [5.0, 1.0, 2.0, 2.5]])
MASK = np.array([[0, 0, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]], bool)
MASKED = np.ma.array(NUMBERS, mask=MASK)
HOLES = np.where(MASK, np.nan, NUMBERS)


@pytest.mark.parametrize("form", [lambda m: m, list, lambda m: m.astype(np.int64), lambda m: m.astype(np.float32)])
@pytest.mark.parametrize("door", [StateMatrix, order, correlate, load_states])
def test_a_masked_cell_is_no_state(door, form):
    with pytest.raises(InputError, match=r"2 values are not finite in float32, the first nan at unit 0, step 3"):
        door(form(MASKED))


@pytest.mark.parametrize("metric", ["correlation", "euclidean", "cosine"])
@pytest.mark.parametrize("form", [lambda m: m, list])
def test_pairwise_leaves_masked_cells_out(metric, form):
    expected = pairwise_complete(HOLES, metric)
    found = pairwise_complete(form(MASKED), metric)
    assert found[0] == expected[0] and np.array_equal(found[1], expected[1])
    one, other = (order(rows, metric=metric, missing="pairwise", method="exact") for rows in (form(MASKED), HOLES))
    assert one == other


def test_the_correlation_of_masked_rows_is_that_of_what_is_left():
    shared = ~MASK[0] & ~MASK[1]
    r = np.corrcoef(NUMBERS[0, shared], NUMBERS[1, shared])[0, 1]
    assert r != pytest.approx(np.corrcoef(NUMBERS[:2])[0, 1], abs=0.01)
    assert pairwise_complete(MASKED, "correlation")[2][0, 1] == pytest.approx(r, abs=1e-12)


def test_a_mask_that_hides_nothing_changes_nothing():
    assert np.array_equal(StateMatrix(np.ma.array(NUMBERS)).values, NUMBERS)
    assert StateMatrix(np.ma.array([[0, 1]], mask=False)).binary


def test_other_doors_know_masks(tmp_path):
    with pytest.raises(InputError, match="not finite in float32 came at unit 2, step 0"):
        Accumulator(3).update(MASKED.T)
    with pytest.raises(InputError, match=r"distance \[0, 1\] = nan is not a finite number"):
        check_distances(np.ma.array([[0, 1], [1, 0]], mask=[[0, 1], [1, 0]]))
    depth = np.ma.array([1, 2, 3, 4], mask=[0, 0, 0, 1])
    with RecordingWriter(tmp_path / "a.zarr", {"h": 3}) as writer:
        with pytest.raises(InputError, match="nan at unit 2, step 0 is not finite"):
            writer.append("abcd", {"h": MASKED.T}, {"depth": depth})
        writer.append("abcd", {"h": NUMBERS.T}, {"depth": depth})
    held = Recording("abcd", {"h": StateMatrix(NUMBERS)}, tracks={"depth": depth}).tracks["depth"]
    assert np.array_equal(held, [1, 2, 3, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    "door",
    [
        StateMatrix,
        order,
        lambda rows: order(rows, missing="pairwise"),
        lambda rows: order(rows, metric="precomputed"),
        correlate,
        check_distances,
    ],
)
def test_complex_numbers_are_refused(door):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match="got complex128; give real and imaginary parts as rows of their own"):
            door(np.array([[0, 1j], [1j, 0]]))
