"""What a fused kernel does not give out: gates and cell states, recomputed from the weights for all steps at once.

The kernel's own output holds every h, so each gate is an activation of ``W x + b + U h_before``, two products over all
steps. Only the cell state of an LSTM needs the step before, ``c = f * c_before + i * g``, which `scan` runs in about
2 sqrt(steps) vectorised operations. Formulas and the order of gates in the weights: torch.nn.LSTM, GRU and RNN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from stateviz.core.errors import InputError, StatevizError

GATES = {"lstm": ("i", "f", "g", "o"), "gru": ("r", "z", "n"), "rnn": ()}
STATES = {"lstm": ("h", "c"), "gru": ("h",), "rnn": ("h",)}
#: How far a recomputed h may lie from the kernel's, absolutely and relative to its size.
TOLERANCE = {torch.float64: 1e-8, torch.float32: 2e-4}
_HALF_TOLERANCE = 6e-2


@dataclass(frozen=True)
class Weights:
    """The weights of one direction of one layer, as torch keeps them; ``bias_*`` and ``projection`` may be None."""

    input: Tensor
    recurrent: Tensor
    bias_input: Tensor | None
    bias_recurrent: Tensor | None
    projection: Tensor | None = None

    def float(self) -> Weights:
        """In float32 (float64 stays): gates of half-precision kernels are recomputed with full digits."""
        optional = (self.bias_input, self.bias_recurrent, self.projection)
        return Weights(_full(self.input), _full(self.recurrent), *(None if w is None else _full(w) for w in optional))


def gates(
    kind: str,
    x: Tensor,
    before: Tensor,
    h: Tensor,
    c0: Tensor | None,
    weights: Weights,
    *,
    nonlinearity: str = "tanh",
    where: str = "the layer",
) -> dict[str, Tensor]:
    """Gates (and c of an LSTM) of all steps, checked against the kernel's h.

    Parameters
    ----------
    kind
        ``"lstm"``, ``"gru"`` or ``"rnn"``.
    x, before, h : tensor, shape (steps, batch, inputs or units)
        What the layer read, its h one step earlier, and the h its kernel gave.
    c0 : tensor, shape (batch, units)
        Cell state before the first step (LSTM).

    Raises
    ------
    StatevizError
        When h recomputed from the gates is not the kernel's.

    Examples
    --------
    >>> lstm, x = torch.nn.LSTM(3, 2), torch.ones(4, 1, 3)
    >>> h, zero = lstm(x)[0].detach(), torch.zeros(1, 1, 2)
    >>> weights = Weights(*(w.detach() for w in lstm.all_weights[0]))
    >>> sorted(gates("lstm", x, torch.cat([zero, h[:-1]]), h, zero[0], weights))
    ['c', 'f', 'g', 'i', 'o']
    """
    dtype = h.dtype
    weights, x, before = weights.float(), _full(x), _full(before)
    if kind == "lstm":
        if c0 is None:
            raise InputError(f"{where} is an LSTM, and no cell state came to begin from")
        values, again = _lstm(x, before, _full(c0), weights)
    elif kind == "gru":
        values, again = _gru(x, before, weights)
    else:
        again = _products(x, before, weights)
        again = again.relu_() if nonlinearity == "relu" else again.tanh_()
        values = {}
    _compare(again, h, dtype, where)
    return values


def scan(forget: Tensor, added: Tensor, first: Tensor) -> Tensor:
    """``c[t] = forget[t] * c[t - 1] + added[t]`` from ``c[-1] = first``, all (steps, ...).

    Blocks of sqrt(steps) run side by side from 0, with the product of their forget gates; then each block takes what
    the one before ended with. Products of numbers in [0, 1] cannot overflow.

    Examples
    --------
    >>> scan(torch.tensor([0.5, 0.5, 1.0]), torch.tensor([1.0, 0.0, 2.0]), torch.tensor(4.0)).tolist()
    [3.0, 1.5, 3.5]
    """
    steps = len(forget)
    length = max(1, math.isqrt(steps))
    blocks, shape = steps // length, forget.shape[1:]
    whole = blocks * length
    f, a = forget[:whole].view(blocks, length, *shape), added[:whole].view(blocks, length, *shape)
    c = torch.empty_like(added, memory_format=torch.contiguous_format)
    inner, kept = c[:whole].view(blocks, length, *shape), torch.empty_like(f, memory_format=torch.contiguous_format)
    inner[:, 0], kept[:, 0] = a[:, 0], f[:, 0]
    for j in range(1, length):
        torch.addcmul(a[:, j], f[:, j], inner[:, j - 1], out=inner[:, j])
        torch.mul(f[:, j], kept[:, j - 1], out=kept[:, j])
    for b in range(blocks):
        inner[b].addcmul_(kept[b], first.expand(shape))
        first = inner[b, -1]
    for t in range(whole, steps):
        first = torch.addcmul(added[t], forget[t], first, out=c[t])
    return c


def _lstm(x: Tensor, before: Tensor, c0: Tensor, weights: Weights) -> tuple[dict[str, Tensor], Tensor]:
    products = _products(x, before, weights)
    units = products.shape[-1] // 4
    products[..., : 2 * units].sigmoid_()
    products[..., 2 * units : 3 * units].tanh_()
    products[..., 3 * units :].sigmoid_()
    i, f, g, o = torch.split(products, units, dim=-1)
    c = scan(f, i * g, c0)
    again = torch.tanh(c).mul_(o)
    if weights.projection is not None:
        again = again @ weights.projection.T
    return {"c": c, "i": i, "f": f, "g": g, "o": o}, again


def _gru(x: Tensor, before: Tensor, weights: Weights) -> tuple[dict[str, Tensor], Tensor]:
    read, kept = (
        _affine(x, weights.input, weights.bias_input),
        _affine(before, weights.recurrent, weights.bias_recurrent),
    )
    units = read.shape[-1] // 3
    both = read[..., : 2 * units].add_(kept[..., : 2 * units]).sigmoid_()
    r, z = torch.split(both, units, dim=-1)
    n = read[..., 2 * units :].addcmul_(r, kept[..., 2 * units :]).tanh_()
    return {"r": r, "z": z, "n": n}, torch.lerp(n, before, z)


def _products(x: Tensor, before: Tensor, weights: Weights) -> Tensor:
    """``W x + b + U h``, shape (steps, batch, gates x units)."""
    bias = weights.bias_input
    if bias is not None and weights.bias_recurrent is not None:
        bias = bias + weights.bias_recurrent
    # One product over both: a second one would read and write all of the result again.
    return _affine(torch.cat([x, before], -1), torch.cat([weights.input, weights.recurrent], 1), bias)


def _affine(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return torch.nn.functional.linear(x, weight, bias)


def _compare(again: Tensor, h: Tensor, dtype: torch.dtype, where: str) -> None:
    tolerance = TOLERANCE.get(dtype, _HALF_TOLERANCE)
    apart = float((again - h).abs_().max())
    if not apart <= tolerance * max(1.0, float(h.abs().max())):
        raise StatevizError(
            f"gates of {where} were recomputed from its weights, but give an h {apart:.2g} from the kernel's; "
            "is it a module that changes its weights as it runs? Record its h only"
        )


def _full(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
