"""A recording that is too large to hold is correlated in one pass, block by block."""

from __future__ import annotations

import numpy as np
import pytest

import stateviz as sv
from stateviz.analysis import blocked
from stateviz.storage.recordings import stored


@pytest.fixture
def large(tmp_path, monkeypatch):
    """A recording on disk that counts as too large, and its states."""
    rng = np.random.default_rng(0)
    values = (100 + rng.normal(size=(6, 20_000)) + rng.normal(size=20_000)).astype(np.float32)
    values[4] = 7
    states = {"low.h": sv.StateMatrix(values, tokens="a" * 20_000, units=list("uvwxyz"))}
    sv.save_recording(sv.Recording("a" * 20_000, states), tmp_path / "large.zarr")
    monkeypatch.setattr(stored, "SMALL", 0)
    monkeypatch.setattr(blocked, "LARGEST", 100_000)
    return tmp_path / "large.zarr", values


@pytest.mark.filterwarnings("ignore:1 unit is constant")
@pytest.mark.parametrize("measure", blocked.ONE_PASS)
def test_it_is_what_all_states_at_once_give(large, measure):
    path, values = large
    expected = sv.correlate(values - (100 if measure == "phi" else 0), measure=measure).values
    if measure == "phi":
        path = path.with_name("about.zarr")
        sv.save_recording(sv.Recording("a" * 20_000, {"h": sv.StateMatrix(values - 100, tokens="a" * 20_000)}), path)
    for given in (path, sv.open_recording(path)):
        found = sv.correlate(given, measure=measure)
        assert isinstance(found.states, sv.Statistics) and found.measure == measure
        assert found.values == pytest.approx(expected, abs=2e-6)
        assert found.constant == (found.units[4],)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"measure": "spearman"}, "'spearman' needs all states at once, .* choose pearson, phi, partial"),
        ({"lags": (0, 1)}, "lags and a null need the states"),
        ({"null": "shift"}, "lags and a null need the states"),
    ],
)
def test_what_takes_more_than_one_pass_is_refused_by_name(large, options, message):
    with pytest.raises(sv.InputError, match=message):
        sv.correlate(large[0], **options)
