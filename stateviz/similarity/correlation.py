"""Correlation distance: 1 minus Pearson's r."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.similarity.metric import CompiledCost, Distances, Metric, Moment, Real
from stateviz.similarity.products import one_minus, one_minus_defined, product_pairs, unit_gram, warn_units

_CONSTANT = "constant, and counted as uncorrelated with every unit"


def _square(states: StateMatrix, flip: bool) -> Distances:
    return one_minus(_similarity(states), flip)


def _similarity(states: StateMatrix) -> Real:
    constant = _constant(states)
    warn_units(states, constant, _CONSTANT)
    return unit_gram(_centred(states), constant)


def _constant(states: StateMatrix) -> NDArray[np.bool_]:
    return np.asarray(np.all(states.values == states.values[:, :1], axis=1))


def _centred(states: StateMatrix) -> Real:
    values = states.values.astype(np.float64)
    return np.where(_constant(states)[:, None], 0, values - values.mean(axis=1, keepdims=True))


def _correlations(statistics: Statistics) -> Distances:
    return np.where(np.eye(len(statistics.units), dtype=bool), 1, statistics.correlation())


def _from_products(products: Distances, steps: int) -> Distances:
    return np.asarray(1 - products)


def _constant_of(statistics: Statistics) -> NDArray[np.bool_]:
    return statistics.constant


def _with_gaps(filled: Real, mask: Real, shared: Real, flip: bool) -> tuple[Real, Real]:
    means = filled.sum(axis=1, keepdims=True) / mask.sum(axis=1, keepdims=True)
    centred = (filled - means) * mask  # moves no correlation, and loses fewer digits below
    total = centred @ mask.T
    square = (centred**2) @ mask.T
    variance = square - total**2 / shared
    covariance = centred @ centred.T - total * total.T / shared
    spread = np.where(variance > 1e-12 * square, variance, np.nan)
    return one_minus_defined(covariance / np.sqrt(spread * spread.T), flip)


_COST = CompiledCost("half-square", unit_norm=True, centred=True, degenerate=_CONSTANT)

CORRELATION = Metric(
    "correlation",
    "1 - r (Pearson)",
    _square,
    swap=True,
    signed_rows=_centred,
    pairs=product_pairs(_COST),
    moments=Moment(_correlations, _from_products, _constant_of),
    gaps=_with_gaps,
    compiled=_COST,
)
"""The correlation distance."""
