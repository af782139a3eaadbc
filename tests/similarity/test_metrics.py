"""Every metric against its definition, one pair at a time."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.similarity.metrics import METRICS, distances, flip_products, metric_row
from stateviz.similarity.precomputed import check_distances

PAIRS = {
    "hamming": lambda x, y: float((x != y).sum()),
    "correlation": lambda x, y: 1 - np.corrcoef(x, y)[0, 1],
    "cosine": lambda x, y: 1 - x @ y / np.linalg.norm(x) / np.linalg.norm(y),
    "euclidean": lambda x, y: np.linalg.norm(x - y),
}
FROM_ROWS = [name for name in METRICS if name != "precomputed"]
SIGNED = [name for name in FROM_ROWS if METRICS[name].signed_rows is not None]


def some_states(metric: str, seed: int = 0, units: int = 7, steps: int = 15) -> StateMatrix:
    rng = np.random.default_rng(seed)
    binary = METRICS[metric].needs == "binary"
    return StateMatrix(rng.choice((-1, 1), (units, steps)) if binary else rng.normal(size=(units, steps)))


@pytest.mark.parametrize("metric", METRICS)
def test_a_row_says_what_it_is(metric):
    row = METRICS[metric]
    assert row.name == metric
    assert row.description
    assert row.needs in ("binary", "rows", "square")


@pytest.mark.parametrize("metric", PAIRS)
@pytest.mark.parametrize("flip", [False, True])
def test_a_distance_is_its_definition(metric, flip):
    states = some_states(metric)
    found, rows = distances(states, metric, flip=flip), states.values.astype(float)
    for i, x in enumerate(rows):
        for j, y in enumerate(rows):
            pair = PAIRS[metric]
            expected = min(pair(x, y), pair(x, -y)) if flip else pair(x, y)
            assert found[i, j] == pytest.approx(expected if i != j else 0, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("metric", "flip"), [(name, False) for name in FROM_ROWS] + [(name, True) for name in SIGNED])
@pytest.mark.parametrize("seed", range(3))
def test_distances_are_symmetric_never_negative_and_zero_to_themselves(metric, flip, seed):
    states = some_states(metric, seed, units=40)
    found = distances(states, metric, flip=flip)
    assert np.array_equal(found, found.T)
    assert found.min() >= 0
    assert not np.diag(found).any()
    assert (found.dtype.kind == "i") >= METRICS[metric].integer


@pytest.mark.parametrize("metric", [name for name in FROM_ROWS if METRICS[name].true_metric])
@pytest.mark.parametrize("flip", [False, True])
def test_a_true_metric_keeps_the_triangle_inequality(metric, flip):
    found = distances(some_states(metric, units=20, steps=6), metric, flip=flip)
    through = found[:, :, None] + found[None, :, :]
    assert np.all(found[:, None, :] <= through + 1e-12)


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_shifted_dot_products_order_as_dot_products(seed, binary, flip):
    rng = np.random.default_rng(seed)
    states = StateMatrix(rng.choice((-1, 1), (6, 9)) if binary else rng.normal(size=(6, 9)))
    values = states.values.astype(float)
    product = np.abs(values @ values.T) if flip else values @ values.T
    off = ~np.eye(6, dtype=bool)
    total = distances(states, "dot", flip=flip)[off] + product[off]
    assert total == pytest.approx(np.full(30, total[0]))
    assert total[0] == pytest.approx(np.diag(values @ values.T).max())


def test_dot_on_binary_rows_is_twice_hamming():
    states = some_states("hamming")
    assert np.array_equal(distances(states, "dot"), 2 * distances(states, "hamming"))


def test_auto_is_hamming_for_binary_rows_and_correlation_for_real_ones():
    assert metric_row("auto", binary=True) is METRICS["hamming"]
    assert metric_row("auto", binary=False) is METRICS["correlation"]
    with pytest.raises(UnknownNameError, match="did you mean 'euclidean'"):
        metric_row("euclid", binary=False)


@pytest.mark.parametrize("flip", [False, True])
def test_a_constant_unit_counts_as_uncorrelated_and_is_named(flip):
    values = np.random.default_rng(0).normal(size=(5, 9))
    values[3] = 0.1  # not exact in binary: its mean need not be the value
    states = StateMatrix(values, units=["a", "b", "c", "still", "e"])
    with pytest.warns(UserWarning, match="unit still is constant"):
        found = distances(states, "correlation", flip=flip)
    assert found[3].tolist() == [1, 1, 1, 0, 1]


def test_many_constant_units_are_counted_and_a_zero_unit_is_named_under_cosine():
    with pytest.warns(UserWarning, match="units 0, 1, .* and 2 more are constant"):
        found = distances(StateMatrix(np.full((12, 3), 0.5)), "correlation")
    assert np.array_equal(found, 1 - np.eye(12))
    with pytest.warns(UserWarning, match="unit 1 is zero throughout"):
        assert distances(StateMatrix([[1.5, 2.0], [0.0, 0.0]]), "cosine")[0, 1] == 1


def test_one_step_and_one_unit():
    with pytest.warns(UserWarning, match="constant"):
        assert distances(StateMatrix([[0.5], [0.7]]), "correlation").tolist() == [[0, 1], [1, 0]]
    for metric in FROM_ROWS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert distances(StateMatrix([[1, -1]]), metric).tolist() == [[0]]


def test_equal_rows_are_at_euclidean_distance_zero_and_near_ones_keep_their_digits():
    base = np.random.default_rng(0).normal(size=6).astype(np.float32) * 100
    near = base.copy()
    near[0] = np.nextafter(near[0], np.float32(1e9))
    states = StateMatrix(np.stack((base, base, near, -base)))
    found = distances(states, "euclidean")
    assert found[0, 1] == 0
    assert found[0, 2] == pytest.approx(abs(float(near[0]) - float(base[0])), rel=1e-9)
    flipped = distances(states, "euclidean", flip=True)
    assert flipped[0, 3] == 0
    assert flipped[2, 3] == pytest.approx(found[0, 2], rel=1e-9)


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_very_small_and_very_large_rows_have_correlations(scale):
    values = np.random.default_rng(0).normal(size=(4, 9))
    plain, scaled = (distances(StateMatrix(v), "correlation") for v in (values, values * scale))
    assert scaled == pytest.approx(plain, abs=1e-6)


def test_hamming_needs_binary_rows():
    with pytest.raises(InputError, match="choose correlation, cosine or euclidean"):
        distances(some_states("cosine"), "hamming")


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (np.zeros((2, 3)), "square matrix"),
        ([[0, 1], [2, 0]], r"\[0, 1\] = 1 differs from its mirror image"),
        ([[0, -1], [-1, 0]], "is negative"),
        ([[0, np.nan], [np.nan, 0]], "not a finite number"),
        ([[1, 2], [2, 1]], "is on the diagonal"),
    ],
)
def test_what_is_no_distance_is_named(matrix, expected):
    with pytest.raises(InputError, match=expected):
        check_distances(matrix)


def test_a_square_of_zeros_and_ones_is_taken_for_distances_when_it_is_said_so():
    states = StateMatrix([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    assert states.binary
    assert distances(states, "precomputed").tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    with pytest.raises(InputError, match="no sign to flip by"):
        distances(states, "precomputed", flip=True)


@pytest.mark.parametrize("metric", SIGNED)
def test_products_say_which_pairs_oppose(metric):
    states = some_states(metric)
    rows = np.arange(7)
    products = flip_products(states, metric, rows)
    flipped = distances(states, metric, flip=True)
    plain = distances(states, metric)
    for i, p in enumerate(products):
        assert (flipped[i, i + 1] < plain[i, i + 1] - 1e-12) == (p < 0)
