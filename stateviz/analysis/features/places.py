"""Features of where in a line, word or sentence the text is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.features.row import Feature, Values
from stateviz.analysis.features.text import before, by_character, since, where

_LINE = "One fish, two fish.\nRed fish; blue fish.\n\nThe end."


def _newline(text: str) -> NDArray[np.bool_]:
    return where(text, lambda char: char == "\n")


def _letter(text: str) -> NDArray[np.bool_]:
    return where(text, lambda char: char.isalnum() or char in "'’")


def _sentence_end(text: str) -> NDArray[np.bool_]:
    return where(text, lambda char: char in ".?!")


def empty_line(text: str) -> NDArray[np.bool_]:
    """The newline that makes a line an empty one."""
    newline = _newline(text)
    return newline & before(newline)


def _line(text: str) -> Values:
    return since(_newline(text))


def _word(text: str) -> Values:
    return since(~_letter(text))


def _word_starts(text: str) -> NDArray[np.bool_]:
    letter = _letter(text)
    return letter & ~before(letter)


def _words_since(text: str, event: NDArray[np.bool_]) -> Values:
    """Words begun since the last event."""
    begun = np.cumsum(_word_starts(text))
    return (begun - np.maximum.accumulate(np.where(event, begun, 0))).astype(np.float64)


def _capitalised_word(text: str) -> Values:
    starts = _word_starts(text)
    capital = starts & where(text, str.isupper)
    last = np.maximum.accumulate(np.where(starts, np.arange(len(text)), -1))
    return _letter(text) & (last >= 0) & capital[np.maximum(last, 0)]


def _after_comma(text: str) -> Values:
    comma, end = where(text, lambda char: char == ","), _sentence_end(text)
    return since(comma) < since(end | comma.cumsum().__eq__(0))


def _log(rule: Values) -> Values:
    return np.log1p(rule.astype(np.float64))


FEATURES = (
    Feature("position-in-line", "characters since the last newline", by_character(_line), _LINE),
    Feature(
        "since-newline",
        "logarithm of 1 + characters since the last newline",
        by_character(lambda text: _log(_line(text))),
        _LINE,
    ),
    Feature(
        "words-in-line", "words begun in the line", by_character(lambda text: _words_since(text, _newline(text))), _LINE
    ),
    Feature("position-in-word", "letters of the word so far, 0 between words", by_character(_word), _LINE),
    Feature("inside-word", "in a word", by_character(_letter), _LINE),
    Feature("word-start", "the first letter of a word", by_character(_word_starts), _LINE),
    Feature("capitalised-word", "in a word that begins with a capital", by_character(_capitalised_word), _LINE),
    Feature(
        "position-in-sentence",
        "characters since the last full stop, question or exclamation mark",
        by_character(lambda text: since(_sentence_end(text))),
        _LINE,
    ),
    Feature(
        "words-in-sentence",
        "words begun in the sentence",
        by_character(lambda text: _words_since(text, _sentence_end(text))),
        _LINE,
    ),
    Feature("after-comma", "after a comma, until the sentence ends", by_character(_after_comma), _LINE),
    Feature(
        "since-empty-line",
        "characters since the last empty line",
        by_character(lambda text: since(empty_line(text))),
        _LINE,
    ),
    Feature(
        "log-since-empty-line",
        "logarithm of 1 + characters since the last empty line",
        by_character(lambda text: _log(since(empty_line(text)))),
        _LINE,
    ),
)
