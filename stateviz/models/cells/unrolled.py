"""torch's RNN, GRU and LSTM over a whole sequence on the processor, as one differentiable operation each.

A step is one product of the tensor library and one compiled pass over it (``pointwise``); the weights' gradient is one
product over all steps. The numbers are those of torch's own layers to the last bits of a float.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

State = Tensor | tuple[Tensor, ...]


def unrolls(layer: nn.RNNBase, x: Tensor) -> bool:
    """Whether ``unroll`` is there for a layer's kind, a tensor's device and type, and the precision in force."""
    plain = type(layer) in (nn.GRU, nn.LSTM) or (type(layer) is nn.RNN and layer.nonlinearity == "tanh")
    reduced = torch.is_autocast_enabled("cpu")  # products in bfloat16, which torch's own layers have fast
    return plain and not reduced and x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)


def unroll(layer: nn.RNNBase, x: Tensor, state: State, tokens: Tensor | None = None) -> tuple[Tensor, State]:
    """All steps of a layer, as its call gives them.

    Parameters
    ----------
    layer : RNN (tanh), GRU or LSTM of one layer
    x : Tensor, shape (steps, batch, inputs)
        Or, with ``tokens`` (steps, batch), the table (symbols, inputs) that they are looked up in: then the product
        with the input weights is made once a symbol instead of once a step.
    state : Tensor or tuple
        h (1, batch, width), or (h, c) for an LSTM.

    Returns
    -------
    tuple
        h of every step, (steps, batch, width), and the state after the last; only h of the steps has a gradient.
    """
    inputs, weight, before, after = cast(list[Tensor], layer.all_weights[0])
    products = F.linear(x, inputs, before if isinstance(layer, nn.GRU) else before + after)
    if tokens is not None:
        products = F.embedding(tokens, products)
    if isinstance(layer, nn.LSTM):
        h, c = (part[0] for part in state)
        states, cell = _lstm(products, weight, h, c)
        return states, (states[-1:].detach(), cell[None])
    h = cast(Tensor, state)[0]
    if isinstance(layer, nn.GRU):
        states = _gru(products, weight, after, h)
    else:
        states = _rnn(products, weight, h)
    return states, states[-1:].detach()


class _Rnn(torch.autograd.Function):
    """h = tanh(products + U h). The products' memory becomes that of their gradients."""

    @staticmethod
    def forward(ctx: Any, gates: Tensor, weight: Tensor, start: Tensor) -> Tensor:
        from stateviz.models.cells.pointwise import rnn_forward

        h, transposed = _states(gates, start), weight.t().contiguous()
        arrays = gates.numpy(), h.numpy()
        for t, (gate, before) in enumerate(zip(gates, h, strict=False)):
            gate.addmm_(before, transposed)
            rnn_forward(t, *arrays)
        ctx.kept = gates, h, weight
        return h[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, ...]:
        from stateviz.models.cells.pointwise import rnn_backward

        gates, h, weight = ctx.kept
        ctx.kept = None
        carry = torch.zeros_like(h[0])
        arrays = gates.numpy(), h.numpy(), grads[0].contiguous().numpy(), carry.numpy()
        for t in reversed(range(len(gates))):
            rnn_backward(t, *arrays)
            torch.mm(gates[t], weight, out=carry)
        return gates, _over_steps(gates, h), carry


class _Lstm(torch.autograd.Function):
    """As `_Rnn`, with i, f, g, o and the cell state c, whose last is given beside h."""

    @staticmethod
    def forward(ctx: Any, gates: Tensor, weight: Tensor, start: Tensor, start_c: Tensor) -> tuple[Tensor, Tensor]:
        from stateviz.models.cells.pointwise import lstm_forward

        h, c, transposed = _states(gates, start), _states(gates, start_c), weight.t().contiguous()
        arrays = gates.numpy(), h.numpy(), c.numpy()
        for t, (gate, before) in enumerate(zip(gates, h, strict=False)):
            gate.addmm_(before, transposed)
            lstm_forward(t, *arrays)
        ctx.kept = gates, h, c, weight
        last = c[-1].clone()
        ctx.mark_non_differentiable(last)
        return h[1:], last

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, ...]:
        from stateviz.models.cells.pointwise import lstm_backward

        gates, h, c, weight = ctx.kept
        ctx.kept = None
        carry, carry_c = torch.zeros_like(h[0]), torch.zeros_like(h[0])
        arrays = gates.numpy(), h.numpy(), c.numpy(), grads[0].contiguous().numpy(), carry.numpy(), carry_c.numpy()
        for t in reversed(range(len(gates))):
            lstm_backward(t, *arrays)
            torch.mm(gates[t], weight, out=carry)
        return gates, _over_steps(gates, h), carry, carry_c


class _Gru(torch.autograd.Function):
    """As `_Rnn`, with r, z, n; ``bias`` (3 * width) is that of the products of h; the reset gate scales n's."""

    @staticmethod
    def forward(ctx: Any, gates: Tensor, weight: Tensor, bias: Tensor, start: Tensor) -> Tensor:
        from stateviz.models.cells.pointwise import gru_forward

        h, transposed = _states(gates, start), weight.t().contiguous()
        products, hidden = torch.empty_like(gates[0]), torch.empty_like(h[1:])
        arrays = gates.numpy(), h.numpy(), products.numpy(), hidden.numpy()
        for t, before in enumerate(h[:-1]):
            torch.addmm(bias, before, transposed, out=products)
            gru_forward(t, *arrays)
        ctx.kept = gates, h, hidden, weight
        return h[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, ...]:
        from stateviz.models.cells.pointwise import gru_backward

        gates, h, hidden, weight = ctx.kept
        ctx.kept = None
        carry, through = torch.zeros_like(h[0]), torch.empty_like(h[0])
        arrays = gates.numpy(), h.numpy(), hidden.numpy(), grads[0].contiguous().numpy(), carry.numpy()
        for t in reversed(range(len(gates))):
            gru_backward(t, *arrays, through.numpy())
            torch.addmm(through, gates[t], weight, out=carry)
        by_weight, by_bias = _over_steps(gates, h), gates.sum((0, 1))
        gates[..., -h.shape[2] :] = hidden  # now the gradient by the input's products
        return gates, by_weight, by_bias, carry


_rnn = cast(Callable[[Tensor, Tensor, Tensor], Tensor], _Rnn.apply)
_lstm = cast(Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]], _Lstm.apply)
_gru = cast(Callable[[Tensor, Tensor, Tensor, Tensor], Tensor], _Gru.apply)


def _states(gates: Tensor, start: Tensor) -> Tensor:
    """Room for the states, (steps + 1, batch, width), with the start in it."""
    h = gates.new_empty(len(gates) + 1, *start.shape)
    h[0] = start
    return h


def _over_steps(gates: Tensor, h: Tensor) -> Tensor:
    """The recurrent weights' gradient: one product over all steps."""
    return gates.flatten(0, 1).t() @ h[:-1].flatten(0, 1)
