"""What a step costs, compiled: looked up in a square matrix, or worked out from two rows.

Node ``n`` is the dummy that closes a path of ``n`` rows to a tour, at distance 0 from all of them. Each node
carries a penalty, counted for both ends of a step: every tour changes by the same amount, while the near
neighbours become those that good tours use.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

from stateviz.ordering.problem.arrays import Floats, Singles, Whole, Words
from stateviz.ordering.problem.jit import kernel

HALF_SQUARE, ROOT, PRODUCT, BITS = 0, 1, 2, 3
"""How rows are measured: half the squared difference, its root, the largest minus the product, bits that differ."""

KINDS = {"half-square": HALF_SQUARE, "root": ROOT, "product": PRODUCT}
"""By the ``kind`` of a metric's CompiledCost."""

Measure: TypeAlias = tuple[float, float, float, float]
"""The field ``how`` of Costs."""

_SUM = {"reassoc", "nsz", "contract"}
_EVEN = np.uint64(0x5555555555555555)
_PAIRS = np.uint64(0x3333333333333333)
_NIBBLES = np.uint64(0x0F0F0F0F0F0F0F0F)
_BYTES = np.uint64(0x0101010101010101)


class Costs(NamedTuple):
    """Everything a compiled search has to know about distances.

    Parameters
    ----------
    square : array of float64, shape (n, n) or (0, 0)
        Distances; empty where they are worked out from rows.
    rows : array of float32, shape (n, steps) or (0, 0)
        For HALF_SQUARE unit rows; those that are at distance 1 from all others hold NaN.
    bits : array of uint64, shape (n, words) or (0, 0)
        Binary rows, packed.
    penalty : array of float64, shape (n + 1,)
        Added to every step from or to a node.
    how
        HALF_SQUARE, ROOT, PRODUCT or BITS; 1 where rows may be negated; the distance of one bit; how many bits
        there are, or for PRODUCT the largest squared norm.
    """

    square: Floats
    rows: Singles
    bits: Words
    penalty: Floats
    how: Measure


@kernel(internal=True)
def _bits_apart(bits: Words, i: Whole, j: Whole) -> np.int64:
    """How many bits differ."""
    count = np.uint64(0)
    for k in range(bits.shape[1]):
        x = bits[i, k] ^ bits[j, k]
        x = x - ((x >> np.uint64(1)) & _EVEN)
        x = (x & _PAIRS) + ((x >> np.uint64(2)) & _PAIRS)
        x = (x + (x >> np.uint64(4))) & _NIBBLES
        count += (x * _BYTES) >> np.uint64(56)
    return np.int64(count)


@kernel(fastmath=_SUM, error_model="numpy", internal=True)
def _square_apart(rows: Singles, i: Whole, j: Whole, sign: np.float32) -> float:
    """Squared length of row i less sign times row j."""
    total = np.float32(0)
    for k in range(rows.shape[1]):
        d = rows[i, k] - sign * rows[j, k]
        total += d * d
    return np.float64(total)


@kernel(fastmath=_SUM, error_model="numpy", internal=True)
def _product(rows: Singles, i: Whole, j: Whole) -> float:
    total = np.float32(0)
    for k in range(rows.shape[1]):
        total += rows[i, k] * rows[j, k]
    return np.float64(total)


@kernel()
def row_distance(rows: Singles, bits: Words, how: Measure, i: Whole, j: Whole) -> float:
    """Distance of two rows, from the rows themselves."""
    kind, flip = how[0], how[1] > 0
    if kind == BITS:
        differing: float = np.float64(_bits_apart(bits, i, j))
        if flip:
            differing = min(differing, how[3] - differing)
        return differing * how[2]
    if kind == PRODUCT:
        product: float = _product(rows, i, j)
        return how[3] - (abs(product) if flip else product)
    apart: float = _square_apart(rows, i, j, np.float32(1))
    if apart != apart:
        return 1.0
    # Nearly opposite rows: from their sum, which loses no digits.
    if flip and (kind == ROOT or apart > 2):
        apart = min(apart, _square_apart(rows, i, j, np.float32(-1)))
    root: float = np.sqrt(apart)
    return root if kind == ROOT else 0.5 * apart


@kernel()
def cost(square: Floats, rows: Singles, bits: Words, penalty: Floats, how: Measure, i: Whole, j: Whole) -> float:
    """Distance of two nodes with their penalties; node ``n`` is the dummy.

    The fields of Costs come one by one: taking an array out of a tuple counts a reference, which costs more than
    the look-up.
    """
    total: float = penalty[i] + penalty[j]
    last = penalty.shape[0] - 1
    if last in (i, j) or i == j:
        return total
    if square.shape[0] > 0:
        return total + np.float64(square[i, j])
    apart: float = row_distance(rows, bits, how, i, j)
    return total + apart
