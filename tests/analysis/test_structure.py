"""structure(): numbers of the shipped recording as they were measured by hand, and what chance shows beside them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

import stateviz as sv
from stateviz.analysis.stickiness import autocorrelation_time, stickiness_of
from stateviz.analysis.synchrony import synchrony_of


@pytest.fixture(scope="module")
def shipped():
    recording = sv.shipped_recording()
    methods = {"greedy": "greedy-insert", "shortest": "exact"}
    return sv.structure(
        recording, orders={name: sv.order(recording, method=method) for name, method in methods.items()}
    )


def test_the_shipped_units_switch_together_more_than_shifts_show(shipped):
    found = shipped.synchrony
    assert found.variance == pytest.approx(41.3, abs=0.05)
    assert found.chance == pytest.approx(27.9, abs=0.2) and found.limit == pytest.approx(32.0, abs=0.4)
    assert found.common["as recorded"] == pytest.approx(0.351, abs=5e-4)
    assert found.common["random"] == pytest.approx(0.350, abs=1e-3) and found.random_spread == pytest.approx(
        0.005, abs=1e-3
    )
    assert found.common["greedy"] == pytest.approx(0.403, abs=5e-4)
    assert found.common["shortest"] == pytest.approx(0.417, abs=5e-4)
    assert found.a_step.sum() == round(shipped.stickiness.switching.sum() * 273)
    (token, (mean, count)) = next(iter(found.by_token.items()))
    at = [step for step, char in enumerate(sv.shipped_recording().tokens[1:]) if char == token]
    assert (count, mean) == (len(at), pytest.approx(found.a_step[at].mean()))


def test_the_shipped_units_stay_longer_than_shuffled_ones(shipped):
    sticky = shipped.stickiness
    assert sticky.switching.mean() == pytest.approx(0.348, abs=5e-4)
    assert sticky.shuffled_switching.mean() == pytest.approx(0.458, abs=0.003)
    assert sticky.run.mean() > sticky.shuffled_run.mean()
    assert (shipped.units, shipped.dead, shipped.saturated) == (128, (), ())
    assert shipped.effective_units == pytest.approx(
        128**2 / (np.corrcoef(sv.load_states(sv.shipped_recording())) ** 2).sum()
    )


def test_gates_are_read_with_the_units_they_keep():
    model = sv.load_model()
    recording = sv.record(model, "".join(sv.shipped_recording().tokens), sites=list(sv.sites(model)))
    found = sv.structure(recording)
    low, high = found.gates["core.layer0.carry"]
    assert (low, high) == (pytest.approx(0.73, abs=0.01), pytest.approx(0.14, abs=0.01))
    assert found.gates["core.layer0.pre"][0] == pytest.approx(0.53, abs=0.01)
    assert found.keeping["core.layer0.carry"] == pytest.approx(0.55, abs=0.01)
    assert "mostly never carries" in found.to_text() and "core.layer0.candidate" not in found.gates


def test_shuffled_steps_show_what_is_said_of_them():
    rng = np.random.default_rng(0)
    values = np.repeat(rng.random((3, 60)) < [[0.5], [0.2], [0.8]], 5, axis=1)
    said = stickiness_of(sv.StateMatrix(values))
    drawn = [stickiness_of(sv.StateMatrix(values[:, rng.permutation(300)])) for _ in range(300)]
    assert np.mean([one.switching for one in drawn], axis=0) == pytest.approx(said.shuffled_switching, rel=0.02)
    assert np.mean([one.run for one in drawn], axis=0) == pytest.approx(said.shuffled_run, rel=0.05)
    assert np.mean([one.time for one in drawn]) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_the_autocorrelation_time_of_an_autoregression(phi):
    row = lfilter([1], [1, -phi], np.random.default_rng(1).normal(size=200_000))
    assert autocorrelation_time(row) == pytest.approx((1 + phi) / (1 - phi), rel=0.1)
    halves = (100_000,)
    assert autocorrelation_time(row, halves) == pytest.approx((1 + phi) / (1 - phi), rel=0.1)
    assert autocorrelation_time(np.ones(50)) == 0


def test_copies_count_once():
    rng = np.random.default_rng(2)
    bits = rng.integers(0, 2, (3, 2000))
    found = sv.structure(np.vstack([bits, 1 - bits, bits, np.ones((1, 2000))]))
    assert found.effective_units == pytest.approx(3, abs=0.05) and found.effective_bits == pytest.approx(3, abs=0.05)
    assert found.dead == (9,)
    real = sv.structure(np.vstack([np.tanh(rng.normal(size=(2, 500))), np.sign(rng.random((1, 500)) - 0.01)]))
    assert real.saturated == (2,) and real.effective_bits is None


def test_units_that_switch_apart_are_within_what_chance_shows():
    rng = np.random.default_rng(3)
    apart = np.cumsum(rng.random((20, 1000)) < 0.3, axis=1) % 2
    found = synchrony_of(sv.StateMatrix(apart, column_breaks=(500,)), shifts=99)
    assert len(found.a_step) == 998 and found.variance < 1.2 * found.limit
    clock = np.cumsum(rng.random(1000) < 0.3) % 2
    together = synchrony_of(sv.StateMatrix(np.vstack([apart, np.tile(clock, (5, 1))])), {"mine": range(25)}, shifts=99)
    assert together.variance > together.limit and together.common["mine"] == together.common["as recorded"]


def test_an_untrained_twin_stands_beside(shipped):
    twin = sv.StateMatrix(np.random.default_rng(4).integers(0, 2, (128, 274)))
    found = sv.structure(sv.shipped_recording(), baseline=twin)
    assert found.baseline.effective_units > 80 and "untrained:" in found.to_text()


@pytest.mark.parametrize(
    ("states", "options", "message"),
    [
        (np.ones((2, 50)), {}, "none of 2 units ever changes"),
        (np.eye(2), {}, "2 units and 40 steps or more, got 2 and 2"),
        (np.random.default_rng(0).normal(size=(3, 50)), {"orders": {"a": [0, 0, 1]}}, "a permutation of 0 to 2"),
        (sv.Statistics.of(sv.StateMatrix(np.eye(2))), {}, "these are statistics"),
    ],
)
def test_what_has_no_structure_is_refused_in_a_line(states, options, message):
    with pytest.raises(sv.InputError, match=message):
        sv.structure(states, **options)
