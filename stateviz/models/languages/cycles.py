"""Cycles: a few symbols over and over, for networks that one can follow by hand."""

from __future__ import annotations

import numpy as np

from stateviz.core.errors import InputError
from stateviz.models.languages.row import Language, Truth


def _write(characters: int, rng: np.random.Generator, *, pattern: str) -> tuple[str, Truth]:
    pattern = _checked(pattern)
    places = np.arange(characters) % len(pattern)
    return (pattern * (characters // len(pattern) + 1))[:characters], {"place": places}


def _checked(pattern: str) -> str:
    pattern = str(pattern)  # 110 from the command line is read as a number
    if not pattern:
        raise InputError("pattern is empty; give the symbols to repeat, such as 110")
    return pattern


BITS = Language(
    "bits",
    "the 0/1 sequences 1,0,1,0,... and, with pattern=110, 1,1,0,1,1,0,...: any pattern, over and over",
    _write,
    {"place": "which symbol of the pattern it is, from 0 on"},
    {"pattern": "10"},
    lambda pattern: 0.0,
)
