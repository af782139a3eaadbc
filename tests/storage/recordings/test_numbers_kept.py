"""A recording says which of its sites are binary, and gives back the numbers that came, in every part."""

from __future__ import annotations

import json

import numpy as np
import pytest

from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.storage import RecordingWriter, open_recording, save_recording
from stateviz.storage.statistics import open_statistics, save_statistics

SPIKES = np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 1.0]])  # steps x units: a dead unit, and one that spikes


@pytest.fixture(params=[2**26, 0], ids=["read at once", "read in parts"])
def small(request, monkeypatch):
    monkeypatch.setattr("stateviz.storage.recordings.stored.SMALL", request.param)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_real_site_stays_real_whatever_comes(tmp_path, small, dtype):
    with RecordingWriter(tmp_path / "a.zarr", {"r": 2}, dtype=dtype) as writer:
        writer.append("abc", {"r": SPIKES})
    found = open_recording(tmp_path / "a.zarr")
    for part in (found["r"], found.select("r", units=[0]), found.select("r", steps=slice(1, 2))):
        assert not part.binary and set(np.unique(part.values)) <= {0.0, 1.0}
    assert np.array_equal(found["r"].values.T, SPIKES)
    again = open_recording(save_recording(found, tmp_path / "b.zarr"))
    assert not again["r"].binary and np.array_equal(again["r"].values.T, SPIKES)
    assert json.loads((tmp_path / "a.zarr" / "zarr.json").read_text())["attributes"]["stateviz_format"] == 1


@pytest.mark.parametrize(("off", "version", "dtype"), [(-1, 1, "int8"), (0, 3, "bool")])
@pytest.mark.parametrize("ending", [".zarr", ".zarr.zip"])
def test_binary_states_come_back_with_their_two_numbers(tmp_path, small, off, version, dtype, ending):
    values = np.where(np.random.default_rng(0).random((3, 50)) < 0.5, off, 1)
    values[1] = 1
    states = StateMatrix(values, site="h")
    path = save_recording(Recording(["a"] * 50, {"h": states}), tmp_path / f"a{ending}")
    found = open_recording(path)
    assert found["h"].off == off and np.array_equal(found["h"].values, values)
    assert found["h"].values.dtype == np.int8
    still = found.select("h", units=[1])
    assert still.binary and still.off == off and np.all(still.values == 1)
    assert next(found.blocks("h", steps=20)).dtype == np.int8
    assert found.layout["h"].dtype == dtype and found.layout["h"].binary
    again = open_recording(save_recording(found, tmp_path / "b.zarr"))
    assert np.array_equal(again["h"].values, values) and again["h"].off == off
    attributes = json.loads((tmp_path / "b.zarr" / "zarr.json").read_text())["attributes"]
    assert attributes["stateviz_format"] == version
    assert np.array_equal(found.to_xarray("h")["states"].values.T, values)


@pytest.mark.parametrize(
    ("dtype", "bad", "message"),
    [
        ("int8", [[0, 1]], r"0 at unit 0, step 0 is not binary \(-1 and 1\); record it as bool, of 0 and 1, or as"),
        ("bool", [[1, -1]], r"-1 at unit 1, step 0 is not binary \(0 and 1\); record it as int8, of -1 and 1, or as"),
    ],
)
def test_a_binary_site_takes_its_own_two_numbers(tmp_path, dtype, bad, message):
    with RecordingWriter(tmp_path / "a.zarr", {"h": 2}, dtype=dtype) as writer:
        with pytest.raises(Exception, match=message):
            writer.append("a", {"h": bad})
        writer.append("b", {"h": [[1, 1]]})


@pytest.mark.parametrize(("off", "version"), [(-1, 1), (0, 2)])
def test_statistics_come_back_with_what_stands_for_off(tmp_path, off, version):
    states = StateMatrix(np.where([[True, False, True], [True, True, False]], 1, off))
    path = save_statistics(Statistics.of(states), tmp_path / "a.stats.npz")
    found = open_statistics(path)
    assert found == Statistics.of(states) and found.off == off
    with np.load(path) as arrays:
        assert json.loads(arrays["header"].tobytes())["stateviz_statistics"] == version
