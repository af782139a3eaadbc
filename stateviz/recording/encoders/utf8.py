"""Bytes: UTF-8, one token a byte."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from stateviz.core.byte_tokens import BYTES, byte_tokens
from stateviz.core.errors import InputError


class ByteEncoder:
    """An ``encode`` for a model that reads bytes: 0 to 255, UTF-8.

    A character of several bytes is the text of its last byte, and the bytes before have none: put together, the tokens
    are the text.

    Examples
    --------
    >>> tokens, inputs = ByteEncoder()("a\\u00e9")
    >>> tokens, inputs.tolist()
    (['a', '', 'é'], [97, 195, 169])
    """

    vocabulary = BYTES

    def spell(self, ids: Sequence[int]) -> list[str]:
        """The text of bytes that a model wrote; of those that are no UTF-8 each has its name in ``vocabulary``."""
        found, held = [], list[int]()
        for one in ids:
            if not 0 <= one < 256:
                raise InputError(f"token {one} was drawn, and a byte is 0 to 255; is the output logits?")
            held.append(one)
            found.append("")
            try:
                found[-1], held = bytes(held).decode("utf-8"), []
            except UnicodeDecodeError as error:
                if error.reason != "unexpected end of data":
                    found[-len(held) :] = [self.vocabulary[byte] for byte in held]
                    held = []
        if held:  # the end of the text is in a character
            found[-len(held) :] = [self.vocabulary[byte] for byte in held]
        return found

    def __call__(self, text: str) -> tuple[list[str], Tensor]:
        """Tokens, and their bytes as ids (steps,)."""
        tokens, data = byte_tokens(text)
        return tokens, torch.from_numpy(np.frombuffer(data, np.uint8).astype(np.int64))
