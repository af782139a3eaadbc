"""Attention patterns: of each head, how much each step takes from the last steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import get_ident
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from stateviz.recording.sources.outputs import OutputHook, leaves

REACH = 255
"""How many steps back a pattern goes, the step itself included, unless a caller says otherwise."""
_SURE = 1e-3
_WORDS = ("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal")


def by_lag(weights: Tensor, reach: int) -> Tensor:
    """Weights (batch, heads, queries, keys) as (queries, batch, heads, reach): place j is for the key j steps back.

    The last key is that of the last query; what lies before the first key is 0.

    Examples
    --------
    >>> by_lag(torch.tensor([[[[1.0, 0.0], [0.25, 0.75]]]]), 3)[:, 0, 0].tolist()
    [[1.0, 0.0, 0.0], [0.75, 0.25, 0.0]]
    """
    queries, keys = weights.shape[-2:]
    place = torch.arange(keys - queries, keys)[:, None] - torch.arange(reach)
    place = place.to(weights.device)
    found = weights.gather(-1, place.clamp(min=0).expand(*weights.shape[:2], -1, -1))
    return found.where(place >= 0, 0).permute(2, 0, 1, 3)


@dataclass
class HeadHook(OutputHook):
    """Keeps the patterns of a part that gives its weights, (batch, heads, queries, keys), beside its output.

    torch's nn.MultiheadAttention is asked for them; its callers get what they would have got.
    """

    reach: int = REACH
    ahead: bool = False
    """Its steps take from later ones, too."""
    keys: int = 0
    """Of the last pattern."""

    def attach(self, module: nn.Module) -> Callable[[], None]:
        """Hook ``module``; what comes back unhooks it."""
        after = module.register_forward_hook(self.after, with_kwargs=True, prepend=True)
        if not isinstance(module, nn.MultiheadAttention):
            return after.remove
        before = module.register_forward_pre_hook(self.ask, with_kwargs=True)
        return partial(_remove, (before, after))

    def ask(self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The same call, with the weights of each head."""
        given = dict(zip(_WORDS, args, strict=False)) | dict(kwargs)
        self.wanted = given.get("need_weights", True), given.get("average_attn_weights", True)
        return (), given | {"need_weights": True, "average_attn_weights": False}

    def after(self, module: nn.Module, args: tuple[object, ...], kwargs: Mapping[str, object], output: Any) -> object:
        """Keep the patterns by head; of nn.MultiheadAttention give back what its caller asked for."""
        found = next((t for _, t in leaves(output) if _is_pattern(t)), None)
        plain = isinstance(module, nn.MultiheadAttention)
        if plain and found is None:
            found = next((t[None] for _, t in leaves(output) if _is_pattern(t[None])), None)
        if found is not None and get_ident() == self.thread:
            queries, keys = found.shape[-2:]
            later = torch.ones(queries, keys, dtype=torch.bool, device=found.device).triu(1 + keys - queries)
            self.ahead |= bool((found * later > 0).any())
            self.keys = keys
            lags = by_lag(found, self.reach)
            self.passes.append({f".head{k}": lags[:, :, k] for k in range(lags.shape[2])})
        if not plain:
            return None
        needed, averaged = self.wanted
        return output[0], (output[1].mean(-3) if averaged else output[1]) if needed else None


def _remove(handles: Iterable[RemovableHandle]) -> None:
    for handle in handles:
        handle.remove()


def _is_pattern(tensor: Tensor) -> bool:
    """Whether ``tensor`` is one of weights that sum to 1 over the keys."""
    if tensor.dim() != 4 or not tensor.is_floating_point() or not 0 < tensor.shape[-2] <= tensor.shape[-1]:
        return False
    return bool((tensor >= 0).all()) and bool(((tensor.sum(-1) - 1).abs() < _SURE).all())
