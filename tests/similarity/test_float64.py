"""Digits of float64 that distances and correlations need are kept; what cannot be kept is told with numbers."""

from __future__ import annotations

import itertools
import warnings
from fractions import Fraction

import numpy as np
import pytest

from stateviz.analysis.pairwise import correlate
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Accumulator, Statistics
from stateviz.ordering.problem import task
from stateviz.ordering.run import order
from stateviz.similarity.gaps import pairwise_complete
from stateviz.similarity.metrics import distances
from stateviz.storage import RecordingWriter, export_states, load_states, open_recording

NOISE = np.random.default_rng(0).normal(size=(7, 60))
FAR = 1e6 + 0.01 * NOISE
LINE = 1e8 + np.array([[3.0, 0], [0, 0], [2, 0], [40, 0], [1, 0]])


def shortest(square):
    places = range(len(square))
    return min(sum(square[i, j] for i, j in itertools.pairwise(path)) for path in itertools.permutations(places))


def apart(rows):
    """Euclidean distances from differences, with NaN as ``pairwise`` counts it."""
    found = np.zeros((len(rows), len(rows)))
    for i, j in itertools.product(range(len(rows)), repeat=2):
        square = (rows[i] - rows[j]) ** 2
        found[i, j] = np.sqrt(np.nanmean(square) * square.size)
    return found


def test_the_correlation_of_rows_far_from_zero():
    row = 1e8 + np.arange(4.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert correlate([row, row]).values.tolist() == [[1, 1], [1, 1]]
        assert correlate(Statistics.of(StateMatrix([row, row]))).values == pytest.approx(1, abs=1e-12)
    uneven = np.array([[0, 1, 2, 3.0], [1, 0, 3, 7]])
    assert correlate(1e8 + uneven).values[0, 1] == pytest.approx(np.corrcoef(uneven)[0, 1], abs=1e-12)


@pytest.mark.parametrize("offset", [1e5, 1e6])
@pytest.mark.parametrize("form", [StateMatrix, lambda rows: Statistics.of(StateMatrix(rows))], ids=["rows", "moments"])
def test_euclidean_distances_of_rows_far_from_zero(offset, form):
    rows = offset + 0.01 * NOISE
    expected = apart(rows)
    assert distances(form(rows), "euclidean") == pytest.approx(expected, rel=1e-7)
    found = order(form(rows), metric="euclidean", method="exact")
    assert found.length == pytest.approx(shortest(expected), rel=1e-7) and found.proven


def test_the_path_at_an_offset_is_nearly_that_without():
    assert order(Statistics.of(StateMatrix(1e5 + 0.01 * NOISE)), metric="euclidean", method="exact").length == (
        pytest.approx(shortest(apart(0.01 * NOISE)), rel=1e-5)
    )


def test_rows_far_from_zero_with_a_missing_value():
    rows = FAR.copy()
    rows[2, 5] = np.nan
    expected = apart(rows)
    assert pairwise_complete(rows, "euclidean")[1] == pytest.approx(expected, rel=1e-7)
    found = order(rows, metric="euclidean", missing="pairwise", method="exact")
    assert found.length == pytest.approx(shortest(expected), rel=1e-7)


def test_two_near_rows_among_far_ones_with_a_missing_value():
    rows = np.vstack([FAR[:2], NOISE[:2]])
    rows[0, 3] = rows[3, 1] = np.nan
    for flip in (False, True):
        found = pairwise_complete(rows, "euclidean", flip=flip)[1]
        assert found[0, 1] == pytest.approx(apart(rows)[0, 1], rel=1e-7)


def test_rows_are_not_cut_to_float32_before_they_are_compared():
    found = order(LINE, metric="euclidean")
    assert found.length == pytest.approx(40, rel=1e-15 * 4) and found.proven
    assert sum(abs(LINE[i, 0] - LINE[j, 0]) for i, j in itertools.pairwise(found.rows)) == 40
    assert order(np.array([[2**53 - 4, 2**53 - 4], [2**53 - 1, 2**53 - 4]]), metric="euclidean").length == 3


def test_many_rows_far_from_zero(monkeypatch):
    rows = 1e6 + 0.01 * np.random.default_rng(1).normal(size=(40, 30))
    monkeypatch.setattr(task, "DENSE_ROWS", 4)
    found = order(rows, metric="euclidean", method="lin-kernighan")
    expected = apart(rows)
    assert found.length == pytest.approx(sum(expected[i, j] for i, j in itertools.pairwise(found.rows)), rel=1e-7)
    monkeypatch.undo()
    best = order(rows, metric="euclidean", method="exact").length
    assert best <= found.length * (1 + 1e-9) and found.length < 1.02 * best


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, 2**62 + 1])
@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_whole_numbers_that_float64_cannot_hold_are_told(value, dtype):
    if value < 0 and dtype is np.uint64:
        pytest.skip("no number below 0")
    with pytest.warns(UserWarning, match=f"1 of 4 numbers have more digits .* {value} at unit 1, step 0 is held as"):
        states = StateMatrix(np.array([[1, 2], [value, 4]], dtype))
    assert int(states.values[1, 0]) != value


def test_what_float64_holds_is_kept_exactly_and_without_a_word():
    rows = [[0.1, 0.1], [1e8 + 1, 1e8 + 2], [2.0**53, 2.0**53 - 1]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        states = StateMatrix(rows)
    assert states.values.dtype == np.float64
    assert [[Fraction(v) for v in row] for row in states.values.tolist()] == [
        [Fraction(v) for v in row] for row in rows
    ]
    assert states.select(units=[0]).values.dtype == np.float64
    assert StateMatrix(NOISE).values.dtype == np.float32
    assert StateMatrix([[3, 4], [2**24, 0]]).values.dtype == np.float32


@pytest.mark.parametrize("ending", [".zarr", ".zarr.zip", ".npy", ".npz", ".csv", ".safetensors", ".hdf5", ".parquet"])
def test_files_keep_float64(tmp_path, ending):
    states = StateMatrix(LINE)
    again = load_states(export_states(states, tmp_path / f"a{ending}"))
    assert np.array_equal(again.values, LINE) and again.values.dtype == np.float64


@pytest.mark.parametrize("small", [2**26, 0])
def test_a_recording_of_float64_keeps_it_in_every_part(tmp_path, monkeypatch, small):
    monkeypatch.setattr("stateviz.storage.recordings.stored.SMALL", small)
    with RecordingWriter(tmp_path / "a.zarr", {"h": 2}, dtype="float64") as writer:
        writer.append("abcde", {"h": LINE})
    found = open_recording(tmp_path / "a.zarr")
    assert np.array_equal(found["h"].values.T, LINE)
    assert found.select("h", units=[1]).values.dtype == np.float64
    assert found.select("h", steps=slice(0, 1)).values.dtype == np.float64


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_tensors_keep_the_digits_they_have(tmp_path, dtype):
    torch = pytest.importorskip("torch")
    square = torch.tensor([[0, 33_554_433], [33_554_433, 0]], dtype=torch.float64).to(getattr(torch, dtype))
    torch.save({"d": square}, tmp_path / "d.pt")
    expected = float(square[0, 1].double())
    assert expected == (33_554_433 if dtype == "float64" else 33_554_432)
    for given in (square, str(tmp_path / "d.pt")):
        found = order(given, metric="precomputed")
        assert found.length == expected and found.proven


def test_an_accumulator_keeps_float64():
    gathered = Accumulator(1)
    gathered.update(1e8 + np.arange(4.0)[:, None])
    assert gathered.finish().covariance.tolist() == [[1.25]]
    assert gathered.finish().mean.tolist() == [1e8 + 1.5]


@pytest.mark.parametrize("metric", ["cosine", "correlation", "euclidean", "dot"])
def test_distances_from_statistics_are_the_same_both_ways(metric):
    square = distances(Statistics.of(StateMatrix(1e5 + NOISE)), metric)
    assert np.array_equal(square, square.T)  # else a local search finds gains in rounding for ever


@pytest.mark.parametrize("values", [np.array([[1e8 + 1, 0], [1e8, 0], [1e8 + 5, 0]]), [[2**53, 0], [2**53 + 5.0, 0]]])
def test_rows_are_parted_by_less_than_they_span(values):
    exact = shortest(np.abs(np.subtract.outer(*(2 * [np.array(values)[:, 0]]))))
    assert (found := order(np.array(values), metric="euclidean")).proven
    assert found.length == exact


def test_whole_numbers_of_an_integer_type_keep_their_ranks():
    values = np.array([[10**8, 10**8 + 1, 10**8 + 2, 0, 0], [1, 2, 3, 0, 0]])
    assert correlate(values, measure="spearman").values[0, 1] == pytest.approx(1)
