"""What every Recording owes, in memory and on disk, read whole or in parts."""

import copy
import json
import pickle

import numpy as np
import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.storage import load_states, open_recording, save_recording

STEPS = 50
RNG = np.random.default_rng(0)
TOKENS = tuple(chr(97 + step % 26) for step in range(STEPS))
SOURCE = {"model": "m", "vocabulary": ["a", "b"]}
VALUES = {"core.h": RNG.normal(size=(6, STEPS)).astype(np.float32), "x/y": RNG.choice([-1, 1], (3, STEPS))}
TRACKS = {
    "surprisal": np.r_[np.nan, RNG.random(STEPS - 1)].astype(np.float32),
    "entropy": RNG.random(STEPS).astype(np.float32),
    "top_ids": RNG.integers(0, 2, (STEPS, 2)).astype(np.int32),
    "top_probabilities": RNG.random((STEPS, 2)).astype(np.float32),
    "depth": np.arange(STEPS, dtype=np.int16),
    "depth.2": RNG.random((STEPS, 3)),
    "in quotes?": np.arange(STEPS) % 2 == 0,
    "states": np.arange(STEPS, dtype=np.uint8),
}
UNITS = {"core.h": ("u", "v", 2, 3, 4, 5), "x/y": (0, 1, 2)}
KINDS = ["memory", "zarr", "zip", "large zarr", "large zip"]


def pickled(noun):
    return pickle.loads(pickle.dumps(noun))  # noqa: S301


def made():
    states = {
        site: StateMatrix(values, units=UNITS[site], tokens=TOKENS, site=site, source=SOURCE, column_breaks=(20,))
        for site, values in VALUES.items()
    }
    return Recording(TOKENS, states, SOURCE, TRACKS)


@pytest.fixture(params=KINDS)
def recording(request, tmp_path, monkeypatch):
    if request.param == "memory":
        return made()
    if "large" in request.param:
        monkeypatch.setattr("stateviz.storage.recordings.stored.SMALL", 0)
    return open_recording(save_recording(made(), tmp_path / ("a.zarr.zip" if "zip" in request.param else "a.zarr")))


def test_it_says_what_it_holds(recording):
    assert isinstance(recording, Recording)
    assert recording.sites == ("core.h", "x/y")
    assert (recording.steps, recording.shape("core.h"), recording.shape("x/y")) == (STEPS, (6, STEPS), (3, STEPS))
    assert recording.tokens == TOKENS
    assert recording.source == SOURCE
    assert recording.vocabulary == ("a", "b")
    assert recording.boundaries.nonzero()[0].tolist() == [0, 20]
    assert repr(recording).startswith(f"Recording({STEPS} steps; StateMatrix(core.h: 6 units x {STEPS} steps, real)")


def test_the_states_are_those_that_were_recorded(recording):
    for site, values in VALUES.items():
        assert recording[site] == made()[site]
        assert recording.states[site].values.tolist() == values.tolist()
        assert np.array_equal(np.concatenate(list(recording.blocks(site, steps=7))), values.T)
        assert load_states(recording, site=site) == made()[site]


def test_tracks_of_any_name_keep_their_numbers_and_dtypes(recording):
    assert list(recording.tracks) == list(TRACKS)
    assert len(recording.tracks) == len(TRACKS)
    for name, track in TRACKS.items():
        assert name in recording.tracks
        assert recording.tracks[name].dtype == track.dtype
        assert np.array_equal(recording.tracks[name], track, equal_nan=track.dtype.kind == "f")
        assert not recording.tracks[name].flags.writeable
    assert "loss" not in recording.tracks
    with pytest.raises(KeyError):
        recording.tracks["loss"]


def test_parts_are_the_same_from_all(recording):
    part = recording.select("core.h", steps=slice(10, 30), units=[4, "v"])
    assert part == StateMatrix(
        VALUES["core.h"][[4, 1], 10:30],
        units=(4, "v"),
        tokens=TOKENS[10:30],
        site="core.h",
        source=SOURCE,
        column_breaks=(10,),
    )
    assert recording.select("x/y", units=slice(1, 3)) == made()["x/y"].select(units=[1, 2])


@pytest.mark.parametrize(
    ("site", "options", "error", "message"),
    [
        (None, {}, InputError, "has 2 sites; name one of core.h, x/y"),
        ("core.g", {}, UnknownNameError, r"did you mean 'core\.h'"),
        ("core.h", {"steps": slice(5, 5)}, InputError, "steps 5:5 hold no column of 50"),
        ("core.h", {"steps": slice(9, 0, -2)}, InputError, "stride -2; give 1 or more"),
        ("core.h", {"steps": 50}, InputError, "there is no step 50"),
        ("core.h", {"units": [99]}, UnknownNameError, "unknown unit '99'"),
        ("core.h", {"units": slice(9, 3)}, InputError, "hold no row of 6"),
        ("core.h", {"units": ["3"]}, UnknownNameError, "there is no unit '3', but one named 3; give it so"),
    ],
)
def test_what_is_not_there_is_said_alike(recording, site, options, error, message):
    with pytest.raises(error, match=message):
        recording.select(site, **options)


def test_a_track_that_is_none_names_those_there_are(recording):
    for tracks in (recording.tracks, pickled(recording).tracks):
        with pytest.raises(UnknownNameError, match=r"unknown track 'entrpy'; choose from .*did you mean 'entropy'"):
            tracks["entrpy"]
        assert tracks.get("entrpy") is None


def test_tracks_can_be_added_and_are_saved(recording, tmp_path):
    more = recording.with_tracks({"loss": np.linspace(0, 1, STEPS), "entropy": np.zeros(STEPS)})
    again = open_recording(save_recording(more, tmp_path / "b.zarr.zip"))
    for found in (more, again, pickled(more)):
        assert list(found.tracks) == [*TRACKS, "loss"]
        assert found.tracks["loss"][-1] == 1
        assert not found.tracks["entropy"].any()
        assert np.array_equal(found["core.h"].values, VALUES["core.h"])
    assert "loss" not in recording.tracks
    with pytest.raises(InputError, match=r"loss has shape \(2,\); expected \(50,\) or \(50, k\)"):
        recording.with_tracks({"loss": [1.0, 2.0]})


def test_pandas_and_xarray_know_steps_units_tokens_and_tracks(recording):
    pytest.importorskip("xarray")
    pytest.importorskip("pandas")
    frame = recording.to_pandas("core.h", steps=slice(0, 10))
    assert frame.columns.tolist() == ["token", *UNITS["core.h"]]
    assert np.array_equal(load_states(frame).values, VALUES["core.h"][:, :10])
    data = recording.to_xarray("x/y")
    assert data.states.dims == ("step", "unit")
    assert np.array_equal(data.states.values, VALUES["x/y"].T)
    assert data.token.values.tolist() == list(TOKENS)
    for name in ("surprisal", "top_ids", "depth", "depth.2", "in quotes?"):
        assert np.array_equal(data[name].values, TRACKS[name], equal_nan=TRACKS[name].dtype.kind == "f")


def test_it_is_pickled_and_copied(recording):
    for again in (pickled(recording), copy.deepcopy(recording)):
        assert again == recording
        assert hash(again) == hash(recording)
        assert again["core.h"] == recording["core.h"]
        assert list(again.tracks) == list(TRACKS)
        assert not again["core.h"].values.flags.writeable
    assert recording != recording.with_tracks({"loss": np.zeros(STEPS)})


def test_the_format_rises_only_with_tracks_of_ones_own(tmp_path):
    own = save_recording(made(), tmp_path / "own.zarr")
    plain = save_recording(
        Recording(TOKENS, made().states, SOURCE, {"entropy": TRACKS["entropy"]}), tmp_path / "a.zarr"
    )
    attributes = [json.loads((path / "zarr.json").read_text())["attributes"] for path in (plain, own)]
    assert [found["stateviz_format"] for found in attributes] == [1, 2]
    assert "tracks" not in attributes[0]
    assert open_recording(plain).tracks["entropy"].tolist() == TRACKS["entropy"].tolist()


def test_a_chunk_of_a_track_that_is_lost_is_damage(tmp_path):
    path = save_recording(made(), tmp_path / "a.zarr")
    (attributes,) = [json.loads((path / "zarr.json").read_text())["attributes"]]
    (lost,) = (path / attributes["tracks"]["depth"]).glob("c.*")
    lost.unlink()
    with pytest.raises(OSError, match="is damaged: 1 of 1 chunks of /tracks/depth are missing"):
        open_recording(path)


@pytest.mark.parametrize("steps", [slice(1, 40, 3), slice(None, None, 7), 5, -1])
@pytest.mark.parametrize(("units", "rows"), [(None, range(6)), ([2, "u"], [2, 0]), ("v", [1])])
def test_strides_and_single_steps_are_read_alike(recording, steps, units, rows):
    part, whole = recording.select("core.h", steps=steps, units=units), recording["core.h"]
    columns = np.atleast_1d(np.arange(50)[steps])
    assert np.array_equal(part.values, whole.values[np.ix_(rows, columns)])
    assert part.tokens == tuple(np.array(whole.tokens, object)[columns])
    assert part == whole.select(steps, units=units)
