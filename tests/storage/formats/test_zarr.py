"""Zarr that other tools wrote: read with its names, or refused before anything is decoded."""

import json
import zipfile

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError
from stateviz.storage import load_any, load_states, save_recording
from stateviz.storage.recordings.shipped import shipped_recording
from stateviz.storage.zarr_codecs import CODECS

zarr = pytest.importorskip("zarr")
pytestmark = pytest.mark.filterwarnings("ignore")  # zarr's remarks on what is no part of version 3

VALUES = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
UNITS, TOKENS = tuple("abcdef"), ("x", "y", "zz", "é", "q")


def dataset(xarray, values=VALUES, text=str):
    tokens = np.array(TOKENS, dtype=object if text is object else None)
    coords = {"neuron": list(UNITS), "token": ("time", tokens)}
    return xarray.Dataset({"states": (("neuron", "time"), values)}, coords=coords)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("text", [str, object])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("ending", [".zarr", ".zarr.zip"])
def test_a_dataset_of_xarray_is_read_with_its_names(tmp_path, version, text, turned, ending):
    xarray = pytest.importorskip("xarray")
    found = dataset(xarray, text=text)
    path = tmp_path / f"a{ending}"
    store = zarr.storage.ZipStore(path, mode="w") if ending == ".zarr.zip" else zarr.storage.LocalStore(path)
    (found.transpose() if turned else found).to_zarr(store, zarr_format=version)
    store.close()
    states = load_states(path)
    assert (states.units, states.tokens, states.site) == (UNITS, TOKENS, "states")
    assert np.array_equal(states.values, VALUES)
    assert states.extent == "6 units x 5 steps, from neuron"


@pytest.mark.parametrize("version", [2, 3])
def test_packed_numbers_are_unpacked_and_missing_ones_are_gaps(tmp_path, version):
    xarray = pytest.importorskip("xarray")
    packed = {"states": {"dtype": "int16", "scale_factor": 0.01, "add_offset": 1.0, "_FillValue": -9999}}
    dataset(xarray).to_zarr(tmp_path / "a.zarr", zarr_format=version, encoding=packed)
    assert np.abs(load_states(tmp_path / "a.zarr").values - VALUES).max() < 0.0051
    holes = VALUES.copy()
    holes[2, 3] = np.nan
    for name, encoding in (("b.zarr", packed), ("c.zarr", {})):
        dataset(xarray, holes).to_zarr(tmp_path / name, zarr_format=version, encoding=encoding)
        with pytest.raises(FileError, match=rf"{name}: states has 1 empty cell; order .* --missing pairwise"):
            load_states(tmp_path / name)


@pytest.mark.parametrize("version", [2, 3])
def test_an_array_without_names_holds_a_row_a_unit(tmp_path, version):
    zarr.create_array(tmp_path / "a.zarr", data=VALUES, zarr_format=version)
    states = load_states(tmp_path / "a.zarr")
    assert (states.extent, states.site) == ("6 units x 5 steps, from rows", "array")
    assert np.array_equal(states.values, VALUES)
    assert np.array_equal(load_states(tmp_path / "a.zarr", transpose=True).values, VALUES.T)
    assert load_any(tmp_path / "a.zarr").sites == ("array",)


def test_shards_of_blosc_chunks_are_read(tmp_path):
    wide = np.random.default_rng(1).normal(size=(60, 50)).astype(np.float32)
    codec = zarr.codecs.BloscCodec()
    zarr.create_array(tmp_path / "a.zarr", data=wide, chunks=(5, 5), shards=(20, 25), compressors=codec)
    assert np.array_equal(load_states(tmp_path / "a.zarr").values, wide)


def of_version_2(path, **changes):
    """A group of version 2 whose second array has other metadata."""
    group = zarr.open_group(path, mode="w", zarr_format=2)
    for name in ("h", "odd"):
        group.create_array(name, data=VALUES)
    document = path / "odd" / ".zarray"
    document.write_text(json.dumps(json.loads(document.read_text()) | changes))
    return path


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"dtype": "|O", "filters": [{"id": "pickle", "protocol": 5}]}, "codec pickle"),
        ({"dtype": "|O", "filters": [{"id": "json2"}]}, "codec json2"),
        ({"dtype": "|O", "filters": [{"id": "msgpack2"}]}, "codec msgpack2"),
        ({"dtype": "|O", "filters": None}, r"type \|O"),
        ({"dtype": [["a", "<f4"]]}, r"type \[\['a', '<f4'\]\]"),
        ({"compressor": {"id": "mine"}}, "codec mine"),
        ({"filters": [{"id": "delta", "dtype": "|O"}]}, r"type \|O"),
        ({"filters": [{"id": "vlen-utf8"}, {"id": "pickle"}], "dtype": "|O"}, "codec pickle"),
    ],
)
def test_codecs_that_make_objects_are_refused_before_anything_is_decoded(tmp_path, monkeypatch, changes, named):
    path = of_version_2(tmp_path / "a.zarr", **changes)
    monkeypatch.setattr("stateviz.storage.readers.read_zarr", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(FileError, match=f"a.zarr: odd/.zarray has {named}, which is not decoded"):
        load_states(path, site="h")
    with zipfile.ZipFile(tmp_path / "a.zarr.zip", "w") as archive:
        for file in path.rglob("*"):
            archive.write(file, file.relative_to(path))
    with pytest.raises(FileError, match="is not decoded"):
        load_states(tmp_path / "a.zarr.zip", site="h")


@pytest.mark.parametrize("place", ["array", "consolidated", "shard", "index", "recording"])
def test_unknown_codecs_of_version_3_are_refused_wherever_they_stand(tmp_path, place):
    path = tmp_path / "a.zarr"
    bad = {"name": "numcodecs.pickle", "configuration": {}}
    if place == "recording":
        save_recording(shipped_recording(), path)
    else:
        group = zarr.create_group(path)
        group.create_array("x", data=np.ones((8, 8)), chunks=(2, 2), shards=(4, 4))
        if place == "consolidated":
            zarr.consolidate_metadata(path)
    document = path / (
        "zarr.json" if place == "consolidated" else "tokens/zarr.json" if place == "recording" else "x/zarr.json"
    )
    metadata = json.loads(document.read_text())
    array = metadata["consolidated_metadata"]["metadata"]["x"] if place == "consolidated" else metadata
    codecs = array["codecs"]
    if place in ("shard", "index"):
        codecs = codecs[0]["configuration"]["codecs" if place == "shard" else "index_codecs"]
    codecs.append(bad)
    document.write_text(json.dumps(metadata))
    with pytest.raises(FileError, match="has codec pickle, which is not decoded"):
        load_states(path)


def test_the_codecs_that_are_read_make_bytes_numbers_and_text():
    assert not CODECS & {"pickle", "json2", "msgpack", "msgpack2", "vlen-bytes", "vlen-array", "categorize"}


def test_complex_states_are_refused_by_name(tmp_path):
    zarr.create_array(tmp_path / "a.zarr", data=VALUES + 1j)
    with pytest.raises((InputError, FileError), match="array holds complex64; give real and imaginary parts as rows"):
        load_states(tmp_path / "a.zarr")


def test_damaged_chunks_and_claims_end_in_a_line(tmp_path):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    group.create_array("h", data=VALUES)
    chunk = next(file for file in (tmp_path / "a.zarr" / "h").iterdir() if not file.name.startswith("."))
    content = chunk.read_bytes()
    for damaged in (content[:9], content[:4] + b"\xff\xff\xff\x7f" + content[8:], b"", bytes(len(content))):
        chunk.write_bytes(damaged)
        with pytest.raises(FileError, match="is damaged"):
            load_states(tmp_path / "a.zarr")
    document = tmp_path / "a.zarr" / "h" / ".zarray"
    document.write_text(json.dumps(json.loads(document.read_text()) | {"shape": [10**6, 10**6]}))
    with pytest.raises(FileError, match="h would take 4,000,000,000,000 bytes"):
        load_states(tmp_path / "a.zarr")
    document.write_text("{")
    with pytest.raises(FileError, match="is damaged: h/.zarray is not JSON"):
        load_states(tmp_path / "a.zarr")


def test_several_arrays_are_named(tmp_path):
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("h", data=VALUES)
    group.create_array("inner/c", data=VALUES + 1)
    with pytest.raises(Exception, match="holds 2 arrays; name one as the site: h, inner/c"):
        load_states(tmp_path / "a.zarr")
    assert np.array_equal(load_states(tmp_path / "a.zarr", site="inner/c").values, VALUES + 1)
