"""A token drawn from what a model predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def draw(logits: torch.Tensor, temperature: float, generator: torch.Generator) -> int:
    """A place in ``logits``, drawn at a temperature; at 0 the largest.

    Examples
    --------
    >>> import torch
    >>> draw(torch.tensor([0.0, 2.0, 1.0]), 0, torch.Generator())
    1
    """
    if temperature < 1e-30:  # nothing but the likeliest is left, and divisions would overflow
        return int(logits.argmax())
    import torch

    weights = torch.softmax((logits - logits.max()).double() / temperature, dim=0)
    return int(torch.multinomial(weights, 1, generator=generator))
