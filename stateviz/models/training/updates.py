"""One update of a model: the part of training that runs through it."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F

from stateviz.core.errors import InputError
from stateviz.models.cells import LayerState
from stateviz.models.char import CharModel
from stateviz.models.training.batches import NOTHING, Batch
from stateviz.models.training.recipe import Recipe

_DIVERGED = 1e3  # nats a character; a guess among all of Unicode costs 14
_CHUNK = 2048  # positions feed-forward blocks take at once: their activations stay in the processor's cache


def optimizer_of(model: CharModel, recipe: Recipe) -> torch.optim.Optimizer:
    """The optimiser that a recipe names."""
    if recipe.optimizer == "rmsprop":
        return torch.optim.RMSprop(model.parameters(), lr=recipe.rate, alpha=0.95, foreach=True)
    return torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=recipe.decay, fused=True)


def update(
    model: CharModel,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    recipe: Recipe,
    rate: float,
    state: list[LayerState] | None = None,
) -> tuple[float, list[LayerState]]:
    """One update; the loss in nats a character, and the state after, from which the next may go on.

    Feed-forward blocks run over chunks of positions, forward and backward, so that their activations
    (four times the width) never leave the cache; the gradient is that of the whole batch.
    """
    device = model.device
    reduced = torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16")
    inputs, targets = batch.inputs.to(device), batch.targets.to(device).flatten()
    optimizer.zero_grad(set_to_none=True)
    start = model.start(inputs.shape[1]) if state is None else state
    with reduced:
        states, last = model.core.fast_tokens(inputs, model.embedding.weight, start, dropout=recipe.dropout)
    dtype = model.embedding.weight.dtype
    parts = torch.split(states.detach().to(dtype).flatten(0, 1), readout_chunk(model, len(targets)))
    total, count = 0.0, int((targets != NOTHING).sum())
    for part, goal in zip(parts, torch.split(targets, len(parts[0])), strict=True):
        part.requires_grad_()
        with reduced:
            logits = model.readout(part, dropout=recipe.dropout)
        loss = F.cross_entropy(logits.float(), goal, reduction="sum") / count
        loss.backward()  # type: ignore[no-untyped-call]
        total += loss.item()
    above = cast(Tensor, parts[0].grad) if len(parts) == 1 else torch.cat([cast(Tensor, part.grad) for part in parts])
    states.backward(above.view_as(states))  # type: ignore[no-untyped-call]
    if recipe.clip_value is not None:
        torch.nn.utils.clip_grad_value_(model.parameters(), recipe.clip_value)
    if recipe.clip is not None:
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    return total, [_detached(layer, dtype) for layer in last]


def readout_chunk(model: CharModel, positions: int) -> int:
    """How many positions the readout takes at once: a linear one, which keeps nothing between, all of them."""
    return _CHUNK if len(model.blocks) else positions


def _detached(state: LayerState, dtype: torch.dtype) -> LayerState:
    """A state to go on from, in the weights' precision."""
    if isinstance(state, Tensor):
        return state.detach().to(dtype)
    return tuple(part.detach().to(dtype) for part in state)


def check_trained(model: CharModel, loss: float, step: int, recipe: Recipe, kept: str) -> None:
    """Refuse a model that a training made useless: before it is kept, whatever ``loss`` says.

    Raises
    ------
    InputError
        Where weights are not finite (a binary state hides them), or the loss is beyond any text's; it says what is
        ``kept``.
    """
    broken = model.broken_weights()
    if broken or not loss <= _DIVERGED:  # which nan is not, either
        what = f"{broken} holds numbers that are not finite" if broken else f"the loss is {loss:.3g} nats a character"
        raise InputError(
            f"the training diverged: after step {step:,} {what}; {kept}. Give a lower rate (it is {recipe.rate:g}), "
            "or clip=1"
        )


def check_finite_loss(loss: float, step: int, rate: float, kept: str) -> None:
    """Refuse to go on where the loss is no number any more.

    Raises
    ------
    InputError
        With the step and the rate; it says what is ``kept``.
    """
    if not math.isfinite(loss):
        raise InputError(
            f"the training diverged: at step {step:,} the loss is {loss:g} nats a character, at a rate of {rate:g}; "
            f"{kept}. Give a lower rate, or clip=1"
        )
