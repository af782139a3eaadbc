import json
import shutil
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stateviz.core.errors import FileError, InputError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.storage import open_recording, save_recording

ODD_TOKENS = ("a\n", "🎉", "e\u0301", "\x00", "", "\r\n", " ", "\\n", "ﷺ", "\U0010ffff")
ENDINGS = (".zarr", ".zarr.zip")


def recording(tokens=ODD_TOKENS, **fields):
    rng = np.random.default_rng(0)
    steps = len(tokens)
    binary = StateMatrix(rng.integers(0, 2, (6, steps)), tokens=tokens, site="core.h", source={"model": "abc"})
    real = StateMatrix(rng.normal(size=(3, steps)), units=(7, "b", "\n"), site="x/y")
    return Recording(tokens, {"core.h": binary, "x/y": real}, {"text": "digest", "steps": steps}, **fields)


def same_states(one, two):
    assert one.units == two.units
    assert [type(unit) for unit in one.units] == [type(unit) for unit in two.units]
    assert (one.tokens, one.site, dict(one.source)) == (two.tokens, two.site, dict(two.source))
    assert (one.row_breaks, one.column_breaks) == (two.row_breaks, two.column_breaks)
    assert np.array_equal(one.flipped, two.flipped)
    assert one.values.dtype == two.values.dtype
    assert np.array_equal(one.values, two.values)


def same(one, two):
    assert one.tokens == two.tokens
    assert one.sites == two.sites
    assert dict(one.source) == dict(two.source)
    for site in one.sites:
        same_states(one[site], two[site])
    assert list(one.tracks) == list(two.tracks)
    for name, track in one.tracks.items():
        assert track.dtype == two.tracks[name].dtype
        assert np.array_equal(track, two.tracks[name], equal_nan=True)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_recording_comes_back_as_it_was(tmp_path, ending):
    steps = len(ODD_TOKENS)
    first = recording(tracks={"surprisal": [np.nan, *range(1, steps)], "entropy": np.linspace(0, 1, steps)})
    path = save_recording(first, tmp_path / f"a{ending}")
    same(first, open_recording(path))
    assert [p.name for p in tmp_path.iterdir()] == [f"a{ending}"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tokens=st.lists(st.text(st.characters(codec="utf-8"), max_size=4), min_size=1, max_size=8),
    site=st.text(st.characters(codec="utf-8"), max_size=6),
)
def test_any_text_and_any_site_name_come_back_exactly(tmp_path, tokens, site):
    values = np.full((2, len(tokens)), 0.5)
    first = Recording(tuple(tokens), {site: StateMatrix(values, site=site), "tokens": StateMatrix(values)})
    same(first, open_recording(save_recording(first, tmp_path / "a.zarr.zip", overwrite=True)))


def test_an_ordered_site_keeps_its_flips_breaks_and_own_tokens(tmp_path):
    states = StateMatrix([[0.5, 2, 3], [4, 5, 6]], tokens=("x", "y", "z"), column_breaks=(1,))
    first = Recording(("a", "b", "c"), {"h": states.reorder([1, 0], [1, -1], row_breaks=(1,))})
    same(first, open_recording(save_recording(first, tmp_path / "a.zarr")))


def test_sites_whose_names_no_folder_could_tell_apart_stay_apart(tmp_path):
    sites = ("h", "H", "a/b", "a-b", "..", "__x", "", "zarr.json", "x" * 200, "x" * 201)
    first = Recording(("a",), {site: StateMatrix([[i + 0.5]], site=site) for i, site in enumerate(sites)})
    for ending in ENDINGS:
        same(first, open_recording(save_recording(first, tmp_path / f"a{ending}")))


def test_many_chunks_come_back_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr("stateviz.storage.recordings.schema.CHUNK_BYTES", 64)
    monkeypatch.setattr("stateviz.storage.recordings.schema.FEWEST_STEPS", 16)
    monkeypatch.setattr("stateviz.storage.recordings.schema.MOST_STEPS", 16)
    first = recording(tuple(map(str, range(100))))
    path = save_recording(first, tmp_path / "a.zarr")
    assert len(list((path / "core.h" / "states").glob("c.*"))) == 7 * 2  # of 16 steps x 3 units
    same(first, open_recording(path))


@pytest.mark.parametrize(("low", "dtype"), [(-1, np.int8), (0, np.bool_)])
def test_binary_states_take_about_one_bit_each(tmp_path, low, dtype):
    zarr = pytest.importorskip("zarr")
    bits = np.where(np.random.default_rng(0).integers(0, 2, (128, 20_000)), 1, low)
    first = Recording(("a",) * 20_000, {"h": StateMatrix(bits)})
    path = save_recording(first, tmp_path / "a.zarr")
    array = zarr.open_group(path, mode="r")["h/states"]
    assert array.nbytes_stored() * 8 / bits.size <= 1.05
    assert array.dtype == dtype
    assert array.metadata.dimension_names == ("step", "unit")


def test_the_same_recording_gives_the_same_bytes(tmp_path):
    one = save_recording(recording(), tmp_path / "a.zarr.zip").read_bytes()
    two = save_recording(recording(), tmp_path / "b.zarr.zip").read_bytes()
    assert one == two


def test_xarray_opens_a_recording_with_named_dimensions_and_no_warning(tmp_path):
    xarray = pytest.importorskip("xarray")
    first = recording()
    path = save_recording(first, tmp_path / "a.zarr")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        root = xarray.open_zarr(path)
        site = xarray.open_zarr(path, group="core.h")
    assert root.tokens.dims == ("step",)
    assert tuple(map(str, root.tokens.values)) == ODD_TOKENS
    assert site.states.dims == ("step", "unit")
    assert site.unit.values.tolist() == list(range(6))
    assert np.array_equal(site.states.values.T, first["core.h"].values)


def test_zarr_opens_the_one_file_kind(tmp_path):
    zarr = pytest.importorskip("zarr")
    first = recording()
    store = zarr.storage.ZipStore(save_recording(first, tmp_path / "a.zarr.zip"), mode="r")
    assert np.array_equal(zarr.open_group(store, mode="r")["core.h/states"][:].T, first["core.h"].values)
    store.close()


def test_a_recording_that_is_there_is_kept_without_force(tmp_path):
    for ending in ENDINGS:
        path = save_recording(recording(), tmp_path / f"a{ending}")
        with pytest.raises(FileError, match="--force"):
            save_recording(recording(("z",)), path)
        assert open_recording(path).tokens == ODD_TOKENS
        save_recording(recording(("z",)), path, overwrite=True)
        assert open_recording(path).tokens == ("z",)


def test_force_does_not_replace_a_folder_of_something_else(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / "thesis.txt").write_text("years")
    with pytest.raises(FileError, match="folder of something else"):
        save_recording(recording(), tmp_path / "a.zarr", overwrite=True)
    assert (tmp_path / "a.zarr" / "thesis.txt").read_text() == "years"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: recording(("\ud800",)), "half a character"),
        (lambda: Recording(("a",), {"h": StateMatrix([[0.5]])}, {"when": object()}), "plain JSON"),
        (lambda: Recording(("a",), {"h": StateMatrix([[0.5]])}, {"loss": float("nan")}), "plain JSON"),
        (lambda: Recording(("a",), {"h": StateMatrix([[0.5]], units=("\udc80",))}), "half a character"),
    ],
)
def test_what_cannot_be_saved_is_refused_before_a_file_exists(tmp_path, made, message):
    with pytest.raises(InputError, match=message):
        save_recording(made(), tmp_path / "a.zarr")
    assert not list(tmp_path.iterdir())


def test_numbers_of_numpy_in_the_source_become_plain_ones(tmp_path):
    first = Recording(("a",), {"h": StateMatrix([[0.5]])}, {"n": np.int64(3), "curve": np.arange(2)})
    assert dict(open_recording(save_recording(first, tmp_path / "a.zarr")).source) == {"n": 3, "curve": [0, 1]}


@pytest.mark.parametrize("name", ["a", "a.zip", "a.npy", ".."])
def test_a_recording_has_an_ending_that_tells_it(tmp_path, name):
    with pytest.raises(InputError, match=r"ends in \.zarr or \.zarr\.zip"):
        save_recording(recording(), tmp_path / name)


def test_a_write_that_fails_half_way_leaves_the_old_recording(tmp_path, monkeypatch):
    path = save_recording(recording(), tmp_path / "a.zarr")

    async def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zarr.storage.LocalStore.set", fail)
    with pytest.raises(FileError, match=r"cannot write .*a\.zarr: No space left"):
        save_recording(recording(("z",)), path, overwrite=True)
    monkeypatch.undo()
    assert open_recording(path).tokens == ODD_TOKENS
    assert [p.name for p in tmp_path.iterdir()] == ["a.zarr"]


def refused(path, message):
    with pytest.raises(FileError, match=message) as caught:
        open_recording(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_recording_says_how_to_make_one(tmp_path):
    refused(tmp_path / "no.zarr", "there is no recording at .* stateviz record")


def test_a_newer_format_says_to_update(tmp_path):
    path = save_recording(recording(), tmp_path / "a.zarr")
    meta = json.loads((path / "zarr.json").read_text())
    meta["attributes"]["stateviz_format"] = 4
    (path / "zarr.json").write_text(json.dumps(meta))
    refused(path, "has format 4, this version reads up to 3; update stateviz")


def test_a_zarr_group_of_something_else_is_told_from_a_recording(tmp_path):
    zarr = pytest.importorskip("zarr")
    zarr.create_group(tmp_path / "a.zarr", zarr_format=3)
    refused(tmp_path / "a.zarr", "is a Zarr group, but not a stateviz recording")


def test_a_folder_or_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    refused(tmp_path / "a.zarr", "is a folder, but not a recording")
    (tmp_path / "b.zarr").write_text("hello")
    refused(tmp_path / "b.zarr", "neither a Zarr folder nor a .zarr.zip")
    (tmp_path / "c.zarr.zip").write_bytes(b"PK\x03\x04 nothing more")
    refused(tmp_path / "c.zarr.zip", "is damaged: its end is missing")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_file_cut_off_is_refused(tmp_path, share):
    whole = save_recording(recording(), tmp_path / "a.zarr.zip").read_bytes()
    (tmp_path / "b.zarr.zip").write_bytes(whole[: int(len(whole) * share)])
    refused(tmp_path / "b.zarr.zip", "is damaged")


@pytest.mark.parametrize("name", ["tokens/c.0", "core.h/states/c.0.0", "x-y/states/c.0.0", "x-y/unit/c.0"])
def test_a_chunk_that_is_lost_or_cut_is_refused_and_never_read_as_zeros(tmp_path, name):
    path = save_recording(recording(), tmp_path / "a.zarr")
    cut = tmp_path / "b.zarr"
    shutil.copytree(path, cut)
    (path / name).unlink()
    refused(path, "is damaged: 1 of 1 chunks of .* are missing")
    (cut / name).write_bytes((cut / name).read_bytes()[:10])
    refused(cut, "is damaged")


def test_a_shape_that_claims_more_than_is_stored_is_refused_before_memory_is_taken(tmp_path):
    path = save_recording(recording(), tmp_path / "a.zarr")
    for meta_path in path.rglob("zarr.json"):
        meta = json.loads(meta_path.read_text())
        huge(meta)
        meta_path.write_text(json.dumps(meta))
    refused(path, "is damaged: .* claims")


def huge(meta):
    """Make every array of a (consolidated) metadata document claim 10 ** 13 steps."""
    if meta.get("node_type") == "array":
        meta["shape"][0] = 10**13
    for inner in meta.get("consolidated_metadata", {}).get("metadata", {}).values():
        huge(inner)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_changed_at_random_are_read_or_refused_but_never_crash(tmp_path, data):
    path = tmp_path / "a.zarr.zip"
    if not path.exists():
        save_recording(recording(), path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "b.zarr.zip").write_bytes(content)
    try:
        found = open_recording(tmp_path / "b.zarr.zip")
    except FileError:
        return
    assert len(found.tokens) == len(ODD_TOKENS)


def test_a_chunk_whose_header_lies_about_its_size_reaches_no_decoder(tmp_path):
    path = save_recording(recording(), tmp_path / "a.zarr")
    chunk = path / "core.h" / "states" / "c.0.0"
    content = bytearray(chunk.read_bytes())
    content[12:16] = (len(content) + 1).to_bytes(4, "little")  # one byte beyond the end: Blosc would read it
    chunk.write_bytes(content)
    with pytest.raises(FileError, match=r"chunk core\.h/states/c\.0\.0 does not have the size it claims"):
        open_recording(path)
