"""Hamming distance: at how many steps two binary rows differ."""

from __future__ import annotations

import numpy as np

from stateviz.core.states import StateMatrix
from stateviz.similarity.metric import CompiledCost, Distances, Metric, Moment, Real
from stateviz.similarity.products import as_signs, integer_gram, product_pairs, sign_products


def _square(states: StateMatrix, flip: bool) -> Distances:
    steps = states.shape[1]
    count = (steps - integer_gram(states, as_signs(states))) // 2
    return np.minimum(count, steps - count) if flip else count


def _signs(states: StateMatrix) -> Real:
    return as_signs(states).astype(np.float64)


def _from_products(products: Distances, steps: int) -> Distances:
    return np.asarray((steps - np.rint(products).astype(np.int64)) // 2)


def _with_gaps(filled: Real, mask: Real, shared: Real, flip: bool) -> tuple[Real, Real]:
    similarity = np.where(shared > 0, (filled @ filled.T) / shared, 0)
    return filled.shape[1] * (1 - (np.abs(similarity) if flip else similarity)) / 2, similarity


_COST = CompiledCost("half-square", per_step=1)

HAMMING = Metric(
    "hamming",
    "steps at which two binary rows differ",
    _square,
    true_metric=True,
    integer=True,
    needs="binary",
    swap=True,
    signed_rows=_signs,
    pairs=product_pairs(_COST),
    moments=Moment(sign_products, _from_products),
    gaps=_with_gaps,
    compiled=_COST,
)
"""The Hamming distance."""
