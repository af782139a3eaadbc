"""Encode: what turns a text into tokens and the numbers a model reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from numpy.typing import ArrayLike
from torch import Tensor

Encode = Callable[[str], tuple[Sequence[str], ArrayLike | Tensor]]
"""``encode(text) -> (tokens, inputs)``: the text of each token, and one row or number of inputs a token."""


def vocabulary_of(encode: object) -> tuple[str, ...] | None:
    """The tokens an encoder knows, where it says so by an attribute ``vocabulary``."""
    known = getattr(encode, "vocabulary", None)
    return None if known is None else tuple(map(str, known))
