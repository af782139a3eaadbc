"""Recurrent cells: one row each in CELLS, all stacked, trained, saved and recorded by the same code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stateviz.core.table import Table
from stateviz.models.cells.recurrence import highway


class _SignThrough(torch.autograd.Function):
    """sign with sign(0) = +1; backward lets the gradient through where |x| <= 1 (straight-through)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return grads[0] * (x.abs() <= 1)


class HighwayLayer(nn.Module):
    """The recurrent highway cell of the phone case, with a binary or a real state.

    ``carry, update, candidate = split(U h + W x + b)`` and
    ``h' = gate(sigmoid(carry) * h + sigmoid(update) * candidate)``, where the gate is sign (a state
    in {-1, +1}, straight-through gradient) or tanh. The state before the first token is learned.

    Parameters
    ----------
    inputs, width
        Size of x and of h.
    binary
        Gate by sign; otherwise by tanh.
    """

    def __init__(self, inputs: int, width: int, *, binary: bool = True) -> None:
        super().__init__()
        self.binary = binary
        self.input = nn.Linear(inputs, 3 * width)
        self.recurrent = nn.Linear(width, 3 * width, bias=False)
        self.initial = nn.Parameter(torch.zeros(width))

    def start(self, batch: int) -> Tensor:
        """Shape (batch, width)."""
        return self.initial.expand(batch, -1)

    def cell(self, x: Tensor, h: Tensor) -> Tensor:
        """One step, as the formula reads: x (batch, inputs), h (batch, width)."""
        return self._gate(self.input(x) + self.recurrent(h), h)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """All steps through plain autograd: x (steps, batch, inputs) to (steps, batch, width)."""
        states = []
        for products in self.input(x):
            h = self._gate(products + self.recurrent(h), h)
            states.append(h)
        return torch.stack(states), h

    def fast(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """``forward`` through the compiled recurrence; the last bits of a product may differ."""
        steps, batch, _ = x.shape
        rows = torch.arange(steps * batch, device=x.device).view(steps, batch)
        states = highway(rows, self.input(x).flatten(0, 1), self.recurrent.weight, h, binary=self.binary)
        return states, states[-1]

    def fast_tokens(self, tokens: Tensor, embedding: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """``fast`` where x is ``embedding[tokens]``: one product a symbol instead of one a step."""
        states = highway(tokens, self.input(embedding), self.recurrent.weight, h, binary=self.binary)
        return states, states[-1]

    def _gate(self, products: Tensor, h: Tensor) -> Tensor:
        carry, update, candidate = products.chunk(3, dim=-1)
        x = torch.sigmoid(carry) * h + torch.sigmoid(update) * candidate
        return cast(Tensor, _SignThrough.apply(x)) if self.binary else torch.tanh(x)


class TorchLayer(nn.Module):
    """One layer of torch's RNN, GRU or LSTM, with a zero state before the first token."""

    def __init__(self, kind: type[nn.RNNBase], inputs: int, width: int) -> None:
        super().__init__()
        self.rnn = kind(inputs, width)  # type: ignore[call-arg, arg-type]

    def start(self, batch: int) -> Any:
        """h (1, batch, width), or (h, c) for an LSTM."""
        zero = next(self.parameters()).new_zeros(1, batch, self.rnn.hidden_size)
        return (zero, zero) if isinstance(self.rnn, nn.LSTM) else zero

    def forward(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        """All steps: x (steps, batch, inputs) to (steps, batch, width)."""
        return cast(tuple[Tensor, Any], self.rnn(x, state))

    fast = forward

    def fast_tokens(self, tokens: Tensor, embedding: Tensor, state: Any) -> tuple[Tensor, Any]:
        """``forward`` of ``embedding[tokens]``."""
        return self.forward(F.embedding(tokens, embedding), state)


@dataclass(frozen=True)
class Cell:
    """A row of CELLS: ``layer(inputs, width)`` makes one layer."""

    layer: Callable[[int, int], nn.Module]
    description: str


CELLS: Table[Cell] = Table(
    "cell",
    {
        "binary": Cell(HighwayLayer, "highway cell with a state in {-1, +1} (the phone case's)"),
        "highway": Cell(
            lambda inputs, width: HighwayLayer(inputs, width, binary=False),
            "the same cell with tanh in place of sign: what a binary state gives up",
        ),
        "rnn": Cell(lambda inputs, width: TorchLayer(nn.RNN, inputs, width), "torch's tanh RNN"),
        "gru": Cell(lambda inputs, width: TorchLayer(nn.GRU, inputs, width), "torch's GRU"),
        "lstm": Cell(lambda inputs, width: TorchLayer(nn.LSTM, inputs, width), "torch's LSTM"),
    },
)


class Stack(nn.Module):
    """Layers of one cell, each reading the states of the one below."""

    def __init__(self, cell: str, inputs: int, width: int, layers: int) -> None:
        super().__init__()
        make = CELLS[cell].layer
        self.layers = nn.ModuleList([make(inputs if k == 0 else width, width) for k in range(layers)])

    def start(self, batch: int) -> list[Any]:
        """One state a layer."""
        return [layer.start(batch) for layer in self.layers]  # type: ignore[operator]

    def forward(self, x: Tensor, state: list[Any]) -> tuple[list[Tensor], list[Any]]:
        """The states of every layer, (steps, batch, width) each, and the state to go on from."""
        outputs, last = [], []
        for layer, h in zip(self.layers, state, strict=True):
            x, h = layer(x, h)
            outputs.append(x)
            last.append(h)
        return outputs, last

    def fast_tokens(self, tokens: Tensor, embedding: Tensor, state: list[Any]) -> Tensor:
        """The top layer's states for ``embedding[tokens]``, by the fastest way each layer has."""
        x, _ = self.layers[0].fast_tokens(tokens, embedding, state[0])  # type: ignore[operator]
        for layer, h in zip(list(self.layers)[1:], state[1:], strict=True):
            x, _ = layer.fast(x, h)  # type: ignore[operator]
        return x
