"""Distances computed from the rows when they are asked for: for more rows than a square matrix has room for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.values import signed
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.similarity.metric import Between, Distances, Metric, States
from stateviz.similarity.metrics import check_part, check_parts, listed, sample_rows
from stateviz.similarity.pairs import ProductPairs
from stateviz.similarity.products import warn_units

if TYPE_CHECKING:
    from stateviz.ordering.problem.kernels.costs import Costs

_LANES = 16  # steps are filled up to a multiple of this, for compiled loops


@dataclass(frozen=True, eq=False)
class RowProblem(Problem):
    """A Problem without a square matrix: distances are computed from the rows when they are asked for.

    ``distances`` raises InputError: what needs it cannot order that many rows.

    Parameters
    ----------
    metric
        A row of METRICS with ``pairs``.
    flip
        A row may be negated.

    Examples
    --------
    >>> from stateviz.similarity.metrics import METRICS
    >>> problem = RowProblem.of(StateMatrix([[0.0, 3.0], [4.0, 0.0], [0.0, 0.0]]), METRICS["euclidean"])
    >>> problem.size, problem.length([0, 2, 1]), problem.square
    (3, 7.0, False)
    """

    distances: Distances = field(init=False, repr=False)
    metric: Metric | None = field(default=None, kw_only=True)
    flip: bool = field(default=False, kw_only=True)

    @classmethod
    def of(cls, states: StateMatrix, metric: Metric, *, flip: bool = False) -> RowProblem:
        """The problem of ordering ``states`` by a metric that has distances of pairs of rows."""
        metric.check(states, flip)
        if metric.pairs is None:
            raise InputError(
                f"metric {metric.name!r} has no distances of pairs of rows (pairs), and {len(states.units)} rows are "
                "too many for the matrix of all distances; give its row pairs, or order fewer rows"
            )
        check_parts(metric)
        problem = cls(_measured(states, metric), metric.true_metric, metric=metric, flip=flip)
        if metric.compiled is not None and metric.compiled.unit_norm:
            warn_units(states, problem.products.moments[1] == 0, metric.compiled.degenerate)
        return problem

    def __getattr__(self, name: str) -> Distances:
        if name == "distances":
            raise InputError(
                f"{self.size} rows are too many for a matrix of all distances; "
                "choose a method that does without, such as lin-kernighan"
            )
        raise AttributeError(name)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self._values)

    @property
    def square(self) -> bool:
        """There is no matrix of all distances."""
        return False

    @property
    def _values(self) -> States:
        assert self.states is not None
        return self.states

    @property
    def _metric(self) -> Metric:
        assert self.metric is not None
        return self.metric

    @property
    def metric_name(self) -> str:
        """What the metric is called."""
        return self._metric.name

    @cached_property
    def pairs(self) -> Between:
        """Distances of pairs of rows."""
        assert self._metric.pairs is not None  # refused where it is made
        return self._metric.pairs(self._values, self.flip)

    @property
    def searchable(self) -> bool:
        """Whether the metric has a compiled cost, which neighbour lists, searches and bounds need."""
        return self._metric.compiled is not None

    @cached_property
    def products(self) -> ProductPairs:
        """The rows as the metric's compiled cost takes them.

        Raises
        ------
        InputError
            When the metric has none.
        """
        if self._metric.compiled is None:
            raise InputError(f"metric {self._metric.name!r} has no compiled cost, which {self.size} rows need here")
        if isinstance(self.pairs, ProductPairs) and self.pairs.cost == self._metric.compiled:
            return self.pairs
        return ProductPairs(self._values, self._metric.compiled, self.flip)

    @cached_property
    def integer(self) -> bool:
        """Every distance is a whole number."""
        return self._metric.integer or (self.searchable and self.products.binary)

    @cached_property
    def granularity(self) -> tuple[float, float]:
        """(0, step): every distance is a whole multiple of ``step``; step is 0 for real ones."""
        cost = self._metric.compiled
        return 0, ((cost and cost.per_step) or 1) if self.integer else 0

    def pairwise(self, a: ArrayLike, b: ArrayLike) -> Distances:
        """Distances between the rows ``a`` and the rows ``b``, pair by pair."""
        first, second = np.asarray(a), np.asarray(b)
        if isinstance(self.pairs, ProductPairs):
            return self.pairs(first, second)
        found = np.asarray(self.pairs(first, second))
        if found.shape != first.shape or not np.all(np.isfinite(found) & (found >= 0)):
            raise InputError(
                f"metric {self._metric.name!r} gave no distances of {len(first)} pairs: each is a number, 0 or more"
            )
        return found

    def _lowest(self) -> Rows:
        """The lowest row that is equal to each (or opposite, where rows may be flipped), shape (n,)."""
        lowest: dict[bytes, int] = {}
        found = np.empty(self.size, np.int64)
        for i, row in enumerate(self._values):
            row = row + row.dtype.type(0)  # -0.0 is 0.0
            if self.flip and row.any() and row[np.flatnonzero(row)[0]] < 0:
                row = -row + row.dtype.type(0)
            found[i] = lowest.setdefault(blake2b(row.tobytes(), digest_size=16).digest(), i)
        return found

    def _subset(self, keep: Rows, first: int | None, last: int | None) -> Problem:
        return RowProblem(self._values[keep], True, first, last, metric=self.metric, flip=self.flip)


def _measured(states: StateMatrix, metric: Metric) -> States:
    """The rows; those of 0 and 1 so that a flip is a negation, where that moves no distance of the metric."""
    cost = metric.compiled
    if states.off != 0 or (cost is None and not metric.swap):
        return states.values
    if metric.needs == "binary" or (cost is not None and cost.centred):
        return np.asarray(signed(states.values, 0))
    if metric.swap:
        return np.asarray(signed(states.values, 0) * np.float32(0.5))  # 0 and 1 are as far apart
    return states.values.astype(np.float32)  # not counted by bits, of which 0 is off


def check_compiled(row: Metric) -> None:
    """Raise InputError where the compiled cost of a row from outside contradicts its ``square``."""
    if listed(row) or row.square is None:
        return
    from stateviz.ordering.problem.kernels.costs import row_distance

    costs = compiled_costs(RowProblem.of(sample_rows(row), row).products)
    pairs = zip(*np.triu_indices(12, 1), strict=True)
    check_part(row, "compiled", np.array([row_distance(costs.rows, costs.bits, costs.how, i, j) for i, j in pairs]))


def compiled_costs(pairs: ProductPairs) -> Costs:
    """The rows as compiled searches take them: packed bits, or float32."""
    from stateviz.ordering.problem.kernels.costs import BITS, KINDS, Costs

    size, steps = pairs.values.shape
    rows, bits = np.zeros((0, 0), np.float32), np.zeros((0, 0), np.uint64)
    if pairs.binary and pairs.cost.per_step is not None:
        kind, scale, most = BITS, float(pairs.cost.per_step), float(steps)
        packed = np.zeros((size, -(-steps // 64) * 8), np.uint8)
        packed[:, : -(-steps // 8)] = np.packbits(pairs.values > 0, axis=1)
        bits = packed.view(np.uint64)
    else:
        kind = KINDS[pairs.cost.kind]
        scale, most = 1.0, pairs.largest if pairs.cost.kind == "product" else 0.0
        rows = np.zeros((size, -(-steps // _LANES) * _LANES), np.float32)
        for part in pairs.blocks():
            rows[part, :steps] = pairs.prepared(part)
        rows[pairs.moments[1] == 0] = np.nan
    how = (float(kind), float(pairs.flip), scale, most)
    return Costs(np.zeros((0, 0)), rows, bits, np.zeros(size + 1), how)
