"""What metrics share: Gram matrices, rows scaled to norm 1, and warnings that name units."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.core.values import signed
from stateviz.similarity.metric import Between, CompiledCost, Distances, Real, States
from stateviz.similarity.pairs import ProductPairs

_INT32_SAFE = 2**29
"""Sums of up to three distances below this cannot overflow int32."""


def gram(values: Distances) -> Distances:
    """Dot products of all pairs of rows, shape (n, n)."""
    # A product of a matrix with its own transpose is one symmetric rank-k update, half the work of a general one.
    return values @ values.T


def integer_gram(states: StateMatrix, values: States) -> Distances:
    """Dot products of ``values``, binary rows of ``states``, exact: float32 counts without error to 2 ** 24 steps."""
    exact = np.float32 if states.shape[1] < 2**24 else np.float64
    whole = np.int32 if states.shape[1] < _INT32_SAFE else np.int64
    return gram(values.astype(exact)).astype(whole)


def as_numbers(states: StateMatrix) -> Real:
    """The numbers that came, float64."""
    return states.values.astype(np.float64)


def as_signs(states: StateMatrix) -> NDArray[np.int8]:
    """Binary rows as -1 (off) and +1 (on), whatever stands for off in them."""
    return np.asarray(signed(states.values, states.off))


def sign_products(statistics: Statistics) -> Distances:
    """Dot products of binary units read as -1 (off) and +1 (on), or else of the numbers that came."""
    if statistics.off != 0:
        return statistics.products()
    ones = np.rint(statistics.count * statistics.mean)
    return np.asarray(4 * statistics.products() - 2 * (ones[:, None] + ones) + statistics.count)


def unit_gram(values: Real, degenerate: NDArray[np.bool_]) -> Real:
    """Cosines of the angles between rows; 0 for degenerate rows."""
    largest = np.abs(values).max(axis=1, keepdims=True)
    scaled = values / np.where(largest > 0, largest, 1)  # so that squares neither vanish nor overflow
    norm = np.linalg.norm(scaled, axis=1, keepdims=True)
    unit = np.where(degenerate[:, None], 0, scaled / np.where(norm > 0, norm, 1))
    return np.clip(gram(unit), -1, 1).astype(np.float64, copy=False)


def one_minus(similarity: Real, flip: bool) -> Real:
    """``1 - similarity``, or of its size where rows may be flipped; zero diagonal."""
    distances = 1 - (np.abs(similarity) if flip else similarity)
    np.fill_diagonal(distances, 0)
    return distances


def zero_diagonal(matrix: Distances) -> Distances:
    """``matrix``, its diagonal set to 0."""
    np.fill_diagonal(matrix, 0)
    return matrix


def product_pairs(cost: CompiledCost) -> _PairsOf:
    """The ``pairs`` of a metric whose distances follow from products of prepared rows."""
    return _PairsOf(cost)


class _PairsOf:
    """A class, not a closure, so that a row of METRICS pickles."""

    def __init__(self, cost: CompiledCost) -> None:
        self.cost = cost

    def __call__(self, values: States, flip: bool) -> Between:
        return ProductPairs(values, self.cost, flip)


def warn_units(states: StateMatrix | Statistics, rows: NDArray[np.bool_], what: str) -> None:
    """Warn of units by name, with the place outside of stateviz.similarity that asked for distances."""
    names = [str(states.units[i]) for i in np.flatnonzero(rows)]
    if names:
        shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        subject = f"unit {shown} is" if len(names) == 1 else f"units {shown} are"
        warnings.warn(f"{subject} {what}", UserWarning, stacklevel=6)


def one_minus_defined(similarity: Real, flip: bool) -> tuple[Real, Real]:
    """``1 - similarity`` and the similarities, where those that are undefined count as 0."""
    similarity = np.clip(np.where(np.isfinite(similarity), similarity, 0), -1, 1)
    return 1 - (np.abs(similarity) if flip else similarity), similarity
