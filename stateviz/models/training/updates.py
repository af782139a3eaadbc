"""One update of a model, and how well it predicts a text: the parts of training that run through it."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from stateviz.core.errors import InputError
from stateviz.models.cells import LayerState
from stateviz.models.char import CharModel
from stateviz.models.training.recipes import Recipe

_DIVERGED = 1e3  # nats a character; a guess among all of Unicode costs 14
_CHUNK = 2048  # positions feed-forward blocks take at once: its activations stay in the processor's cache


def window(data: Tensor, recipe: Recipe, seed: int, step: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets (length, batch); a function of seed and step alone, so that resuming is exact."""
    length = min(recipe.length, len(data) - 1)
    offsets = np.random.default_rng([seed, step]).integers(0, len(data) - length, recipe.batch)
    places = torch.from_numpy(offsets) + torch.arange(length)[:, None]
    return data[places], data[places + 1]


def update(
    model: CharModel,
    optimizer: torch.optim.Optimizer,
    inputs: Tensor,
    targets: Tensor,
    recipe: Recipe,
    step: int,
    state: list[LayerState] | None = None,
) -> tuple[float, list[LayerState]]:
    """One update on inputs and targets (length, batch); the loss in nats a character, and the state after.

    Feed-forward blocks run over chunks of positions, forward and backward, so that their activations
    (four times the width) never leave the cache; the gradient is that of the whole batch.
    """
    device = model.device
    inputs, targets = inputs.to(device), targets.to(device).flatten()
    optimizer.zero_grad(set_to_none=True)
    start = model.start(inputs.shape[1]) if state is None else state
    states, last = model.core.fast_tokens(inputs, model.embedding.weight, start, dropout=recipe.dropout)
    parts = states.detach().flatten(0, 1).split(_chunk(model, len(targets)))
    total = 0.0
    for part, goal in zip(parts, targets.split(len(parts[0])), strict=True):
        part.requires_grad_()
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
            logits = model.readout(part, dropout=recipe.dropout)
        loss = F.cross_entropy(logits.float(), goal, reduction="sum") / len(targets)
        loss.backward()  # type: ignore[no-untyped-call]
        total += loss.item()
    above = cast(Tensor, parts[0].grad) if len(parts) == 1 else torch.cat([cast(Tensor, part.grad) for part in parts])
    states.backward(above.view_as(states))  # type: ignore[no-untyped-call]
    if recipe.clip is not None:
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate_at(step)
    optimizer.step()
    return total, last


def _chunk(model: CharModel, positions: int) -> int:
    """How many positions the readout takes at once: a linear one, which keeps nothing between, all of them."""
    return _CHUNK if len(model.blocks) else positions


@torch.no_grad()
def evaluate(model: CharModel, ids: Tensor, length: int | None = 512) -> float:
    """Nats a character on a text.

    Parameters
    ----------
    ids : int64, shape (characters,)
    length : int, optional
        Cut the text into sequences of this many characters, each from the start state (as
        published); None reads it in one pass.
    """
    count = len(ids) - 1
    length = count if length is None else min(length, count)
    starts = range(0, count, length)
    padded = torch.zeros(len(starts) * length + 1, dtype=torch.int64)
    padded[: len(ids)] = ids
    device = model.device
    inputs = padded[:-1].view(len(starts), length).t().contiguous().to(device)
    targets = padded[1:].view(len(starts), length).t().flatten().to(device)
    real = (torch.arange(len(starts) * length).view(len(starts), length).t().flatten() < count).to(device)
    states, _ = model.core.fast_tokens(inputs, model.embedding.weight, model.start(len(starts)))
    total = 0.0
    for part, goal, mask in zip(*(torch.split(x, _CHUNK) for x in (states.flatten(0, 1), targets, real)), strict=True):
        total += float((F.cross_entropy(model.readout(part), goal, reduction="none") * mask).sum())
    return total / count


def check_finite_loss(loss: float, step: int, recipe: Recipe) -> None:
    """Refuse to go on where the loss is no number any more.

    Raises
    ------
    InputError
        With the step and the rate.
    """
    if not math.isfinite(loss):
        raise InputError(
            f"the training diverged: at step {step:,} the loss is {loss:g} nats a character, at a rate of "
            f"{recipe.rate_at(step - 1):g}; nothing is written. Give a lower rate, or clip=1"
        )


def check_trained(model: CharModel, loss: float, step: int, recipe: Recipe) -> None:
    """Refuse a model that a training made useless: before it is kept, whatever ``loss`` says.

    Raises
    ------
    InputError
        Where weights are not finite (a binary state hides them), or the loss is beyond any text's.
    """
    check_finite_loss(loss, step, recipe)
    broken = model.broken_weights()
    if broken or loss > _DIVERGED:
        what = f"{broken} holds numbers that are not finite" if broken else f"the loss is {loss:.3g} nats a character"
        raise InputError(
            f"the training diverged: after step {step:,} {what}; nothing is written. Give a lower rate "
            f"(it is {recipe.rate:g}), or clip=1"
        )
