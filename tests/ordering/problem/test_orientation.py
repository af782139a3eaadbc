"""Signs along a path against all signs there are, and the one direction and sign of a flipped order."""

from __future__ import annotations

from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.ordering import order, problem_from_states
from stateviz.ordering.problem.orientation import choose_signs
from stateviz.similarity.metrics import distances

REAL = {
    "correlation": lambda x, y: 1 - np.corrcoef(x, y)[0, 1],
    "cosine": lambda x, y: 1 - x @ y / np.linalg.norm(x) / np.linalg.norm(y),
    "euclidean": lambda x, y: np.linalg.norm(x - y),
}


def least_signed_length(values, distance) -> float:
    """Least length over all orders and all signs of every row."""
    least = np.inf
    for rows in permutations(range(len(values))):
        for signs in product((1, -1), repeat=len(rows)):
            path = values[list(rows)] * np.array(signs)[:, None]
            least = min(least, sum(distance(a, b) for a, b in pairwise(path)))
    return least


@pytest.mark.parametrize("metric", REAL)
@pytest.mark.parametrize("seed", range(3))
def test_flips_equal_brute_force_over_orders_and_signs(metric, seed):
    values = StateMatrix(np.random.default_rng(seed).normal(size=(4, 6))).values.astype(float)
    found = order(values, metric=metric, flip=True)
    assert found.length == pytest.approx(least_signed_length(values, REAL[metric]), rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_flips_equal_brute_force_on_binary_rows(seed):
    values = np.random.default_rng(seed).choice((-1, 1), (5, 6))
    found = order(values, flip=True)
    assert found.length == least_signed_length(values, lambda x, y: int((x != y).sum()))
    drawn = found.apply(StateMatrix(values, site="array"))
    assert distances(drawn, "hamming")[np.arange(4), np.arange(1, 5)].sum() == found.length


@given(st.integers(0, 10_000), st.integers(1, 8))
def test_signs_oppose_nothing_and_fall_as_little_as_can_be(seed, size):
    rng = np.random.default_rng(seed)
    products, means = rng.integers(-1, 2, size - 1).astype(float), rng.integers(-5, 6, size).astype(float)

    def falls(signs) -> float:
        levels = np.array(signs) * means
        return float(np.maximum(levels[:-1] - levels[1:], 0).sum())

    allowed = [
        signs
        for signs in product((1, -1), repeat=size)
        if all(a * b * p >= 0 for a, b, p in zip(signs, signs[1:], products, strict=False))
    ]
    found = choose_signs(products, means)
    assert tuple(found.tolist()) in allowed
    assert falls(found) == min(map(falls, allowed))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("binary", [False, True])
def test_the_picture_does_not_depend_on_the_way_the_path_was_found(seed, binary):
    rng = np.random.default_rng(seed)
    values = rng.choice((-1, 1), (7, 6)) if binary else rng.normal(size=(7, 6))
    rows = rng.permutation(7)

    def given(problem, *, start, rng, stop, rows):
        return rows

    one, other = (order(values, method=given, rows=r, flip=True, bound=False) for r in (rows, rows[::-1]))
    assert one.digest == other.digest
    means = one.signs * values.mean(axis=1)[one.rows]
    assert means[0] <= means[-1] + 1e-12
    assert means.sum() >= -1e-6


def test_negated_twins_cost_nothing():
    values = np.random.default_rng(0).choice((-1, 1), (4, 9))
    plain, doubled = order(values, flip=True), order(np.vstack((values, -values)), flip=True)
    assert plain.length == doubled.length
    assert doubled.proven


def test_distances_without_a_sign_cannot_be_flipped():
    with pytest.raises(InputError, match="no sign to flip by"):
        order(np.zeros((3, 3)), metric="precomputed", flip=True)


def test_without_flips_no_sign_changes():
    found = order(np.random.default_rng(0).choice((-1, 1), (6, 9)))
    assert found.signs.tolist() == [1] * 6


def test_a_flipped_problem_is_never_longer():
    states = StateMatrix(np.random.default_rng(0).normal(size=(9, 12)))
    plain, flipped = (problem_from_states(states, "correlation", flip=flip).distances for flip in (False, True))
    assert np.all(flipped <= plain)
