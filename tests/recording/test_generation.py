"""States while a model writes, and of some positions only."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.core.errors import InputError
from stateviz.models import CharModel, sample
from stateviz.recording import Unrolled, characters, record, record_statistics
from stateviz.recording.encoders.utf8 import ByteEncoder
from stateviz.storage import open_recording

PROMPT = "abba\nab"


@pytest.fixture
def model():
    torch.manual_seed(1)
    model = CharModel("ab \n", cell="gru", width=8)
    with torch.no_grad():
        model.head.weight.mul_(8)
    return model


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_a_model_writes_what_sample_draws_and_reads_it(model, temperature):
    recording = record(model, PROMPT, generate=30, temperature=temperature, seed=5)
    text = PROMPT + sample(model, prime=PROMPT, length=30, temperature=temperature, seed=5)
    assert "".join(recording.tokens) == text
    assert recording.tracks["generated"].tolist() == [False] * 7 + [True] * 30
    assert np.array_equal(recording["core.layer0.h"].values, record(model, text)["core.layer0.h"].values)
    assert recording.source["generate"] == {"tokens": 30, "temperature": temperature, "seed": 5}


class Network(nn.Module):
    """A language model of one's own, of a kind that carries its state, or none."""

    def __init__(self, kind, vocabulary=9):
        super().__init__()
        torch.manual_seed(3)
        self.kind, self.embed, self.head = kind, nn.Embedding(vocabulary, 8), nn.Linear(8, vocabulary)
        self.body = {
            "gru": lambda: nn.GRU(8, 8, batch_first=True),
            "attention": lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
        }[kind]()
        with torch.no_grad():
            self.head.weight.mul_(8)
        self.eval()

    def forward(self, ids):
        x = self.embed(ids)
        if self.kind == "gru":
            return self.head(self.body(x)[0])
        return self.head(self.body(x, nn.Transformer.generate_square_subsequent_mask(x.shape[1]), is_causal=True))


@pytest.mark.parametrize("kind", ["gru", "attention"])
@pytest.mark.parametrize("start", [1, 20])
def test_a_model_of_ones_own_writes_what_one_pass_predicts(kind, start):
    model, ids = Network(kind), list(range(9))[:start] * (1 + start // 9)
    ids = ids[:start]
    recording = record(model, ids, sites="body" if kind == "attention" else None, generate=60)
    with torch.no_grad():
        for _ in range(60):
            ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    assert recording.tokens == tuple(map(str, ids))


def test_texts_of_bytes_of_one_hot_rows_and_of_cells():
    recording = record(Network("gru", 256), "é", encode="bytes", generate=40, temperature=1.0)
    assert recording.steps == 42 and recording.tokens[:2] == ("", "é")
    one_hot = nn.Sequential(nn.GRU(3, 3, batch_first=True))
    forward = lambda m, x, state: m[0](x, state)  # noqa: E731
    recording = record(one_hot, "ab", encode=characters("abc", one_hot=True), forward=forward, generate=9)
    assert set(recording.tokens) <= set("abc") and recording.steps == 11
    cell = Unrolled(nn.GRUCell(4, 4), start=4, embed=nn.Embedding(3, 4), readout=nn.Linear(4, 3))
    assert record(cell, "ab", encode=characters("abc"), generate=5).steps == 7


def test_bytes_are_spelled():
    written = [*"aé".encode(), 0xFF, *"€".encode(), 0xE2, 0x82]
    assert ByteEncoder().spell(written) == ["a", "", "é", "\\xff", "", "", "€", "\\xe2", "\\x82"]


def test_generated_recordings_grow_on_disk_and_go_on(model, tmp_path):
    found = record(model, [PROMPT, "ba"], generate=10, positions=slice(3, None, 2), out=tmp_path / "a.zarr", chunk=4)
    again = open_recording(tmp_path / "a.zarr")
    whole = record(model, [PROMPT, "ba"], generate=10)
    where = [*range(3, 17, 2), *range(17 + 3, 29, 2)]
    assert again.tokens == tuple(whole.tokens[i] for i in where)
    assert again.tracks["position"].tolist() == [*range(3, 17, 2), *range(3, 12, 2)]
    for name in ("generated", "surprisal", "entropy"):
        assert np.allclose(again.tracks[name], whole.tracks[name][where], atol=1e-5, equal_nan=True)
    assert np.allclose(found["core.layer0.h"].values, whole["core.layer0.h"].values[:, where], atol=1e-6)
    assert again["core.layer0.h"].column_breaks == (7,)


def test_positions_count_from_the_end_of_each_text(model):
    recording = record(model, ["abab", "b\na"], positions=[0, -1])
    assert recording.tokens == ("a", "b", "b", "a")
    assert [one["steps"] for one in recording.source["texts"]] == [2, 2]
    (statistics,) = record_statistics(
        model,
        "abab",
        positions=[
            -1,
        ],
    ).values()
    assert statistics.count == 1


def test_an_interrupted_recording_of_positions_goes_on(model, tmp_path, monkeypatch):
    def watch(progress):
        if progress.count > 100:
            raise KeyboardInterrupt

    monkeypatch.setattr("stateviz.recording.session._EVERY", 0)
    text = "abba b" * 50
    options = {"positions": slice(5, None, 7), "out": tmp_path / "a.zarr", "chunk": 20}
    with pytest.raises(KeyboardInterrupt):
        record(model, text, watch=watch, **options)
    found, whole = record(model, text, resume=True, **options), record(model, text)
    assert found.tokens == whole.tokens[5::7]
    assert np.allclose(found["core.layer0.h"].values, whole["core.layer0.h"].values[:, 5::7], atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"generate": -1}, "generate is -1"),
        ({"temperature": 1.0}, "say how many by generate="),
        ({"generate": 3, "temperature": -1.0}, "temperature is -1"),
        ({"generate": 3, "seed": -1}, "seed"),
        ({"positions": [2, 1]}, "position 1 comes after 2"),
        ({"positions": [1, -4]}, "position -4 comes after 1"),
        ({"positions": [9]}, "position 9 is beyond a text of 4 tokens"),
        ({"positions": []}, "positions is empty"),
        ({"positions": slice(9, None)}, "hold no step of a text of 4 tokens"),
        ({"positions": slice(None, None, -1)}, "step above 0"),
        ({"positions": [True, False]}, "numpy.flatnonzero"),
        ({"positions": 3}, "give a slice, or whole numbers"),
    ],
)
def test_options_that_cannot_be(model, options, message):
    with pytest.raises(InputError, match=message):
        record(model, "abba", **options)


def test_models_that_cannot_write():
    broken = Network("gru")
    nn.init.constant_(broken.head.bias, float("nan"))
    for temperature in (0.0, 0.5):
        with pytest.raises(InputError, match="the likeliest token has a logit of nan; look at the weights"):
            record(broken, [1, 2], generate=2, temperature=temperature)
    with pytest.raises(InputError, match="draws tokens from logits"):
        record(Unrolled(nn.GRUCell(4, 4), start=4, embed=nn.Embedding(3, 4)), [1, 2], generate=3)
    encode = lambda text: (list(text), torch.tensor([ord(c) % 9 for c in text]))  # noqa: E731
    with pytest.raises(InputError, match="nothing says what the tokens that were drawn are called"):
        record(Network("gru"), "ab", encode=encode, generate=3)
    encode.vocabulary = list("abcdefghi")
    assert set(record(Network("gru"), "ab", encode=encode, generate=3).tokens) <= set("abcdefghi")
    with pytest.raises(InputError, match="nothing says which is that of a token"):
        record(nn.GRU(3, 3, batch_first=True), np.eye(3, dtype=np.float32), generate=2)


def test_tokens_that_a_model_wrote_are_spelled_by_the_tokenizer():
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    raw = tokenizers.Tokenizer(tokenizers.models.BPE())
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(["the cat sat"], tokenizers.trainers.BpeTrainer(initial_alphabet=alphabet))
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=raw)
    from stateviz.recording.encoders.tokenizers import TokenizerEncoder

    encode = TokenizerEncoder(tokenizer)
    ids = encode("the cat sat né €")[1].tolist()
    assert "".join(encode.spell(ids)) == "the cat sat né €"
    assert encode.spell(ids[:-1])[-1] == "\ufffd" and encode.spell(ids)[-2:] == ["", "€"]
    model = Network("gru", raw.get_vocab_size())
    recording = record(model, "the cat", encode=tokenizer, generate=12, temperature=2.0)
    prompt = len(tokenizer("the cat")["input_ids"])
    assert recording.steps == prompt + 12 and "".join(recording.tokens).startswith("the cat")


def test_a_model_of_so_many_tokens_writes_after_the_last_of_them():
    model, ids = Network("attention"), [1, 2, 3]
    recording = record(model, ids, sites="body", generate=20, window=5)
    with torch.no_grad():
        for _ in range(20):
            ids.append(int(model(torch.tensor([ids[-5:]]))[0, -1].argmax()))
    assert recording.tokens == tuple(map(str, ids))
    assert np.array_equal(
        recording["body"].values, record(model, torch.tensor(ids), sites="body", window=5)["body"].values
    )


def test_a_byte_model_of_ours_spells_characters():
    torch.manual_seed(2)
    model = CharModel(ByteEncoder.vocabulary, cell="gru", width=8)
    with torch.no_grad():
        model.head.bias[:] = -20
        model.head.bias[[0xC3, 0xA9]] = 0
    recording = record(model, "né", generate=30, temperature=1.0, seed=1)
    assert recording.tokens[:3] == ("n", "", "é")
    assert set(recording.tokens[3:]) <= {"", "é", "\\xc3", "\\xa9"} and "é" in recording.tokens[3:]
