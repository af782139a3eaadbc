"""Models that are read in chunks without a trial: torch's own layers, one after another, each a function of its step.

A recurrent layer among them carries its state from chunk to chunk; nothing else runs along the text.
"""

from __future__ import annotations

import torch
from torch import nn

from stateviz.recording.sources.taps import KINDS

_STEP_BY_STEP = {
    nn.Embedding, nn.Linear, nn.Identity, nn.Dropout, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU,
    nn.Tanh, nn.Sigmoid,
}  # fmt: skip


def is_plain(model: nn.Module) -> bool:
    """Whether ``model`` is nothing but stock layers in sequence, in single or double precision and without hooks.

    Exact types only: a subclass may do anything, and half precision rounds by the length of a chunk.

    Examples
    --------
    >>> is_plain(nn.Sequential(nn.Embedding(9, 4), nn.LSTM(4, 3))), is_plain(nn.LSTM(4, 3, bidirectional=True))
    (True, False)
    """
    if any(value.dtype not in (torch.float32, torch.float64) for value in model.parameters()):
        return False
    return _is_plain(model)


def _is_plain(part: nn.Module) -> bool:
    if part._forward_hooks or part._forward_pre_hooks:
        return False
    if type(part) is nn.Sequential:
        return all(_is_plain(child) for child in part)
    if isinstance(part, nn.RNNBase):
        return type(part) in KINDS and not part.bidirectional
    return type(part) in _STEP_BY_STEP
