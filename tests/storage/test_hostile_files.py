"""Small files that would run a program, fill memory or never end are refused in one line; the next one is read."""

import json
import os
import pickle
import struct
import sys
import threading
import zipfile
import zlib

import numpy as np
import pytest

from stateviz.core.errors import FileError, StatevizError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.storage import (
    export_states,
    load_states,
    open_recording,
    open_statistics,
    read_order,
    save_recording,
)
from stateviz.storage.formats.hdf5 import sandbox
from stateviz.storage.isolated import Helper
from stateviz.storage.limits import allow_large, check_growth, check_regular, memory_left
from stateviz.storage.text_files import read_bytes
from stateviz.storage.zarr_codecs import check_codecs

STATES = StateMatrix(np.random.default_rng(0).normal(size=(3, 5)), tokens="abcde")


class Marker:
    """What runs when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def refused(path, match, **options):
    with pytest.raises(FileError, match=match) as caught:
        load_states(path, **options)
    assert len(str(caught.value).splitlines()) == 1


# --- programs


def group(path, documents, chunks=()):
    """A Zarr folder of documents written by hand."""
    for name, body in documents.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(json.dumps(body))
    for name, content in dict(chunks).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


V2 = {"zarr_format": 2, "shape": [2, 2], "chunks": [2, 2], "order": "C", "fill_value": None}
V3 = {
    "zarr_format": 3, "node_type": "array", "shape": [2, 2], "data_type": "float32", "fill_value": 0,
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 2]}},
    "chunk_key_encoding": {"name": "default"}, "codecs": [{"name": "bytes"}],
}  # fmt: skip
PICKLE = {"id": "pickle", "protocol": 4}
DESCRIPTIONS = {
    "a filter": {**V2, "dtype": "|O", "filters": [PICKLE], "compressor": None},
    "a compressor": {**V2, "dtype": "<f4", "filters": None, "compressor": PICKLE},
    "an object without a filter": {**V2, "dtype": "|O", "filters": None, "compressor": {"id": "zlib"}},
    "an object within a structure": {**V2, "dtype": [["a", "|O"]], "filters": None, "compressor": None},
    "text and then a pickle": {**V2, "dtype": "|O", "filters": [{"id": "vlen-utf8"}, PICKLE], "compressor": None},
    "two names": {**V2, "dtype": "<f4", "filters": [{"name": "zlib", "id": "pickle"}], "compressor": None},
    "no name": {**V2, "dtype": "<f4", "filters": [{}, {"protocol": 4}], "compressor": None},
    "a delta of objects": {**V2, "dtype": "<f4", "filters": [{"id": "delta", "dtype": "|O"}], "compressor": None},
    "a single filter": {**V2, "dtype": "<f4", "filters": PICKLE, "compressor": None},
    "version 3": {**V3, "codecs": [{"name": "bytes"}, {"name": "numcodecs.pickle"}]},
    "version 3 that looks like 2": {**V3, "dtype": "<f4", "codecs": [{"name": "numcodecs.pickle"}]},
    "within a shard": {
        **V3,
        "codecs": [{"name": "sharding_indexed", "configuration": {"codecs": [{"name": "numcodecs.msgpack2"}]}}],
    },
    "a transformer": {**V3, "storage_transformers": [{"name": "numcodecs.pickle"}]},
    "a type": {**V3, "data_type": "object"},
    "a type of that beginning": {**V3, "data_type": {"name": "numpy.object"}},
}


@pytest.mark.parametrize("what", DESCRIPTIONS)
@pytest.mark.parametrize("place", ["array", "consolidated 2", "consolidated 3", "deep", "unpacked"])
def test_what_could_run_a_program_is_refused_before_anything_of_zarr_is_loaded(tmp_path, monkeypatch, what, place):
    """Whatever versions of zarr and numcodecs are there: neither is asked."""
    array = DESCRIPTIONS[what]
    three = array["zarr_format"] == 3
    root = {"zarr_format": 3, "node_type": "group", "attributes": {"stateviz_format": 1}}
    inner = {"consolidated_metadata": {"metadata": {"h": array}}}
    documents = {
        "array": {"h/zarr.json" if three else "h/.zarray": array, "zarr.json" if three else ".zgroup": root},
        "consolidated 2": {".zmetadata": {"metadata": {"h/.zarray": array}}, ".zgroup": {"zarr_format": 2}},
        "consolidated 3": {"zarr.json": {**root, "consolidated_metadata": {"metadata": {"h": array}}}},
        "deep": {
            "zarr.json": {**root, "consolidated_metadata": {"metadata": {"g": inner}}}
        },
        "unpacked": {"zarr.json": {**root, "metadata": {"h": array}}},
    }[place]  # fmt: skip
    path = group(tmp_path / "evil.zarr", documents, {"h/0.0": pickle.dumps(Marker(tmp_path / "ran"))})
    packed = tmp_path / "evil.zarr.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for name, body in documents.items():
            archive.writestr(name, json.dumps(body))
    for name in ("zarr", "numcodecs"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it is an ImportError
    for one in (path, packed):
        with pytest.raises(FileError, match="not decoded"):
            check_codecs(one)
        with pytest.raises(FileError, match="not decoded"):
            load_states(one, site="h")
        with pytest.raises(FileError, match="not decoded"):
            open_recording(one)
    assert not (tmp_path / "ran").exists()


def test_attributes_may_hold_any_words(tmp_path):
    path = save_recording(
        Recording(tuple("abcde"), {"h": STATES}, {"dtype": "object", "filters": ["pickle"]}), tmp_path / "a.zarr"
    )
    assert open_recording(path).source["filters"] == ["pickle"]


def test_no_module_of_the_current_folder_is_run_by_a_helper(tmp_path, monkeypatch):
    pytest.importorskip("h5py")
    memory_left(), load_states(export_states(STATES, tmp_path / "a.npy"))  # loads here what is loaded at first use
    ran = tmp_path / "ran"
    for name in ("queue", "numpy", "json", "resource", "signal", "stateviz", "h5py", "sitecustomize", "usercustomize"):
        (tmp_path / f"{name}.py").write_text(f"import os; os.makedirs({str(ran)!r}, exist_ok=True)")
    good = export_states(STATES, tmp_path / "a.h5")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend("")
    monkeypatch.setattr(sandbox, "_helper", None)  # another is started here
    assert load_states(good).shape == (3, 5)
    assert not ran.exists()


@pytest.mark.parametrize("kind", ["external storage", "virtual", "external link"])
@pytest.mark.parametrize("name", ["states", "unit", "tokens"])
def test_nothing_that_an_hdf5_file_has_elsewhere_is_read(tmp_path, kind, name):
    h5py = pytest.importorskip("h5py")
    (tmp_path / "secret").write_bytes(b"password")
    path = export_states(STATES, tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        shape, attributes = file[name].shape, dict(file[name].attrs)
        dtype = "f4" if name == "states" else "S1"
        del file[name]
        if kind == "external storage":
            file.create_dataset(name, shape, dtype, external=[(str(tmp_path / "secret"), 0, h5py.h5f.UNLIMITED)])
        elif kind == "virtual":
            layout = h5py.VirtualLayout(shape, dtype)
            layout[...] = h5py.VirtualSource(str(tmp_path / "b.h5"), name, shape, dtype)
            file.create_virtual_dataset(name, layout)
        else:
            file[name] = h5py.ExternalLink(str(tmp_path / "b.h5"), name)
        if kind != "external link":
            file[name].attrs.update(attributes)
    if kind == "external link" and name != "states":
        found = load_states(path)  # it is passed over, as if it were not there
        assert found.tokens != tuple("abcde") if name == "tokens" else found.units == (0, 1, 2)
    else:
        refused(path, "is in another file|holds no set")


# --- memory


def test_growth_is_held_to_a_factor_and_to_the_memory_there_is(monkeypatch):
    monkeypatch.setattr("stateviz.storage.limits.memory_left", lambda: 10**13)
    check_growth("a", 10**9, 1)
    check_growth("a", 2 * 10**9, 10**7)
    with pytest.raises(FileError, match="would take 2,000,000,001 bytes, and its file has 1; .* --allow-large"):
        check_growth("a", 2 * 10**9 + 1, 1)
    monkeypatch.setattr("stateviz.storage.limits.memory_left", lambda: 10**9)
    with pytest.raises(FileError, match="and 1,000,000,000 bytes of memory are free"):
        check_growth("a", 2 * 10**9, 10**9)
    with allow_large():
        check_growth("a", 10**15, 1)
        with allow_large(False):
            check_growth("a", 10**15, 1)  # what was allowed stays so
    with pytest.raises(FileError), allow_large(False):
        check_growth("a", 10**15, 1)


def test_memory_that_is_left_is_told():
    assert 10**7 < memory_left() < 10**15


def npy_header(shape, dtype="<f8"):
    import io

    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": dtype, "fortran_order": False, "shape": shape})
    return stream.getvalue()


def test_archives_that_grow_beyond_measure_are_refused_by_what_they_claim(tmp_path):
    head = npy_header((10**5, 1500))
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = body.compress(head + bytes(2**20)) + body.flush()
    size = len(head) + 8 * 10**5 * 1500
    path = tmp_path / "a.npz"
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 33, 0, len(data), size, 5, 0) + b"h.npy"
    central = (
        struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 33, 0, len(data), size, 5, 0, 0, 0, 0, 0, 0)
        + b"h.npy"
    )
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central), len(local) + len(data), 0)
    path.write_bytes(local + data + central + end)
    refused(path, "h would take 1,200,000,1.. bytes")
    path.rename(tmp_path / "a.stats.npz")
    with pytest.raises(FileError, match="would take 1,200,000,1.. bytes"):
        open_statistics(tmp_path / "a.stats.npz")


def test_sets_of_hdf5_and_zarr_that_grow_beyond_measure_are_refused(tmp_path):
    h5py, zarr = pytest.importorskip("h5py"), pytest.importorskip("zarr")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset("h", (40_000, 40_000), "f4", chunks=(4_000, 4_000), compression="gzip")
        made[:1, :1] = 1
        file.create_dataset("t", (2_000_000,), "S1000", chunks=(1000,), compression="gzip")[:1] = b"a"
    refused(tmp_path / "a.h5", "h would take 6,400,000,000 bytes", site="h")
    zarr.create_array(tmp_path / "b.zarr", shape=(40_000, 40_000), chunks=(4_000, 4_000), dtype="f4")[:1, :1] = 1
    refused(tmp_path / "b.zarr", "would take 6,400,000,000 bytes")


def test_a_chunk_that_unpacks_to_more_than_its_array_has_is_refused(tmp_path, monkeypatch):
    zarr = pytest.importorskip("zarr")
    path = tmp_path / "a.zarr"
    zarr.create_array(path, shape=(2, 2), chunks=(2, 2), dtype="f4", compressors=zarr.codecs.GzipCodec())[...] = 1
    resource = pytest.importorskip("resource")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(2**26)) + packer.flush(zlib.Z_FULL_FLUSH)
    (path / "c/0/0").write_bytes(head + 8 * block)  # 540 MB of zeros, out of 0.5 MB
    monkeypatch.setattr("stateviz.storage.limits.GROWN", 10**8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(path, "is damaged, or takes too much memory")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 200_000  # kB


def test_a_recording_whose_states_grow_beyond_measure_is_refused_whole_and_read_in_parts(tmp_path):
    states = StateMatrix(np.zeros((64, 2**14), np.float32), binary=False)
    path = save_recording(Recording(("a",) * 2**14, {"h": states}), tmp_path / "a.zarr")
    for name in ("zarr.json", "h/zarr.json", "h/states/zarr.json", "h/unit/zarr.json", "tokens/zarr.json"):
        assert (path / name).exists()
    stored = open_recording(path)
    from stateviz.storage.recordings import stored as module

    assert stored["h"].shape == (64, 2**14)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SMALL", 0)
        patch.setattr("stateviz.storage.limits.GROWN", 2**20)
        patch.setattr("stateviz.storage.limits.MOST_GROWTH", 2)
        large = open_recording(path)
        with pytest.raises(FileError, match="h, read whole, would take 4,194,304 bytes"):
            _ = large["h"]
        assert large.select("h", steps=slice(0, 9)).shape == (64, 9)
        assert sum(len(block) for block in large.blocks("h", steps=4096)) == 2**14
        with allow_large():
            assert large["h"].shape == (64, 2**14)


def test_recordings_are_packed_as_they_are_written_here(tmp_path):
    path = save_recording(Recording(tuple("abcde"), {"h": STATES}), tmp_path / "a.zarr")
    document = path / "h/states/zarr.json"
    body = json.loads(document.read_text())
    body["codecs"] = [
        {"name": "bytes", "configuration": {"endian": "little"}},
        {"name": "gzip", "configuration": {"level": 5}},
    ]
    for file in path.rglob("zarr.json"):
        whole = json.loads(file.read_text())
        whole.pop("consolidated_metadata", None)
        file.write_text(json.dumps(body if file == document else whole))
    refused(path, "is packed by BytesCodec, GzipCodec")


def test_a_frame_of_zstd_says_its_size_and_is_held_to_it():
    from stateviz.storage.recordings.chunk_guard import check_chunk

    frame = b"\x28\xb5\x2f\xfd"
    check_chunk("c.0", frame + b"\x60\x05\x00" + bytes(11), 18)  # 261 bytes in two
    with pytest.raises(FileError, match="does not say its size"):
        check_chunk("c.0", frame + b"\x00" + bytes(13), 18)
    with pytest.raises(FileError, match="would take 4,294,967,295 bytes"):
        check_chunk("c.0", frame + b"\xa0\xff\xff\xff\xff" + bytes(9), 18)


def test_a_table_or_lines_of_more_numbers_than_fit_are_refused_before_any_is_made(tmp_path, monkeypatch):
    for name, text in (("a.csv", "0,1," * 5000 + "0\n"), ("a.tsv", "0\t1\n" * 5000), ("a.json", "[0," * 9000 + "\n")):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr("stateviz.storage.limits.GROWN", 2**17)
    for module in ("delimited", "hdf5.neurox"):
        monkeypatch.setattr(f"stateviz.storage.formats.{module}.GROWN", 2**17)
    monkeypatch.setattr("stateviz.storage.limits.memory_left", lambda: 2**18)
    for name in ("a.csv", "a.tsv", "a.json"):
        refused(tmp_path / name, "would take .* bytes of memory are free")


def test_a_long_word_named_by_a_million_rows_of_parquet_takes_the_room_of_one(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    count, word = 200_000, "w" * 20_000
    tokens = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([word]))
    pq.write_table(pa.table({"token": tokens, "u": np.arange(count) % 7}), tmp_path / "a.parquet")
    found = load_states(tmp_path / "a.parquet")  # 4 GB, were every row to have its own
    assert found.shape == (1, count) and found.tokens[0] is found.tokens[-1]
    pq.write_table(pa.table({"token": ["a", None], "u": [1, 2]}), tmp_path / "b.parquet")
    assert load_states(tmp_path / "b.parquet").tokens == ("a", "None")


def test_parquet_that_claims_more_than_it_may_is_refused(tmp_path, monkeypatch):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("stateviz.storage.limits.GROWN", 10**6)
    pq.write_table(pa.table({f"u{i}": np.zeros(10**5) for i in range(8)}), tmp_path / "a.parquet")
    refused(tmp_path / "a.parquet", "would take 12,800,000 bytes")


def test_aliases_of_aliases_of_yaml_are_refused(tmp_path):
    pytest.importorskip("yaml")
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 25)]
    (tmp_path / "a.yml").write_text("\n".join(lines))
    refused(tmp_path / "a.yml", "has aliases")
    merges = ["m0: &m0 {x: 1}"] + [f"m{i}: &m{i}\n  <<: [{', '.join([f'*m{i - 1}'] * 9)}]" for i in range(1, 12)]
    (tmp_path / "b.yml").write_text("\n".join(merges))
    refused(tmp_path / "b.yml", "has aliases")


def test_lists_that_share_lists_are_not_followed_without_end(tmp_path):
    torch = pytest.importorskip("torch")
    shared = [torch.zeros(1)]
    for _ in range(7):
        shared = [shared] * 50
    torch.save(shared, tmp_path / "a.pt")
    refused(tmp_path / "a.pt", "holds more than 100,000 entries")


def test_a_group_of_hdf5_that_holds_itself_is_entered_once(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for i in range(12):
            file.create_group(f"g{i}")
        file["g0/h"] = np.eye(3)
        for i in range(12):
            for j in range(12):
                file[f"g{i}/to{j}"] = file[f"g{j}"]
            file[f"g{i}/root"] = file["/"]
    with pytest.raises(StatevizError, match="unknown site"):
        load_states(tmp_path / "a.h5", site="nothing")
    assert load_states(tmp_path / "a.h5").shape == (3, 3)


# --- what never ends


def test_pipes_and_devices_are_refused_at_every_door(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("a system without pipes")
    for ending in (
        ".npy",
        ".csv",
        ".h5",
        ".yml",
        ".pt",
        ".safetensors",
        ".parquet",
        ".mat",
        ".nc",
        ".json",
        ".zarr.zip",
    ):
        os.mkfifo(tmp_path / f"a{ending}")
        refused(tmp_path / f"a{ending}", "is a pipe, which may never end")
    os.mkfifo(tmp_path / "a.stats.npz")
    for read in (open_statistics, read_order, read_bytes):
        with pytest.raises(FileError, match="is a pipe"):
            read(tmp_path / "a.stats.npz")
    (tmp_path / "zero.npy").symlink_to("/dev/zero")
    refused(tmp_path / "zero.npy", "is a device")
    with pytest.raises(FileError, match="is a device"):
        read_bytes("/dev/zero")


def test_what_a_shell_hands_over_is_read():
    read, write = os.pipe()
    os.write(write, b"a text")
    os.close(write)
    assert read_bytes(f"/dev/fd/{read}") == b"a text"
    os.close(read)
    check_regular("nothing there")


def test_links_in_a_circle_and_names_with_a_zero_are_told(tmp_path):
    pytest.importorskip("yaml")
    (tmp_path / "a.npy").symlink_to(tmp_path / "a.npy")
    refused(tmp_path / "a.npy", "[Ss]ymbolic link")
    text = (
        "name: x\nfiles: {{s: {name}, w: words.dict}}\nword_sequence: {{file: s, path: ids, dict_file: w}}\n"
        "states: {{file: s, types: [{{type: state, layer: 1, path: states1}}]}}\n"
    )
    (tmp_path / "words.dict").write_text("a 1\n")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ('"all\\0.hdf5"', "loop", "x" * 5000, "loop/y"):
        (tmp_path / "lstm.yml").write_text(text.format(name=name))
        refused(tmp_path / "lstm.yml", "names")


def test_after_ctrl_c_during_a_bad_file_the_next_good_one_is_read_right(tmp_path, monkeypatch):
    pytest.importorskip("h5py")
    good = export_states(STATES, tmp_path / "good.h5")
    assert load_states(good).shape == (3, 5)
    before = sandbox._helper
    monkeypatch.setattr(Helper, "_answer", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        load_states(good)
    monkeypatch.undo()
    assert load_states(good).shape == (3, 5)
    assert sandbox._helper is not before


def test_threads_take_turns_with_the_one_helper(tmp_path):
    pytest.importorskip("h5py")
    good = export_states(STATES, tmp_path / "good.h5")
    found = []
    threads = [threading.Thread(target=lambda: found.append(load_states(good).shape)) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [(3, 5)] * 8
