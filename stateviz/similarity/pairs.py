"""Distances of pairs of rows that follow from products of prepared rows: what many rows are measured by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from stateviz.similarity.metric import CompiledCost, Distances, Indices, Real, States

_PAIRS = 1024  # compared at a time
_BLOCK = 4096  # rows prepared at a time


@dataclass(frozen=True, eq=False)
class ProductPairs:
    """Rows, and distances of pairs of them from products of rows that were prepared; call it with two arrays of rows.

    Parameters
    ----------
    values : array, shape (n, steps)
        int8 in {-1, +1}, or real.
    cost
        How rows are prepared, and how a distance follows from two of them.
    flip
        A row may be negated.

    Examples
    --------
    >>> pairs = ProductPairs(np.array([[1, 1, -1], [1, -1, 1]], np.int8), CompiledCost("half-square", per_step=1))
    >>> pairs(np.array([0, 0]), np.array([1, 0])).tolist()
    [2, 0]
    """

    values: States
    cost: CompiledCost
    flip: bool = False

    @property
    def binary(self) -> bool:
        """Whether distances are counted."""
        return self.values.dtype == np.int8 and self.cost.per_step is not None

    @cached_property
    def moments(self) -> tuple[Real, Real]:
        """Mean and norm of each row, shape (n,) each: 0 and 1 where the metric leaves rows as they are.

        The norm is 0 for rows that are at distance 1 from all others.
        """
        size = len(self.values)
        means, norms = np.zeros(size), np.ones(size)
        if not self.cost.unit_norm:
            return means, norms
        for rows in self.blocks():
            block = self.values[rows].astype(np.float64)
            if self.cost.centred:
                constant = np.all(block == block[:, :1], axis=1)
                means[rows] = block.mean(axis=1)
                block = np.where(constant[:, None], 0, block - means[rows, None])
            norms[rows] = np.linalg.norm(block, axis=1)
        return means, norms

    @cached_property
    def centre(self) -> Real:
        """What is taken off every row, shape (steps,): for ``root`` without flips the mean row, no distance moves.

        So rows far from 0 keep in float32 what they differ by.
        """
        if self.cost.kind != "root" or self.flip or self.values.dtype == np.int8:
            return np.zeros(self.values.shape[1])
        return np.asarray(self.values.mean(axis=0, dtype=np.float64))

    @cached_property
    def largest(self) -> float:
        """The largest squared norm of a prepared row."""
        return max(float(np.einsum("ij,ij->i", b, b).max()) for b in map(self.prepared, self.blocks()))

    @cached_property
    def squares(self) -> Real:
        """The squared norm of each prepared row, shape (n,)."""
        return np.concatenate([np.einsum("ij,ij->i", b, b) for b in map(self.prepared, self.blocks())])

    def blocks(self) -> Iterator[slice]:
        """Slices of rows that are prepared at a time."""
        return (slice(i, i + _BLOCK) for i in range(0, len(self.values), _BLOCK))

    def prepared(self, rows: slice | Indices) -> Real:
        """Rows as the metric sees them, float64: centred and of unit norm where only the direction counts."""
        block = self.values[rows].astype(np.float64)
        if not self.cost.unit_norm:
            return block - self.centre
        means, norms = self.moments[0][rows, None], self.moments[1][rows, None]
        return np.where(norms > 0, block - means, 0) / np.where(norms > 0, norms, 1)

    def __call__(self, a: ArrayLike, b: ArrayLike) -> Distances:
        """Distances between the rows ``a`` and the rows ``b``, pair by pair: whole numbers exact, others in float64."""
        a, b = np.asarray(a), np.asarray(b)
        parts = [self._between(a[i : i + _PAIRS], b[i : i + _PAIRS]) for i in range(0, len(a), _PAIRS)]
        found = np.concatenate(parts) if parts else np.zeros(0, np.int64 if self.binary else np.float64)
        return np.where(a == b, found.dtype.type(0), found)

    def _between(self, a: Indices, b: Indices) -> Distances:
        if self.binary:
            count = np.count_nonzero(self.values[a] != self.values[b], axis=1)
            count = np.minimum(count, self.values.shape[1] - count) if self.flip else count
            return np.asarray(count * self.cost.per_step)
        first, second = self.prepared(a), self.prepared(b)
        if self.cost.kind == "root":
            apart = np.linalg.norm(first - second, axis=1)
            return np.asarray(np.minimum(apart, np.linalg.norm(first + second, axis=1)) if self.flip else apart)
        return self._of_products(np.einsum("ij,ij->i", first, second))

    def _of_products(self, product: Real) -> Real:
        """Distances of a metric that follows from the product of two prepared rows alone."""
        product = np.abs(product) if self.flip else product
        if self.binary and self.cost.per_step is not None:
            return (float(self.values.shape[1]) - product) * (self.cost.per_step / 2)
        return self.largest - product if self.cost.kind == "product" else 1 - np.clip(product, -1, 1)

    def from_products(self, products: Real, a: ArrayLike, b: ArrayLike) -> Real:
        """Distances between every one of the rows ``a`` and of the rows ``b``, from products of their prepared rows.

        For a Euclidean distance that is nearly 0 the products are a coarse measure: a call is the exact one.
        """
        if self.cost.kind != "root":
            return self._of_products(products)
        first, second = self.squares[np.asarray(a)], self.squares[np.asarray(b)]
        products = np.abs(products) if self.flip else products
        return np.asarray(np.sqrt(np.maximum(first[:, None] + second - 2 * products, 0)))
