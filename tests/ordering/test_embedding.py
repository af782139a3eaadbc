"""Methods that read an order off an axis or a curve: what they recover, and how they meet ties and pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.states import StateMatrix
from stateviz.ordering import order, problem_from_states
from stateviz.ordering.embedding import by_key, coordinates, leading
from stateviz.ordering.methods.frequency import mean_frequency
from stateviz.ordering.methods.space_filling import hilbert_index


def on_a_line(seed: int, size: int) -> tuple[np.ndarray, list[int]]:
    """Points on a line in space, shuffled, and their order from the lowest mean on."""
    rng = np.random.default_rng(seed)
    at = rng.permutation(np.cumsum(0.1 + rng.random(size)))
    return np.outer(at, np.linspace(1, 2, 7)) + 3, np.argsort(at).tolist()


@given(st.integers(0, 1000), st.integers(2, 30), st.sampled_from(["pca", "mds", "space-filling", "spectral"]))
def test_points_on_a_line_are_ordered_along_it(seed, size, method):
    rows, expected = on_a_line(seed, size)
    assert order(rows, method=method, metric="euclidean", bound=False).rows.tolist() == expected


def test_spectral_recovers_a_robinson_matrix():
    place = np.random.default_rng(0).permutation(25)
    apart = np.abs(place[:, None] - place)
    rows = order(np.minimum(apart, 9) ** 1.5, method="spectral", metric="precomputed", bound=False).rows
    assert place[rows].tolist() in (list(range(25)), list(range(25))[::-1])


def test_spectral_keeps_unconnected_groups_together():
    at = np.array([0.0, 50.0, 1.0, 51.0, 2.0, 52.0])
    apart = np.minimum(np.abs(at[:, None] - at), 10)
    rows = order(apart, method="spectral", metric="precomputed", bound=False).rows.tolist()
    assert {frozenset(rows[:3]), frozenset(rows[3:])} == {frozenset((0, 2, 4)), frozenset((1, 3, 5))}
    assert rows.index(2) in (1, 4) and rows.index(3) in (1, 4)


@pytest.mark.parametrize("method", ["pca", "mds", "space-filling", "spectral", "frequency"])
def test_equal_rows_stay_in_their_order(method):
    rows = np.repeat(np.random.default_rng(0).normal(size=(5, 12)), 4, axis=0)
    found = order(rows, method=method, metric="euclidean", bound=False).rows
    groups = (found // 4).reshape(5, 4)
    assert np.all(groups == groups[:, :1])
    # An order is read from the end of lower mean, so that all groups may have been turned around.
    steps = np.diff(found.reshape(5, 4), axis=1)
    assert np.all(steps == 1) or np.all(steps == -1)


def test_pca_is_mds_of_euclidean_distances():
    rows = np.random.default_rng(1).normal(size=(30, 6)) * [5, 1, 1, 1, 1, 1]
    pca, mds = (order(rows, method=name, metric="euclidean", bound=False).rows.tolist() for name in ("pca", "mds"))
    assert pca == mds


def test_pca_agrees_with_a_singular_value_decomposition():
    rows = np.random.default_rng(2).normal(size=(30, 6)).astype(np.float32) * [5, 1, 1, 1, 1, 1]
    scores = np.linalg.svd(rows - rows.mean(axis=0))[0][:, 0]
    found = order(rows, method="pca", metric="euclidean", bound=False).rows.tolist()
    assert found in (np.argsort(scores).tolist(), np.argsort(-scores).tolist())


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12, 1e30])
def test_the_scale_of_distances_does_not_matter(scale):
    at = np.random.default_rng(0).normal(size=(20, 2)) * [4, 1]
    apart = np.sqrt(((at[:, None] - at) ** 2).sum(-1))
    for method in ("mds", "spectral", "space-filling"):
        plain, scaled = (
            order(d, method=method, metric="precomputed", bound=False).rows.tolist() for d in (apart, apart * scale)
        )
        assert plain == scaled


def test_lanczos_and_all_eigenvectors_agree(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(60, 8)) * np.arange(8, 0, -1)
    problem = problem_from_states(StateMatrix(rows), "euclidean")
    dense = coordinates(problem, 2)
    monkeypatch.setattr("stateviz.ordering.embedding._DENSE_ROWS", 10)
    assert coordinates(problem, 2) == pytest.approx(dense, abs=1e-6)


def test_leading_gives_the_largest_first():
    values, vectors = leading(np.diag([1.0, -7.0, 4.0]), 2)
    assert values.tolist() == [4, 1]
    assert np.abs(vectors).argmax(axis=0).tolist() == [2, 0]


def test_keys_apart_by_rounding_are_tied():
    assert by_key([0.1 + 0.2, 0.3, 0.3 - 1e-6]).tolist() == [2, 0, 1]
    assert by_key([]).tolist() == []


@pytest.mark.parametrize("bits", [1, 2, 5])
def test_the_hilbert_curve_visits_every_cell_in_steps_of_one(bits):
    side = 2**bits
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    along = hilbert_index(x, y, bits)
    assert sorted(along.tolist()) == list(range(side * side))
    walk = np.argsort(along)
    assert np.all(np.abs(np.diff(x[walk])) + np.abs(np.diff(y[walk])) == 1)


def test_space_filling_is_shorter_than_chance():
    points = np.random.default_rng(0).random((200, 2))
    curve, chance = (
        order(points, method=name, metric="euclidean", bound=False).length for name in ("space-filling", "random")
    )
    assert curve < chance / 5


def test_the_frequency_of_a_wave_is_its_own():
    steps = np.arange(240)
    waves = np.stack([np.cos(2 * np.pi * steps / period) for period in (3, 60, 8, 2)])
    assert mean_frequency(waves) == pytest.approx([1 / 3, 1 / 60, 1 / 8, 1 / 2])
    assert order(waves, method="frequency", bound=False).rows.tolist() in ([1, 2, 0, 3], [3, 0, 2, 1])


def test_frequency_is_the_power_weighted_mean_of_both_halves_of_the_spectrum():
    rows = np.random.default_rng(0).normal(size=(6, 31))
    power = np.abs(np.fft.fft(rows - rows.mean(axis=1, keepdims=True))) ** 2
    expected = power @ np.abs(np.fft.fftfreq(31)) / power.sum(axis=1)
    assert mean_frequency(rows) == pytest.approx(expected)


def test_the_frequency_of_a_constant_row_is_zero_at_any_value():
    assert mean_frequency(np.array([[0.1] * 7, [1e30] * 7])).tolist() == [0, 0]
