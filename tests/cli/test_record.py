"""stateviz record and stateviz sites: models of one's own, many texts, encodings."""

from __future__ import annotations

import json
import re

import pytest
import torch

from stateviz.storage import open_recording

ZOO = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(256, 4), nn.LSTM(4, 3, batch_first=True)
        self.head = nn.Linear(3, 256)
    def forward(self, ids):
        return self.head(self.rnn(self.embed(ids))[0])

def net():
    return Net()

def letters(text):
    return list(text), torch.tensor([ord(c) % 256 for c in text])

def both():
    return Net(), letters

def breaks():
    return {}["weights"]

class Tied(Net):
    def __init__(self):
        super().__init__()
        self.same = self.head

number = 3
"""


@pytest.fixture(autouse=True)
def zoo(tmp_path, monkeypatch):
    (tmp_path / "svzoo.py").write_text(ZOO)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "svzoo", raising=False)
    (tmp_path / "a.txt").write_text("hello\n")
    (tmp_path / "b.txt").write_text("you\n")


def test_sites_of_a_model_of_ones_own_and_of_ours(cli):
    result = cli("sites", "svzoo:net")
    assert result.code == 0, result.err
    assert "rnn.layer0.c  3 units" in result.out
    assert re.search(r"core\.layer0\.h +128 units", cli("sites").out)


def test_a_model_of_ones_own_over_files_by_glob(cli, tmp_path):
    result = cli("record", "svzoo:net", "?.txt", "--encode", "bytes", "--sites", "*.c,head", "--predictions", "2")
    assert result.code == 0, result.err
    recording = open_recording(tmp_path / "recording.zarr")
    assert recording.sites == ("rnn.layer0.c", "head")
    assert "".join(recording.tokens) == "helloyou"
    assert recording["head"].column_breaks == (5,)
    assert recording.tracks["top_ids"].shape == (8, 2)


def test_some_positions_and_what_a_model_writes(cli, tmp_path):
    words = ["record", "svzoo:net", "?.txt", "--encode", "bytes", "--sites", "*.in,rnn.layer0.h", "--generate", "4"]
    assert cli(*words, "--positions=-5:", "-o", "x.zarr").code == 0
    recording = open_recording(tmp_path / "x.zarr")
    assert recording.sites == ("embed.in", "rnn.in", "head.in", "rnn.layer0.h")
    assert recording.tracks["generated"].tolist() == 2 * [False, True, True, True, True]
    assert recording.tracks["position"].tolist() == [4, 5, 6, 7, 8, 2, 3, 4, 5, 6]


def test_a_factory_may_bring_its_encode(cli, tmp_path):
    assert cli("record", "svzoo:both", "a.txt", "-o", "x.zarr").code == 0
    assert cli("record", "svzoo:net", "a.txt", "--encode", "svzoo:letters", "-o", "y.zarr").code == 0
    assert open_recording(tmp_path / "x.zarr").tokens == open_recording(tmp_path / "y.zarr").tokens == tuple("hello")


@pytest.mark.parametrize("ending", ["pt", "safetensors"])
def test_weights(cli, tmp_path, ending):
    import svzoo
    from safetensors.torch import save_file

    torch.manual_seed(5)
    net = svzoo.Net()
    file = tmp_path / f"w.{ending}"
    torch.save(net.state_dict(), file) if ending == "pt" else save_file(net.state_dict(), file)
    result = cli("record", "svzoo:net", "a.txt", "--encode", "bytes", "--weights", file.name, "--sites", "head")
    assert result.code == 0, result.err
    found = open_recording(tmp_path / "recording.zarr")["head"].values
    assert torch.allclose(torch.tensor(found.T), net(torch.tensor([list(b"hello")]))[0], atol=1e-5)


def test_weights_that_a_model_has_under_two_names_may_be_in_a_file_once(cli, tmp_path):
    import svzoo
    from safetensors.torch import save_model

    save_model(svzoo.Tied(), str(tmp_path / "w.safetensors"))
    result = cli("record", "svzoo:Tied", "a.txt", "--encode", "bytes", "--weights", "w.safetensors")
    assert result.code == 0, result.err


def test_an_encoding_is_declared(cli, tmp_path):
    (tmp_path / "l.txt").write_bytes("caf\xe9".encode("latin-1"))
    words = ["record", "svzoo:both", "l.txt", "--force"]
    assert "not UTF-8" in cli(*words).err
    assert cli(*words, "--encoding", "latin-1").code == 0
    assert open_recording(tmp_path / "recording.zarr").tokens == ("c", "a", "f", "\xe9")
    assert "unknown encoding" in cli(*words, "--encoding", "latin-99").err
    assert "not ascii text" in cli(*words, "--encoding", "ascii").err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["svzoo:nett", "a.txt"], "has no function 'nett'"),
        (["svzoo:number", "a.txt"], "has no function 'number'"),
        (["svzooo:net", "a.txt"], "cannot import 'svzooo'"),
        (["svzoo:breaks", "a.txt"], "svzoo:breaks failed: KeyError: 'weights'; "),
        (["svzoo:net", "."], ". is a folder; name its files by a glob, such as '**/*.txt'"),
        (["a.txt", "--keep", "statistics", "-o", "a.stats.npz", "--resume"], "no states to write"),
        (["svzoo:net", "a.txt"], "Give encode="),
        (["svzoo:net", "a.txt", "--encode", "utf"], "--encode takes bytes or"),
        (["aa.txt"], "cannot read 'aa.txt': No such file or directory (did you mean 'a.txt'?)"),
        (["svzoo:both", "aa.txt"], "(did you mean 'a.txt'?)"),
        (["svzoo:net", "z*.txt"], "no file matches 'z*.txt'"),
        (["svzoo:net", "a.txt", "a.txt"], "a.txt comes twice"),
        (["svzoo:net", "a.txt", "--weights", "none.pt"], "no weights file"),
        (["svzoo:net", "a.txt", "--weights", "a.txt"], "no plain weights"),
        (["svzoo:both", "a.txt", "--sites", "rnn.layer0.hh"], "did you mean 'rnn.layer0.h'"),
        (["a.txt", "--seed", "1"], "say how many by generate="),
        (["a.txt", "--positions=1;2"], "--positions takes steps such as 0,5,-1, or A:B or A:B:STRIDE, not '1;2'"),
        (["a.txt", "--positions=1:2:0"], "--positions takes steps"),
        (["a.txt", "--positions=9"], "position 9 is beyond a text of 5 tokens"),
        (["a.txt", "--layout", "ncl"], "layout means nothing to a CharModel"),
        (["svzoo:both", "a.txt", "--reach", "3"], "none is recorded; name sites such as '*.head*'"),
        (["a.txt", "--keep", "statistics", "-o", "a.stats.npz", "--generate", "3"], "gives no states to write"),
        (["svzoo:both", "a.txt", "--dtype", "float8"], "choose from float32, float16"),
        (["svzoo:both", "a.txt", "--unknown", "fold"], "unknown is for"),
        (["a.txt", "--weights", "w.pt"], "--weights is for package.module:factory"),
    ],
)
def test_what_cannot_be_recorded(cli, tmp_path, words, message):
    result = cli("record", *words)
    assert result.code == 1
    assert message in result.err
    assert not (tmp_path / "recording.zarr").exists()


def test_statistics_are_kept_in_place_of_states_and_ordered(cli, tmp_path):
    (tmp_path / "words.txt").write_text("In the beginning was the Word, and the Word was with God")
    result = cli("record", "words.txt", "--keep", "statistics", "-o", "words.stats.npz")
    assert result.code == 0, result.err
    assert "128 units over 56 steps of core.layer0.h" in result.err
    assert cli("record", "words.txt", "-o", "words.zarr").code == 0
    orders = [cli("order", name, "--metric", "correlation") for name in ("words.stats.npz", "words.zarr")]
    found = [json.loads(one.out) for one in orders]
    assert found[0]["length"] == pytest.approx(found[1]["length"])
    assert (found[0]["units"], found[0]["site"]) == (found[1]["units"], found[1]["site"])
    assert "leave --steps and --transpose out" in cli("order", "words.stats.npz", "--steps", "1:5").err
    assert cli("record", "words.txt", "--keep", "statistics", "-o", "words.stats.npz").code == 1  # without --force
    assert cli("record", "words.txt", "--keep", "statistics", "-o", "words.stats.npz", "--force").code == 0


def test_statistics_of_several_sites_are_a_file_each(cli, tmp_path):
    (tmp_path / "words.txt").write_text("abcabcab" * 30)
    small = ["--cell", "lstm", "--width", "8", "--steps", "2", "--length", "16"]
    assert cli("train", "words.txt", *small, "-o", "m.safetensors").code == 0
    result = cli("record", "m.safetensors", "words.txt", "--keep", "statistics", "--sites", "*.h,*.c")
    assert result.code == 0, result.err
    names = sorted(path.name for path in tmp_path.glob("recording.*"))
    assert names == ["recording.core.layer0.c.stats.npz", "recording.core.layer0.h.stats.npz"]


def test_statistics_have_a_name_of_their_own(cli, tmp_path):
    (tmp_path / "words.txt").write_text("In the beginning")
    result = cli("record", "words.txt", "--keep", "statistics", "-o", "words.zarr")
    assert result.code == 1
    assert not (tmp_path / "words.zarr").exists()
    assert "ends in .stats.npz" in result.err
