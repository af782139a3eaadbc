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
@pytest.mark.parametrize("measure", blocked.BLOCKED)
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
        ({"measure": "switches"}, "'switches' needs all states at once, .* choose pearson, phi, partial, spearman"),
        ({"lags": (0, 1)}, "lags and a null need the states"),
        ({"null": "shift"}, "lags and a null need the states"),
    ],
)
def test_what_takes_more_than_one_pass_is_refused_by_name(large, options, message):
    with pytest.raises(sv.InputError, match=message):
        sv.correlate(large[0], **options)


def test_ranks_take_blocks_of_units_and_leave_no_file(large, monkeypatch, tmp_path):
    monkeypatch.setattr(blocked, "_RANKED_BYTES", 2 * 4 * 20_000)  # two units at a time
    monkeypatch.setattr(blocked.tempfile, "tempdir", str(tmp_path))
    with pytest.warns(UserWarning, match="1 unit is constant"):
        found = sv.correlate(large[0], measure="spearman")
    with pytest.warns(UserWarning, match="1 unit is constant"):
        assert found.values == pytest.approx(sv.correlate(large[1], measure="spearman").values, abs=2e-6)
    assert not list(tmp_path.glob("stateviz-*"))


@pytest.mark.filterwarnings("ignore:1 unit is constant")
@pytest.mark.parametrize("measure", blocked.TILED)
@pytest.mark.parametrize("on_disk", [True, False])
def test_a_square_is_written_row_by_row(large, measure, on_disk, monkeypatch, tmp_path):
    path, values = large
    monkeypatch.setattr(blocked, "_ROWS_BYTES", 4 * 8 * 6)  # four rows at a time
    given = path if on_disk else sv.StateMatrix(values, units=list("uvwxyz"))
    found = sv.correlate(given, measure=measure, out=tmp_path / "square.zarr")
    expected = sv.correlate(values, measure=measure).values
    (site,) = found.sites
    assert found[site].values == pytest.approx(expected, abs=2e-6)
    assert (found.tokens, found[site].units) == (tuple("uvwxyz"), tuple("uvwxyz"))
    assert found.source["measure"] == measure
    again = sv.open_recording(tmp_path / "square.zarr")
    assert again[site] == found[site]
    with pytest.raises(sv.FileError, match="exists|there"):
        sv.correlate(given, measure=measure, out=tmp_path / "square.zarr")
    sv.correlate(given, measure=measure, out=tmp_path / "square.zarr", overwrite=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"measure": "partial"}, "choose pearson, spearman, phi"),
        ({"lags": (0, 1)}, "neither lags nor a null"),
        ({"null": "shift"}, "neither lags nor a null"),
        ({"out": "square.csv"}, "zarr"),
    ],
)
def test_what_no_square_on_disk_is_made_of(options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(sv.InputError, match=message):
        sv.correlate(np.eye(4), **{"out": "square.zarr", **options})
    assert not list(tmp_path.iterdir())


def test_an_interrupted_square_leaves_nothing(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(blocked, "_tile", stop)
    with pytest.raises(KeyboardInterrupt):
        sv.correlate(np.eye(4), out=tmp_path / "square.zarr")
    assert not list(tmp_path.iterdir())


def test_overwrite_alone_is_refused():
    with pytest.raises(sv.InputError, match="overwrite is for out="):
        sv.correlate(np.eye(4), overwrite=True)


@pytest.mark.filterwarnings("ignore:1 unit is constant")
@pytest.mark.parametrize("measure", ["pearson", "spearman", "switches", "partial"])
def test_torch_computes_the_same(large, measure):
    values = large[1][:4]
    expected = sv.correlate(values, measure=measure)
    assert sv.correlate(values, measure=measure, device="cpu").values == pytest.approx(expected.values, abs=1e-12)
    if measure in blocked.BLOCKED:
        found = sv.correlate(large[0], measure=measure, device="cpu")
        assert found.values == pytest.approx(sv.correlate(large[0], measure=measure).values, abs=1e-5)


def test_torch_computes_lags_and_squares(large, tmp_path):
    values = large[1][:4, :500]
    lagged = sv.correlate(values, lags=(0, 3), device="cpu")
    assert lagged.by_lag == pytest.approx(sv.correlate(values, lags=(0, 3)).by_lag, abs=1e-12)
    square = sv.correlate(values, out=tmp_path / "a.zarr", device="cpu")
    assert square[square.sites[0]].values == pytest.approx(sv.correlate(values).values, abs=1e-5)


@pytest.mark.parametrize("device", ["nowhere", "meta", "cuda:99"])
def test_a_device_that_is_not_there_is_one_line(device):
    with pytest.raises(sv.InputError, match=f"device '{device}' cannot be used here") as told:
        sv.correlate(np.eye(4), device=device)
    assert "\n" not in str(told.value)
