"""Datasets: a text of any size as ids in a memory map, in three parts."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from stateviz.core.byte_tokens import BYTES
from stateviz.core.errors import InputError
from stateviz.core.table import unknown
from stateviz.models.texts import Stretch, TextSource, TextSurvey, codes, survey

Ids = NDArray[np.unsignedinteger[Any]]

_PARTS = ("training", "validation", "test")
_MOST_SYMBOLS = 65_536
_IN_MEMORY = 2**24  # symbols; a longer text lies in a file
_POSITIONS = re.compile(r"(?:(\d+)([kM]?))?:(?:(\d+)([kM]?))?")
_UNITS = {"": 1, "k": 1_000, "M": 1_000_000}


@dataclass(frozen=True)
class Dataset:
    """A text as ids, split in three.

    Parameters
    ----------
    vocabulary
        What the ids mean: all characters of the text, sorted, or the 256 bytes.
    training, validation, test
        Ids, uint8 or uint16 (symbols,); those that are not there are empty.
    digest
        SHA-256 of the files as they lie on disk, or of the text.
    """

    vocabulary: tuple[str, ...]
    training: Ids
    validation: Ids
    test: Ids
    digest: str

    def text(self, ids: Ids) -> str:
        """What ids spell."""
        if self.vocabulary == BYTES:
            return ids.astype(np.uint8).tobytes().decode("utf-8", "replace")
        return "".join(np.array(self.vocabulary, object)[ids])

    def split_digest(self) -> str:
        """SHA-256 of where the text was split."""
        total = hashlib.sha256()
        for part in (self.validation, self.test):
            total.update(f"{len(part)} ".encode() + part[:65_536].tobytes() + part[-65_536:].tobytes())
        return total.hexdigest()


class Span(NamedTuple):
    """A stretch of the whole text, from ``start`` to before ``end``, and the part it belongs to."""

    start: int
    end: int
    part: int


def dataset_of(
    source: TextSource,
    hold_out: str | float | None = None,
    *,
    test: str | float | None = None,
    folder: Path | None = None,
) -> Dataset:
    """Split a text and look its characters up.

    Parameters
    ----------
    source
        The text.
    hold_out, test
        What validates (by default 0.1), and what is read once in the end (by default nothing): a share from the end, 0
        for nothing; ``"96M:"`` or ``"1000:2k"``, positions in characters; the name of a book (verse format) or of one
        of the files. Two shares lie one before the other, the test last.
    folder
        Where the ids of a long text lie while they are needed, in a file without a name.
    """
    found = survey(source)
    if not "".join(found.characters).strip():
        raise InputError("the text is empty; training needs characters to read")
    vocabulary = BYTES if source.as_bytes else found.characters
    if len(vocabulary) > _MOST_SYMBOLS:
        raise InputError(
            f"the text has {len(vocabulary):,} different characters, and {_MOST_SYMBOLS:,} fit; read its bytes instead "
            "(--bytes, bytes=True)"
        )
    spans = _spans(found, 0.1 if hold_out is None else hold_out, 0.0 if test is None else test, verses=source.verses)
    lengths = [sum(span.end - span.start for span in spans if span.part == part) for part in range(len(_PARTS))]
    ids = _room(sum(lengths), np.uint8 if len(vocabulary) <= 256 else np.uint16, folder)
    parts = np.split(ids, np.cumsum(lengths)[:-1])
    known = codes("".join(found.characters))
    table = np.zeros(int(known[-1]) + 1, ids.dtype)
    table[known] = known if source.as_bytes else np.arange(len(known))
    filled = [0] * len(_PARTS)
    for part, piece in _cut(source, spans):
        parts[part][filled[part] : filled[part] + len(piece)] = table[codes(piece)]
        filled[part] += len(piece)
    for array in parts:
        array.flags.writeable = False
    return Dataset(vocabulary, parts[0], parts[1], parts[2], source.digest())


def _room(length: int, dtype: type[np.unsignedinteger[Any]], folder: Path | None) -> Ids:
    if length <= _IN_MEMORY:
        return np.zeros(length, dtype)
    with tempfile.TemporaryFile(dir=folder) as file:  # the map keeps it; it goes with the process
        return np.memmap(cast(Any, file), dtype, "w+", shape=(length,))


def _cut(source: TextSource, spans: Sequence[Span]) -> Iterator[tuple[int, str]]:
    """The text in pieces, each with its part; what lies in no span is left out."""
    at, remaining = 0, list(reversed(spans))
    for _, piece in source.pieces():
        end = at + len(piece)
        while remaining and remaining[-1].start < end:
            span = remaining[-1]
            yield span.part, piece[max(span.start - at, 0) : span.end - at]
            if span.end > end:
                break
            remaining.pop()
        at = end


def _spans(found: TextSurvey, hold_out: str | float, test: str | float, *, verses: bool) -> list[Span]:
    """Where each part lies: in order, without overlap, and all that is neither held out nor test is training."""
    words = [_number(word) for word in (hold_out, test)]
    if any(_is_name(word) for word in words):
        return _named(found.runs, words, "book" if verses else "file")
    length, spans = found.length, list[Span]()
    for part, name, word in ((2, "test", words[1]), (1, "hold-out", words[0])):  # a share ends where the test begins
        before = min((span.start for span in spans), default=length)
        start, end = _place(name, word, length, before)
        if any(start < span.end and span.start < end for span in spans):
            raise InputError(f"hold-out {hold_out!r} and test {test!r} overlap; nothing may be read for both")
        spans += [Span(start, end, part)] if start < end else []
    spans.sort()
    edges = [0, *(edge for span in spans for edge in span[:2]), length]
    gaps = [Span(a, b, 0) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    return sorted(spans + gaps)


def _number(word: str | float) -> str | float:
    """A word as the number that it spells, where it does."""
    try:
        return float(word)
    except ValueError:
        return word


def _is_name(word: str | float) -> bool:
    return isinstance(word, str) and not _POSITIONS.fullmatch(word)


def _place(name: str, word: str | float, length: int, before: int) -> tuple[int, int]:
    """Start and end of a share, which ends at ``before``, or of positions."""
    if isinstance(word, str):
        match = _POSITIONS.fullmatch(word)
        first, first_unit, last, last_unit = match.groups() if match else ("", "", "", "")
        start = int(first or 0) * _UNITS[first_unit or ""]
        end = int(last) * _UNITS[last_unit or ""] if last else length
        if not start < end <= length:
            raise InputError(f"{name} {word!r} lies outside of the text, which has {length:,} characters")
        return start, end
    if not 0 <= word < 1:
        raise InputError(f"{name} {word:g} must lie between 0 and 1, or be 0 for none")
    return (before - max(1, round(length * word)) if word else before), before


def _named(runs: Sequence[Stretch], words: Sequence[str | float], kind: str) -> list[Span]:
    """The parts that are whole books or files: those of a part are joined by newlines, as the whole is."""
    parts: dict[str, int] = {}
    names = {run.name: run.name for run in runs} | {Path(run.name).name: run.name for run in runs if kind == "file"}
    for part, word in enumerate(words, 1):
        if isinstance(word, str):
            if kind == "file" and len(runs) < 2:
                raise InputError(
                    f"hold-out {word!r} names a book or a file, but not every line reads 'Book 1:1<TAB>text', and "
                    "there is one text; give a number"
                )
            if word not in names:
                raise InputError(unknown(kind, word, names))
            parts[names[word]] = part
        elif word:
            raise InputError(f"{word:g} is a share beside the name of a {kind}; hold out and test both by name")
    placed = [(run, parts.get(run.name, 0)) for run in runs]
    last = {part: run for run, part in placed}
    return [Span(run.start, run.end + (run != last[part]), part) for run, part in placed]
