"""Characters: every Unicode code point is a token, and its place in a vocabulary what the model reads."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from stateviz.core.errors import InputError


class CharacterEncoder:
    """An ``encode`` for a model that reads characters; made by `characters`."""

    def __init__(self, vocabulary: Sequence[str], *, one_hot: bool = False) -> None:
        self.index = {character: i for i, character in enumerate(vocabulary)}
        self.vocabulary = tuple(self.index)
        self.one_hot = one_hot

    def __call__(self, text: str) -> tuple[list[str], Tensor]:
        """Tokens, and their ids (steps,) or one-hot rows (steps, vocabulary)."""
        strange = sorted({c for c in text if c not in self.index})
        if strange:
            named = ", ".join(map(repr, strange[:8]))
            raise InputError(f"the vocabulary holds no {named}; take them out of the text, or give another encode")
        ids = torch.tensor([self.index[c] for c in text], dtype=torch.int64)
        return list(text), torch.nn.functional.one_hot(ids, len(self.index)).float() if self.one_hot else ids


def characters(vocabulary: Sequence[str], *, one_hot: bool = False) -> CharacterEncoder:
    """An ``encode`` for a model that reads characters: their places in ``vocabulary``, or one-hot rows of them.

    Every Unicode code point is a token: newline, tab, and each combining character.

    Parameters
    ----------
    vocabulary : str or sequence of str
        The characters the model knows, in the order of their ids.
    one_hot : bool
        Inputs are rows of zeros with a one, shape (steps, vocabulary), in place of ids, shape (steps,).

    Returns
    -------
    callable
        ``encode(text) -> (tokens, inputs)``. It raises an InputError for a character that ``vocabulary`` does not hold.

    Examples
    --------
    >>> tokens, inputs = characters("ab")("abba")
    >>> tokens, inputs.tolist()
    (['a', 'b', 'b', 'a'], [0, 1, 1, 0])
    """
    return CharacterEncoder(vocabulary, one_hot=one_hot)
