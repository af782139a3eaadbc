"""Distances worked out from the rows when they are asked for: for more rows than a square matrix has room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.ordering.problem.problem import Problem
from stateviz.similarity.moments import warn_units

_PAIRS = 1024  # compared at a time
_BLOCK = 4096  # rows prepared at a time
_LANES = 16  # steps are filled up to a multiple of this, for compiled loops

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows and the metric that pairs of them are measured by; the definitions are those of stateviz.similarity.metrics.

    Parameters
    ----------
    values : array, shape (n, steps)
        int8 in {-1, +1}, or real.
    metric
        hamming, dot, correlation, cosine or euclidean.
    flip
        A row may be negated.

    Examples
    --------
    >>> pairs = Pairs(np.array([[1, 1, -1], [1, -1, 1]], np.int8), "hamming")
    >>> pairs.between([0, 0], [1, 0]).tolist()
    [2, 0]
    """

    values: Array
    metric: str
    flip: bool = False

    @property
    def binary(self) -> bool:
        """Whether distances are counted."""
        return self.values.dtype == np.int8 and self.metric in ("hamming", "dot")

    @property
    def unit(self) -> bool:
        """Whether only the direction of a row counts."""
        return self.metric in ("correlation", "cosine")

    @cached_property
    def shape(self) -> tuple[Array, Array]:
        """Mean and norm of each row, shape (n,) each: 0 and 1 where the metric leaves rows as they are.

        The norm is 0 for rows that are at distance 1 from all others.
        """
        size = len(self.values)
        means, norms = np.zeros(size), np.ones(size)
        if not self.unit:
            return means, norms
        for rows in self._blocks():
            block = self.values[rows].astype(np.float64)
            if self.metric == "correlation":
                constant = np.all(block == block[:, :1], axis=1)
                means[rows] = block.mean(axis=1)
                block = np.where(constant[:, None], 0, block - means[rows, None])
            norms[rows] = np.linalg.norm(block, axis=1)
        return means, norms

    @cached_property
    def largest(self) -> float:
        """The largest squared norm of a row."""
        return max(float(np.einsum("ij,ij->i", b, b).max()) for b in map(self.prepared, self._blocks()))

    def _blocks(self) -> Iterator[slice]:
        return (slice(i, i + _BLOCK) for i in range(0, len(self.values), _BLOCK))

    def prepared(self, rows: Any) -> Array:
        """Rows as the metric sees them, float64: centred and of unit norm where only the direction counts."""
        block = self.values[rows].astype(np.float64)
        if not self.unit:
            return block
        means, norms = self.shape[0][rows, None], self.shape[1][rows, None]
        return np.where(norms > 0, block - means, 0) / np.where(norms > 0, norms, 1)

    def between(self, a: ArrayLike, b: ArrayLike) -> Array:
        """Distances between the rows ``a`` and the rows ``b``, pair by pair: whole numbers exact, others in float64."""
        a, b = np.asarray(a), np.asarray(b)
        parts = [self._between(a[i : i + _PAIRS], b[i : i + _PAIRS]) for i in range(0, len(a), _PAIRS)]
        found = np.concatenate(parts) if parts else np.zeros(0, np.int64 if self.binary else np.float64)
        return np.where(a == b, found.dtype.type(0), found)

    def _between(self, a: Array, b: Array) -> Array:
        if self.binary:
            count = np.count_nonzero(self.values[a] != self.values[b], axis=1)
            count = np.minimum(count, self.values.shape[1] - count) if self.flip else count
            return count * (2 if self.metric == "dot" else 1)
        first, second = self.prepared(a), self.prepared(b)
        if self.metric == "euclidean":
            apart = np.linalg.norm(first - second, axis=1)
            return np.minimum(apart, np.linalg.norm(first + second, axis=1)) if self.flip else apart
        return self._of_products(np.einsum("ij,ij->i", first, second))

    def _of_products(self, product: Array) -> Array:
        """Distances of a metric that follows from the product of two prepared rows alone."""
        product = np.abs(product) if self.flip else product
        if self.binary:
            steps = float(self.values.shape[1])
            return (steps - product) * (1.0 if self.metric == "dot" else 0.5)
        return self.largest - product if self.metric == "dot" else 1 - np.clip(product, -1, 1)

    def from_products(self, products: Array, a: ArrayLike, b: ArrayLike) -> Array:
        """Distances between every one of the rows ``a`` and of the rows ``b``, from products of their prepared rows.

        For a Euclidean distance that is nearly 0 the products are a coarse measure: ``between`` is the exact one.
        """
        if self.metric != "euclidean":
            return self._of_products(products)
        first, second = self.squares[np.asarray(a)], self.squares[np.asarray(b)]
        products = np.abs(products) if self.flip else products
        return np.sqrt(np.maximum(first[:, None] + second - 2 * products, 0))

    @cached_property
    def squares(self) -> Array:
        """The squared norm of each prepared row, shape (n,)."""
        return np.concatenate([np.einsum("ij,ij->i", b, b) for b in map(self.prepared, self._blocks())])

    def compiled(self) -> Any:
        """The rows as compiled searches take them (Costs): packed bits, or float32."""
        from stateviz.ordering.problem.kernels import costs as lk_costs

        size, steps = self.values.shape
        rows, bits = np.zeros((0, 0), np.float32), np.zeros((0, 0), np.uint64)
        if self.binary:
            kind, scale, most = lk_costs.BITS, 2.0 if self.metric == "dot" else 1.0, float(steps)
            packed = np.zeros((size, -(-steps // 64) * 8), np.uint8)
            packed[:, : -(-steps // 8)] = np.packbits(self.values > 0, axis=1)
            bits = packed.view(np.uint64)
        else:
            kind = {"euclidean": lk_costs.ROOT, "dot": lk_costs.PRODUCT}.get(self.metric, lk_costs.HALF_SQUARE)
            scale, most = 1.0, self.largest if self.metric == "dot" else 0.0
            rows = np.zeros((size, -(-steps // _LANES) * _LANES), np.float32)
            for part in self._blocks():
                rows[part, :steps] = self.prepared(part)
            rows[self.shape[1] == 0] = np.nan
        how = (float(kind), float(self.flip), scale, most)
        return lk_costs.Costs(np.zeros((0, 0)), rows, bits, np.zeros(size + 1), how)

    def same(self) -> Array:
        """The lowest row that is equal to each (or opposite, where rows may be flipped), shape (n,)."""
        lowest: dict[bytes, int] = {}
        found = np.empty(len(self.values), np.int64)
        for i, row in enumerate(self.values):
            row = row + row.dtype.type(0)  # -0.0 is 0.0
            if self.flip and row.any() and row[np.flatnonzero(row)[0]] < 0:
                row = -row + row.dtype.type(0)
            found[i] = lowest.setdefault(blake2b(row.tobytes(), digest_size=16).digest(), i)
        return found


@dataclass(frozen=True, eq=False)
class RowProblem(Problem):
    """A Problem without a square matrix: distances are worked out from the rows when they are asked for.

    ``distances`` raises InputError: what needs it cannot order that many rows.

    Examples
    --------
    >>> pairs = Pairs(np.array([[0.0, 3.0], [4.0, 0.0], [0.0, 0.0]]), "euclidean")
    >>> problem = RowProblem(pairs.values, True, pairs=pairs)
    >>> problem.size, problem.length([0, 2, 1]), problem.square
    (3, 7.0, False)
    """

    distances: Array = field(init=False, repr=False)
    pairs: Pairs | None = field(default=None, kw_only=True)

    @classmethod
    def of(cls, states: StateMatrix, metric: str, *, flip: bool, collapsible: bool) -> RowProblem:
        """The problem of ordering ``states`` by a metric other than precomputed."""
        pairs = Pairs(states.values, metric, flip)
        if pairs.unit:
            what = "constant, and counted as uncorrelated with every unit"
            if metric == "cosine":
                what = "zero throughout, and counted as at a right angle to every unit"
            warn_units(states, pairs.shape[1] == 0, what)
        return cls(states.values, collapsible, pairs=pairs)

    def __getattr__(self, name: str) -> Any:
        if name == "distances":
            raise InputError(
                f"{self.size} rows are too many for a matrix of all distances; "
                "choose a method that does without, such as lin-kernighan"
            )
        raise AttributeError(name)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self._pairs.values)

    @property
    def square(self) -> bool:
        """There is no matrix of all distances."""
        return False

    @property
    def _pairs(self) -> Pairs:
        assert self.pairs is not None
        return self.pairs

    @cached_property
    def integer(self) -> bool:
        """Every distance is a whole number."""
        return self._pairs.binary

    @cached_property
    def lattice(self) -> tuple[float, float]:
        """(0, step): every distance is a whole multiple of ``step``; step is 0 for real ones."""
        return 0, (2 if self._pairs.metric == "dot" else 1) if self.integer else 0

    def between(self, a: ArrayLike, b: ArrayLike) -> Array:
        """Distances between the rows ``a`` and the rows ``b``, pair by pair."""
        return self._pairs.between(a, b)

    def _lowest(self) -> Array:
        return self._pairs.same()

    def _subset(self, keep: Array, first: int | None, last: int | None) -> Problem:
        pairs = replace(self._pairs, values=self._pairs.values[keep])
        return RowProblem(pairs.values, True, first, last, pairs=pairs)
