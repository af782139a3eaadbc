"""A lexicon made by a seed: words one can pronounce, frequent ones short, in word classes, and names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from stateviz.core.checks import check_seed, check_whole
from stateviz.core.errors import InputError
from stateviz.models.languages.writing import Draws

# The earlier, the likelier.
_ONSETS = (
    "t", "s", "r", "n", "l", "m", "d", "k", "p", "b", "h", "f", "g", "v", "w", "j", "th", "st", "ch", "sh", "tr",
    "pr", "br", "gr", "cl", "pl", "fl", "sp", "sl", "str", "qu", "y", "z",
)  # fmt: skip
_VOWELS = (
    "e", "a", "i", "o", "u", "ea", "ai", "ou", "oo", "ee", "ie", "y",
)  # fmt: skip
_CODAS = (
    "n", "r", "s", "l", "t", "m", "d", "nt", "st", "ck", "ng", "nd", "rd", "x", "sh",
)  # fmt: skip
_FUNCTION_WORDS = (
    "the", "of", "and", "in", "to", "a", "is", "was", "for", "on", "as", "by", "with", "from", "at", "that",
    "which", "its", "this", "has", "had", "were", "are", "be",
)  # fmt: skip
_LEAST, _MOST = 200, 100_000
_ENDINGS = {"nouns": ["", "", "", "ion", "er", "ness"], "adjectives": ["", "al", "ic", "ous", "ive"], "verbs": [""]}


@dataclass(frozen=True)
class Lexicon:
    """Words by class, the frequent ones first."""

    nouns: tuple[str, ...]
    verbs: tuple[str, ...]
    adjectives: tuple[str, ...]
    names: tuple[str, ...]


@lru_cache(maxsize=8)
def make_lexicon(words: int, seed: int) -> Lexicon:
    """So many words: half nouns, and of each other class a sixth.

    >>> make_lexicon(200, 0).nouns[:4]
    ('falut', 'roto', 'dansat', 'gerle')
    """
    if not _LEAST <= check_whole("words", words) <= _MOST:
        raise InputError(f"words is {words}; give {_LEAST} to {_MOST:,}")
    draws = Draws(np.random.default_rng([check_seed(seed), words]))
    taken = set(_FUNCTION_WORDS)
    sixth = words // 6
    nouns, verbs, adjectives = (
        _class(draws, count, _ENDINGS[name], taken)
        for name, count in (("nouns", words - 3 * sixth), ("verbs", sixth), ("adjectives", sixth))
    )
    names = [name.capitalize() for name in _class(draws, sixth, ["", "", "ton", "ia", "berg", "ford"], taken)]
    return Lexicon(tuple(nouns), tuple(verbs), tuple(adjectives), tuple(names))


def _class(draws: Draws, count: int, endings: list[str], taken: set[str]) -> list[str]:
    """Words that are not taken, sorted so that frequent ones are short, but not strictly."""
    found: list[str] = []
    while len(found) < count:
        syllables = 1 + (len(found) > count // 20) + draws.chance(0.5) + draws.chance(0.25)
        word = "".join(_syllable(draws) for _ in range(syllables)) + draws.pick(endings)
        if len(word) > 1 and word not in taken:
            taken.add(word)
            found.append(word)
    return sorted(found, key=lambda word: len(word) + 3 * draws.number())


def _syllable(draws: Draws) -> str:
    return draws.ranked(_ONSETS) + draws.ranked(_VOWELS) + (draws.ranked(_CODAS) if draws.chance(0.5) else "")
