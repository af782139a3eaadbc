"""Layers: the highway cell with a binary or a real state, and torch's own, behind one interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol, TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stateviz.models.cells.recurrence import highway
from stateviz.models.cells.unrolled import unroll, unrolls

INPUT, BIAS, RECURRENT, START = "input", "bias", "recurrent", "start"
"""What a parameter of a layer is, as its ``roles`` say: input and recurrent weights have a row a gate and unit."""

LayerState: TypeAlias = Tensor | tuple[Tensor, ...]
"""What a layer carries from one step to the next: h, or (h, c)."""


class Layer(Protocol):
    """What a row of CELLS makes: a torch module with a start.

    A layer may also have ``fast(x, state)`` and ``fast_tokens(tokens, embedding, state)``, which training takes in
    place of a call where they are there: the same in less time. One whose units can be rearranged has ``roles``: from
    the dotted name of each parameter to INPUT, BIAS, RECURRENT or START.
    """

    def start(self, batch: int) -> LayerState:
        """The state before the first token, of so many sequences."""

    def __call__(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """All steps: x (steps, batch, inputs) to h (steps, batch, width), and the state to go on from."""


Inner: TypeAlias = dict[str, Tensor]
"""Inner values of a layer, by name, (steps, batch, width) each."""


class InnerLayer(Protocol):
    """A layer whose row of CELLS declares inner values."""

    def inside(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState, Inner]:
        """As a call, bit for bit, and the inner values that its row declares."""


def fast(layer: Layer, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
    """A layer's call by the fastest way it has."""
    run: Callable[[Tensor, LayerState], tuple[Tensor, LayerState]] = getattr(layer, "fast", layer)
    return run(x, state)


def fast_tokens(layer: Layer, tokens: Tensor, embedding: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
    """A layer's call where x is ``embedding[tokens]``, by the fastest way it has."""
    run = getattr(layer, "fast_tokens", None)
    if run is None:
        return fast(layer, F.embedding(tokens, embedding), state)
    return cast(tuple[Tensor, LayerState], run(tokens, embedding, state))


class _SignThrough(torch.autograd.Function):
    """sign with sign(0) = +1; backward lets the gradient through where |x| <= 1 (straight-through)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        x: Tensor = ctx.saved_tensors[0]
        return grads[0] * (x.abs() <= 1)


def sign_through(x: Tensor) -> Tensor:
    """sign with sign(0) = +1, whose gradient is taken to be 1 where ``|x| <= 1`` and 0 beyond.

    The straight-through estimator (Bengio, Léonard & Courville 2013), clipped as by Courbariaux et al. (2016).

    Examples
    --------
    >>> x = torch.tensor([-2.0, -0.5, 0.0, 3.0], requires_grad=True)
    >>> sign_through(x).tolist()
    [-1.0, -1.0, 1.0, 1.0]
    >>> sign_through(x).sum().backward()
    >>> x.grad.tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    return cast(Callable[[Tensor], Tensor], _SignThrough.apply)(x)


class HighwayLayer(nn.Module):
    """The recurrent highway cell of the phone case, with a binary or a real state.

    ``carry, update, candidate = split(U h + W x + b)`` and
    ``h' = gate(sigmoid(carry) * h + sigmoid(update) * candidate)``, where the gate is sign (a state
    in {-1, +1}, straight-through gradient) or tanh.

    Parameters
    ----------
    inputs, width
        Size of x and of h.
    binary
        Gate by sign; otherwise by tanh.
    learned
        Whether the state before the first token is learned; otherwise it is 0.
    """

    roles: ClassVar[dict[str, str]] = {
        "input.weight": INPUT, "input.bias": BIAS, "recurrent.weight": RECURRENT, "initial": START,
    }  # fmt: skip

    def __init__(self, inputs: int, width: int, *, binary: bool = True, learned: bool = True) -> None:
        super().__init__()
        self.binary = binary
        self.input = nn.Linear(inputs, 3 * width)
        self.recurrent = nn.Linear(width, 3 * width, bias=False)
        self.initial = nn.Parameter(torch.zeros(width)) if learned else None

    def start(self, batch: int) -> Tensor:
        """Shape (batch, width)."""
        if self.initial is None:
            return self.recurrent.weight.new_zeros(batch, self.recurrent.in_features)
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

    def inside(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor, Inner]:
        """``forward``, and ``carry`` and ``update`` after their sigmoid, ``candidate``, and ``pre``: what is gated."""
        states, kept = [], []
        for products in self.input(x):
            inner = self._inner(products + self.recurrent(h), h)
            h = self._gated(inner["pre"])
            states.append(h)
            kept.append(inner)
        return torch.stack(states), h, {name: torch.stack([inner[name] for inner in kept]) for name in kept[0]}

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
        return self._gated(self._inner(products, h)["pre"])

    def _inner(self, products: Tensor, h: Tensor) -> Inner:
        carry, update, candidate = products.chunk(3, dim=-1)
        carry, update = torch.sigmoid(carry), torch.sigmoid(update)
        return {"carry": carry, "update": update, "candidate": candidate, "pre": carry * h + update * candidate}

    def _gated(self, x: Tensor) -> Tensor:
        return sign_through(x) if self.binary else torch.tanh(x)


class TorchLayer(nn.Module):
    """One layer of torch's RNN, GRU or LSTM.

    Parameters
    ----------
    kind
        Which.
    inputs, width
        Size of x and of h.
    learned
        Whether the state before the first token is learned; otherwise it is 0.
    """

    roles: ClassVar[dict[str, str]] = {
        "rnn.weight_ih_l0": INPUT, "rnn.bias_ih_l0": BIAS, "rnn.weight_hh_l0": RECURRENT, "rnn.bias_hh_l0": BIAS,
        "initial": START,
    }  # fmt: skip

    def __init__(self, kind: type[nn.RNNBase], inputs: int, width: int, *, learned: bool = False) -> None:
        super().__init__()
        make = cast(Callable[[int, int], nn.RNNBase], kind)  # RNN, GRU and LSTM take these two, their base a mode too
        self.rnn = make(inputs, width)
        self.initial = nn.Parameter(torch.zeros(1 + (kind is nn.LSTM), width)) if learned else None

    def start(self, batch: int) -> LayerState:
        """h (1, batch, width), or (h, c) for an LSTM."""
        if self.initial is not None:
            parts = tuple(part.expand(1, batch, -1).contiguous() for part in self.initial)
            return parts if len(parts) > 1 else parts[0]
        zero = next(self.parameters()).new_zeros(1, batch, self.rnn.hidden_size)
        return (zero, zero) if isinstance(self.rnn, nn.LSTM) else zero

    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """All steps: x (steps, batch, inputs) to (steps, batch, width)."""
        h, last = self.rnn(x, state)
        return h, last

    def fast(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """``forward`` by one compiled pass a step; the last bits of a number may differ."""
        return unroll(self.rnn, x, state) if unrolls(self.rnn, x) else self.forward(x, state)

    def fast_tokens(self, tokens: Tensor, embedding: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """``fast`` where x is ``embedding[tokens]``: one product a symbol instead of one a step."""
        if unrolls(self.rnn, embedding):
            return unroll(self.rnn, embedding, state, tokens)
        return self.forward(F.embedding(tokens, embedding), state)
