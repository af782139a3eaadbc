"""Texts in: tokens keep their exact text, whatever splits them."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from stateviz.core.errors import FileError, InputError
from stateviz.models import load_model
from stateviz.recording import ENCODERS, characters, record, record_statistics, sites
from stateviz.recording.encoders.tokenizers import TokenizerEncoder
from stateviz.recording.encoders.utf8 import ByteEncoder

HARD = "a\tb\n e\u0301 \U0001f600\U0001f469\u200d\U0001f680 \u05e9\u05dc\u05d5\u05dd \u202eabc  end\r\n"


def model(size=256):
    torch.manual_seed(0)
    return nn.Sequential(nn.Embedding(size, 3), nn.Tanh())


def test_every_encoder_is_found_by_its_row():
    class Tokenizer:
        def __call__(self, text):
            return text

        decode = convert_ids_to_tokens = __call__

    given = {"bytes": "bytes", "characters": characters("ab"), "tokenizer": Tokenizer(), "function": lambda text: text}
    assert set(given) == set(ENCODERS)
    for name, encode in given.items():
        assert next(row for row, kind in ENCODERS.items() if kind.accepts(encode)) == name
        assert ENCODERS[name].description


@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
def test_bytes_put_together_are_the_text(text):
    tokens, ids = ByteEncoder()(text)
    assert "".join(tokens) == text
    assert bytes(ids.tolist()) == text.encode()
    assert len(tokens) == len(ids)


def test_characters_are_code_points():
    recording = record(model(99), HARD, encode=characters(sorted(set(HARD))), sites="0")
    assert recording.tokens == tuple(HARD)
    with pytest.raises(InputError, match="holds no 'z'"):
        characters("ab")("abz")


def test_files_lists_and_names(tmp_path):
    (tmp_path / "a.txt").write_text("ab", encoding="utf-8")
    recording = record(model(), {"first": "x", "second": tmp_path / "a.txt"}, encode="bytes", sites="0")
    assert recording.tokens == ("x", "a", "b")
    assert recording.source["texts"] == [
        {"name": "first", "start": 0, "steps": 1},
        {"name": "second", "start": 1, "steps": 2},
    ]
    (tmp_path / "b.txt").write_bytes(b"caf\xe9")
    with pytest.raises(FileError, match="not UTF-8 text .byte 3"):
        record(model(), tmp_path / "b.txt", encode="bytes", sites="0")
    with pytest.raises(FileError, match="cannot read"):
        record(model(), tmp_path / "c.txt", encode="bytes", sites="0")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"In the beginning God\n", "utf-8"),
        (b"In the\r\nbeginning\r\n", "utf-8"),
        ("\ufeffIn the beginning".encode(), "utf-8"),
        ("caf\u00e9\n".encode("latin-1"), "latin-1"),
    ],
)
def test_a_file_gives_what_the_command_line_gives(tmp_path, monkeypatch, data, encoding):
    from stateviz.cli import main
    from stateviz.storage import open_recording

    monkeypatch.chdir(tmp_path)
    Path("b.txt").write_bytes(data)
    here = record(load_model(), Path("b.txt"), encoding=encoding, unknown="fold")
    words = ["record", "b.txt", "--encoding", encoding, "--unknown", "fold", "-o", "b.zarr"]
    assert main(words) == 0
    there = open_recording("b.zarr")
    assert here.tokens == there.tokens
    assert here.source == there.source
    assert not here.tokens[-1].isspace()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    piped = record(load_model(), Path("-"), encoding=encoding, unknown="fold")
    assert piped.tokens == here.tokens
    assert piped.source["text_sha256"] == here.source["text_sha256"]


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "none.txt").write_bytes(b"\r\n")
    with pytest.raises(InputError, match=r"the text is empty \(.*none.txt\)"):
        record(model(), tmp_path / "none.txt", encode="bytes", sites="0")


@pytest.mark.parametrize(
    ("text", "message"), [(b"ab", "no said encoding"), ([], "no text"), ("", "empty"), (3, "a int")]
)
def test_what_is_no_text(text, message):
    with pytest.raises(InputError, match=message):
        record(model(), text, encode="bytes", sites="0")


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float64])
def test_numbers_of_any_kind_are_read_as_the_model_needs_them(kind):
    reads = nn.LSTM(2, 3) if kind is np.float64 else nn.Sequential(nn.Embedding(9, 2), nn.LSTM(2, 3))
    values = np.array([[0, 1], [1, 0], [1, 1]] if kind is np.float64 else [0, 8, 3], kind)
    given, plain = (record(reads, x) for x in (values, torch.as_tensor(values.tolist())))
    assert np.array_equal(given[given.sites[0]].values, plain[plain.sites[0]].values)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.array(["a", "b"]), "inputs are no array of numbers"),
        (np.array(3), "have no dimension"),
        (np.zeros((4, 7)), r"LSTM cannot read the first inputs, torch.float32 of shape \(4, 7\).*Expected 2, got 7"),
        (np.full((4, 2), np.nan), "LSTM gives states that are not finite"),
    ],
)
def test_numbers_that_cannot_be_read(given, message):
    with pytest.raises(InputError, match=message):
        record(nn.LSTM(2, 3), given)
    with pytest.raises(InputError, match="encode's inputs are no array of numbers"):
        record(nn.LSTM(2, 3), "ab", encode=lambda text: (list(text), [[1, 2], [1]]))


def _fast(kind, pre, vocabulary=None):
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    inner = tokenizers.Tokenizer(kind)
    inner.pre_tokenizer = pre
    return transformers.PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>", unk_token="<unk>")


def byte_level():
    tokenizers = pytest.importorskip("tokenizers")
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: i for i, piece in enumerate([*alphabet, "en"])}
    bpe = tokenizers.models.BPE(vocab=vocabulary, merges=[("e", "n")])
    return _fast(bpe, tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False))


def test_a_byte_level_tokenizer_keeps_the_text():
    tokens, ids = TokenizerEncoder(byte_level())(HARD)
    assert "".join(tokens) == HARD
    assert len(ids) == len(tokens) == len(HARD.encode()) - 1
    assert "en" in tokens


def test_a_tokenizer_that_drops_text_is_refused():
    tokenizers = pytest.importorskip("tokenizers")
    words = _fast(
        tokenizers.models.WordLevel({"ab": 0, "c": 1, "<unk>": 2}, unk_token="<unk>"),
        tokenizers.pre_tokenizers.Whitespace(),
    )
    with pytest.raises(InputError, match="drops ' ' at character 2"):
        record(model(), "ab c", encode=words, sites="0")
    assert record(model(), "ab", encode=words, sites="0").tokens == ("ab",)


def test_a_space_that_a_token_begins_with_but_does_not_count_is_its_own():
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = byte_level()
    tokenizer.backend_tokenizer.post_processor = tokenizers.processors.ByteLevel(trim_offsets=True)
    tokenizer.backend_tokenizer.decoder = tokenizers.decoders.ByteLevel()
    assert "".join(TokenizerEncoder(tokenizer)(HARD)[0]) == HARD


def test_a_letter_and_the_accent_that_a_normalizer_joins_to_it_stay_one_token():
    tokenizers = pytest.importorskip("tokenizers")
    text = "ae\u0301 u\u0308"
    tokenizer = byte_level()
    tokenizer.backend_tokenizer.normalizer = tokenizers.normalizers.NFC()
    tokens = TokenizerEncoder(tokenizer)(text)[0]
    assert "".join(tokens) == text and "e\u0301" in tokens and "u\u0308" in tokens
    tokenizer.backend_tokenizer.normalizer = tokenizers.normalizers.StripAccents()
    with pytest.raises(InputError, match="drops '\u0301' at character 2"):
        TokenizerEncoder(tokenizer)(text)


def test_special_tokens_keep_their_name():
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = byte_level()
    inner = tokenizer.backend_tokenizer
    bos = tokenizer.convert_tokens_to_ids("<s>")
    inner.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", bos)])
    assert TokenizerEncoder(tokenizer)("abc")[0] == ["<s>", "a", "b", "c"]


def test_a_slow_tokenizer_is_held_to_the_text():
    class Slow:
        all_special_ids = ()

        def __init__(self, lower):
            self.lower = lower

        def __call__(self, text, **options):
            return {"input_ids": [ord(c) for c in (text.lower() if self.lower else text)]}

        def decode(self, ids, **options):
            return "".join(map(chr, ids))

        def convert_ids_to_tokens(self, i):
            return chr(i)

    assert record(model(), "Ab", encode=Slow(False), sites="0").tokens == ("A", "b")
    with pytest.raises(InputError, match="put together are not the text"):
        record(model(), "Ab", encode=Slow(True), sites="0")
    tokens, ids = TokenizerEncoder(pytest.importorskip("transformers").ByT5Tokenizer())(HARD)  # a token a byte
    assert "".join(tokens[:-1]) == HARD and len(ids) == len(HARD.encode()) + 1


def test_predictions_are_of_the_next_token():
    torch.manual_seed(1)
    tied = nn.Sequential(nn.Embedding(256, 3), nn.Linear(3, 256))
    recording = record(tied, "hello", encode="bytes", sites="0", predictions=3)
    p = torch.softmax(tied(torch.tensor(list(b"hello"))), -1).detach().numpy()
    assert recording.tracks["top_ids"].shape == (5, 3)
    assert np.array_equal(recording.tracks["top_ids"][:, 0], p.argmax(1))
    assert np.allclose(recording.tracks["top_probabilities"], -np.sort(-p, 1)[:, :3], atol=1e-6)
    assert recording.tracks["surprisal"][4] == pytest.approx(-np.log2(p[3, ord("o")]), rel=1e-4)
    assert np.isnan(recording.tracks["surprisal"][0])
    assert recording.vocabulary[ord("h")] == "h"


def test_predictions_of_a_model_without_logits():
    rnn = nn.LSTM(3, 2)
    with pytest.raises(InputError, match="predictions=5 asks for more tokens than the 2"):
        record(rnn, torch.zeros(4, 3), predictions=5)
    with pytest.raises(InputError, match="no logits"):
        record(rnn, torch.zeros(4, 3), predictions=1, forward=lambda model, x, state: ({"h": model(x)[0]}, None))


def test_a_str_that_names_a_file_is_refused_wherever_it_comes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("verses.txt").write_text("abc", encoding="utf-8")
    for text in ("verses.txt", ["abc", "verses.txt"], {"one": "verses.txt"}, str(tmp_path / "verses.txt")):
        for verb in (record, record_statistics):
            with pytest.raises(InputError, match=r"verses.txt' is a file's name.*pathlib.Path"):
                verb(model(), text, encode="bytes", sites="0")
        with pytest.raises(InputError, match="is a file's name"):
            sites(model(), text, encode="bytes")
    assert record(model(), Path("verses.txt"), encode="bytes", sites="0").tokens == ("a", "b", "c")
    Path("folder").mkdir()
    # A folder's name, a long text, and what no file can be called are texts.
    for text in ("folder", "\u05e9" * 200, "a\0b"):
        assert "".join(record(model(), text, encode="bytes", sites="0").tokens) == text


def test_ids_as_lists_and_as_a_tokenizer_gives_them():
    ids = [3, 1, 2]
    expected = record(model(), np.array(ids), sites="0")
    rows = torch.tensor([[3, 1, 2], [5, 4, 0]])
    batch = {"input_ids": rows, "attention_mask": torch.tensor([[1, 1, 1], [1, 1, 0]])}
    for text in (ids, tuple(ids), [torch.tensor(i) for i in ids], [np.int64(i) for i in ids], [ids],
                 {"input_ids": ids, "attention_mask": [1, 1, 1]}, {"input_ids": rows[:1]}):  # fmt: skip
        found = record(model(), text, sites="0")
        assert found.tokens == ("3", "1", "2") and np.array_equal(found["0"].values, expected["0"].values)
    two = record(model(), [[3, 1, 2], [5, 4]], sites="0")
    padded = record(model(), batch, sites="0")
    assert two.tokens == padded.tokens == ("3", "1", "2", "5", "4") and padded.boundaries.tolist() == [1, 0, 0, 1, 0]
    assert record(model(), {"input_ids": "ab"}, encode="bytes", sites="0").tokens == ("a", "b")


def test_batched_ids_are_refused_with_what_to_give():
    for text in (torch.tensor([[1, 2, 3]]), np.array([[1, 2, 3]])):
        with pytest.raises(InputError, match=r"\(1, 3\) came, a batch of one text.*give ids\[0\]"):
            record(model(), text, sites="0")
    lstm = nn.Sequential(nn.Embedding(9, 3), nn.LSTM(3, 2, batch_first=True))
    with pytest.raises(InputError, match="Give a list of 1-D arrays"):
        record(lstm, torch.tensor([[1, 2, 3], [4, 5, 6]]))
    with pytest.raises(InputError, match="Give a list of arrays"):
        record(nn.LSTM(3, 2, batch_first=True), torch.zeros(2, 4, 3))
