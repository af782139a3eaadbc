"""Euclidean distance: the length of the difference of two rows."""

from __future__ import annotations

import numpy as np

from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.similarity.metric import CompiledCost, Distances, Metric, Moment, Real
from stateviz.similarity.products import as_numbers, as_signs, gram, product_pairs, sign_products, zero_diagonal


def _square(states: StateMatrix, flip: bool) -> Distances:
    values = _rows(states)
    if not flip:
        values = values - values.mean(axis=0)  # moves no distance, and loses fewer digits below
    product = gram(values)
    norms = np.diag(product)
    total = norms[:, None] + norms
    squared = np.asarray(total - 2 * (np.abs(product) if flip else product), np.float64)
    _mend(squared, total, values, np.ones_like(values), product if flip else None)
    return zero_diagonal(np.sqrt(np.maximum(squared, 0)))


def _mend(squared: Real, total: Distances, values: Real, mask: Real, product: Distances | None) -> None:
    """Take the pairs of nearly equal rows from their differences: |x|^2 + |y|^2 - 2 x.y cancels there.

    ``mask`` is 0 where a row has no value; the sign of ``product`` says which rows are opposite, None that none are.
    """
    first, second = np.nonzero(np.triu(squared < 1e-6 * total, 1))
    for start in range(0, len(first), 4096):
        i, j = first[start : start + 4096], second[start : start + 4096]
        opposite = np.zeros(len(i), np.bool_) if product is None else product[i, j] < 0
        apart = (values[i] - np.where(opposite, -1.0, 1.0)[:, None] * values[j]) * mask[i] * mask[j]
        squared[i, j] = squared[j, i] = np.sum(apart**2, axis=1)


def _rows(states: StateMatrix) -> Real:
    """The numbers that came; 0 and 1 as -1/2 and 1/2: no distance moves, and a flip is a negation."""
    return as_signs(states) / 2 if states.off == 0 else as_numbers(states)


def _products(statistics: Statistics) -> Distances:
    return sign_products(statistics) / 4 if statistics.off == 0 else statistics.products()


def _of_moments(statistics: Statistics, flip: bool) -> Distances:
    """From means and covariances: sums of squares would lose what units far from 0 differ by."""
    mean = statistics.mean - 0.5 if statistics.off == 0 else statistics.mean
    spread, together = np.diag(statistics.covariance), statistics.covariance
    total = spread[:, None] + spread
    squared = total - 2 * together + (mean[:, None] - mean) ** 2
    if flip:
        squared = np.minimum(squared, total + 2 * together + (mean[:, None] + mean) ** 2)
    squared = statistics.count * squared
    return zero_diagonal(np.sqrt(np.maximum(np.rint(squared) if statistics.binary else squared, 0)))


def _from_products(products: Distances, steps: int) -> Distances:
    norms = np.diag(products)
    return np.asarray(np.sqrt(np.maximum(norms[:, None] + norms - 2 * products, 0)))


def _with_gaps(filled: Real, mask: Real, shared: Real, flip: bool) -> tuple[Real, Real]:
    # Measured from the middle of each step, rows are as far apart, and lose fewer digits below.
    middle = 0 if flip else filled.sum(axis=0) / np.maximum(mask.sum(axis=0), 1)
    values = (filled - middle) * mask
    square, product = (values**2) @ mask.T, values @ values.T
    apart = np.maximum(square + square.T - 2 * (np.abs(product) if flip else product), 0)
    _mend(apart, square + square.T, values, mask, product if flip else None)
    # A pair that shares no step is as far apart as the two rows' mean squares suggest.
    power = (filled**2).sum(axis=1) / mask.sum(axis=1)
    mean = np.where(shared > 0, apart / shared, power[:, None] + power)
    return np.sqrt(mean * filled.shape[1]), product


_COST = CompiledCost("root")

EUCLIDEAN = Metric(
    "euclidean",
    "length of the difference of two rows",
    _square,
    true_metric=True,
    swap=True,
    signed_rows=_rows,
    pairs=product_pairs(_COST),
    moments=Moment(_products, _from_products, direct=_of_moments),
    gaps=_with_gaps,
    compiled=_COST,
)
"""The Euclidean distance."""
