"""Precomputed: the square matrix given is the distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.values import as_real
from stateviz.similarity.metric import Distances, Metric, Real


def check_distances(matrix: ArrayLike) -> Real:
    """``matrix`` as distances, float64, after checking that it can be.

    Raises
    ------
    InputError
        When it is not square and symmetric, or holds a negative, infinite or undefined distance, or
        one other than 0 on its diagonal.
    """
    array = as_real(matrix)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.size == 0:
        raise InputError(f"precomputed takes a square matrix of distances, got shape {array.shape}")
    for wrong, what in (
        (~np.isfinite(array), "is not a finite number"),
        (array < 0, "is negative; give distances, not similarities"),
        (array * np.eye(len(array)) != 0, "is on the diagonal, where 0 was expected"),
        (np.abs(array - array.T) > 1e-6 * np.maximum(array, array.T), "differs from its mirror image"),
    ):
        if np.any(wrong):
            i, j = np.argwhere(wrong)[0]
            raise InputError(f"distance [{i}, {j}] = {array[i, j]:g} {what}")
    return (array + array.T) / 2


def _square(states: StateMatrix, flip: bool) -> Distances:
    return check_distances(states.values)


PRECOMPUTED = Metric("precomputed", "the square matrix given", _square, needs="square")
"""Distances that came as they are."""
