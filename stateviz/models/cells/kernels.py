"""The highway recurrence compiled for the processor: forward and backward through a whole sequence.

The step of a small recurrent cell is too little work for a tensor library: a call costs more than
the arithmetic. Here a compiled loop runs all steps of a block of sequences without returning to
Python; blocks run on one thread each, so that nothing waits at a step. The products of a step
are written as eight multiply-adds a pass over an output row, which keeps the weights in the
first-level cache and compiles to vector instructions.

Shapes: B sequences of T tokens, H units, V symbols; gates lie as carry | update | candidate.
All arrays are time-major, C-contiguous and of one floating type.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import types
from numba.extending import overload
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""Or float64, throughout: a kernel is compiled for the type it is called with."""
Function = TypeVar("Function", bound=Callable[..., object])

_FAST = {"nogil": True, "cache": True, "fastmath": {"contract", "reassoc", "nsz", "arcp"}, "error_model": "numpy"}
_LANES = 8  # rows of weights taken in one pass


def compiled(function: Function) -> Function:
    """``function`` as machine code, kept between processes."""
    return cast(Function, numba.njit(**_FAST)(function))


def _overloads(target: Callable[..., object]) -> Callable[[Function], Function]:
    return cast(Callable[[Function], Function], overload(target, inline="always"))


def fast_exp(x: np.float32) -> np.float32:
    """exp for the gates; the compiler takes the body chosen for the type by ``_typed_exp``."""
    return np.float32(math.exp(x))


@_overloads(fast_exp)
def _typed_exp(x: Any) -> Any:
    """float32: Taylor of x / 64 to degree 7, squared six times, which vectorises.

    For the clamped |x| <= 30 the series is off by less than 1e-7 and the squarings multiply that by
    64: sigmoid is within 2e-6. float64 takes the library's exp, exact for the gradient checks.
    """

    def exact(x: Any) -> Any:
        return math.exp(x)

    def approximate(x: Any) -> Any:
        f = numba.float32
        y = min(max(x, f(-30.0)), f(30.0)) * f(1 / 64)
        p = f(1 / 720) + y * f(1 / 5040)
        p = f(1 / 120) + y * p
        p = f(1 / 24) + y * p
        p = f(1 / 6) + y * p
        p = f(1 / 2) + y * p
        p = f(1) + y * p
        p = f(1) + y * p
        p = p * p
        p = p * p
        p = p * p
        p = p * p
        p = p * p
        return p * p

    return approximate if x == types.float32 else exact


@compiled
def add_product(out: Floats, a: Floats, w: Floats) -> None:
    """``out += a @ w`` for out (B, N), a (B, K), w (K, N)."""
    rows, inner = a.shape
    whole = inner - inner % _LANES
    for k in range(0, whole, _LANES):
        w0, w1, w2, w3 = w[k], w[k + 1], w[k + 2], w[k + 3]
        w4, w5, w6, w7 = w[k + 4], w[k + 5], w[k + 6], w[k + 7]
        for b in range(rows):
            a0, a1, a2, a3 = a[b, k], a[b, k + 1], a[b, k + 2], a[b, k + 3]
            a4, a5, a6, a7 = a[b, k + 4], a[b, k + 5], a[b, k + 6], a[b, k + 7]
            row = out[b]
            for j in range(w.shape[1]):
                row[j] += (
                    (a0 * w0[j] + a1 * w1[j])
                    + (a2 * w2[j] + a3 * w3[j])
                    + (a4 * w4[j] + a5 * w5[j])
                    + (a6 * w6[j] + a7 * w7[j])
                )
    for k in range(whole, inner):
        for b in range(rows):
            a0 = a[b, k]
            for j in range(w.shape[1]):
                out[b, j] += a0 * w[k, j]


@compiled
def highway_step(gates: Floats, before: Floats, after: Floats, binary: bool) -> None:
    """What a step does beside its products: sums in ``gates`` (B, 3H) become activations; ``after`` from ``before``."""
    units = before.shape[1]
    for b in range(gates.shape[0]):
        row, old, new = gates[b], before[b], after[b]
        one = row.dtype.type(1)
        for j in range(2 * units):
            row[j] = one / (one + fast_exp(-row[j]))
        for j in range(units):
            new[j] = row[j] * old[j] + row[units + j] * row[2 * units + j]
        if binary:
            for j in range(units):
                new[j] = one if new[j] >= 0 else -one
        else:
            for j in range(units):
                new[j] = one - (one + one) / (one + fast_exp((one + one) * new[j]))


@compiled
def highway_forward(
    tokens: NDArray[np.int64],
    table: Floats,
    weight: Floats,
    start: Floats,
    binary: bool,
    states: Floats,
    gates: Floats,
) -> None:
    """Run the cell over ``tokens`` and fill ``states`` and ``gates``.

    Parameters
    ----------
    tokens : int64 (T, B)
    table : (V, 3H)
        Input product and bias of each symbol.
    weight : (H, 3H)
        Recurrent weights, transposed: one row a unit read.
    start : (B, H)
        State before the first token.
    binary : bool
        Gate by sign (sign(0) = +1); otherwise by tanh.
    states : (T, B, H), gates : (T, B, 3H)
        Written: the states, and carry and update after their sigmoid beside the candidate.
    """
    steps, batch = tokens.shape
    previous = start
    for t in range(steps):
        gate = gates[t]
        state = states[t]
        for b in range(batch):
            gate[b, :] = table[tokens[t, b]]
        add_product(gate, previous, weight)
        highway_step(gate, previous, state, binary)
        previous = state


@compiled
def highway_backward(
    tokens: NDArray[np.int64],
    weight: Floats,
    start: Floats,
    binary: bool,
    states: Floats,
    gates: Floats,
    grad_states: Floats,
    grad_table: Floats,
    grad_start: Floats,
) -> None:
    """Turn ``gates`` into their gradients, in place, and fill ``grad_table`` and ``grad_start``.

    Parameters
    ----------
    weight : (3H, H)
        Recurrent weights as the cell holds them: one row a gate value.
    grad_states : (T, B, H)
        Gradient of the loss by every state, from above.
    grad_table : (V, 3H), grad_start : (B, H)
        Zeros on entry; the gradients on return.

    The gate's derivative is 1 where |x| <= 1 for sign (straight-through), 1 - h^2 for tanh.
    """
    steps, batch = tokens.shape
    units = start.shape[1]
    one, zero = start.dtype.type(1), start.dtype.type(0)
    for t in range(steps - 1, -1, -1):
        gate = gates[t]
        previous = start if t == 0 else states[t - 1]
        for b in range(batch):
            row, before, after, carry, above = gate[b], previous[b], states[t, b], grad_start[b], grad_states[t, b]
            for j in range(units):
                c, u, candidate = row[j], row[units + j], row[2 * units + j]
                x = c * before[j] + u * candidate
                slope = one if -one <= x <= one else zero
                if not binary:
                    slope = one - after[j] * after[j]
                g = (above[j] + carry[j]) * slope
                row[j] = g * before[j] * c * (one - c)
                row[units + j] = g * candidate * u * (one - u)
                row[2 * units + j] = g * u
                carry[j] = g * c
            symbol = grad_table[tokens[t, b]]
            for j in range(3 * units):
                symbol[j] += row[j]
        add_product(grad_start, gate, weight)
