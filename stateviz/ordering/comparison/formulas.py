"""The formulas behind CRITERIA: each takes a matrix in the order that is judged."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.comparison import robinson
from stateviz.ordering.problem.arrays import Floats, Numbers

_COLUMNS = 8192
"""Steps taken at a time, so that a long recording is not copied whole."""


def _steps(d: Numbers) -> Floats:
    return np.diagonal(d, 1).astype(np.float64)


def path_length(d: Numbers) -> float:
    """The sum of all steps."""
    return float(_steps(d).sum())


def lazy_path_length(d: Numbers) -> float:
    """Steps times the rows still to come."""
    return float(_steps(d) @ np.arange(len(d) - 1, 0, -1))


def events(d: Numbers) -> float:
    """Anti-Robinson events."""
    return robinson.triples(d).events


def relative_events(d: Numbers) -> float:
    """The share of all comparisons that are events; NaN under three rows."""
    size = len(d)
    most = size * (size - 1) * (size - 2) / 3
    return robinson.triples(d).events / most if most else np.nan


def weighted(d: Numbers) -> float:
    """Anti-Robinson deviations times the places between."""
    return robinson.triples(d).weighted


def gradient_signs(d: Numbers) -> float:
    """Agreements less events."""
    found = robinson.triples(d)
    return found.agreements - found.events


def _by_lag(d: Numbers) -> Floats:
    """The sum of ``d_ij`` over i < j for each ``j - i`` from 0 on, shape (n,)."""
    return np.array([np.trace(d, lag, dtype=np.float64) if lag else 0.0 for lag in range(len(d))])


def banded(d: Numbers) -> float:
    """Distances within a fifth of n places, the nearest counted most."""
    band = max(1, len(d) // 5)
    return float(_by_lag(d) @ np.maximum(0, band + 1 - np.arange(len(d))))


def inertia(d: Numbers) -> float:
    """Distances times the square of the places apart."""
    return float(2 * _by_lag(d) @ np.arange(len(d), dtype=np.float64) ** 2)


def linear_seriation(d: Numbers) -> float:
    """Minus distances times places apart."""
    return float(-2 * _by_lag(d) @ np.arange(len(d)))


def least_squares(d: Numbers) -> float:
    """Squared differences of distances and places apart."""
    place = np.arange(len(d), dtype=np.float64)
    return float(np.sum((d - np.abs(place[:, None] - place)) ** 2))


def two_sum(d: Numbers) -> float:
    """Similarities times the square of the places apart."""
    return float(2 * _by_lag(similar(d)) @ np.arange(len(d), dtype=np.float64) ** 2)


def similar(d: Numbers) -> Floats:
    """Similarities ``1 / (1 + d)``."""
    return 1 / (1 + d.astype(np.float64))


def _pairs(d: Numbers) -> tuple[Floats, Floats]:
    i, j = np.triu_indices(len(d), 1)
    return d[i, j].astype(np.float64), (j - i).astype(np.float64)


def _correlation(x: Floats, y: Floats) -> float:
    x, y = x - x.mean() if len(x) else x, y - y.mean() if len(y) else y
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / scale if scale > 0 else np.nan


def ideal_correlation(d: Numbers) -> float:
    """Pearson's correlation of distances and places apart; NaN where either is constant."""
    return _correlation(*_pairs(d))


def rank_correlation(d: Numbers) -> float:
    """Spearman's correlation of distances and places apart, ties at their mean rank."""
    from scipy.stats import rankdata

    far, apart = _pairs(d)
    return _correlation(rankdata(far), rankdata(apart))


def moment_correlation(d: Numbers) -> float:
    """Correlation of row and column number, weighted by similarity."""
    weight = similar(d)
    place = np.arange(len(d), dtype=np.float64)
    place -= weight.sum(axis=0) @ place / weight.sum()  # symmetric: rows and columns have the same mean
    spread = float(weight.sum(axis=0) @ place**2)
    return float(place @ weight @ place) / spread if spread > 0 else np.nan


def effectiveness(x: Numbers) -> float:
    """Products of cells that touch at a side, each pair once."""
    return sum(
        float(np.sum(part[:-1, :width] * part[1:, :width]) + np.sum(part[:, :-1] * part[:, 1:]))
        for part, width in _parts(x)
    )


def neumann(x: Numbers) -> float:
    """Squared differences of cells that touch at a side, each pair from both."""
    return 2 * sum(
        _squares(part[:-1, :width], part[1:, :width]) + _squares(part[:, :-1], part[:, 1:]) for part, width in _parts(x)
    )


def moore(x: Numbers) -> float:
    """Squared differences of cells that touch at a side or corner, each pair from both."""
    diagonal = sum(
        _squares(part[:-1, :-1], part[1:, 1:]) + _squares(part[1:, :-1], part[:-1, 1:]) for part, _ in _parts(x)
    )
    return neumann(x) + 2 * diagonal


def _parts(x: Numbers) -> list[tuple[Floats, int]]:
    """Blocks of columns with the first column of the next, and how many columns are the block's own."""
    return [
        (x[:, begin : begin + _COLUMNS + 1].astype(np.float64), min(_COLUMNS, x.shape[1] - begin))
        for begin in range(0, x.shape[1], _COLUMNS)
    ]


def _squares(a: Floats, b: Floats) -> float:
    return float(np.sum((a - b) ** 2))
