"""A recurrent layer of torch's run step by step, so that its gates and states can be changed on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn.functional import linear

from stateviz.recording.gates import Weights

Change: TypeAlias = Callable[[Tensor], Tensor]
"""``change(values)``: what becomes of values (..., units)."""


def run_layer(
    kind: str,
    weights: Weights,
    x: Tensor,
    state: tuple[Tensor, ...],
    changes: Mapping[str, Change],
    *,
    nonlinearity: str = "tanh",
) -> tuple[Tensor, tuple[Tensor, ...], dict[str, Tensor]]:
    """One direction of one layer, step by step, with changes to its gates and states.

    Parameters
    ----------
    kind
        ``"lstm"``, ``"gru"`` or ``"rnn"``.
    weights
        Of this direction.
    x : Tensor, shape (steps, batch, inputs)
        In the order in which it is read.
    state : tuple of Tensor, shape (batch, units)
        h, or h and c.
    changes
        By the letter of the gate or state.
    nonlinearity
        Of an nn.RNN.

    Returns
    -------
    h : Tensor, shape (steps, batch, units)
    state : tuple of Tensor
        After the last step.
    values : dict
        Every gate and state by its letter, (steps, batch, units).

    Examples
    --------
    >>> gru, x = torch.nn.GRU(2, 3), torch.ones(4, 1, 2)
    >>> h, _, _ = run_layer("gru", Weights(*gru.all_weights[0]), x, (torch.zeros(1, 3),), {})
    >>> bool(torch.allclose(h, gru(x)[0], atol=1e-6))
    True
    """
    kept: dict[str, list[Tensor]] = {}

    def changed(letter: str, values: Tensor) -> Tensor:
        values = changes[letter](values) if letter in changes else values
        kept.setdefault(letter, []).append(values)
        return values

    for read in linear(x, weights.input, weights.bias_input):
        carried = linear(state[0], weights.recurrent, weights.bias_recurrent)
        if kind == "lstm":
            i, f, g, o = (read + carried).chunk(4, dim=-1)
            i, f, g, o = changed("i", i.sigmoid()), changed("f", f.sigmoid()), changed("g", g.tanh()), o.sigmoid()
            o, c = changed("o", o), changed("c", f * state[1] + i * g)
            h = o * c.tanh()
            state = changed("h", h if weights.projection is None else linear(h, weights.projection)), c
        elif kind == "gru":
            (xr, xz, xn), (hr, hz, hn) = read.chunk(3, dim=-1), carried.chunk(3, dim=-1)
            r, z = changed("r", (xr + hr).sigmoid()), changed("z", (xz + hz).sigmoid())
            n = changed("n", (xn + r * hn).tanh())
            state = (changed("h", (1 - z) * n + z * state[0]),)
        else:
            both = read + carried
            state = (changed("h", both.relu() if nonlinearity == "relu" else both.tanh()),)
    return torch.stack(kept["h"]), state, {letter: torch.stack(values) for letter, values in kept.items()}


def run_direction(
    kind: str,
    weights: Weights,
    x: Tensor,
    state: Tensor | tuple[Tensor, Tensor],
    changes: Mapping[str, Change],
    nonlinearity: str,
) -> tuple[Tensor, Tensor | tuple[Tensor, Tensor], dict[str, Tensor]]:
    """``run_layer`` for states as the module itself has them: h, or (h, c), shape (1, batch, units)."""
    if isinstance(state, Tensor):
        h, (last,), values = run_layer(kind, weights, x, (state[0],), changes, nonlinearity=nonlinearity)
        return h, last[None], values
    h, (last, cell), values = run_layer(kind, weights, x, (state[0][0], state[1][0]), changes)
    return h, (last[None], cell[None]), values
