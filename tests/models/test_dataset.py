"""Texts of any size: read piece by piece, split by share, position, book or file, as characters or bytes."""

import io
import sys

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError
from stateviz.models import texts
from stateviz.models.corpus import read_corpus
from stateviz.models.dataset import dataset_of
from stateviz.models.texts import TextSource

VERSES = "Ruth 1:1\tNow it came\nActs 1:1\tThe former\nRomans 1:1\tPaul\nActs 1:2\tUntil\n"


def parts(source, *args, **options):
    data = dataset_of(source, *args, **options)
    return tuple(data.text(part) for part in (data.training, data.validation, data.test))


@pytest.mark.parametrize(
    ("hold_out", "test", "expected"),
    [
        (0.2, None, ("01234567", "89", "")),
        (0.2, 0.1, ("0123456", "78", "9")),
        (0, None, ("0123456789", "", "")),
        ("6:", None, ("012345", "6789", "")),
        ("2:4", "4:5", ("0156789", "23", "4")),
        (":3", 0.3, ("3456", "012", "789")),
        ("0.2", None, ("01234567", "89", "")),
    ],
)
def test_shares_and_positions(hold_out, test, expected):
    assert parts(TextSource("0123456789"), hold_out, test=test) == expected


def test_positions_may_be_thousands():
    training, validation, _ = parts(TextSource("ab" * 3000), "2k:5k")
    assert (len(training), len(validation)) == (3000, 3000)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 2**20])
def test_pieces_of_any_size_give_the_same(tmp_path, monkeypatch, block):
    monkeypatch.setattr(texts, "_BLOCK", block)
    (tmp_path / "a").write_bytes("\ufeffcaf\u00e9\r\n\r\n\U0001f600\r\n\n".encode())
    (tmp_path / "b").write_bytes(b"\nend\rx\n")
    assert "".join(piece for _, piece in TextSource([tmp_path / "a", tmp_path / "b"]).pieces()) == (
        "caf\u00e9\n\n\U0001f600\n\nend\rx"
    )
    (tmp_path / "v").write_text(VERSES)
    corpus = read_corpus([tmp_path / "v"], "Acts")
    assert (corpus.training, corpus.validation) == ("Now it came\nPaul", "The former\nUntil")
    assert dataset_of(TextSource([tmp_path / "v"]), 0.1).vocabulary == tuple(
        sorted(set("Now it came\nPaul\nThe former\nUntil"))
    )


def test_a_file_is_held_out_by_name_and_another_tested(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(name * 3 + "\n")
    assert parts(TextSource([tmp_path]), "b.txt", test="c.txt") == ("aaa", "bbb", "ccc")
    assert parts(TextSource([tmp_path / "*.txt"]), str(tmp_path / "a.txt")) == ("bbb\nccc", "aaa", "")
    with pytest.raises(InputError, match=r"unknown file 'd.txt'; choose from .*a.txt"):
        parts(TextSource([tmp_path]), "d.txt")
    with pytest.raises(InputError, match="hold out and test both by name"):
        parts(TextSource([tmp_path]), "b.txt", test=0.1)


def test_bytes_are_read_as_they_are(tmp_path):
    (tmp_path / "a").write_bytes(bytes(range(256)) * 2)
    data = dataset_of(TextSource([tmp_path / "a"], as_bytes=True), 0.5)
    assert data.training.dtype == np.uint8 and data.training.tolist() == list(range(256))
    assert len(data.vocabulary) == 256
    of_text = dataset_of(TextSource("\u00e9" * 10, as_bytes=True), 0.1)
    assert of_text.text(of_text.training) == "\u00e9" * 9


def test_many_symbols_take_two_bytes_each_and_a_long_text_lies_in_a_file(monkeypatch, tmp_path):
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 400))) * 3
    assert dataset_of(TextSource(text)).training.dtype == np.uint16
    monkeypatch.setattr("stateviz.models.dataset._IN_MEMORY", 100)
    data = dataset_of(TextSource(text), 0.5, folder=tmp_path)
    assert isinstance(data.training, np.memmap) and data.text(data.training) == text[:600]
    assert not list(tmp_path.iterdir())


def test_a_text_of_one_endless_line_is_looked_at_once(monkeypatch):
    monkeypatch.setattr(texts, "_BLOCK", 10)
    monkeypatch.setattr(texts, "_LONGEST_LINE", 30)
    source, read = TextSource("word " * 100), []
    monkeypatch.setattr(source, "_file_pieces", lambda: (read.append(1) or piece for piece in [("", "x" * 10)] * 100))
    assert not source._all_verses() and len(read) == 4


def test_stdin_is_read_once(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo\n")))
    assert parts(TextSource(["-"]), 0) == ("one\ntwo", "", "")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": b"x" * 2**20 + b"\xe9"}, r"'.*a' is not UTF-8 text .byte 1,048,576 is 0xe9.*--bytes"),
        ({"a": b"good", "b": b"caf\xe9 x"}, r"b' is not UTF-8 text .byte 3 is 0xe9"),
        ({"a": b"ab\0"}, "binary file.*--bytes"),
        ({"a": "\u20ac".encode()[:2]}, "not UTF-8 text .byte 0 is 0xe2"),
    ],
)
def test_the_file_and_the_byte_of_another_encoding_are_named(tmp_path, files, message):
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(FileError, match=message):
        dataset_of(TextSource([tmp_path]))


def test_what_is_no_text_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    for words, message in (
        ([tmp_path / "empty"], "empty' holds no files"),
        ([tmp_path / "*.md"], "no file matches"),
        ([], "no text was given"),
    ):
        with pytest.raises(InputError, match=message):
            TextSource(words)
    (tmp_path / "a").write_text("x")
    with pytest.raises(InputError, match="comes twice"):
        TextSource([tmp_path / "a", tmp_path])
    for hold_out, message in (
        ("9:3", "lies outside of the text"),
        ("1:9M", "9M' lies outside"),
        (-0.1, "between 0 and 1"),
    ):
        with pytest.raises(InputError, match=message):
            dataset_of(TextSource("0123456789"), hold_out)
    with pytest.raises(InputError, match="overlap"):
        dataset_of(TextSource("0123456789"), "2:5", test="4:6")


def test_a_vocabulary_larger_than_fits_is_refused():
    with pytest.raises(InputError, match="different characters, and 65,536 fit"):
        dataset_of(TextSource("".join(map(chr, [*range(32, 0xD800), *range(0xE000, 0x13000)]))))
