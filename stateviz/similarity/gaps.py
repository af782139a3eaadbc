"""Distances between rows with missing values, from the steps that both rows have."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError

Array = NDArray[np.float64]


def pairwise_complete(values: NDArray[Any], metric: str = "auto", *, flip: bool = False) -> tuple[str, Array, Array]:
    """Distances between rows some of whose values are missing.

    Each pair of rows is compared over the steps that both have; counts and squares are scaled up to all steps. A pair
    with too few steps in common, or constant over them, counts as unrelated. What comes out is no metric, even where
    the complete one is: rows at distance 0 are not kept together.

    Parameters
    ----------
    values : array, shape (units, steps)
        NaN where a value is missing.
    metric
        hamming, correlation, cosine or euclidean; ``"auto"`` is hamming where all values are of two kinds.

    Returns
    -------
    name of the metric, distances, similarities
        Shape (units, units) each; a similarity below 0 says that a flip brings two rows nearer.

    Raises
    ------
    InputError
        When a row has no value at all, a value is infinite, or the metric has no pairwise form.

    Examples
    --------
    >>> rows = np.array([[0, 0, 1, 1], [0, np.nan, 1, 0]])
    >>> name, distances, _ = pairwise_complete(rows)
    >>> name, round(float(distances[0, 1]), 3)
    ('hamming', 1.333)
    """
    rows = np.asarray(values, np.float64)
    here = ~np.isnan(rows)
    _check(rows, here)
    kinds = set(np.unique(rows[here]).tolist())
    binary = kinds <= {0.0, 1.0} or kinds <= {-1.0, 1.0}
    name = ("hamming" if binary else "correlation") if metric == "auto" else metric
    if name not in _FORMS:
        raise InputError(f"metric {name!r} has no form for missing values; choose {', '.join(_FORMS)}")
    if name == "hamming":
        if not binary:
            raise InputError("metric 'hamming' counts where rows of two values differ, and these are real")
        rows = np.where(rows > 0, 1.0, -1.0)
    filled = np.where(here, rows, 0)
    mask = here.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        distances, similarity = _FORMS[name](filled, mask, mask @ mask.T, flip)
    np.fill_diagonal(distances, 0)
    return name, (distances + distances.T) / 2, similarity


def _check(rows: Array, here: NDArray[np.bool_]) -> None:
    if rows.ndim != 2 or rows.size == 0:
        raise InputError(f"expected a matrix of units x steps, got shape {rows.shape}")
    if np.any(np.isinf(rows)):
        unit, step = np.argwhere(np.isinf(rows))[0]
        raise InputError(f"unit {unit}, step {step} is infinite; mark missing values by NaN")
    empty = np.flatnonzero(~here.any(axis=1))
    if len(empty):
        raise InputError(f"unit {empty[0]} has no value at all; leave it out")


def _hamming(filled: Array, mask: Array, shared: Array, flip: bool) -> tuple[Array, Array]:
    similarity = np.where(shared > 0, (filled @ filled.T) / shared, 0)
    return filled.shape[1] * (1 - (np.abs(similarity) if flip else similarity)) / 2, similarity


def _correlation(filled: Array, mask: Array, shared: Array, flip: bool) -> tuple[Array, Array]:
    means = filled.sum(axis=1, keepdims=True) / mask.sum(axis=1, keepdims=True)
    centred = (filled - means) * mask  # moves no correlation, and loses fewer digits below
    total = centred @ mask.T
    square = (centred**2) @ mask.T
    variance = square - total**2 / shared
    covariance = centred @ centred.T - total * total.T / shared
    spread = np.where(variance > 1e-12 * square, variance, np.nan)
    return _one_minus(covariance / np.sqrt(spread * spread.T), flip)


def _cosine(filled: Array, mask: Array, shared: Array, flip: bool) -> tuple[Array, Array]:
    square = (filled**2) @ mask.T
    return _one_minus((filled @ filled.T) / np.sqrt(square * square.T), flip)


def _one_minus(similarity: Array, flip: bool) -> tuple[Array, Array]:
    similarity = np.clip(np.where(np.isfinite(similarity), similarity, 0), -1, 1)
    return 1 - (np.abs(similarity) if flip else similarity), similarity


def _euclidean(filled: Array, mask: Array, shared: Array, flip: bool) -> tuple[Array, Array]:
    square = (filled**2) @ mask.T
    product = filled @ filled.T
    apart = np.maximum(square + square.T - 2 * (np.abs(product) if flip else product), 0)
    # A pair that shares no step is as far apart as the two rows' mean squares suggest.
    power = (filled**2).sum(axis=1) / mask.sum(axis=1)
    mean = np.where(shared > 0, apart / shared, power[:, None] + power)
    return np.sqrt(mean * filled.shape[1]), product


_FORMS = {"hamming": _hamming, "correlation": _correlation, "cosine": _cosine, "euclidean": _euclidean}
