"""Distances between rows with missing values, from the steps that both rows have."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError
from stateviz.core.values import as_real
from stateviz.similarity.metric import Real
from stateviz.similarity.metrics import METRICS, MetricLike, metric_row


def pairwise_complete(values: ArrayLike, metric: MetricLike = "auto", *, flip: bool = False) -> tuple[str, Real, Real]:
    """Distances between rows some of whose values are missing.

    Each pair of rows is compared over the steps that both have; counts and squares are scaled up to all steps. A pair
    with too few steps in common, or constant over them, counts as unrelated. What comes out is no metric, even where
    the complete one is: rows at distance 0 are not kept together.

    Parameters
    ----------
    values : array, shape (units, steps)
        NaN where a value is missing.
    metric
        A name of METRICS or a row, one with ``gaps``; ``"auto"`` is hamming where all values are of two kinds.

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
    rows = as_real(values)
    here = ~np.isnan(rows)
    _check(rows, here)
    off = two_valued(rows)
    row = metric_row(metric, binary=off is not None)
    if row.gaps is None:
        able = ", ".join(name for name, one in METRICS.items() if one.gaps is not None)
        raise InputError(f"metric {row.name!r} has no form for missing values; choose {able}")
    if row.needs == "binary" and off is None:
        raise InputError(f"metric {row.name!r} counts where rows of two values differ, and these are real")
    if flip and off == 0 and not row.swap:
        raise InputError(
            f"metric {row.name!r} has no flips of rows of 0 and 1; choose hamming, correlation or euclidean"
        )
    if off == 0 and row.needs == "binary":
        rows = 2 * rows - 1
    elif off == 0 and row.swap:
        rows = rows - 0.5  # no distance moves, and a flip is a negation
    filled = np.where(here, rows, 0)
    mask = here.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        distances, similarity = row.gaps(filled, mask, mask @ mask.T, flip)
    np.fill_diagonal(distances, 0)
    return row.name, (distances + distances.T) / 2, similarity


def two_valued(rows: NDArray[np.generic]) -> int | None:
    """-1 or 0 where that and 1 are all values but NaN, else None.

    Examples
    --------
    >>> two_valued(np.array([[0.0, np.nan, 1.0]])), two_valued(np.array([[0.5, 1.0]]))
    (0, None)
    """
    kinds = set(np.unique(rows[rows == rows]).tolist())
    return -1 if kinds <= {-1.0, 1.0} else 0 if kinds <= {0.0, 1.0} else None


def _check(rows: Real, here: NDArray[np.bool_]) -> None:
    if rows.ndim != 2 or rows.size == 0:
        raise InputError(f"expected a matrix of units x steps, got shape {rows.shape}")
    if np.any(np.isinf(rows)):
        unit, step = np.argwhere(np.isinf(rows))[0]
        raise InputError(f"unit {unit}, step {step} is infinite; mark missing values by NaN")
    empty = np.flatnonzero(~here.any(axis=1))
    if len(empty):
        raise InputError(f"unit {empty[0]} has no value at all; leave it out")
