"""What one changed number does to a model's state, prediction and loss, step after step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from stateviz.core.errors import InputError
from stateviz.core.protocols import Recordable

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Traces(NamedTuple):
    """What is left of a change after 1, 2, 3, ... steps, mean over places, shape (steps,) each."""

    state: Tensor
    prediction: Tensor


class Placed(NamedTuple):
    """A model at many places of a text side by side: the state after what was read, and what comes next."""

    state: Any
    read: Tensor
    following: Tensor


def place(model: Recordable, windows: Tensor, context: int) -> Placed:
    """Read the first ``context`` tokens of each window (tokens, places) from the start state."""
    import torch

    with torch.no_grad():
        _, _, state = model.collect(windows[:context], model.start(windows.shape[1]))
    return Placed(state, windows[:context], windows[context:])


def after_flip(model: Recordable, placed: Placed, site: str, generator: torch.Generator) -> Traces:
    """One unit of h a place is flipped, chosen at random: a binary one to its other value, a real one negated."""
    import torch

    def flip(h: Tensor) -> Tensor:
        units = torch.randint(h.shape[-1], (*h.shape[:-1], 1), generator=generator).to(h.device)
        return h.scatter(-1, units, -h.gather(-1, units))

    return _compare(model, placed, changed(placed.state, _layer(site), flip), site)


def after_token(model: Recordable, placed: Placed, site: str, generator: torch.Generator) -> Traces:
    """The last token that was read is exchanged for that of another place where it differs."""
    import torch

    tokens = placed.read
    other = tokens[-1]
    for _ in range(20):  # of a text with few symbols many exchanges change nothing: those are drawn again
        drawn = tokens[-1][torch.randperm(tokens.shape[1], generator=generator).to(tokens.device)]
        other = torch.where(other == tokens[-1], drawn, other)
    with torch.no_grad():
        _, _, before = model.collect(tokens[:-1], model.start(tokens.shape[1]))
        _, _, state = model.collect(other[None], before)
    return _compare(model, placed, state, site)


def gradient_norms(model: Recordable, placed: Placed, site: str) -> Tensor:
    """Mean over places of the norm of d loss(t) / d h(t - k), for k = 1, 2, 3, ...; h(t) makes the last prediction."""
    import torch

    steps = len(placed.following) - 1
    layer = _layer(site)
    state: Any = placed.state
    held: list[Tensor] = []
    for step in range(steps):
        kept: list[Tensor] = []

        def watch(h: Tensor, kept: list[Tensor] = kept) -> Tensor:
            kept.append(h.detach().requires_grad_(True) if not held else h)
            return kept[0]

        state = changed(state, layer, watch)
        held.append(kept[0])
        logits, _, state = model.collect(placed.following[step : step + 1], state)
    loss = torch.nn.functional.cross_entropy(logits[0], placed.following[steps], reduction="sum")
    norms = [grad.norm(dim=-1).mean() for grad in torch.autograd.grad(loss, held)]
    return torch.stack(norms[::-1])


def changed(state: Any, layer: int, change: Callable[[Tensor], Tensor]) -> Any:
    """The state with another h of one layer; states are those of our models, one a layer, h or (h, c)."""
    if not isinstance(state, list) or layer >= len(state):
        raise InputError(
            "the state of this model is no list of h, or of (h, c), a layer, so no unit of it can be changed; give a "
            "model that stateviz trained, or leave its states alone (changes=False)"
        )
    own = state[layer]
    new = (change(own[0]), *own[1:]) if isinstance(own, tuple) else change(own)
    return [*state[:layer], new, *state[layer + 1 :]]


def _layer(site: str) -> int:
    return int(site.split("layer")[1].split(".")[0]) if "layer" in site else 0


def _compare(model: Recordable, placed: Placed, state: Any, site: str) -> Traces:
    """How far two runs are apart: the share of units that differ, or their distance over that of two places."""
    import torch

    with torch.no_grad():
        logits, sites, _ = model.collect(placed.following[:-1], placed.state)
        others, changed_sites, _ = model.collect(placed.following[:-1], state)
    one, two = sites[site], changed_sites[site]
    if site in model.binary_sites():
        apart = (one != two).float().mean((1, 2))
    else:
        usual = (one - one.roll(1, dims=1)).norm(dim=2).mean()
        apart = (one - two).norm(dim=2).mean(1) / usual
    moved = (logits.softmax(-1) - others.softmax(-1)).abs().sum(-1).mean(1) / 2
    return Traces(apart, moved)
