"""A layer run step by step, so that what it computes can be changed on the way: gates, states, what is gated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stateviz.models.cells import CellRow, HighwayLayer, Layer, LayerState, TorchLayer

Change: TypeAlias = Callable[[Tensor], Tensor]
"""``change(values)``: what becomes of values (batch, units)."""
Changing: TypeAlias = Callable[[str, Tensor], Tensor]


def names_of(row: CellRow, layer: object) -> tuple[str, ...]:
    """What can be changed of a layer: its states, and its inner values where its equations are known here."""
    if isinstance(layer, TorchLayer):
        return (*row.states, *row.gates)
    return (*row.states, *row.inner) if isinstance(layer, HighwayLayer) else row.states


def run_edited(
    row: CellRow, layer: Layer, x: Tensor, state: LayerState, changes: Mapping[str, Change]
) -> tuple[Tensor, LayerState]:
    """All steps of a layer, with changes to what ``names_of`` names; h (steps, batch, width) and the state after.

    What follows from a changed value within the step is computed from it: h from a changed c, c from a changed gate.

    Parameters
    ----------
    row
        The cell.
    layer
        One layer of it.
    x : Tensor, shape (steps, batch, inputs)
        What it reads.
    state
        Before the first step.
    changes
        By name.
    """

    def changed(name: str, values: Tensor) -> Tensor:
        return changes[name](values) if name in changes else values

    if isinstance(layer, HighwayLayer):
        return _highway(layer, x, cast(Tensor, state), changed)
    if isinstance(layer, TorchLayer):
        if isinstance(state, tuple):
            return _lstm(layer.rnn, x, (state[0][0], state[1][0]), changed)
        run = _gru if isinstance(layer.rnn, nn.GRU) else _rnn
        h, last = run(layer.rnn, x, state[0], changed)
        return h, last[None]
    return _any(row, layer, x, state, changed)


def _weights(rnn: nn.RNNBase) -> list[Tensor]:
    return cast(list[Tensor], rnn.all_weights[0])


def _lstm(
    rnn: nn.RNNBase, x: Tensor, state: tuple[Tensor, Tensor], changed: Changing
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    h, c = state
    w, u, b, hidden = _weights(rnn)
    states = []
    for products in F.linear(x, w, b + hidden):
        i, f, g, o = (products + h @ u.t()).chunk(4, dim=-1)
        i, f = changed("i", i.sigmoid()), changed("f", f.sigmoid())
        g, o = changed("g", g.tanh()), changed("o", o.sigmoid())
        c = changed("c", f * c + i * g)
        h = changed("h", o * c.tanh())
        states.append(h)
    return torch.stack(states), (h[None], c[None])


def _gru(rnn: nn.RNNBase, x: Tensor, h: Tensor, changed: Changing) -> tuple[Tensor, Tensor]:
    w, u, b, hidden = _weights(rnn)
    states = []
    for products in F.linear(x, w, b):
        (xr, xz, xn), (hr, hz, hn) = products.chunk(3, dim=-1), F.linear(h, u, hidden).chunk(3, dim=-1)
        r, z = changed("r", (xr + hr).sigmoid()), changed("z", (xz + hz).sigmoid())
        n = changed("n", (xn + r * hn).tanh())
        h = changed("h", (1 - z) * n + z * h)
        states.append(h)
    return torch.stack(states), h


def _rnn(rnn: nn.RNNBase, x: Tensor, h: Tensor, changed: Changing) -> tuple[Tensor, Tensor]:
    w, u, b, hidden = _weights(rnn)
    states = []
    for products in F.linear(x, w, b + hidden):
        h = changed("h", (products + h @ u.t()).tanh())
        states.append(h)
    return torch.stack(states), h


def _highway(layer: HighwayLayer, x: Tensor, h: Tensor, changed: Changing) -> tuple[Tensor, Tensor]:
    states = []
    for products in layer.input(x):
        carry, update, candidate = (products + layer.recurrent(h)).chunk(3, dim=-1)
        carry, update = changed("carry", carry.sigmoid()), changed("update", update.sigmoid())
        pre = changed("pre", carry * h + update * changed("candidate", candidate))
        h = changed("h", torch.where(pre >= 0, 1.0, -1.0).to(pre.dtype) if layer.binary else pre.tanh())
        states.append(h)
    return torch.stack(states), h


def _any(row: CellRow, layer: Layer, x: Tensor, state: LayerState, changed: Changing) -> tuple[Tensor, LayerState]:
    """A cell of the user's own: its states are changed after each step."""
    states = []
    for t in range(len(x)):
        h, state = layer(x[t : t + 1], state)
        parts = state if isinstance(state, tuple) else (state,)
        parts = tuple(changed(name, part) for name, part in zip(row.states, parts, strict=True))
        # h is what the layer gives, which may be laid out otherwise than in its state.
        states.append(parts[0].reshape(h.shape))
        state = parts if isinstance(state, tuple) else parts[0]
    return torch.cat(states), state
