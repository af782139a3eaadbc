"""Text to learn from: files split in two, characters turned into ids, unknown ones dealt with."""

from __future__ import annotations

import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stateviz.core.errors import InputError
from stateviz.core.table import unknown as unknown_name
from stateviz.models.dataset import Dataset, dataset_of
from stateviz.models.texts import TextSource
from stateviz.storage.text_files import check_no_file_name

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
    """A text split in parts: what is learned, what validates, and what is read once in the end.

    ``digest`` is the SHA-256 of the files as they lie on disk.
    """

    training: str
    validation: str
    digest: str
    test: str = ""

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """All characters of all parts, sorted."""
        return tuple(sorted(set(self.training) | set(self.validation) | set(self.test)))


def read_corpus(paths: Sequence[str | Path], hold_out: str | float | None = None, *, encoding: str = "utf-8") -> Corpus:
    """Read one or many text files and split them as ``dataset_of`` does."""
    return _corpus(dataset_of(TextSource(paths, encoding), hold_out))


def split(text: str, hold_out: str | float | None = None) -> Corpus:
    """Split ``text`` as ``dataset_of`` does.

    >>> split("abcdefghij", 0.2).validation
    'ij'
    """
    return _corpus(dataset_of(TextSource(text), hold_out))


Texts = str | Path | Sequence[str | Path] | Corpus


def source_of(text: Texts, encoding: str, *, as_bytes: bool = False) -> TextSource:
    """The text that is meant, to be read."""
    if not isinstance(text, (str, Path, list, tuple)):
        raise InputError(f"cannot train on a {type(text).__name__}; give a text, a pathlib.Path or a list of paths")
    if isinstance(text, str):
        check_no_file_name(text)
    return TextSource([text] if isinstance(text, Path) else text, encoding, as_bytes=as_bytes)


def corpus_of(text: Texts, hold_out: str | float | None, encoding: str) -> Corpus:
    """The text that is meant, read and split."""
    if isinstance(text, Corpus):
        return text
    return _corpus(dataset_of(source_of(text, encoding), hold_out))


def _corpus(data: Dataset) -> Corpus:
    return Corpus(data.text(data.training), data.text(data.validation), data.digest, data.text(data.test))


def encode(text: str, vocabulary: Iterable[str], *, unknown: str | None = None) -> tuple[list[str], list[int]]:
    """Characters of ``text`` and their places in ``vocabulary``.

    ``unknown`` says what becomes of characters that are not there: None refuses them and names
    them with counts, ``"fold"`` turns typographic variants into their nearest known characters and
    reads what is left, such as digits and emoji, as spaces, with a warning that counts them; ``"skip"``
    drops them, ``"replace"`` reads each as a space.

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
        text = _blanked("".join(c if c in index else _fold(c, index) for c in text), index)
    elif unknown == "skip":
        text = "".join(c for c in text if c in index)
    elif unknown == "replace":
        text = "".join(c if c in index else " " for c in text)
    strange = Counter(c for c in text if c not in index)
    if strange:
        raise InputError(
            f"the model never saw {_named(strange)}; go on with unknown='fold', 'skip' or 'replace' (--unknown fold)"
        )
    if not text:
        raise InputError("nothing is left of the text once unknown characters are skipped")
    return list(text), [index[c] for c in text]


def _blanked(text: str, index: dict[str, int]) -> str:
    """``text`` with a space, or nothing where that is not known either, for what is not known; warned of."""
    strange = Counter(c for c in text if c not in index)
    if not strange:
        return text
    space = " " if " " in index else ""
    became = "read as spaces" if space else "left out"
    count = f"{strange.total():,} character{'s' if strange.total() > 1 else ''} without a known spelling"
    warnings.warn(f"{count} {became}: {_named(strange)}", UserWarning, stacklevel=4)
    return "".join(c if c in index else space for c in text)


def _named(strange: Counter[str]) -> str:
    more = f" and {len(strange) - 8} others" if len(strange) > 8 else ""
    return ", ".join(f"{c!r} x {n}" for c, n in strange.most_common(8)) + more


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
