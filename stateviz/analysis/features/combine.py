"""Features made of others: not, and, or, while, after."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from stateviz.analysis.features.row import Feature, Tracks, Values
from stateviz.core.errors import InputError

WORDS = ("and", "or", "not", "while", "after", "(", ")")
Lookup = Callable[[str], Feature]


def combined(text: str, lookup: Lookup) -> Feature:
    """The feature that an expression of names means: ``"inside-quotes and not (space or newline)"``.

    ``a while b`` is a where b is on, and 0 elsewhere; ``a after b`` is a at steps before which b was on. ``not`` binds
    closest, then ``while`` and ``after``, then ``and``, then ``or``.

    Parameters
    ----------
    text
        The expression.
    lookup
        Of the names in it.

    Raises
    ------
    InputError
        When it is no expression.
    """
    words = re.findall(r"[()]|[^\s()]+", text)
    reader = _Expression(words, lookup, text)
    found = reader.either()
    if reader.at < len(words):
        raise InputError(f"{text!r} is no combination of features: {words[reader.at]!r} was not expected")
    rows = reader.rows
    return Feature(
        text,
        "a combination",
        found,
        example=next((row.example for row in rows if row.example), ""),
        looks_ahead=any(row.looks_ahead for row in rows),
        needs=tuple(dict.fromkeys(need for row in rows for need in row.needs)),
    )


def is_combination(text: str) -> bool:
    """Whether a name holds words that combine others.

    Examples
    --------
    >>> is_combination("space or newline"), is_combination("near-dash")
    (True, False)
    """
    return any(word in WORDS for word in re.findall(r"[()]|[^\s()]+", text))


TextPart = Callable[[Sequence[str], Tracks], Values]


class _Expression:
    """Reads an expression from left to right."""

    def __init__(self, words: list[str], lookup: Lookup, text: str) -> None:
        self.words, self.lookup, self.text, self.at = words, lookup, text, 0
        self.rows: list[Feature] = []

    def either(self) -> TextPart:
        return self._joined(("or",), self.both)

    def both(self) -> TextPart:
        return self._joined(("and",), self.conditional)

    def conditional(self) -> TextPart:
        return self._joined(("while", "after"), self.single)

    def single(self) -> TextPart:
        word = self.words[self.at] if self.at < len(self.words) else "the end"
        self.at += 1
        if word == "not":
            part = self.single()
            return lambda tokens, tracks: ~_on(part(tokens, tracks), self.text)
        if word == "(":
            part = self.either()
            if self.at >= len(self.words) or self.words[self.at] != ")":
                raise InputError(f"{self.text!r} is no combination of features: a ) is missing")
            self.at += 1
            return part
        if word in WORDS or word == "the end":
            raise InputError(f"{self.text!r} is no combination of features: a name was expected, not {word}")
        row = self.lookup(word)
        self.rows.append(row)
        return row.values

    def _joined(self, words: tuple[str, ...], part: Callable[[], TextPart]) -> TextPart:
        left = part()
        while self.at < len(self.words) and self.words[self.at] in words:
            word, self.at = self.words[self.at], self.at + 1
            left = _joined(JOINED[word], left, part(), self.text)
        return left


def _joined(join: Callable[[Values, Values, str], Values], left: TextPart, right: TextPart, text: str) -> TextPart:
    return lambda tokens, tracks: join(left(tokens, tracks), right(tokens, tracks), text)


def _on(values: Values, text: str) -> Values:
    if values.dtype.kind != "b":
        raise InputError(f"{text!r}: only features that are on or off are combined by and, or, not; see stateviz list")
    return values


def _while(left: Values, right: Values, text: str) -> Values:
    return np.where(_on(right, text), left, np.zeros(1, left.dtype))


def _after(left: Values, right: Values, text: str) -> Values:
    return _while(left, np.concatenate([[False], _on(right, text)[:-1]]), text)


JOINED: Mapping[str, Callable[[Values, Values, str], Values]] = {
    "or": lambda left, right, text: _on(left, text) | _on(right, text),
    "and": lambda left, right, text: _on(left, text) & _on(right, text),
    "while": _while,
    "after": _after,
}
