"""Dot product as a distance: the largest squared norm minus the product."""

from __future__ import annotations

import numpy as np

from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.similarity.metric import CompiledCost, Distances, Metric, Moment
from stateviz.similarity.products import as_numbers, gram, integer_gram, product_pairs, zero_diagonal


def _square(states: StateMatrix, flip: bool) -> Distances:
    product = integer_gram(states, states.values) if states.binary else gram(as_numbers(states))
    # No product exceeds the largest squared norm (Cauchy-Schwarz), so the shifted distances are never negative.
    # The shift is the same for every pair: the shortest path is the one of most similarity.
    largest = np.diag(product).max()
    return zero_diagonal(largest - (np.abs(product) if flip else product))


def _from_products(products: Distances, steps: int) -> Distances:
    # No product exceeds the largest squared norm (Cauchy-Schwarz), but for rounding.
    return np.asarray(np.maximum(np.diag(products).max() - products, 0))


_COST = CompiledCost("product", per_step=2)

DOT = Metric(
    "dot",
    "largest squared norm minus the dot product",
    _square,
    signed_rows=as_numbers,
    pairs=product_pairs(_COST),
    moments=Moment(Statistics.products, _from_products),
    compiled=_COST,
)
"""The dot product, as a distance."""
