import json

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.storage import RecordingWriter, load_states, open_recording, save_recording, to_pandas, to_xarray
from stateviz.storage.recordings.header import texts

RNG = np.random.default_rng(0)
STEPS, UNITS = 300, 40
VALUES = RNG.normal(size=(STEPS, UNITS)).astype(np.float32)
TOKENS = [chr(97 + step % 26) for step in range(STEPS)]


@pytest.fixture
def large(tmp_path, monkeypatch):
    """A recording of many chunks (32 steps x 8 units) that counts as a large one, and what was read of it."""
    monkeypatch.setattr("stateviz.storage.recordings.schema.FEWEST_STEPS", 32)
    monkeypatch.setattr("stateviz.storage.recordings.schema.MOST_STEPS", 32)
    monkeypatch.setattr("stateviz.storage.recordings.schema.CHUNK_BYTES", 1024)
    monkeypatch.setattr("stateviz.storage.recordings.stored.SMALL", 0)
    with RecordingWriter(tmp_path / "a.zarr", {"h": UNITS, "c": 3}, breaks=(100,), source={"model": "m"}) as writer:
        writer.append(TOKENS, {"h": VALUES, "c": VALUES[:, :3]}, {"entropy": VALUES[:, 0]})
    return open_recording(tmp_path / "a.zarr")


@pytest.fixture
def chunks(monkeypatch):
    """The chunks that were read."""
    from zarr.storage import LocalStore

    seen, get = [], LocalStore.get

    async def watched(self, key, *rest, **more):
        if "/c." in key:
            seen.append(key)
        return await get(self, key, *rest, **more)

    monkeypatch.setattr(LocalStore, "get", watched)
    return seen


def test_opening_a_large_recording_reads_no_state_and_no_text(tmp_path, large, chunks):
    found = open_recording(large.path)
    assert repr(found).startswith("Recording(300 steps; StateMatrix(h: 40 units x 300 steps, real)")
    assert found.shape("h") == (40, 300)
    assert found.sites == ("h", "c")
    assert found.boundaries.nonzero()[0].tolist() == [0, 100]
    assert {key.split("/c.")[0] for key in chunks} <= {"h/unit", "c/unit"}


def test_a_slice_touches_only_its_chunks(large, chunks):
    part = large.select("h", steps=slice(40, 60), units=slice(10, 14))
    assert np.array_equal(part.values, VALUES[40:60, 10:14].T)
    assert part.units == (10, 11, 12, 13)
    assert part.tokens == tuple(TOKENS[40:60])
    assert sorted(set(chunks)) == ["h/states/c.1.1", "tokens/c.1"]


def test_units_are_chosen_by_name_in_any_order(large):
    part = large.select("h", units=[30, 2, 31])
    assert np.array_equal(part.values, VALUES[:, [30, 2, 31]].T)
    assert part.units == (30, 2, 31)
    assert part.column_breaks == (100,)
    assert large.select("h", steps=slice(90, 120)).column_breaks == (10,)


def test_the_states_are_those_that_were_recorded(large):
    assert np.array_equal(large["h"].values, VALUES.T)
    assert large["h"] is large["h"] or large["h"].shape == (40, 300)
    assert large.tokens == tuple(TOKENS)
    assert np.array_equal(large.tracks["entropy"], VALUES[:, 0])
    assert list(large.tracks) == ["entropy"]
    assert np.array_equal(np.concatenate(list(large.blocks("h", steps=77))), VALUES)


@pytest.mark.parametrize("steps", ["5:9", "290:", None])
def test_load_states_reads_no_more_than_the_steps(large, chunks, steps):
    part = load_states(large.path, site="c", steps=steps)
    start, stop = {"5:9": (5, 9), "290:": (290, 300), None: (0, 300)}[steps]
    assert np.array_equal(part.values, VALUES[start:stop, :3].T)
    assert {key.split("/c.")[0] for key in chunks} <= {"c/states", "tokens", "h/unit", "c/unit"}
    if steps == "5:9":
        assert {key for key in chunks if "states" in key} == {"c/states/c.0.0"}


@pytest.mark.parametrize(
    ("site", "options", "error", "message"),
    [
        (None, {}, InputError, "has 2 sites; name one of h, c"),
        ("hh", {}, UnknownNameError, "did you mean 'h'"),
        ("h", {"steps": slice(5, 5)}, InputError, "steps 5:5 hold no column of 300"),
        ("h", {"steps": slice(9, 0, -2)}, InputError, "stride -2; give 1 or more"),
        ("h", {"units": [99]}, UnknownNameError, "unknown unit '99'"),
        ("h", {"units": slice(9, 3)}, InputError, "hold no row of 40"),
    ],
)
def test_what_is_not_there_is_said(large, site, options, error, message):
    with pytest.raises(error, match=message):
        large.select(site, **options)
    with pytest.raises(InputError, match="steps 10:900 reach past the end"):
        load_states(large, site="h", steps="10:900")


def test_copying_a_large_recording_never_loads_a_whole_site(tmp_path, large, monkeypatch):
    monkeypatch.setattr("stateviz.storage.recordings.save.BLOCK_BYTES", 40 * 4 * 43)
    monkeypatch.setattr(
        "stateviz.storage.recordings.lazy.LazyStates.__getitem__", lambda *_: pytest.fail("a site was loaded")
    )
    copy = save_recording(large, tmp_path / "b.zarr.zip")
    monkeypatch.undo()
    assert np.array_equal(open_recording(copy)["h"].values, VALUES.T)
    assert np.array_equal(open_recording(copy).tracks["entropy"], VALUES[:, 0])


def test_damage_to_a_chunk_of_a_large_recording_shows_when_it_is_read(large):
    (large.path / "h" / "states" / "c.4.2").write_bytes(b"\x02\x01\x21")
    found = open_recording(large.path)
    assert found.select("h", steps=slice(0, 20)).shape == (40, 20)
    with pytest.raises(FileError, match=r"a\.zarr is damaged"):
        _ = found["h"]


def test_a_store_that_was_cut_short_is_refused(large):
    document = large.path / "h" / "states" / "zarr.json"
    metadata = json.loads(document.read_text())
    metadata["shape"][0] = 200
    for name in ("zarr.json", "h/zarr.json"):
        root = json.loads((large.path / name).read_text())
        root.pop("consolidated_metadata")
        (large.path / name).write_text(json.dumps(root))
    document.write_text(json.dumps(metadata))
    with pytest.raises(FileError, match="has shape .200, 40., and the text 300 tokens"):
        open_recording(large.path)


@pytest.mark.parametrize("ending", [".zarr", ".zarr.zip"])
def test_xarray_and_pandas_know_steps_units_and_tokens(tmp_path, ending):
    pytest.importorskip("xarray")
    pytest.importorskip("pandas")
    states = StateMatrix(VALUES[:, :4].T, units=("a", "b", 3, 4), tokens=TOKENS, site="core.h")
    found = open_recording(
        save_recording(Recording(TOKENS, {"core.h": states}, tracks={"entropy": VALUES[:, 0]}), tmp_path / f"a{ending}")
    )
    data = found.to_xarray()
    assert data.states.dims == ("step", "unit")
    assert data.token.values.tolist() == TOKENS
    assert np.array_equal(data.states.isel(step=slice(5, 9)).values, VALUES[5:9, :4])
    assert np.array_equal(data.entropy.values, VALUES[:, 0])
    frame = found.to_pandas(steps=slice(0, 10))
    assert frame.columns.tolist() == ["token", "a", "b", 3, 4]
    assert np.array_equal(load_states(frame).values, VALUES[:10, :4].T)
    assert np.array_equal(np.asarray(found), VALUES[:, :4].T)
    assert to_xarray(states).states.sel(unit="b").shape == (300,)
    assert to_pandas(StateMatrix([[0.5, 1.5]])).columns.tolist() == [0]


def test_a_store_replaced_by_a_shorter_one_is_not_read_as_the_old_one(large):
    first = open_recording(large.path)
    save_recording(Recording(("a",), {"h": StateMatrix([[0.5]], site="h")}), large.path, overwrite=True)
    with pytest.raises(FileError, match="changed since it was opened"):
        first.select("h")


def test_many_tokens_are_read_when_they_are_asked_for(large, monkeypatch):
    monkeypatch.setattr("stateviz.storage.recordings.stored.MOST_AT_ONCE", 100)
    read = []
    monkeypatch.setattr("stateviz.storage.recordings.stored.texts", lambda *args: read.append(1) or texts(*args))
    few = large.select("h", units=[1])
    assert (few.shape, few[0].shape, read) == ((1, 300), (300,), [])
    assert few.tokens == large.tokens
    assert large.select("h", steps=slice(0, 200, 2)).tokens == large.tokens[:200:2]
    assert large.select("h", units=[1], steps=slice(10, 300, 2)) == few.select(slice(10, 300, 2))
