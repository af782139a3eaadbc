"""Files of other tools, made here as those tools make them."""

import json
import signal
import struct
import sys
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stateviz.core.errors import FileError, InputError, MissingExtraError, StatevizError, UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.storage import READERS, export_states, load_any, load_states, open_statistics
from stateviz.storage.formats.hdf5 import sandbox

RNG = np.random.default_rng(0)
STATES = RNG.normal(size=(5, 4)).astype(np.float32)  # steps x units


def safetensors_file(path, tensors, *, body=None, data=None):
    """A file of ``tensors`` {name: (dtype, array)}, written by hand."""
    header, blob = {}, b""
    for name, (kind, array) in tensors.items():
        raw = array.tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(blob), len(blob) + len(raw)]}
        blob += raw
    text = json.dumps(header if body is None else body).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + (blob if data is None else data))
    return path


@pytest.fixture
def h5py():
    return pytest.importorskip("h5py")


@pytest.fixture
def lstmvis(tmp_path, h5py):
    pytest.importorskip("yaml")
    words = ["the", " ", "cat", "\\n", "é"]
    ids = np.array([0, 1, 2, 3, 4])
    lines = [f" {i}" if word == " " else f"{word} {i}" for i, word in enumerate(words)]
    (tmp_path / "words.dict").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with h5py.File(tmp_path / "train.hdf5", "w") as file:
        file["word_ids"] = ids
    with h5py.File(tmp_path / "states.hdf5", "w") as file:
        file["states1"], file["output1"] = STATES, STATES + 1
    (tmp_path / "lstm.yml").write_text(
        "name: cats\nfiles:\n  states: states.hdf5\n  train: train.hdf5\n  words: words.dict\n"
        "word_sequence:\n  file: train\n  path: word_ids\n  dict_file: words\n"
        "states:\n  file: states\n"
        "  types: [{type: state, layer: 1, path: states1}, {type: output, layer: 1, path: output1}]\n"
    )
    return tmp_path / "lstm.yml", tuple(words)


def neurox_json(path, sentences):
    """Lines as NeuroX writes them: ``sentences`` of (words, layers x words x units)."""
    with path.open("w", encoding="utf-8") as stream:
        for number, (words, values) in enumerate(sentences):
            features = [
                {"token": word, "layers": [{"index": k, "values": layer[w].tolist()} for k, layer in enumerate(values)]}
                for w, word in enumerate(words)
            ]
            stream.write(json.dumps({"linex_index": number, "features": features}) + "\n")
    return path


def neurox_hdf5(h5py, path, sentences):
    with h5py.File(path, "w") as file:
        index = {}
        for number, (words, values) in enumerate(sentences):
            file.create_dataset(str(number), data=values.astype(np.float32))
            text, count = " ".join(words), 1
            while text in index:
                count += 1
                text = " ".join(words) + f" (Occurrence {count})"
            index[text] = str(number)
        listed = file.create_dataset("sentence_to_index", (1,), dtype=h5py.special_dtype(vlen=str))
        listed[0] = json.dumps(index)
    return path


SENTENCES = [
    (["a", "b"], RNG.normal(size=(2, 2, 3))),
    (["c"], RNG.normal(size=(2, 1, 3))),
    (["c"], RNG.normal(size=(2, 1, 3))),
]
ALL = np.concatenate([values for _, values in SENTENCES], axis=1).astype(np.float32)


# --- LSTMVis


def test_a_project_of_lstmvis_is_a_recording_of_all_its_states(lstmvis):
    path, words = lstmvis
    found = load_any(path)
    assert found.tokens == words
    assert found.sites == ("states1", "output1")
    assert np.array_equal(found["output1"].values, STATES.T + 1)
    assert load_states(path, site="states1").tokens == words
    with pytest.raises(InputError, match="has 2 sites; name one of states1, output1"):
        load_states(path)
    with pytest.raises(UnknownNameError, match="did you mean 'states1'"):
        load_states(path, site="state1")


def test_a_type_of_lstmvis_may_lie_in_a_file_of_its_own(lstmvis, h5py):
    path, words = lstmvis
    with h5py.File(path.with_name("cells.hdf5"), "w") as file:
        file["states1"], file["cell1"] = STATES + 2, STATES + 3
    text = path.read_text().replace("states.hdf5\n", "states.hdf5\n  cells: cells.hdf5\n", 1)
    types = "[{path: states1}, {path: states1, file: cells}, {path: cell1, file: cells}]"
    path.write_text(text[: text.index("types:")] + f"types: {types}\n")
    found = load_any(path)
    assert found.sites == ("states1", "cells/states1", "cell1")
    for site, more in zip(found.sites, (0, 2, 3), strict=True):
        assert np.array_equal(found[site].values, STATES.T + np.float32(more))
    assert load_states(path, site="cell1").tokens == words
    path.write_text(text.replace("  file: states\n", ""))
    with pytest.raises(FileError, match="is no project of LSTMVis"):
        load_any(path)


def test_dictionaries_with_tabs_and_ids_that_are_floats_are_read(lstmvis, h5py):
    path, words = lstmvis
    (path.parent / "words.dict").write_text("".join(f"{word}\t{i}.0\n" for i, word in enumerate(words)), "utf-8")
    with h5py.File(path.parent / "train.hdf5", "w") as file:
        file["word_ids"] = np.arange(5.0)
    assert load_any(path).tokens == words
    with h5py.File(path.parent / "train.hdf5", "w") as file:
        file["word_ids"] = np.arange(5) + 0.5
    with pytest.raises(FileError, match="a row of word ids was expected"):
        load_any(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("states.hdf5", "../states.hdf5", "outside its folder and is not read"),
        ("states.hdf5", "/etc/passwd", "outside its folder and is not read"),
        ("states.hdf5", "gone.hdf5", "there is no such file beside it"),
        ("path: word_ids", "path: words", "holds no set 'words'"),
        ("path: states1", "path: states9", "holds no set 'states9'"),
        ("word_sequence:", "other:", "is no project of LSTMVis: it lacks 'word_sequence'"),
        ("name: cats", "name: !!python/object/apply:os.getcwd []", "is damaged"),
    ],
)
def test_a_project_that_lacks_something_says_what(lstmvis, old, new, message):
    path, _ = lstmvis
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(FileError, match=message) as caught:
        load_any(path)
    assert "\n" not in str(caught.value)


def test_words_without_an_entry_and_states_of_another_length_are_refused(lstmvis, h5py):
    path, _ = lstmvis
    (path.parent / "words.dict").write_text("the 0\n 1\ncat 2\n")
    with pytest.raises(FileError, match="word 3 at step 3 is not in words.dict"):
        load_any(path)
    (path.parent / "words.dict").write_text("the cat\n")
    with pytest.raises(FileError, match="line 1: 'the cat' is not a token and its id"):
        load_any(path)


# --- NeuroX


@pytest.mark.parametrize("kind", ["json", "jsonl", "hdf5"])
def test_neurox_sentences_follow_one_another_with_a_break_between(tmp_path, h5py, kind):
    path = tmp_path / f"acts.{kind}"
    _ = neurox_hdf5(h5py, path, SENTENCES) if kind == "hdf5" else neurox_json(path, SENTENCES)
    found = load_any(path)
    assert found.tokens == ("a", "b", "c", "c")
    assert found.sites == ("layer0", "layer1")
    assert np.allclose(found["layer1"].values, ALL[1].T)
    assert found["layer0"].column_breaks == (2, 3)
    assert load_states(path, site="layer1").shape == (3, 4)
    with pytest.raises(UnknownNameError, match="unknown site 'layer7'"):
        load_states(path, site="layer7")


@pytest.mark.parametrize("kind", ["json", "hdf5"])
def test_neurox_files_split_by_layer_are_one_site_each(tmp_path, h5py, kind):
    for k in (0, 1):
        part = [(words, values[[k]]) for words, values in SENTENCES]
        path = tmp_path / f"acts-layer{k}.{kind}"
        _ = neurox_hdf5(h5py, path, part) if kind == "hdf5" else neurox_json(path, part)
    assert load_any(tmp_path / f"acts-layer1.{kind}").sites == ("layer1",)
    other = load_states(tmp_path / f"acts-layer0.{kind}", site="layer1")
    assert np.allclose(other.values, ALL[1].T)


def test_neurox_files_that_do_not_agree_are_refused(tmp_path, h5py):
    with pytest.raises(FileError, match="sentence 0 has 3 words, and states of 2"):
        load_any(neurox_hdf5(h5py, tmp_path / "a.hdf5", [(["a b", "c"], np.ones((1, 2, 3)))]))
    path = neurox_json(tmp_path / "a.json", SENTENCES[:1])
    short = {"token": "y", "layers": [{"index": 0, "values": [1]}]}
    with path.open("a") as stream:
        stream.write(json.dumps({"features": [{"token": "x", "layers": []}, short]}))
    with pytest.raises(FileError, match=r"line 2: layer0 has shape \(1, 1\) for 2 tokens"):
        load_any(path)
    (tmp_path / "b.json").write_text('{"schema": 1, "rows": [0, 1]}')
    with pytest.raises(FileError, match="is not states: an order.json is given with --order"):
        load_any(tmp_path / "b.json")


@pytest.mark.parametrize("name", ["a.acts", "a.pkl", "a.pickle", "a.joblib"])
def test_pickles_are_refused_by_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x80\x04.")
    with pytest.raises(FileError, match="is a pickle, which can run any program and is never opened"):
        load_states(tmp_path / name)


# --- HDF5


def test_a_plain_set_of_hdf5_holds_steps_by_units(tmp_path, h5py):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["deep/states"], file["note"] = STATES, "text"
        file["elsewhere"] = h5py.ExternalLink("b.h5", "x")
    assert np.array_equal(load_states(tmp_path / "a.h5").values, STATES.T)
    assert load_states(tmp_path / "a.h5", transpose=True).shape == (5, 4)
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["more"] = STATES
    with pytest.raises(UnknownNameError, match="holds 2 sets; name one as the site: deep/states, more"):
        load_states(tmp_path / "a.h5")


def test_an_hdf5_set_that_claims_more_than_is_stored_or_lies_elsewhere_is_refused(tmp_path, h5py):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("h", shape=(10**8, 10**7), dtype="f4", chunks=(100, 100))
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("h", shape=(2, 3), dtype="f4", external=[(str(tmp_path / "secret"), 0, 24)])
    with pytest.raises(FileError, match="is damaged: it claims 4,000,000,000,000,000 bytes"):
        load_states(tmp_path / "a.h5")
    with pytest.raises(FileError, match="is in another file, and is not followed"):
        load_states(tmp_path / "b.h5")


def test_a_file_on_which_the_library_hangs_or_crashes_is_refused_and_the_next_one_read(tmp_path, h5py, monkeypatch):
    good = export_states(StateMatrix(STATES.T), tmp_path / "good.h5")
    assert load_states(good).shape == (4, 5)
    monkeypatch.setattr("stateviz.storage.formats.hdf5.sandbox.PATIENCE", 0.1)
    sandbox._helper.process.send_signal(signal.SIGSTOP)  # as on a file that the library never returns from
    with pytest.raises(FileError, match="good.h5 is damaged: reading it does not end"):
        load_states(good)
    monkeypatch.undo()
    assert load_states(good).shape == (4, 5)
    sandbox._helper.process.kill()
    sandbox._helper.process.wait()
    assert load_states(good).shape == (4, 5)
    sandbox._helper.process.send_signal(signal.SIGSTOP)
    threading.Timer(0.2, sandbox._helper.process.kill).start()  # as on a file that crashes the library
    with pytest.raises(FileError, match="crashes the library that decodes it"):
        load_states(good)
    assert load_states(good).shape == (4, 5)


# --- tensors


@pytest.mark.parametrize(("kind", "dtype"), [("F64", "f8"), ("F32", "f4"), ("F16", "f2"), ("I64", "i8"), ("BOOL", "?")])
def test_a_tensor_of_a_safetensors_file_is_units_by_steps(tmp_path, kind, dtype):
    values = (STATES.T > 0) if dtype == "?" else STATES.T.astype(dtype) + (dtype == "i8")
    path = safetensors_file(tmp_path / "a.safetensors", {"h": (kind, np.ascontiguousarray(values.astype(dtype)))})
    assert np.array_equal(load_states(path).values, StateMatrix(values.astype(dtype)).values)


def test_brain_floats_are_read_without_torch(tmp_path):
    high = np.ascontiguousarray(STATES.T).view(np.uint32) >> 16
    path = safetensors_file(tmp_path / "a.safetensors", {"h": ("BF16", high.astype(np.uint16))})
    assert np.allclose(load_states(path).values, STATES.T, rtol=0.01)
    assert np.array_equal(load_states(path).values, (high << 16).astype(np.uint32).view(np.float32))


def test_safetensors_reads_what_is_exported(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    path = export_states(StateMatrix(STATES.T, site="core.h"), tmp_path / "a.safetensors")
    assert np.array_equal(numpy.load_file(path)["core.h"], STATES.T)
    numpy.save_file({"a": STATES, "b": STATES}, tmp_path / "b.safetensors")
    with pytest.raises(UnknownNameError, match="holds 2 tensors; name one as the site: a, b"):
        load_states(tmp_path / "b.safetensors")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"dtype": "F32", "shape": [10**8, 10**7], "data_offsets": [0, 80]}, "claims shape .100000000, 10000000."),
        ({"dtype": "F32", "shape": [10**8, 10**7], "data_offsets": [0, 4 * 10**15]}, "claims shape"),
        ({"dtype": "F32", "shape": [-4, -5], "data_offsets": [0, 80]}, "claims shape"),
        ({"dtype": "F32", "shape": [4, 5], "data_offsets": [80, 0]}, "claims shape"),
        ({"dtype": "C64", "shape": [2, 5], "data_offsets": [0, 80]}, "holds C64; numbers were expected"),
        ({"shape": [4, 5]}, "is damaged"),
        ("x", "is damaged"),
    ],
)
def test_a_safetensors_header_that_lies_is_refused(tmp_path, entry, message):
    path = safetensors_file(tmp_path / "a.safetensors", {}, body={"h": entry}, data=b"\0" * 80)
    with pytest.raises(FileError, match=message):
        load_states(path)


def test_a_safetensors_header_longer_than_the_file_is_refused(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", 10**15) + b"{}")
    with pytest.raises(FileError, match="its header claims 1,000,000,000,000,000 bytes"):
        load_states(tmp_path / "a.safetensors")


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def test_torch_files_of_tensors_are_read_and_anything_else_refused(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save(torch.tensor(STATES.T).bfloat16(), tmp_path / "one.pt")
    assert np.allclose(load_states(tmp_path / "one.pt").values, STATES.T, rtol=0.01)
    torch.save({"layers": [{"h": torch.tensor(STATES.T)}], "epoch": 3}, tmp_path / "deep.pth")
    assert load_states(tmp_path / "deep.pth").site == "layers.0.h"
    torch.save({"h": Trap()}, tmp_path / "trap.pt")
    with pytest.raises(FileError, match="holds Python objects, which stateviz never unpickles"):
        load_states(tmp_path / "trap.pt")
    torch.save(torch.tensor(STATES), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(FileError, match="is a bare pickle or damaged, which stateviz never opens"):
        load_states(tmp_path / "old.pt")
    torch.save({"h": torch.zeros(1).expand(10**8, 10**7)}, tmp_path / "bomb.pt")
    with pytest.raises(FileError, match="more than the file holds"):
        load_states(tmp_path / "bomb.pt")
    torch.save({"h": torch.ones(2, 2).to_sparse()}, tmp_path / "sparse.pt")
    with pytest.raises(FileError, match="is no plain tensor"):
        load_states(tmp_path / "sparse.pt")


# --- Parquet


def test_parquet_is_a_data_frame_of_units(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"token": list("abcde"), "u": STATES[:, 0], "7": [1, 2, 3, 4, 5]})
    frame.to_parquet(tmp_path / "a.parquet")
    found = load_states(tmp_path / "a.parquet")
    assert found.tokens == tuple("abcde") and found.units == ("u", "7")
    assert np.array_equal(found.values[0], STATES[:, 0])
    frame.drop(columns="token").set_index(pandas.Index([9, 8, 7, 6, 5])).to_parquet(tmp_path / "b.parquet")
    assert load_states(tmp_path / "b.parquet").units == ("u", "7")
    frame["u"] = frame["u"].astype(object).where(frame["7"] > 1, None)
    frame.to_parquet(tmp_path / "c.parquet")
    with pytest.raises(FileError, match="column 'u' has 1 empty cells"):
        load_states(tmp_path / "c.parquet")
    frame.assign(u=list("vwxyz")).to_parquet(tmp_path / "d.parquet")
    with pytest.raises(FileError, match="column 'u' holds .*numbers were expected"):
        load_states(tmp_path / "d.parquet")


# --- all


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [("a.hdf5", "h5py", "h5py"), ("a.parquet", "pyarrow.parquet", "pyarrow"), ("lstm.yml", "yaml", "pyyaml")],
)
def test_a_missing_package_is_named_with_its_install_line(tmp_path, monkeypatch, name, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / name).write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(MissingExtraError, match=f"need {package}; install it with: pip install {package}"):
        load_states(tmp_path / name)


@pytest.mark.parametrize("kind", [".safetensors", ".hdf5", ".parquet", ".json", ".pt", ".npz", ".csv"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_changed_at_random_are_read_or_refused(tmp_path, kind, data):
    whole = tmp_path / f"whole{kind}"
    if not whole.exists():
        if kind == ".json":
            neurox_json(whole, SENTENCES)
        elif kind == ".pt":
            torch = pytest.importorskip("torch")
            torch.save({"h": torch.tensor(STATES.T)}, whole)
        else:
            export_states(StateMatrix(STATES.T, tokens="abcde", site="h"), whole)
    content = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.one_of(st.just(len(content)), st.integers(1, len(content)))) :]
    path = tmp_path / f"a{kind}"
    path.write_bytes(content)
    said, found = "", None
    try:
        found = load_states(path, site="layer0" if kind == ".json" else None)
    except StatevizError as error:
        said = str(error)
    assert "\n" not in said
    assert found is None or found.values.size <= 10 * len(content)


def test_every_reader_has_a_row_here_or_in_the_contracts():
    assert {".yml", ".json", ".hdf5", ".safetensors", ".pt", ".parquet"} <= set(READERS)


@pytest.mark.parametrize("kind", [".npz", ".pt", ".stats.npz", ".zarr.zip"])
def test_an_archive_that_says_it_goes_on_in_another_file_is_refused(tmp_path, kind):
    end = b"PK\x06\x07" + struct.pack("<LQL", 1, 0, 2) + b"PK\x05\x06" + b"\xff" * 18
    path = tmp_path / f"a{kind}"
    path.write_bytes(b"PK\x03\x04" + bytes(60) + end)
    with pytest.raises(FileError) as caught:
        open_statistics(path) if kind == ".stats.npz" else load_states(path)
    assert "\n" not in str(caught.value)
