"""Stability: orders of resampled steps, compared with the order of all."""

from __future__ import annotations

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.ordering import rank_agreement, stability


def test_rank_agreement_does_not_heed_direction():
    rng = np.random.default_rng(0)
    one = rng.permutation(30)
    assert rank_agreement(one, one[::-1]) == 1
    assert rank_agreement(one, rng.permutation(30)) < 0.4
    assert rank_agreement([0], [0]) == 1
    with pytest.raises(InputError, match="3 and 2 rows"):
        rank_agreement([0, 1, 2], [0, 1])


def test_a_clear_order_is_stable_and_noise_is_not():
    rng = np.random.default_rng(0)
    clear = np.sin(np.arange(10)[:, None] / 4 + np.arange(200) / 9) + 0.05 * rng.normal(size=(10, 200))
    found = stability(clear, repeats=5)
    noise = stability(rng.normal(size=(10, 200)), repeats=5)
    assert np.median(found.agreement) > 0.9
    assert np.median(found.neighbours) > np.median(noise.neighbours)
    assert found.pairs.shape == (9,)
    assert found.pairs.mean() == pytest.approx(found.neighbours.mean())


def test_a_seed_repeats_and_settings_reach_order():
    rows = np.random.default_rng(1).choice((-1, 1), (8, 40))
    one, other = (stability(rows, repeats=3, seed=4, method="greedy-chain") for _ in range(2))
    assert np.array_equal(one.agreement, other.agreement)
    assert one.ordering.method == "greedy-chain"


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InputError, match="repeats is 0"):
        stability(np.eye(3), repeats=0)
    with pytest.raises(InputError, match="block is 9; the rows have 3 steps"):
        stability(np.eye(3), block=9)
    with pytest.raises(InputError, match="resamples the steps"):
        stability(np.eye(3), axis="steps")
