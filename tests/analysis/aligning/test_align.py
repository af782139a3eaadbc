"""Partners in another model: planted permutations, rotations, what chance shows, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

import stateviz as sv
from stateviz.analysis.aligning.similarities import Regression, cka
from stateviz.core.errors import InputError, MismatchError, UnknownNameError


def slow(rng, units, steps=1500, memory=0.9):
    return lfilter([1], [1, -memory], rng.normal(size=(units, steps)), axis=1)


@pytest.mark.parametrize("seed", range(4))
def test_a_planted_permutation_is_recovered_exactly(seed):
    rng = np.random.default_rng(seed)
    states = slow(rng, 24)
    rows, signs = rng.permutation(24), rng.choice([-1, 1], 24)
    other = signs[:, None] * states[rows] + 0.5 * slow(rng, 24)
    for method in ("assignment", "best"):
        found = sv.align(states, other, method=method, shifts=39)
        assert [one.partner for one in found] == np.argsort(rows).tolist()
        assert all(one.significant for one in found)
    again = sv.align(states, other, shifts=39).reorder(sv.load_states(other))
    assert np.all(np.einsum("ij,ij->i", states, again.values) > 0)
    assert again.units == tuple(np.argsort(rows).tolist())


@pytest.mark.parametrize("scale", [1.0, 1e-90, 1e90])
def test_the_alignment_of_a_rotation_is_1(scale):
    rng = np.random.default_rng(0)
    states = slow(rng, 10) + rng.normal(size=(10, 1))
    rotation, _ = np.linalg.qr(rng.normal(size=(10, 10)))
    assert cka(states, scale * rotation @ states) == pytest.approx(1, abs=1e-6)
    assert sv.align(states, (3 * rotation @ states), shifts=19).cka == pytest.approx(1, abs=1e-6)
    assert cka(states, slow(rng, 10)) < 0.2


def test_the_alignment_is_that_of_kernels():
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(3, 40)), rng.normal(size=(5, 40))
    centre = np.eye(40) - 1 / 40
    kernels = [centre @ rows.T @ rows @ centre for rows in (one, other)]
    expected = np.sum(kernels[0] * kernels[1]) / np.linalg.norm(kernels[0]) / np.linalg.norm(kernels[1])
    assert cka(one, other) == pytest.approx(expected)


def test_unrelated_models_have_no_partners():
    counts, passed = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = sv.align(slow(rng, 12, memory=0.97), slow(rng, 12, memory=0.97), method="best", shifts=39)
        counts.append(len(found.significant))
        passed.append(found.cka > found.cka_chance)
        assert max(abs(one.correlation) for one in found) > 0.15  # which shuffling would call significant
    assert np.mean(np.array(counts) > 0) <= 0.2
    assert np.mean(passed) <= 0.2


def test_z_is_the_correlation_over_its_spread_under_all_shifts():
    rng = np.random.default_rng(2)
    one, other = slow(rng, 2, 300), slow(rng, 3, 300)
    found = sv.align(one, other, method="best", shifts=19)
    for row in found:
        a, b = one[row.unit], other[row.partner]
        drawn = [np.corrcoef(a, np.roll(b, shift))[0, 1] for shift in range(300)]
        assert row.z == pytest.approx(row.correlation / np.std(drawn), rel=1e-6)


def test_a_sum_of_units_is_found_by_regression_alone():
    rng = np.random.default_rng(3)
    other = slow(rng, 8, 3000)
    states = np.stack([other.sum(axis=0), slow(rng, 1, 3000)[0]])
    found = sv.align(states, other, method="regression", shifts=39)
    assert found[0].r2 > 0.99
    assert abs(found[0].correlation) < 0.6
    assert (found[0].significant, found[1].significant) == (True, False)
    assert found[1].r2 < 0.3


def test_regression_is_least_squares_judged_on_the_second_half():
    rng = np.random.default_rng(4)
    given = rng.normal(size=(3, 400))
    wanted = np.array([[1.0, -2, 0.5]]) @ given + rng.normal(size=(1, 400))
    early = np.c_[given[:, :200].T, np.ones(200)]
    weights = np.linalg.lstsq(early, wanted[0, :200])[0]
    late = wanted[0, 200:]
    expected = 1 - np.sum((late - np.c_[given[:, 200:].T, np.ones(200)] @ weights) ** 2) / np.sum(
        (late - late.mean()) ** 2
    )
    assert Regression(given).r2(wanted)[0] == pytest.approx(expected, rel=1e-5)


def test_sites_of_one_recording_and_models_of_other_sizes():
    states = sv.shipped_recording()["core.layer0.h"]
    sites = {"h": states.select(units=range(20)), "c": states.select(units=range(15, 20))}
    recording = sv.Recording(states.tokens, {name: sv.StateMatrix(one.values) for name, one in sites.items()}, {})
    found = sv.align(recording, recording, site="h", other_site="c", shifts=19)
    assert [(one.unit, one.partner) for one in found] == [(15 + k, k) for k in range(5)]  # as many as the smaller has
    best = sv.align(recording, recording, site="h", other_site="c", method="best", shifts=19)
    assert len(best) == 20
    with pytest.raises(InputError, match="not one to one"):
        best.reorder(recording["c"])
    with pytest.raises(MismatchError, match="not the units"):
        found.reorder(recording["h"])


def test_a_unit_that_never_changes_has_no_partner():
    rng = np.random.default_rng(5)
    states = slow(rng, 3, 400)
    states[1] = 2.0
    found = sv.align(states, slow(rng, 3, 400), shifts=19)
    assert (found[1].correlation, found[1].z, found[1].significant) == (0.0, 0.0, False)


def test_shifts_stay_inside_their_texts():
    rng = np.random.default_rng(6)
    states = sv.StateMatrix(slow(rng, 3, 800), column_breaks=(400,))
    assert len(sv.align(states, states, shifts=19).significant) == 3


@pytest.mark.parametrize(
    ("one", "other", "options", "error", "message"),
    [
        (np.ones((2, 200)), np.ones((2, 201)), {}, MismatchError, "different texts"),
        (np.eye(50), np.eye(50), {}, InputError, "needs 100 or more"),
        (np.eye(200), np.eye(200), {"method": "regresion"}, UnknownNameError, "did you mean 'regression'"),
        (np.eye(200), np.eye(200), {"method": "regression"}, InputError, "more than 800 steps"),
        (np.eye(200), np.eye(200), {"shifts": 9}, InputError, "9 shifts are too few"),
        (np.eye(200), np.eye(200), {"alpha": 0}, InputError, "alpha"),
        (sv.Statistics.of(sv.StateMatrix(np.eye(4))), np.eye(4), {}, InputError, "statistics"),
    ],
)
def test_bad_input_is_one_line(one, other, options, error, message):
    with pytest.raises(error, match=message) as told:
        sv.align(one, other, **options)
    assert "\n" not in str(told.value)


def test_other_tokens_are_another_text():
    one, other = (sv.StateMatrix(np.random.default_rng(0).normal(size=(2, 200)), tokens=c * 200) for c in "ab")
    with pytest.raises(MismatchError, match="different texts"):
        sv.align(one, other)


def test_tables_and_files(tmp_path):
    states = slow(np.random.default_rng(7), 4)
    found = sv.align(states, states[::-1], shifts=19)
    assert list(found.to_pandas().columns) == ["unit", "partner", "correlation", "z", "p", "significant"]
    assert found.to_text(2).count("\n") == 2
    assert found.save(tmp_path / "a.csv").read_text().count("\n") == 5
    assert '"cka": 1' in found.save(tmp_path / "a.json").read_text()
