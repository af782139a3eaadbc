"""Probes of planted units, their controls, and what is refused."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import stateviz as sv
from stateviz.analysis.probing import controls
from stateviz.analysis.probing.fitting import area, area_interval
from stateviz.analysis.probing.rankings import Thresholds, mean_difference
from stateviz.core.errors import InputError, MissingExtraError, UnknownNameError

pytest.importorskip("sklearn", reason="scikit-learn is of the extra probes")
STEPS, UNITS = 2400, 12


def noise(rng, units=UNITS, steps=STEPS):
    return rng.normal(size=(units, steps))


@pytest.fixture(scope="module")
def planted():
    """Unit 3 tells the feature half, units 5 and 8 each a part of it; the others nothing."""
    rng = np.random.default_rng(0)
    on = np.repeat(rng.random(STEPS // 4) < 0.3, 4)
    one = np.where(rng.random(STEPS) < 0.5, on, False)
    states = noise(rng)
    states[3] += 1.5 * on
    states[5] += 3 * one
    states[8] += 3 * (on & ~one)
    return states, on, sv.probe(states, {"mine": on}, k=(1, 2, 3), seed=1)


def test_few_units_that_tell_a_feature_are_found(planted):
    _, on, found = planted
    assert [(one.ranking, one.k) for one in found[:3]] == [
        ("mean-difference", 1),
        ("mean-difference", 2),
        ("mean-difference", 3),
    ]
    for ranking in ("mean-difference", "iou", "l1"):
        assert {unit for unit, _ in found.rankings[ranking][:3]} == {3, 5, 8}
        scores = [score for _, score in found.rankings[ranking]]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == UNITS
    areas = [one.auc for one in found if one.ranking == "l1"]
    assert areas == sorted(areas)
    assert areas[-1] > 0.93 > areas[0]
    assert found[-1].ranking == "all"
    assert found[-1].auc >= areas[-1] - 0.02
    assert set(found[-1].units[:3]) == {3, 5, 8}
    assert found.on_steps == int(on[found.steps[0] : found.steps[1]].sum())
    assert all(one.low <= one.auc <= one.high and one.p in (None, 0.05) for one in found)


def test_turned_features_are_told_by_chance_alone(planted):
    assert all(abs(one.shifted - 0.5) < 0.05 for one in planted[2])


def test_a_feature_that_nothing_tells_is_no_better_than_turned_ones():
    rng = np.random.default_rng(1)
    found = sv.probe(noise(rng), rng.random(STEPS) < 0.3, k=(1,), seed=2)
    assert all(one.p is None or one.p > 0.05 for one in found)
    assert all(one.low < 0.55 for one in found)


def test_the_control_of_ngrams_shows_units_that_know_characters_alone():
    rng = np.random.default_rng(3)
    text = "".join(rng.choice(list("abcdefgh"), STEPS))
    one_hot = np.array([[letter == token for token in text] for letter in "abcdefgh"], np.float64)
    states = sv.StateMatrix(one_hot + 0.1 * noise(rng, 8), tokens=text)
    found = sv.probe(states, {"vowel": [letter in "ae" for letter in text]}, k=(2,))
    whole = found[-1]
    assert whole.auc > 0.99
    assert whole.ngrams < 0.75  # a label drawn for each of 512 trigrams is not in single characters
    single = sv.probe(states, {"vowel": [letter in "ae" for letter in text]}, k=(2,), ngram=1)
    assert single[-1].ngrams > 0.99  # for each of eight characters it is: no control
    assert whole.selectivity == pytest.approx(whole.auc - whole.ngrams)


def test_ngram_labels_are_one_per_type_and_begin_anew_in_each_text():
    tokens = "abcabcabc" * 4
    on = controls.of_ngrams(tokens, (18,), 3, 0.5, 0)
    by_type = {}
    for step in range(len(tokens)):
        first = 0 if step < 18 else 18
        key = tokens[max(first, step - 2) : step + 1]
        assert by_type.setdefault(key, on[step]) == on[step]
    assert len(by_type) == 5  # a, ab, and the three that go round
    assert np.mean(controls.of_ngrams([str(k) for k in range(5000)], (), 2, 0.2, 1)) == pytest.approx(0.2, abs=0.02)


def test_shifts_stay_inside_their_texts():
    on = np.zeros(300, bool)
    on[:60] = True
    for turned in controls.of_shifts(on, (100,), 20, 0):
        assert turned[:100].sum() == 60
        assert not turned[100:].any()
        assert (turned != on).any()


@pytest.mark.parametrize("seed", range(5))
def test_rankings_are_those_of_plain_loops(seed):
    rng = np.random.default_rng(seed)
    states = rng.integers(-2, 3, (60, 4)).astype(np.float32)
    on = rng.random(60) < 0.4
    best = np.zeros(4)
    for unit in range(4):
        for level in np.unique(states[:, unit]):
            for chosen in (states[:, unit] >= level, states[:, unit] < level):
                best[unit] = max(best[unit], (chosen & on).sum() / max((chosen | on).sum(), 1))
    np.testing.assert_allclose(Thresholds(states).iou(on), best)
    np.testing.assert_allclose(
        mean_difference(states, on), np.abs(states[on].mean(axis=0) - states[~on].mean(axis=0)), rtol=1e-5
    )


def test_the_interval_of_an_area_covers_it():
    held = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        on = np.repeat(rng.random(200) < 0.4, 5)
        low, high = area_interval(on + rng.normal(size=1000), on)
        held.append(low <= 0.7602 <= high)  # the probability that N(1, 2) is above 0
    assert 0.88 <= np.mean(held) <= 1


def test_the_area_is_that_of_pairs():
    rng = np.random.default_rng(5)
    scores, on = rng.integers(0, 6, 50), rng.random(50) < 0.5
    pairs = scores[on][:, None] - scores[~on]
    assert area(scores, on) == pytest.approx(np.mean((pairs > 0) + (pairs == 0) / 2))


def test_the_same_seed_gives_the_same(planted):
    states, on, found = planted
    assert sv.probe(states, {"mine": on}, k=(1, 2, 3), seed=1) == found


def test_units_of_several_sites_carry_its_name():
    rng = np.random.default_rng(0)
    on = rng.random(600) < 0.4
    sites = {"a": sv.StateMatrix(noise(rng, 2, 600)), "b": sv.StateMatrix(noise(rng, 2, 600) + 2 * on)}
    recording = sv.Recording(["x"] * 600, sites, {})
    found = sv.probe(recording, {"mine": on}, k=(1,))
    assert found[0].units[0] in ("b:0", "b:1")
    assert sv.probe(recording, {"mine": on}, k=(1,), site="b")[0].units[0] in (0, 1)


@pytest.mark.parametrize(
    ("feature", "options", "message"),
    [
        (np.arange(STEPS), {}, "is a number, and probes tell on from off"),
        (np.ones(STEPS, bool), {}, "on|off"),
        (np.arange(STEPS) % 3 == 0, {"k": (1, 99)}, "k is .* from 1 to 12"),
        (np.arange(STEPS) % 3 == 0, {"k": ()}, "k is"),
        (np.arange(STEPS) % 3 == 0, {"k": (0,)}, "k is 0"),
        (np.arange(STEPS) % 3 == 0, {"confirm": None}, "confirm is None"),
        (np.arange(STEPS) % 3 == 0, {"shifts": 0}, "shifts is 0"),
        ({"a": np.ones(STEPS), "b": np.ones(STEPS)}, {}, "a mapping of one name"),
        (np.ones(7, bool), {}, "2400 steps want one value each"),
    ],
)
def test_bad_input_is_one_line(planted, feature, options, message):
    with pytest.raises(InputError, match=message) as told:
        sv.probe(planted[0], feature, **options)
    assert "\n" not in str(told.value)


def test_a_feature_that_is_not_there():
    with pytest.raises(UnknownNameError, match="did you mean 'vowel'"):
        sv.probe(sv.shipped_recording(), "vowl")


def test_without_scikit_learn_it_says_what_to_install(monkeypatch, planted):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtraError, match=r"stateviz\[probes\]"):
        sv.probe(planted[0], planted[1])


def test_tables_and_files(planted, tmp_path):
    found = planted[2]
    assert list(found.side_by_side(2)[0]) == [
        "place", "mean-difference", "mean-difference score", "iou", "iou score", "l1", "l1 score",
    ]  # fmt: skip
    assert len(found.to_pandas()) == len(found) == 10
    assert found.to_text(2).count("\n") == 14
    assert found.save(tmp_path / "p.json").read_text().startswith("{")
    assert (tmp_path / "p.json") == found.save(tmp_path / "p.json")
    assert found.save(tmp_path / "p.csv").read_text().count("\n") == 11
