"""find(): planted units are found with honest intervals, noise is not, and what cannot be told is refused."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import rankdata

import stateviz as sv
from stateviz.analysis.decisions import adjusted
from stateviz.analysis.effects import areas, binned_r2
from stateviz.analysis.features import StepText, compute
from stateviz.analysis.intervals import Lagged, drifts, intervals
from stateviz.analysis.measures import standardized
from stateviz.analysis.nulls.passages import of_random_phases
from stateviz.analysis.parts import split

WORDS = ["the", "cat", "sat", "on", "a", "mat,", "(so", "they", "it", "was.", "far", "away!", "knows\n"]


@pytest.fixture
def text():
    """6,000 characters of random words."""
    rng = np.random.default_rng(0)
    return " ".join("(so they say)" if word.startswith("(") else word for word in rng.choice(WORDS, 3000))[:6000]


def slow(rng, memories, steps):
    """Rows of variance 1, first-order autoregression."""
    noise = rng.normal(size=(len(memories), steps + 1000))
    rows = [lfilter([np.sqrt(1 - phi**2)], [1, -phi], row)[1000:] for phi, row in zip(memories, noise, strict=True)]
    return np.stack(rows)


def planted(rng, text, name, r, phi=0.9):
    """A unit that follows a feature of a text at a correlation of r."""
    feature = standardized(np.asarray(sv.FEATURES[name].values(list(text), {}), float)[None])[0] * np.sqrt(len(text))
    return r * feature + np.sqrt(1 - r**2) * slow(rng, [phi], len(text))[0]


def test_planted_units_are_found_and_noise_is_not(text):
    rng = np.random.default_rng(1)
    names = ["vowel", "position-in-word", "inside-parentheses", "after-comma"]
    noise = slow(rng, np.tile([0, 0.9, 0.99], 8), len(text))
    noise[::2] = np.sign(noise[::2])
    states = sv.StateMatrix(np.vstack([[planted(rng, text, name, 0.6) for name in names], noise]), tokens=text)
    for options in ({}, {"confirm": None}, {"confirm": None, "correction": "fdr"}, {"correction": "fdr"}):
        found = sv.find(states, features=names, **options)
        best = {one.unit: one for one in reversed(found.significant)}
        for unit, name in enumerate(names):
            assert best[unit].feature == name and best[unit].low < 0.6 < best[unit].high
            assert best[unit].confirmed == (options.get("confirm", 0.5) is not None)
        assert sum(one.unit >= 4 for one in found.significant) <= (2 if "correction" in options else 0)
        assert {one.unit for one in found.without} == set(range(28)) - {one.unit for one in found.significant}


def test_noise_that_changes_slowly_passes_as_often_as_alpha_says(text):
    passed = {"shift": 0, "shuffle": 0}
    for seed in range(40):
        states = slow(np.random.default_rng(seed), [0.95] * 6, 2000)
        features = {"slow": slow(np.random.default_rng(1000 + seed), [0.95], 2000)[0]}
        for null in passed:
            found = sv.find(states, features=features, null=null, alpha=0.1, confirm=None, shifts=99, seed=seed)
            passed[null] += len(found.significant) > 0
    assert passed["shift"] <= 10  # of 40 runs 4 are expected; more than 10 come but once in a thousand times
    assert passed["shuffle"] >= 35


def test_numbers_are_those_of_the_part_that_confirms(text):
    rng = np.random.default_rng(2)
    states = np.stack([planted(rng, text, "vowel", 0.5, 0.5), rng.normal(size=len(text))])
    found = sv.find(sv.StateMatrix(states, tokens=text, units=["a", "b"], site="h"), features=["vowel"])
    (one,) = found.significant
    first, last = one.steps
    part, on = states[0, first:last], sv.FEATURES["vowel"].values(list(text), {})[first:last]
    assert (first, last) == (3060, 6000) and found.settings["chosen_on"] == [0, 2940]
    assert one.effect == pytest.approx(np.corrcoef(part, on)[0, 1], abs=1e-5)
    assert one.r2 == pytest.approx(one.effect**2) and abs(one.r2_binned - one.r2) < 0.05
    assert one.on_steps == on.sum()
    ranks = rankdata(part)
    assert one.auc == pytest.approx((ranks[on].mean() - (on.sum() + 1) / 2) / (~on).sum(), abs=1e-4)
    shifts = [np.corrcoef(part, np.roll(on, k))[0, 1] for k in range(last - first)]
    assert one.z == pytest.approx(one.effect / np.std(shifts), rel=1e-3)
    assert (found.without[0].unit, found.without[0].p) == ("b", 1.0) or not found.without[0].significant


def test_a_unit_that_codes_levels_has_a_larger_binned_r2(text):
    depth = np.random.default_rng(3).integers(0, 5, 4000)
    unit = np.array([0.1, 0.9, -0.8, 0.4, -0.3])[depth] + np.random.default_rng(4).normal(0, 0.02, 4000)
    (one,) = sv.find(unit[None], features={"depth": depth}, confirm=0.4).without + tuple(
        sv.find(unit[None], features={"depth": depth}, confirm=0.4).significant
    )
    assert one.r2 < 0.3 and one.r2_binned > 0.98
    assert one.auc is None and one.on_steps is None


def test_the_share_of_readable_units_stands_beside_random_directions_and_a_twin(text):
    rng = np.random.default_rng(5)
    states = np.vstack([[planted(rng, text, "vowel", 0.8)] * 2, slow(rng, [0.5] * 6, len(text))])
    states[1] *= -1
    twin = sv.StateMatrix(slow(rng, [0.5] * 8, len(text)), tokens=text)
    found = sv.find(sv.StateMatrix(states, tokens=text), features=["vowel", "space"], baseline=twin)
    assert found.readable.share == 0.25 and 0 <= found.readable.low < 0.25 < found.readable.high < 0.7
    assert found.baseline.share == 0 and found.random.units == 8 and found.random.share < 1
    assert sv.find(sv.StateMatrix(states, tokens=text), features=["vowel"], readable=0.9).readable.share == 0
    with pytest.raises(sv.MismatchError, match="the baseline is of another text"):
        sv.find(sv.StateMatrix(states, tokens=text), baseline=sv.StateMatrix(twin.values, tokens=text[::-1]))


def test_texts_are_turned_inside_themselves_and_short_ones_left_out(text):
    rng = np.random.default_rng(6)
    level = np.repeat([0.0, 3.0, 0.0, 3.0], 1500)
    states = np.stack([level + rng.normal(size=6000), planted(rng, text, "vowel", 0.5)])
    matrix = sv.StateMatrix(states, tokens=text, column_breaks=(1500, 3000, 4500))
    found = sv.find(matrix, features={"level": level + rng.normal(size=6000), "vowel": "vowel"}, confirm=None)
    assert [(one.unit, one.feature) for one in found.significant] == [(1, "vowel")]
    with pytest.warns(UserWarning, match="1 of 3 texts have fewer than 200 steps"):
        sv.find(sv.StateMatrix(states, tokens=text, column_breaks=(1500, 1600)), features=["vowel"], confirm=None)
    pieces = sv.StateMatrix(states, tokens=text, column_breaks=tuple(range(100, 6000, 100)))
    with pytest.raises(sv.InputError, match="fewer than 200 steps"):
        sv.find(pieces, features=["vowel"])


def test_all_sites_of_a_recording_are_searched_with_its_tracks(text):
    rng = np.random.default_rng(7)
    mine = slow(rng, [0.8], len(text))[0]
    sites = {
        "low": sv.StateMatrix([mine + rng.normal(size=len(text)), np.ones(len(text))], tokens=text),
        "high": sv.StateMatrix([planted(rng, text, "vowel", 0.7)], tokens=text),
    }
    recording = sv.Recording(text, sites, tracks={"mine": mine})
    found = sv.find(recording, features=["mine", "vowel"])
    assert {(one.site, one.unit, one.feature) for one in found.significant} == {
        ("low", 0, "mine"),
        ("high", 0, "vowel"),
    }
    assert found.constant == ("low:1",) and found.readable.units == 3
    assert len(found.of_unit(0, "low")) == 1
    assert {one.site for one in sv.find(recording, site="high", features=["vowel"])} == {"high"}


def test_other_passages_are_a_null_where_units_drift(text):
    rng = np.random.default_rng(8)
    trend = np.linspace(-2, 2, 2000)
    passages = {"trend": np.linspace(-1, 1, 2000) * rng.choice([-1, 1], (40, 1)) + rng.normal(0, 0.1, (40, 2000))}
    states = np.stack([trend + rng.normal(size=2000), rng.normal(size=2000)])
    with pytest.warns(UserWarning, match="units 0 and features trend drift over the text"):
        shifted = sv.find(states, features={"trend": trend}, confirm=None)
    assert [one.unit for one in shifted.significant] == [0] and shifted.significant[0].drifts
    other = sv.find(states, features={"trend": trend}, confirm=None, null="passages", passages=passages)
    assert len(other.significant) == 0
    unit = planted(rng, text[:250], "vowel", 0.7)
    vowels = sv.find(
        sv.StateMatrix([unit], tokens=text[:250]),
        features=["vowel"],
        null="passages",
        passages=text[250:],
        confirm=None,
    )
    assert len(vowels.significant) == 0 or vowels.significant[0].feature == "vowel"


def test_what_drifts_is_seen_and_what_is_slow_is_not():
    rng = np.random.default_rng(9)
    trend, step = np.linspace(0, 1, 20_000), np.repeat([0.0, 1.0], 10_000)
    assert drifts(np.stack([trend, step]) + rng.normal(size=(2, 20_000))).all()
    assert drifts(rng.normal(size=(40, 20_000)).cumsum(axis=1)).mean() > 0.75
    assert drifts(slow(rng, [0, 0.9, 0.99] * 10, 20_000)).mean() < 0.1


@pytest.mark.parametrize("phi", [0.0, 0.9, 0.99])
@pytest.mark.parametrize("r", [0.0, 0.3, 0.8])
def test_intervals_hold_what_was_planted(phi, r):
    rng = np.random.default_rng(10)
    held, steps = 0, 4000
    for _ in range(60):
        feature = standardized(slow(rng, [phi], steps))
        unit = standardized(r * feature * np.sqrt(steps) + np.sqrt(1 - r**2) * slow(rng, [phi], steps))
        whole = [slice(0, steps)]
        found = (unit @ feature.T)[0]
        (one,) = intervals(Lagged(feature, whole), Lagged(unit, whole), 0, np.array([0]), found)
        held += one.low <= r <= one.high
        assert (one.stretches > 1000) == (phi == 0) or 0 < phi < 0.99
    assert held >= 49  # of 60, 95% are 57; 90% are 54


def test_bartletts_variance_of_independent_steps_is_fishers():
    rng = np.random.default_rng(11)
    rows = standardized(rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 50_000).T)
    whole = [slice(0, 50_000)]
    r = rows[:1] @ rows[1]
    (one,) = intervals(Lagged(rows[:1], whole), Lagged(rows[1:], whole), 0, np.array([0]), r)
    wide = np.tanh(np.arctanh(r[0]) + 1.96 / np.sqrt(50_000)) - r[0]
    assert one.high - r[0] == pytest.approx(wide, rel=0.15)


def test_effects():
    rng = np.random.default_rng(12)
    unit, on = rng.integers(0, 4, 300), rng.random((2, 300)) < 0.4
    pairs = [np.sign(np.subtract.outer(unit[row], unit[~row])) for row in on]
    assert areas(unit, on) == pytest.approx([(pair.mean() + 1) / 2 for pair in pairs])
    assert binned_r2(unit, on * 1.0, unit, on * 1.0).max() < 0.1
    assert adjusted(np.array([0.01, 0.04, 0.03, 0.5])) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])


def test_random_phases_keep_the_spectrum():
    rows = np.random.default_rng(13).normal(size=(3, 101)).cumsum(axis=1)
    rows -= rows.mean(axis=1, keepdims=True)
    (made,) = of_random_phases(rows, [slice(0, 101)], 1, np.random.default_rng(0))
    assert np.abs(np.fft.rfft(made)) == pytest.approx(np.abs(np.fft.rfft(rows)), abs=1e-9)
    assert made @ made.T == pytest.approx(rows @ rows.T)  # what features have to do with each other stays
    assert np.abs(np.corrcoef(made[0], rows[0])[0, 1]) < 0.9


def test_parts_leave_a_guard_between():
    assert split(1000, 0.25) == (slice(0, 740), slice(760, 1000))


def test_findings_are_a_sequence_that_is_saved(tmp_path, text):
    found = sv.find(sv.shipped_recording(), features=["vowel", "space"])
    assert isinstance(found[0], sv.Finding) and len(found[:2]) == 2 and next(iter(found)) == found[0]
    assert all(one.significant for one in found.significant)
    frame = found.to_pandas()
    assert len(frame) == len(found) and frame.unit[0] == found[0].unit and {"low", "high", "auc"} <= set(frame)
    data = json.loads(found.save(tmp_path / "findings.json").read_text())
    assert data["findings"][0]["effect"] == found[0].effect and data["readable"]["share"] == found.readable.share
    assert len(data["without"]) == len(found.without) and data["stateviz_findings"] == 1
    found.save(tmp_path / "findings.json")  # ours are replaced
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(sv.FileError, match="no findings of stateviz"):
        found.save(tmp_path / "other.json")
    lines = found.save(tmp_path / "findings.csv").read_text().splitlines()
    assert len(lines) == 1 + len(found) and lines[0].startswith("site,unit,feature,effect,low,high")
    with pytest.raises(sv.FileError, match="exists"):
        found.save(tmp_path / "findings.csv")
    with pytest.raises(sv.InputError, match="endings .json, .csv"):
        found.save(tmp_path / "findings.txt")
    again = sv.find(sv.shipped_recording(), features=["vowel", "space"])
    assert again == found
    typical = found.unreadable()
    assert typical in found.without


def array(steps=400):
    return np.random.default_rng(14).normal(size=(3, steps))


ON = {"a": np.arange(400) % 3 == 0}
FEW = {"a": np.ones((5, 400))}


@pytest.mark.parametrize(
    ("states", "options", "error", "message"),
    [
        (array(), {}, sv.InputError, "no feature applies to these states"),
        (array(150), {"features": {"a": ON["a"][:150]}}, sv.InputError, "a part has 74 steps, and findings need 100"),
        (array(), {"features": {"a": np.arange(400) < 10}}, sv.InputError, r"it is on at 0 steps of a part, and 20"),
        (array(), {"features": {"a": np.arange(400) % 30 == 0}}, sv.InputError, "on at 7 steps .* some 1,143 steps"),
        (array(), {"features": {"a": np.arange(400) % 30 > 0}}, sv.InputError, "off at 7 steps"),
        (array(), {"features": {"a": np.zeros(400)}}, sv.InputError, "'a' cannot be told: it is on at 0 steps"),
        (array(), {"features": {"a": np.full(400, np.nan)}}, sv.InputError, "'a' is nan at step 0"),
        (array(), {"features": {"a": np.zeros(3)}}, sv.InputError, "400 steps want one value each"),
        (array(), {"features": ["vowel"]}, sv.InputError, "the states hold none; give tokens, or arrays"),
        (np.ones((2, 400)), {"features": ON}, sv.InputError, "none of 2 units ever changes"),
        (np.full((2, 400), np.nan), {"features": ON}, sv.InputError, "not finite"),
        (array(), {"features": ON, "null": "shifts"}, sv.UnknownNameError, "did you mean 'shift'"),
        (array(), {"features": ON, "correction": "bonferroni"}, sv.UnknownNameError, "choose from max, fdr"),
        (array(), {"features": ON, "alpha": 0}, sv.InputError, "alpha must lie between"),
        (array(), {"features": ON, "confirm": 1.0}, sv.InputError, "confirm is 1.0"),
        (array(), {"features": ON, "confirm": 0.9}, sv.InputError, "a part has 36 steps"),
        (array(), {"features": ON, "shifts": 99}, sv.InputError, "shifts are drawn for confirm=None"),
        (array(), {"features": ON, "confirm": None, "shifts": 9}, sv.InputError, "give at least 19"),
        (array(), {"features": ON, "confirm": None, "shifts": 500}, sv.InputError, "500 shifts of 400 steps"),
        (array(), {"features": ON, "null": "passages"}, sv.InputError, "3,920 characters or more"),
        (array(), {"features": ON, "passages": "abc"}, sv.InputError, "passages are for null='passages'"),
        (array(), {"features": ON, "null": "passages", "passages": FEW}, sv.InputError, r"\(20, 196\)"),
        (array(), {"features": ON, "null": "passages", "passages": "abc"}, sv.InputError, "tokens are characters"),
        (sv.Statistics.of(sv.StateMatrix(array())), {"features": ON}, sv.InputError, "these are statistics"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused_in_a_line(states, options, error, message):
    with pytest.raises(error, match=message):
        sv.find(states, **options)


def test_features_that_nobody_named_and_are_seldom_are_left_out():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = sv.find(sv.shipped_recording(), confirm=None)
    assert "on at 0 steps" in found.left_out["inside-quotes"] and "inside-quotes" not in found.features
    assert set(found.features) | set(found.left_out) == set(sv.FEATURES)
    assert compute(["vowel"], StepText("abc", {}, [slice(0, 3)]))[0]["vowel"].tolist() == [True, False, False]
