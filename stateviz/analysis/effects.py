"""How well a unit tells a feature: areas under curves, and the best function of its value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]

LEVELS = 41
"""Bins of a unit's value, evenly wide, at most."""


def areas(unit: NDArray[np.generic], on: NDArray[np.bool_]) -> Real:
    """The area under the curve of each on/off feature: how likely a unit is higher where it is on than where it is off.

    Parameters
    ----------
    unit : array, shape (steps,)
    on : array of bool, shape (features, steps)

    Examples
    --------
    >>> areas(np.array([1, 2, 2, 3]), np.array([[0, 0, 1, 1]], bool)).tolist()
    [0.875]
    """
    from scipy.stats import rankdata

    ranks = rankdata(unit)
    count = on.sum(axis=1)
    return np.asarray((on @ ranks - count * (count + 1) / 2) / np.maximum(count * (len(unit) - count), 1))


def binned_r2(fit: NDArray[np.generic], fit_to: Real, unit: NDArray[np.generic], features: Real) -> Real:
    """R2 of the best function of a unit's value, a level a bin, found on one part and judged on another.

    Parameters
    ----------
    fit : array, shape (steps,)
        The unit where the levels are found.
    fit_to : array, shape (features, steps)
        The features there.
    unit, features
        The same where the function is judged.

    Returns
    -------
    array, shape (features,)
        At least 0; 1 where the value of the unit says all.

    Examples
    --------
    >>> value = np.tile(np.linspace(-1, 1, 40), 40)
    >>> float(binned_r2(value, value[None] ** 2, value, value[None] ** 2)[0].round(2))
    1.0
    """
    from scipy.sparse import csr_array

    low, high = float(fit.min()), float(fit.max())
    bins = max(2, min(LEVELS, len(fit) // 20))
    scale = bins / (high - low) if high > low else 0.0
    codes = [np.clip((one.astype(np.float64) - low) * scale, 0, bins - 1).astype(np.int64) for one in (fit, unit)]
    marks, later = (csr_array((np.ones(len(one)), (one, np.arange(len(one)))), shape=(bins, len(one))) for one in codes)
    counts = marks.sum(axis=1)[:, None]
    levels = np.where(counts > 0, (marks @ fit_to.T) / np.maximum(counts, 1), fit_to.mean(axis=1))
    # The sum over the steps of (feature - level)^2, by bins.
    within = later.sum(axis=1) @ levels**2 - 2 * (levels * (later @ features.T)).sum(axis=0)
    wrong = (np.einsum("ij,ij->i", features, features) + within) / features.shape[1]
    return np.asarray(np.maximum(1 - wrong / np.maximum(features.var(axis=1), 1e-300), 0))
