"""ORACLES: what could have told the right token where a model erred, in a fixed order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stateviz.core.table import Table

Bools = NDArray[np.bool_]
_MEMORY = 8  # characters that have to come again for a memory of the text to help
_RARE = 5  # times that a rare word comes in the training text, at most
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


@dataclass(frozen=True)
class Evidence:
    """What oracles look at.

    Parameters
    ----------
    tokens
        The text.
    errors
        Where each model errs, bool (models, tokens - 1): column t is about token t + 1.
    counting
        Which models are n-grams, bool (models,).
    against
        The training text, if it is known.
    """

    tokens: tuple[str, ...]
    errors: Bools
    counting: Bools
    against: str | None


@dataclass(frozen=True)
class Oracle:
    """A row of ORACLES.

    Parameters
    ----------
    description
        One line for lists.
    knows
        ``knows(evidence)``: which tokens after the first it could tell, bool (tokens - 1,).

    Examples
    --------
    >>> evidence = Evidence(tuple("a b"), np.ones((1, 2), bool), np.array([False]), None)
    >>> ORACLES["punctuation"].knows(evidence).tolist()
    [True, False]
    """

    description: str
    knows: Callable[[Evidence], Bools]


def sort_errors(evidence: Evidence) -> NDArray[np.int64]:
    """Errors of each model by the first oracle that would have known: int (models, oracles)."""
    left = evidence.errors.copy()
    counts = []
    for row in ORACLES.values():
        here = left & row.knows(evidence)
        counts.append(here.sum(1))
        left &= ~here
    return np.stack(counts, 1).astype(np.int64)


def _ngram(evidence: Evidence) -> Bools:
    """One of the n-grams compared got it right."""
    return np.asarray((~evidence.errors[evidence.counting]).any(0))


def _memory(evidence: Evidence) -> Bools:
    """The characters before came earlier in this text, and the last time this one came after them."""
    tokens, seen = evidence.tokens, dict[tuple[str, ...], str]()
    found = np.zeros(len(tokens) - 1, bool)
    for place in range(_MEMORY, len(tokens)):
        context = tokens[place - _MEMORY : place]
        found[place - 1] = seen.get(context) == tokens[place]
        seen[context] = tokens[place]
    return found


def _places(evidence: Evidence) -> NDArray[np.int64]:
    """Of each token the place of its first character in the text, and after the last."""
    return np.concatenate([[0], np.cumsum([len(token) for token in evidence.tokens])])


def _rare_words(evidence: Evidence) -> Bools:
    """It lies in a word that comes at most five times in the training text."""
    if evidence.against is None:
        return np.zeros(len(evidence.tokens) - 1, bool)
    counts = Counter(word.casefold() for word in _WORD.findall(evidence.against))
    text = "".join(evidence.tokens)
    rare = np.zeros(len(text), bool)
    for match in _WORD.finditer(text):
        rare[match.start() : match.end()] = counts[match[0].casefold()] <= _RARE
    return np.asarray(rare[_places(evidence)[1:-1]])


def _word_model(evidence: Evidence) -> Bools:
    """It begins a word: only what came words before could tell."""
    text = "".join(evidence.tokens)
    begins = np.zeros(len(text), bool)
    begins[[match.start() for match in _WORD.finditer(text)]] = True
    return np.asarray(begins[_places(evidence)[1:-1]])


def _punctuation(evidence: Evidence) -> Bools:
    """It is no letter and no digit: punctuation, a space or the end of a line."""
    return np.array([not any(map(str.isalnum, token)) for token in evidence.tokens[1:]], bool)


ORACLES: Table[Oracle] = Table(
    "oracle",
    {
        "n-gram": Oracle("an n-gram model among those compared gave it a half or more", _ngram),
        "memory": Oracle(
            f"the {_MEMORY} tokens before came earlier in this text, and the last time this one came after them",
            _memory,
        ),
        "rare-words": Oracle(
            f"it lies in a word that comes at most {_RARE} times in the training text, where that is given", _rare_words
        ),
        "word-model": Oracle("it begins a word, which depends on the words before", _word_model),
        "punctuation": Oracle("it is neither letter nor digit", _punctuation),
        "rest": Oracle("none of these", lambda evidence: np.ones(len(evidence.tokens) - 1, bool)),
    },
)
