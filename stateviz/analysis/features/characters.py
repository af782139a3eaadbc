"""Features of the character that was just read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from stateviz.analysis.features.row import Feature, Values
from stateviz.analysis.features.text import before, by_character, since, where

_LINE = "An \"Apple\" a day,\nkeeps 3 doctors away - so 'they' say.\n"
DASHES = "-‒–—―"
_NEAR = 20


def _kind(name: str, description: str, is_so: Callable[[str], bool]) -> Feature:
    return Feature(name, description, by_character(lambda text: where(text, is_so)), _LINE)


def _is_vowel(char: str) -> bool:
    return unicodedata.normalize("NFD", char)[0] in "aeiouAEIOU"


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char).startswith(("P", "S"))


def _th(text: str) -> Values:
    return where(text, lambda char: char in "hH") & before(where(text, lambda char: char in "tT"))


def _near_dash(text: str) -> Values:
    dashes = where(text, DASHES.__contains__)
    return (since(dashes) <= _NEAR) & (dashes.cumsum() > 0)


FEATURES = (
    _kind("letter", "a letter", str.isalpha),
    _kind("vowel", "a vowel: a, e, i, o or u, with or without an accent", _is_vowel),
    _kind("consonant", "a letter that is no vowel", lambda char: char.isalpha() and not _is_vowel(char)),
    _kind("capital", "a capital letter", str.isupper),
    _kind("digit", "a digit", str.isdigit),
    _kind("space", "a space", lambda char: char == " "),
    _kind("newline", "a newline", lambda char: char == "\n"),
    _kind("blank", "a space, tab or newline", str.isspace),
    _kind("punctuation", "a punctuation mark or symbol", _is_punctuation),
    _kind("comma", "a comma", lambda char: char == ","),
    _kind("sentence-end", "a full stop, question or exclamation mark", lambda char: char in ".?!"),
    _kind("letter-e", "the letter e", lambda char: char in "eE"),
    Feature("th", "the h of th", by_character(_th), "the other"),
    Feature("near-dash", f"at most {_NEAR} characters after a dash", by_character(_near_dash), _LINE),
)
