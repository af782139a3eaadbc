"""Sources: text of any size, read piece by piece as often as it is needed."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
import sys
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError
from stateviz.storage.text_files import STDIN, name_of, open_bytes

_BLOCK = 2**20  # bytes read at once
_LONGEST_LINE = 2**20  # characters of a verse
_BYTE_ORDER_MARK = "\ufeff"
_VERSE = re.compile(r"(.+) \d+:\d+\t(.*)")
_LARGEST = 0x110000  # code points there are


class Stretch(NamedTuple):
    """A file's, or a book's, place in the whole text: from ``start`` to before ``end``."""

    name: str
    start: int
    end: int


class TextSource:
    """A text that can be read again: a str, or files, each ended without newlines and joined by one.

    Files of lines ``Book chapter:verse<TAB>text`` are read as their verses, joined by newlines.

    Parameters
    ----------
    text
        The text itself, or the files.
    encoding
        Of the files.
    as_bytes
        Files are read as they are, one character a byte; a str is its UTF-8.
    """

    def __init__(self, text: str | Iterable[str | Path], encoding: str = "utf-8", *, as_bytes: bool = False) -> None:
        self.paths = [] if isinstance(text, str) else _files(text)
        self.text = text if isinstance(text, str) else ""
        if isinstance(text, str) and as_bytes:
            self.text = text.encode("utf-8", "surrogatepass").decode("latin-1")
        self.encoding, self.as_bytes = encoding, as_bytes
        self._stdin = sys.stdin.buffer.read() if STDIN in map(str, self.paths) else b""
        self.verses = self._all_verses()

    def pieces(self) -> Iterator[tuple[str, str]]:
        """The whole text in pieces, each with the name of its file or book; joining newlines are pieces of no name."""
        before = None
        for name, piece in self._verse_pieces() if self.verses else self._file_pieces():
            if before is not None and (name != before or self.verses):
                yield "", "\n"
            yield name, piece
            before = name

    def digest(self) -> str:
        """SHA-256 of the files as they lie on disk, or of the text."""
        total = hashlib.sha256(self.text.encode("latin-1" if self.as_bytes else "utf-8", "surrogatepass"))
        for path in self.paths:
            with self._opened(path) as file:
                while block := file.read(_BLOCK):
                    total.update(block)
        return total.hexdigest()

    def _file_pieces(self) -> Iterator[tuple[str, str]]:
        if not self.paths:
            yield from (("", self.text[i : i + _BLOCK]) for i in range(0, len(self.text), _BLOCK))
        for path in self.paths:
            with self._opened(path) as file:
                found = False
                for piece in _trimmed(_decoded(file, name_of(path), self.encoding, as_bytes=self.as_bytes)):
                    found = True
                    yield str(path), piece
                if not found:
                    yield str(path), ""

    def _verse_pieces(self) -> Iterator[tuple[str, str]]:
        for line in self._lines():
            match = _VERSE.fullmatch(line)
            if match:
                yield match[1], match[2]

    def _lines(self) -> Iterator[str]:
        rest, before = "", None
        for name, piece in self._file_pieces():
            if before is not None and name != before:
                yield rest
                rest = ""
            *lines, rest = (rest + piece).split("\n")
            yield from lines
            if len(rest) > _LONGEST_LINE:  # no verse; whoever looks for verses has seen enough
                yield rest
                rest = ""
            before = name
        yield rest

    def _all_verses(self) -> bool:
        return all(_VERSE.fullmatch(line) for line in self._lines())

    def _opened(self, path: Path) -> BinaryIO:
        return io.BytesIO(self._stdin) if str(path) == STDIN else open_bytes(path)


class TextSurvey(NamedTuple):
    """What one reading of a source tells: its length, its characters, and where its files or books lie."""

    length: int
    characters: tuple[str, ...]
    runs: list[Stretch]


def survey(source: TextSource) -> TextSurvey:
    """Read a source once."""
    seen, length, runs = np.zeros(_LARGEST, bool), 0, list[Stretch]()
    for name, piece in source.pieces():
        seen[codes(piece)] = True
        if name and runs and runs[-1].name == name:
            runs[-1] = runs[-1]._replace(end=length + len(piece))
        elif name:
            runs.append(Stretch(name, length, length + len(piece)))
        length += len(piece)
    return TextSurvey(length, tuple(map(chr, np.flatnonzero(seen))), runs)


def codes(text: str) -> NDArray[np.uint32]:
    """Code points of a text, (characters,)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))


def _files(words: Iterable[str | Path]) -> list[Path]:
    """The files that are named: themselves, all in a folder, or those that a pattern matches; sorted within each."""
    found: list[Path] = []
    for word in map(Path, words):
        if word.is_dir():
            inside = sorted(p for p in word.rglob("*") if p.is_file() and not p.name.startswith("."))
            if not inside:
                raise InputError(f"the folder {str(word)!r} holds no files; name texts")
            found += inside
        elif set(str(word)) & set("*?[") and not word.exists():
            matches = sorted(Path(p) for p in glob(str(word), recursive=True) if Path(p).is_file())
            if not matches:
                raise InputError(f"no file matches {str(word)!r}; a pattern such as 'texts/**/*.txt' must match one")
            found += matches
        else:
            found.append(word)
    if not found:
        raise InputError("no text was given; name one or more files")
    twice = next((path for path in found if found.count(path) > 1), None) if len(set(found)) < len(found) else None
    if twice is not None:
        raise InputError(f"{str(twice)!r} comes twice; name each text once")
    return found


def _decoded(file: BinaryIO, name: str, encoding: str, *, as_bytes: bool) -> Iterator[str]:
    """Pieces of a file as text, without a byte order mark, LF for CR LF."""
    if as_bytes:
        yield from (block.decode("latin-1") for block in iter(lambda: file.read(_BLOCK), b""))
        return
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise InputError(f"unknown encoding {encoding!r}; such as utf-8, utf-16, latin-1, cp1252, shift_jis") from None
    offset, held, first, block = 0, "", True, b"-"
    while block:
        block = file.read(_BLOCK)
        waiting = len(decoder.getstate()[0])
        try:
            piece = held + decoder.decode(block, final=not block)
        except UnicodeError as error:
            raise _no_text(name, encoding, error, offset - waiting) from None
        offset += len(block)
        if first and piece:
            piece, first = piece.removeprefix(_BYTE_ORDER_MARK), False
        if "\0" in piece:
            raise FileError(f"{name!r} is a binary file (it holds NUL bytes), not text; --bytes reads any file")
        held = "\r" if block and piece.endswith("\r") else ""
        yield piece.removesuffix(held).replace("\r\n", "\n")


def _no_text(name: str, encoding: str, error: UnicodeError, offset: int) -> FileError:
    at = str(error)
    if isinstance(error, UnicodeDecodeError):
        data = bytes(error.object)
        at = f"byte {offset + error.start:,} is 0x{data[error.start]:02x}" if error.start < len(data) else error.reason
    shown = "UTF-8" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    return FileError(f"{name!r} is not {shown} text ({at}); name the encoding it is in, or read --bytes")


def _trimmed(pieces: Iterable[str]) -> Iterator[str]:
    """The same without the newlines at the very end."""
    held = ""
    for piece in pieces:
        kept = piece.rstrip("\n")
        if kept:
            yield held + kept
            held = ""
        held += piece[len(kept) :]
