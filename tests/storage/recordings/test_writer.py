import json
import os
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stateviz.core.errors import FileError, InputError, MismatchError
from stateviz.storage import RecordingWriter, open_recording, save_recording

STEPS, SITES = 200, {"core.h": 6, "x/y": ("a", "b", 7)}
RNG = np.random.default_rng(0)
VALUES = {"core.h": RNG.normal(size=(STEPS, 6)), "x/y": np.where(RNG.random((STEPS, 3)) < 0.5, -1.0, 1.0)}
TOKENS = [chr(97 + step % 26) for step in range(STEPS)]
TRACKS = {
    "surprisal": RNG.random(STEPS),
    "entropy": RNG.random(STEPS),
    "top_ids": RNG.integers(0, 99, (STEPS, 3)),
    "top_probabilities": RNG.random((STEPS, 3)),
}
DTYPE = {"core.h": "float32", "x/y": "int8"}


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr("stateviz.storage.recordings.schema.FEWEST_STEPS", 32)
    monkeypatch.setattr("stateviz.storage.recordings.schema.MOST_STEPS", 32)
    monkeypatch.setattr("stateviz.storage.recordings.schema.CHUNK_BYTES", 256)
    monkeypatch.setattr("stateviz.storage.recordings.store.SETTLE_SECONDS", 0)


def feed(writer, start, stop):
    part = slice(start, stop)
    tracks = {name: track[part] for name, track in TRACKS.items()}
    writer.append(TOKENS[part], {site: values[part] for site, values in VALUES.items()}, tracks)


def arrays_of(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def whole(path, **options):
    with RecordingWriter(path, SITES, dtype=DTYPE, source={"model": "abc"}, breaks=(50,), **options) as writer:
        feed(writer, 0, STEPS)
    return path


@pytest.mark.parametrize("ending", [".zarr", ".zarr.zip"])
@pytest.mark.parametrize("steps", [None, STEPS])
def test_what_is_appended_comes_back(tmp_path, small_blocks, ending, steps):
    found = open_recording(whole(tmp_path / f"a{ending}", steps=steps))
    assert found.tokens == tuple(TOKENS)
    assert found["core.h"].binary is False and found["x/y"].binary
    for site, values in VALUES.items():
        assert np.array_equal(found[site].values.T, values.astype(np.float32))
        assert found[site].column_breaks == (50,)
    assert found["x/y"].units == ("a", "b", 7)
    for name, track in TRACKS.items():
        assert np.array_equal(found.tracks[name], track.astype(found.tracks[name].dtype))
    assert [p.name for p in tmp_path.iterdir()] == [f"a{ending}"]


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, STEPS - 1), max_size=6), stop=st.integers(0, STEPS - 1))
def test_an_interrupted_recording_ends_byte_equal_whatever_is_appended_at_once(tmp_path, small_blocks, cuts, stop):
    straight = tmp_path / "straight.zarr"
    if not straight.exists():
        whole(straight)
    path = tmp_path / "again.zarr"
    options = {"dtype": DTYPE, "source": {"model": "abc"}, "breaks": (50,)}
    first = RecordingWriter(path, SITES, overwrite=True, **options)
    if stop:
        feed(first, 0, stop)  # and is never closed
    first.leave()
    second = RecordingWriter(path, SITES, resume=True, overwrite=True, **options)
    assert second.written == stop // 32 * 32
    bounds = sorted({second.written, STEPS, *(cut for cut in cuts if cut > second.written)})
    for start, end in pairwise(bounds):
        feed(second, start, end)
    second.close()
    assert arrays_of(path) == arrays_of(straight)


def test_an_interruption_amid_a_block_or_while_closing_leaves_no_trace(tmp_path, small_blocks, monkeypatch):
    straight = arrays_of(whole(tmp_path / "straight.zarr"))
    options = {"dtype": DTYPE, "source": {"model": "abc"}, "breaks": (50,)}
    first = RecordingWriter(tmp_path / "a.zarr", SITES, **options)
    feed(first, 0, STEPS)
    monkeypatch.setattr(
        "stateviz.storage.recordings.store.put", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        first.close()
    first.leave()
    monkeypatch.undo()
    partial = tmp_path / "a.zarr.partial"
    (partial / "progress.json").write_text(json.dumps({**first._store._progress_now(), "written": 64}))
    (partial / "core.h" / "states" / "c.1.0.123.partial").write_bytes(b"half a chunk")
    (partial / "core.h" / "states" / "c.3.0").write_bytes(b"torn")
    monkeypatch.setattr("stateviz.storage.recordings.schema.FEWEST_STEPS", 32)
    monkeypatch.setattr("stateviz.storage.recordings.schema.MOST_STEPS", 32)
    monkeypatch.setattr("stateviz.storage.recordings.schema.CHUNK_BYTES", 256)
    second = RecordingWriter(tmp_path / "a.zarr", SITES, resume=True, **options)
    feed(second, second.written, STEPS)
    second.close()
    assert arrays_of(tmp_path / "a.zarr") == straight


def test_what_an_interruption_left_is_kept_until_it_is_resumed_or_replaced(tmp_path, small_blocks):
    first = RecordingWriter(tmp_path / "a.zarr", SITES, dtype=DTYPE)
    feed(first, 0, 100)
    first.leave()
    with pytest.raises(FileError, match=r"interrupted after 96 steps; go on with --resume .* --force"):
        RecordingWriter(tmp_path / "a.zarr", SITES, dtype=DTYPE)
    with pytest.raises(FileError, match="is a recording that was interrupted"):
        open_recording(tmp_path / "a.zarr.partial")
    assert RecordingWriter(tmp_path / "a.zarr", SITES, dtype=DTYPE, overwrite=True).written == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("sites", "options", "message"),
    [
        (SITES, {"source": {"model": "other"}}, r"another model \(abc there, other now\)"),
        (SITES, {"source": {"model": "abc", "text": "t"}}, r"another text \(none there, t now\)"),
        ({"core.h": 6}, {}, r"other sites \(core.h, x/y there\)"),
        ({**SITES, "core.h": 5}, {}, "other sites"),
        (SITES, {"dtype": "float32"}, "other sites"),
        (SITES, {"steps": 500}, "other steps"),
    ],
)
def test_resuming_something_else_is_refused(tmp_path, small_blocks, sites, options, message):
    feed(RecordingWriter(tmp_path / "a.zarr", SITES, dtype=DTYPE, source={"model": "abc"}), 0, 100)
    dtype = {name: kind for name, kind in DTYPE.items() if name in sites}
    with pytest.raises(MismatchError, match=f"cannot resume .*{message}"):
        RecordingWriter(
            tmp_path / "a.zarr", sites, resume=True, **{"dtype": dtype, "source": {"model": "abc"}, **options}
        )


@pytest.mark.parametrize(
    ("dtype", "value", "message"),
    [
        ("float16", 7e4, r"h: 70000\.0 at unit 1, step 40 does not fit into float16; record it as float32"),
        ("float16", np.nan, r"h: nan at unit 1, step 40 is not finite"),
        ("float32", -np.inf, r"h: -inf at unit 1, step 40 is not finite"),
        ("float32", 1e300, r"1e\+300 at unit 1, step 40 does not fit into float32"),
        ("int8", 0.5, r"0\.5 at unit 1, step 40 is not binary"),
        ("int8", 0.0, r"0\.0 at unit 1, step 40 is not binary"),
    ],
)
def test_a_number_that_does_not_fit_is_named_with_its_unit_and_step(tmp_path, dtype, value, message):
    writer = RecordingWriter(tmp_path / "a.zarr", {"h": 3}, dtype=dtype)
    writer.append(["a"] * 38, {"h": -np.ones((38, 3))})
    values = -np.ones((5, 3))
    values[2, 1] = value
    with pytest.raises(InputError, match=message):
        writer.append(["a"] * 5, {"h": values})
    writer.append(["b"], {"h": [[-1, -1, -1]]})
    assert open_recording(writer.close().path).tokens[-1] == "b"


def test_half_precision_takes_half_the_room_and_comes_back_as_it_was_rounded(tmp_path):
    values = RNG.normal(size=(5000, 8)).astype(np.float32)
    with RecordingWriter(tmp_path / "a.zarr", {"h": 8}, dtype="float16") as writer:
        writer.append(["a"] * 5000, {"h": values})
    found = open_recording(tmp_path / "a.zarr")
    assert found.layout["h"].dtype == "float16"
    assert np.array_equal(found["h"].values.T, values.astype(np.float16).astype(np.float32))
    again = open_recording(save_recording(found, tmp_path / "b.zarr"))
    assert again.layout["h"].dtype == "float16"


@pytest.mark.parametrize("units", [128, 100, 1000])
def test_binary_states_take_at_most_a_bit_and_a_twentieth(tmp_path, units):
    steps = 40_000 if units < 1000 else 5_000
    bits = np.where(RNG.random((steps, units)) < 0.5, -1, 1).astype(np.int8)
    with RecordingWriter(tmp_path / "a.zarr", {"h": units}, dtype="int8") as writer:
        for start in range(0, steps, 777):
            writer.append(["a"] * len(bits[start : start + 777]), {"h": bits[start : start + 777]})
    stored = sum(p.stat().st_size for p in (tmp_path / "a.zarr" / "h" / "states").rglob("*") if p.is_file())
    assert stored * 8 / bits.size <= 1.05


@pytest.mark.parametrize(
    ("tokens", "values", "tracks", "message"),
    [
        (["a"], {"h": [[1.0, 2.0, 3.0]]}, {}, r"h came with shape \(1, 3\); expected \(1, 2\)"),
        (["a", "b"], {"h": [[1.0, 2.0]]}, {}, r"expected \(2, 2\)"),
        (["a"], {"g": [[1.0, 2.0]]}, {}, "states came of g; expected h"),
        (["a"], {"h": [[1.0, 2.0]]}, {"loss": ["much"]}, "loss came as <U4; numbers were expected"),
        (["a"], {"h": [[1.0, 2.0]]}, {"top_ids": [1]}, r"top_ids came with shape \(1,\)"),
        (["a"], {"h": [[1.0, 2.0]]}, {"top_ids": [[0.5]]}, "top_ids: 0.5 at step 0 is no id"),
        (["\ud800"], {"h": [[1.0, 2.0]]}, {}, "half a character"),
        (["a"], {"h": [["x", "y"]]}, {}, "numbers were expected"),
    ],
)
def test_steps_that_do_not_fit_are_refused(tmp_path, tokens, values, tracks, message):
    writer = RecordingWriter(tmp_path / "a.zarr", {"h": 2})
    with pytest.raises(InputError, match=message):
        writer.append(tokens, values, tracks)


def test_tracks_stay_the_same_ones(tmp_path):
    writer = RecordingWriter(tmp_path / "a.zarr", {"h": 1})
    writer.append(["a"], {"h": [[0.5]]}, {"entropy": [1.0]})
    with pytest.raises(InputError, match=r"tracks \[\] came, and \['entropy'\] before"):
        writer.append(["a"], {"h": [[0.5]]})


def test_a_track_of_ones_own_keeps_the_dtype_it_began_with(tmp_path):
    writer = RecordingWriter(tmp_path / "a.zarr", {"h": 1})
    writer.append(["a"], {"h": [[0.5]]}, {"depth": np.array([3], np.int16)})
    with pytest.raises(InputError, match="depth came as float64, and as int16 before"):
        writer.append(["a"], {"h": [[0.5]]}, {"depth": [0.5]})
    writer.append(["b"], {"h": [[0.25]]}, {"depth": np.array([4], np.int16)})
    found = writer.close().tracks["depth"]
    assert (found.tolist(), found.dtype.name) == ([3, 4], "int16")


@pytest.mark.parametrize(
    ("path", "sites", "options", "message"),
    [
        ("a.npy", {"h": 1}, {}, "ends in .zarr or .zarr.zip"),
        ("a.zarr", {}, {}, "at least one site"),
        ("a.zarr", {"h": 0}, {}, "0 units; give 1 or more"),
        ("a.zarr", {"h": ("a", "a")}, {}, "of different names"),
        ("a.zarr", {"h": 1}, {"dtype": "int16"}, "float32, float64, float16, int8, bool; got 'int16'"),
        ("a.zarr", {"h": 1}, {"dtype": {"g": "int8"}}, "a dtype came for 'g'"),
        ("a.zarr", {"h": 1}, {"steps": 0}, "1 step or more"),
        ("a.zarr", {"h": 1}, {"source": {"when": object()}}, "plain JSON"),
    ],
)
def test_a_recording_that_cannot_be_is_refused_before_anything_is_written(tmp_path, path, sites, options, message):
    with pytest.raises(InputError, match=message):
        RecordingWriter(tmp_path / path, sites, **options)
    assert not list(tmp_path.iterdir())


def test_fewer_or_more_steps_than_announced_are_refused(tmp_path):
    writer = RecordingWriter(tmp_path / "a.zarr", {"h": 1}, steps=3)
    writer.append(["a"], {"h": [[0.5]]})
    with pytest.raises(InputError, match="1 steps came, and 3 were announced"):
        writer.close()
    writer.append(["a", "b"], {"h": [[0.5], [1.5]]})
    with pytest.raises(InputError, match="3 steps were announced, and more came"):
        writer.append(["c"] * 3, {"h": [[0.5]] * 3})
    with pytest.raises(InputError, match="no step came"):
        RecordingWriter(tmp_path / "b.zarr", {"h": 1}).close()


def test_a_full_disk_leaves_no_final_file_and_can_be_resumed(tmp_path, small_blocks, monkeypatch):
    import zarr

    write = zarr.storage.LocalStore.set
    room = iter(range(30))

    async def full(self, key, value, *rest):
        if "/c." in key and next(room, None) is None:
            raise OSError(28, "No space left on device")
        await write(self, key, value, *rest)

    options = {"dtype": DTYPE, "source": {"model": "abc"}, "breaks": (50,)}
    monkeypatch.setattr("zarr.storage.LocalStore.set", full)
    writer = RecordingWriter(tmp_path / "a.zarr", SITES, **options)
    feed(writer, 0, 70)
    with pytest.raises(FileError, match=r"cannot write .*a\.zarr: No space left on device"):
        feed(writer, 70, STEPS)
    monkeypatch.setattr("zarr.storage.LocalStore.set", write)
    assert [p.name for p in tmp_path.iterdir()] == ["a.zarr.partial"]
    again = RecordingWriter(tmp_path / "a.zarr", SITES, resume=True, **options)
    assert 0 < again.written < STEPS
    feed(again, again.written, STEPS)
    again.close()
    assert arrays_of(tmp_path / "a.zarr") == arrays_of(whole(tmp_path / "b.zarr"))


def test_an_error_inside_keeps_what_was_written_and_abort_removes_it(tmp_path, small_blocks):
    writer = RecordingWriter(tmp_path / "a.zarr", SITES, dtype=DTYPE)
    feed(writer, 0, 64)
    writer.__exit__(RuntimeError, RuntimeError("the model failed"), None)
    assert [p.name for p in tmp_path.iterdir()] == ["a.zarr.partial"]
    writer.abort()
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="the recording is closed"):
        feed(writer, 64, 70)


def test_the_one_file_kind_has_the_same_bytes_after_an_interruption(tmp_path, small_blocks):
    straight = whole(tmp_path / "a.zarr.zip").read_bytes()
    options = {"dtype": DTYPE, "source": {"model": "abc"}, "breaks": (50,)}
    feed(RecordingWriter(tmp_path / "b.zarr.zip", SITES, **options), 0, 150)
    second = RecordingWriter(tmp_path / "b.zarr.zip", SITES, resume=True, **options)
    feed(second, second.written, STEPS)
    second.close()
    assert (tmp_path / "b.zarr.zip").read_bytes() == straight
    assert sorted(os.listdir(tmp_path)) == ["a.zarr.zip", "b.zarr.zip"]


def test_memory_follows_the_block_and_not_the_text(tmp_path):
    import tracemalloc

    def peak(steps):
        tracemalloc.start()
        with RecordingWriter(tmp_path / f"{steps}.zarr", {"h": 64}) as writer:
            for _ in range(0, steps, 1000):
                writer.append(["a"] * 1000, {"h": RNG.random((1000, 64), np.float32)})
            writer.finish()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(80_000) < 1.3 * peak(20_000) < 40e6
