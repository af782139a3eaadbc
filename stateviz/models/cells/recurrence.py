"""The highway recurrence as one differentiable operation on the processor."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

Floats = NDArray[np.float32]
"""Or float64, throughout."""


def highway(tokens: Tensor, table: Tensor, weight: Tensor, start: Tensor, *, binary: bool) -> Tensor:
    """States of the highway cell over a whole sequence, with its gradient written out.

    Parameters
    ----------
    tokens : int64, shape (steps, batch)
        Row of ``table`` read at each step.
    table : shape (symbols, 3 * width)
        Input product plus bias of each symbol.
    weight : shape (3 * width, width)
        Recurrent weights.
    start : shape (batch, width)
        State before the first token.

    Returns
    -------
    Tensor, shape (steps, batch, width)

    Notes
    -----
    The weight gradient is one product over all steps, ``sum_t dgates_t^T h_(t-1)``. On the processor the steps run in
    a compiled loop, elsewhere as a few of the device's operations each, with no graph kept for them. Under autocast the
    recurrence keeps the weights' precision: the bits of a state hang on it.
    """
    operation = _Compiled if table.device.type == "cpu" else _Batched
    run = cast(Callable[[Tensor, Tensor, Tensor, Tensor, bool], Tensor], operation.apply)
    with torch.autocast(table.device.type, enabled=False):
        return run(tokens, table.to(weight.dtype), weight, start, binary)


class _Compiled(torch.autograd.Function):
    """Blocks of sequences on one thread each, all their steps without returning to Python."""

    @staticmethod
    def forward(ctx: Any, tokens: Tensor, table: Tensor, weight: Tensor, start: Tensor, binary: bool) -> Tensor:
        from stateviz.models.cells.kernels import highway_forward

        (steps, batch), width = tokens.shape, weight.shape[1]
        transposed, rows = _array(weight.t()), _array(table)
        blocks = [
            _Block(_indices(tokens[:, part]), _array(start[part]), steps, width, rows.dtype) for part in _parts(batch)
        ]
        _on_threads(lambda b: highway_forward(b.tokens, rows, transposed, b.start, binary, b.states, b.gates), blocks)
        states = torch.from_numpy(np.concatenate([b.states for b in blocks], axis=1))
        ctx.blocks, ctx.binary = blocks, binary
        ctx.save_for_backward(table, weight)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        from stateviz.models.cells.kernels import highway_backward

        table, weight = ctx.saved_tensors
        batch, binary = grads[0].shape[1], ctx.binary
        rows = _array(weight)
        for block, part in zip(ctx.blocks, _parts(batch), strict=True):
            block.grad_states = _array(grads[0][:, part])
            block.grad_table = np.zeros(table.shape, rows.dtype)
            block.grad_start = np.zeros_like(block.start)

        def run(b: _Block) -> None:
            highway_backward(
                b.tokens, rows, b.start, binary, b.states, b.gates, b.grad_states, b.grad_table, b.grad_start
            )

        _on_threads(run, ctx.blocks)
        grad_weight = torch.zeros_like(weight)
        for b in ctx.blocks:
            width = b.start.shape[1]
            gates = torch.from_numpy(b.gates)
            grad_weight.addmm_(gates[1:].reshape(-1, 3 * width).t(), torch.from_numpy(b.states[:-1]).reshape(-1, width))
            grad_weight.addmm_(gates[0].t(), torch.from_numpy(b.start))
        grad_table = torch.from_numpy(sum(b.grad_table for b in ctx.blocks))
        grad_start = torch.from_numpy(np.concatenate([b.grad_start for b in ctx.blocks]))
        ctx.blocks = None
        return None, grad_table, grad_weight, grad_start, None


class _Batched(torch.autograd.Function):
    """All sequences at once, step by step, on whatever device the tensors are."""

    @staticmethod
    def forward(ctx: Any, tokens: Tensor, table: Tensor, weight: Tensor, start: Tensor, binary: bool) -> Tensor:
        steps, width = len(tokens), weight.shape[1]
        gates = table[tokens]
        states = torch.cat((start[None], gates.new_empty(steps, *start.shape)))
        transposed = weight.t()
        for before, after, gate in zip(states, states[1:], gates, strict=False):
            gate.addmm_(before, transposed)
            gate[:, : 2 * width].sigmoid_()
            carry, update, candidate = gate.chunk(3, dim=-1)
            torch.addcmul(carry * before, update, candidate, out=after)
            if binary:
                after.ge_(0).mul_(2).sub_(1)  # sign, with sign(0) = +1
            else:
                after.tanh_()
        ctx.binary = binary
        ctx.save_for_backward(tokens, table, weight, states, gates)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        tokens, table, weight, states, gates = ctx.saved_tensors
        before = states[:-1]
        carry, update, candidate = gates.chunk(3, dim=-1)
        # All that does not depend on later steps is computed for every step at once.
        if ctx.binary:
            slope = ((carry * before + update * candidate).abs() <= 1).to(gates.dtype)
        else:
            slope = 1 - states[1:] ** 2
        through = slope * carry
        parts = torch.cat(
            (before * through * (1 - carry), slope * candidate * update * (1 - update), slope * update), dim=-1
        )
        grad = torch.zeros_like(states[0])
        for t in range(len(tokens) - 1, -1, -1):
            grad = grad + grads[0][t]
            parts[t].mul_(grad.repeat(1, 3))  # now the gradient by the gates
            grad = torch.addmm(grad * through[t], parts[t], weight)
        flat = parts.flatten(0, 1)
        grad_table = torch.zeros_like(table).index_add_(0, tokens.flatten(), flat)
        return None, grad_table, flat.t() @ before.flatten(0, 1), grad, None


class _Block:
    """The arrays of the sequences that one thread runs."""

    grad_states: Floats
    grad_table: Floats
    grad_start: Floats

    def __init__(
        self, tokens: NDArray[np.int64], start: Floats, steps: int, width: int, dtype: np.dtype[np.float32]
    ) -> None:
        batch = tokens.shape[1]
        self.tokens, self.start = tokens, start
        self.states = np.empty((steps, batch, width), dtype)
        self.gates = np.empty((steps, batch, 3 * width), dtype)


def _array(tensor: Tensor) -> Floats:
    return np.ascontiguousarray(tensor.detach().numpy())


def _indices(tensor: Tensor) -> NDArray[np.int64]:
    return np.ascontiguousarray(tensor.numpy())


def _parts(batch: int) -> list[slice]:
    edges = np.linspace(0, batch, min(batch, torch.get_num_threads()) + 1).astype(int)
    return [slice(int(a), int(b)) for a, b in itertools.pairwise(edges)]


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="stateviz")


def _on_threads(run: Callable[[_Block], None], blocks: list[_Block]) -> None:
    """Run the first block here and the others beside it; the kernels release the interpreter."""
    waiting = [_pool(torch.get_num_threads()).submit(run, block) for block in blocks[1:]]
    run(blocks[0])
    for future in waiting:
        future.result()
