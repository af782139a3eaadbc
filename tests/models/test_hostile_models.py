"""Model files that attack or are cut short while they are read: refused in one line."""

import json
import os
import struct

import pytest

from stateviz import CharModel, load_model, ngram
from stateviz.core.errors import FileError
from stateviz.models.weights import read_weights


def rewritten(path, **changes):
    """A model's file whose configuration says something else."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    config = json.loads(header["__metadata__"]["config"])
    header["__metadata__"]["config"] = json.dumps({**config, **changes})
    body = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(body)) + body + data[8 + length :])
    return path


@pytest.fixture
def path(tmp_path):
    return CharModel("abc", cell="gru", width=4, layers=2).save(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    "changes",
    [
        {"layers": 10**7}, {"blocks": 10**7}, {"width": 10**6}, {"hidden": 10**9}, {"embedding": 10**9},
        {"layers": 1e999}, {"width": []}, {"layers": -1}, {"cell": 7}, {"start": {}}, {"width": 10**30},
    ],
)  # fmt: skip
def test_a_configuration_that_the_weights_do_not_bear_out_is_refused_before_a_model_is_made(path, changes, monkeypatch):
    with pytest.raises((FileError, KeyError)) as caught:
        load_model(rewritten(path, **changes))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("config", [[], 7, "x", None])
def test_a_configuration_that_is_no_table_is_refused(path, config):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"]["config"] = json.dumps(config)
    body = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(body)) + body + data[8 + length :])
    with pytest.raises(FileError, match="is damaged"):
        load_model(path)


def test_weights_are_read_and_not_mapped(path):
    _, weights = read_weights(path)
    kept = {name: tensor.clone() for name, tensor in weights.items()}
    with path.open("r+b") as file:
        file.truncate(10)  # a map of it would end this process now
    assert all(bool((tensor == kept[name]).all()) for name, tensor in weights.items())
    with pytest.raises(FileError, match="is not a safetensors file"):
        load_model(path)


def test_models_and_n_grams_come_back_as_they_were(path, tmp_path):
    assert load_model(path).config["layers"] == 2
    counted = ngram("abracadabra" * 5, order=3)
    again = load_model(counted.save(tmp_path / "b.safetensors"))
    assert again.vocabulary == counted.vocabulary


def test_a_pipe_is_no_model(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("a system without pipes")
    os.mkfifo(tmp_path / "a.safetensors")
    with pytest.raises(FileError, match="is a pipe"):
        load_model(tmp_path / "a.safetensors")
