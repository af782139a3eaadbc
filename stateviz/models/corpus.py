"""Text to learn from: files split in two, characters turned into ids, unknown ones dealt with."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stateviz.core.errors import InputError
from stateviz.core.table import unknown as unknown_name
from stateviz.storage.text_files import name_of, read_bytes, text_of

_VERSE = re.compile(r"(.+) \d+:\d+\t(.*)")
_ALIKE = (
    "'\u2019\u2018\u201b\u00b4`\u2032",  # apostrophes and single quotes
    "\"\u201d\u201c\u201e\u00ab\u00bb\u2033'\u2019\u2018",  # double quotes, or single ones where there are none
    "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212",  # hyphens and dashes
)
"""Characters that stand for one another, the likelier first."""
_SPELLINGS = {
    "\u201a": ",", "\u2026": "...", "\u00a0": " ", "\t": " ", "\r": "\n", "\u2022": "*",
    "\u00df": "ss", "\u00e6": "ae", "\u00c6": "AE", "\u0153": "oe", "\u0152": "OE", "\u00f8": "o", "\u00d8": "O",
}  # fmt: skip
POLICIES = ("fold", "skip", "replace")


@dataclass(frozen=True)
class Corpus:
    """A text split in two.

    ``digest`` is the SHA-256 of the files as they lie on disk.
    """

    training: str
    validation: str
    digest: str

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """All characters of both parts, sorted."""
        return tuple(sorted(set(self.training) | set(self.validation)))


def read_corpus(paths: Sequence[str | Path], hold_out: str | float | None = None, *, encoding: str = "utf-8") -> Corpus:
    """Read one or many text files and split them.

    Files in the verse format (``Book chapter:verse<TAB>text`` on every line) are joined verse by
    verse with newlines, and ``hold_out`` may name a book. Of any text a number between 0 and 1
    holds out that share from the end (default 0.1).
    """
    if not paths:
        raise InputError("no text was given; name one or more files")
    raw = [read_bytes(path) for path in paths]
    digest = hashlib.sha256(b"".join(raw)).hexdigest()
    texts = [text_of(data, name_of(path), encoding) for data, path in zip(raw, paths, strict=True)]
    text = "\n".join(text.rstrip("\n") for text in texts)  # empty lines between files would only be learned
    return split(text, hold_out, digest)


def split(text: str, hold_out: str | float | None = None, digest: str | None = None) -> Corpus:
    """Split ``text`` as ``read_corpus`` does.

    >>> split("abcdefghij", 0.2).validation
    'ij'
    """
    digest = digest or hashlib.sha256(text.encode()).hexdigest()
    if not text.strip():
        raise InputError("the text is empty; training needs characters to read")
    verses = [_VERSE.fullmatch(line) for line in text.split("\n")]
    if all(verses):
        books = [(match[1], match[2]) for match in verses if match]
        if isinstance(hold_out, str):
            return _hold_out_book(books, hold_out, digest)
        text = "\n".join(verse for _, verse in books)
    elif isinstance(hold_out, str):
        raise InputError(
            f"hold-out {hold_out!r} names a book, but not every line reads 'Book 1:1<TAB>text'; give a number"
        )
    share = 0.1 if hold_out is None else float(hold_out)
    if not 0 < share < 1:
        raise InputError(f"hold-out {share:g} must lie between 0 and 1")
    cut = len(text) - max(1, round(len(text) * share))
    return Corpus(text[:cut], text[cut:], digest)


def _hold_out_book(books: list[tuple[str, str]], name: str, digest: str) -> Corpus:
    names = dict.fromkeys(book for book, _ in books)
    if name not in names:
        raise InputError(unknown_name("book", name, names))
    training = "\n".join(verse for book, verse in books if book != name)
    return Corpus(training, "\n".join(verse for book, verse in books if book == name), digest)


def encode(text: str, vocabulary: Iterable[str], *, unknown: str | None = None) -> tuple[list[str], list[int]]:
    """Characters of ``text`` and their places in ``vocabulary``.

    ``unknown`` says what becomes of characters that are not there: None refuses them and names
    them with counts, ``"fold"`` turns typographic variants into their nearest known characters and
    refuses what is left, ``"skip"`` drops them, ``"replace"`` reads each as a space.

    >>> encode("caf\\u00e9", "acef", unknown="fold")
    (['c', 'a', 'f', 'e'], [1, 0, 3, 2])
    >>> "".join(encode("don't", "dnot\\u2019", unknown="fold")[0])
    'don\u2019t'
    """
    index = {character: i for i, character in enumerate(vocabulary)}
    if unknown is not None and unknown not in POLICIES:
        raise InputError(unknown_name("policy for unknown characters", unknown, dict.fromkeys(POLICIES)))
    if not isinstance(text, str):
        raise InputError(f"a text is a str, got {type(text).__name__}; read the file, or decode the bytes, first")
    if not text:
        raise InputError("the text is empty; give at least one character")
    if unknown == "fold":
        text = "".join(c if c in index else _fold(c, index) for c in text)
    elif unknown == "skip":
        text = "".join(c for c in text if c in index)
    elif unknown == "replace":
        text = "".join(c if c in index else " " for c in text)
    strange = Counter(c for c in text if c not in index)
    if strange:
        named = ", ".join(f"{c!r} x {n}" for c, n in strange.most_common(8))
        more = f" and {len(strange) - 8} others" if len(strange) > 8 else ""
        raise InputError(f"the model never saw {named}{more}; use --unknown fold, skip or replace to go on")
    if not text:
        raise InputError("nothing is left of the text once unknown characters are skipped")
    return list(text), [index[c] for c in text]


def _fold(character: str, index: dict[str, int]) -> str:
    """The nearest known spelling of ``character``, or itself where there is none."""
    for family in _ALIKE:
        for other in family if character in family else "":
            if other in index:
                return other
    plain = _SPELLINGS.get(character) or "".join(
        c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c)
    )
    for spelling in (plain, plain.lower(), plain.upper()):
        if spelling and all(c in index for c in spelling):
            return spelling
    return "" if unicodedata.combining(character) else character
