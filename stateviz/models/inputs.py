"""What a core reads of a character: learned numbers, or one place a character."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError

ONE_HOT = "one-hot"


def inputs_of(embedding: Any, symbols: int, width: int) -> int:
    """How many numbers a layer reads of a character.

    Examples
    --------
    >>> inputs_of("one-hot", 63, 128), inputs_of(None, 63, 128)
    (63, 128)
    """
    if isinstance(embedding, str):
        if embedding != ONE_HOT:
            raise InputError(f"unknown embedding {embedding!r}; give its size, or {ONE_HOT}")
        return symbols
    return width if embedding is None else check_whole("embedding", embedding)


class OneHot(nn.Module):
    """One place a symbol, 1 for its own and 0 for all others; nothing is learned, and nothing saved."""

    weight: Tensor

    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.eye(symbols), persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Ids of any shape to rows of the unit matrix."""
        return F.embedding(tokens, self.weight)
