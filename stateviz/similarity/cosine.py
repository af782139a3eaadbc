"""Cosine distance: 1 minus the cosine of the angle between two rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.similarity.metric import CompiledCost, Distances, Metric, Moment, Real
from stateviz.similarity.products import (
    as_numbers,
    one_minus,
    one_minus_defined,
    product_pairs,
    unit_gram,
    warn_units,
)

_ZERO = "zero throughout, and counted as at a right angle to every unit"


def _square(states: StateMatrix, flip: bool) -> Distances:
    return one_minus(_similarity(states), flip)


def _similarity(states: StateMatrix) -> Real:
    values = as_numbers(states)
    zero = ~np.any(values, axis=1)
    warn_units(states, zero, _ZERO)
    return unit_gram(values, zero)


def _cosines(statistics: Statistics) -> Distances:
    products = statistics.products()
    norm = np.sqrt(np.maximum(np.diag(products), 0))
    norm = np.where(norm > 0, norm, np.inf)
    return np.asarray(np.clip(products / (norm[:, None] * norm), -1, 1))


def _from_products(products: Distances, steps: int) -> Distances:
    return np.asarray(1 - products)


def _zero_of(statistics: Statistics) -> NDArray[np.bool_]:
    return np.asarray((statistics.minimum == 0) & (statistics.maximum == 0))


def _with_gaps(filled: Real, mask: Real, shared: Real, flip: bool) -> tuple[Real, Real]:
    square = (filled**2) @ mask.T
    return one_minus_defined((filled @ filled.T) / np.sqrt(square * square.T), flip)


_COST = CompiledCost("half-square", unit_norm=True, degenerate=_ZERO)

COSINE = Metric(
    "cosine",
    "1 - cosine of the angle",
    _square,
    signed_rows=as_numbers,
    pairs=product_pairs(_COST),
    moments=Moment(_cosines, _from_products, _zero_of),
    gaps=_with_gaps,
    compiled=_COST,
)
"""The cosine distance."""
