"""One set of rules for text files, whoever reads them."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from stateviz.core.errors import FileError, InputError
from stateviz.storage.text_files import read_bytes, read_text, text_of

RULES = [
    (b"abc", "utf-8", "abc"),
    (b"abc\n", "utf-8", "abc"),
    (b"abc\n\n", "utf-8", "abc\n"),
    (b"a\r\nb\r\n", "utf-8", "a\nb"),
    (b"a\rb", "utf-8", "a\rb"),
    ("\ufeffa\r\nb".encode(), "utf-8", "a\nb"),
    ("caf\u00e9\n".encode("latin-1"), "latin-1", "caf\u00e9"),
    ("\ufeffa\r\nb\r\n".encode("utf-16-le"), "utf-16-le", "a\nb"),
    ("ab\n".encode("utf-16"), "utf-16", "ab"),
    (b"", "utf-8", ""),
    (b"\n", "utf-8", ""),
]


@pytest.mark.parametrize(("data", "encoding", "text"), RULES)
def test_bytes_become_text_from_a_file_as_from_stdin(tmp_path, monkeypatch, data, encoding, text):
    (tmp_path / "t.txt").write_bytes(data)
    assert read_text(tmp_path / "t.txt", encoding) == text
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    assert read_text("-", encoding) == text


def test_what_is_no_text_is_told_in_one_line(tmp_path):
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    for data, encoding, error, message in (
        (b"ab\0cd", "utf-8", FileError, "binary file"),
        (b"caf\xe9", "utf-8", FileError, "'x' is not UTF-8 text .byte 3 is 0xe9.; name the encoding"),
        (b"caf\xe9", "ascii", FileError, "not ascii text .byte 3 is 0xe9"),
        (b"a\0b", "utf-16", FileError, "not utf-16 text"),
        (b"ab", "latin-99", InputError, "unknown encoding 'latin-99'; such as utf-8"),
    ):
        with pytest.raises(error, match=message):
            text_of(data, "x", encoding)
    with pytest.raises(FileError, match="cannot read"):
        read_bytes(tmp_path / "none")
