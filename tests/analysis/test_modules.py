"""Modules of units: which ones, with which signs, how surely on another text; and intervals of pairs."""

from __future__ import annotations

import numpy as np
import pytest

import stateviz as sv
from stateviz.core.errors import InputError, UnknownNameError


def planted(seed, steps=3000, strength=1.0):
    """Units 0 to 3 follow one signal, unit 2 against it; 4 to 6 another, 5 against it; 7 to 9 nothing."""
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(2, steps))
    rows = rng.normal(size=(10, steps))
    rows[:4] += strength * one * np.array([1, 1, -1, 1])[:, None]
    rows[4:7] += strength * other * np.array([1, -1, 1])[:, None]
    return sv.StateMatrix(rows)


def test_planted_modules_are_found_with_their_signs():
    found = sv.correlate(planted(0)).modules()
    assert [sorted(one.units) for one in found] == [[0, 1, 2, 3], [4, 5, 6]]
    for one, against in zip(found, (2, 5), strict=True):
        signs = dict(zip(one.units, one.signs, strict=True))
        others = {sign for unit, sign in signs.items() if unit != against}
        assert others == {-signs[against]}
        assert one.signs[0] == 1


def test_noise_has_no_module_at_the_level_of_chance():
    assert sv.correlate(np.random.default_rng(1).normal(size=(12, 2000))).modules() == []


def test_the_mean_r_of_a_module_holds_on_another_text():
    module = sv.correlate(planted(0)).modules()[0]
    mean, chance = sv.correlate(planted(9)).mean_r(module)
    assert mean == pytest.approx(0.5, abs=0.05)
    assert mean > 20 * chance


def test_chance_of_a_mean_r_is_what_turned_rows_show():
    rng = np.random.default_rng(3)
    rows = np.stack([np.convolve(rng.normal(size=5000), np.ones(w), "same") for w in (1, 5, 20, 60)])
    module = sv.UnitModule((0, 1, 2, 3), (1, -1, 1, 1))
    _, chance = sv.correlate(rows).mean_r(module)
    drawn = []
    for _ in range(300):
        turned = np.stack([np.roll(row, rng.integers(5000)) for row in rows])
        drawn.append(sv.correlate(turned).mean_r(module)[0])
    assert chance == pytest.approx(np.std(drawn), rel=0.15)


def test_the_row_of_a_module_follows_its_signal():
    states = planted(0)
    modules = sv.correlate(states).modules()
    rows = sv.module_rows(states, modules)
    assert rows.units == ("module 1", "module 2")
    for row, module in zip(rows.values, modules, strict=True):
        members = states.values[[states.units.index(unit) for unit in module.units]]
        r = [np.corrcoef(row, member)[0, 1] * sign for member, sign in zip(members, module.signs, strict=True)]
        assert min(r) > 0.6


@pytest.mark.parametrize("off", [0, -1])
def test_turned_rows_of_binary_states_stay_binary(off):
    states = sv.StateMatrix([[off, 1, 1], [1, off, off]], off=off, units=["a", "b"])
    rows = sv.UnitModule(("a", "b"), (1, -1)).rows(states)
    assert rows.units == ("a", "-b")
    assert rows.binary and (rows.values[0] == rows.values[1]).all()


def test_units_that_are_not_there_are_named():
    module = sv.UnitModule((0, 77), (1, 1))
    with pytest.raises(InputError, match="77"):
        sv.correlate(planted(0)).mean_r(module)
    with pytest.raises(InputError, match="77"):
        sv.module_rows(planted(0), [module])
    with pytest.raises(InputError, match="no module"):
        sv.module_rows(planted(0), [])
    with pytest.raises(InputError, match="two units or more"):
        sv.UnitModule((1,), (1,))


def test_intervals_of_pairs_cover_the_planted_correlation():
    inside = 0
    for seed in range(40):
        found = sv.correlate(planted(seed, 600))
        (one,) = found.with_intervals([{"unit": 0, "other": 2}])
        assert one["low"] < one["correlation"] < one["high"]
        inside += one["low"] <= -0.5 <= one["high"]
    assert inside >= 34


def test_intervals_of_slow_units_are_wider():
    rng = np.random.default_rng(0)
    quick = rng.normal(size=(2, 2000))
    slow = np.stack([np.convolve(row, np.ones(30), "same") for row in quick])
    wide = [sv.correlate(rows).with_intervals([{"unit": 0, "other": 1}])[0] for rows in (quick, slow)]
    assert 3 * (wide[0]["high"] - wide[0]["low"]) < wide[1]["high"] - wide[1]["low"]


def test_intervals_are_refused_where_none_is_known():
    states = planted(0, 300)
    pair = [{"unit": 0, "other": 1}]
    with pytest.raises(InputError, match="same step"):
        sv.correlate(states, lags=(0, 1)).with_intervals(pair)
    with pytest.raises(InputError, match="same step"):
        sv.correlate(states, measure="mutual-information").with_intervals(pair)
    with pytest.raises(UnknownNameError, match="77"):
        sv.correlate(states).with_intervals([{"unit": 0, "other": 77}])
    assert sv.correlate(states).with_intervals([]) == []
