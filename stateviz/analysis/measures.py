"""MEASURES: how alike two units are, each as the correlation of rows made from theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.table import Table

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """One way to say how alike two rows are.

    Parameters
    ----------
    name, description
        What it is called and what it means.
    rows
        ``rows(values)``: float64, shape (units, steps), whose correlation coefficient is the measure.
    """

    name: str
    description: str
    rows: Callable[[NDArray[Any]], Matrix]


def standardized(rows: ArrayLike) -> Matrix:
    """Rows of mean 0 and Euclidean norm 1, whose dot products are correlations; constant rows are 0."""
    values = np.asarray(rows, np.float64)
    constant = np.all(values == values[:, :1], axis=1, keepdims=True)  # their mean need not be exact
    scale = np.abs(values).max(axis=1, keepdims=True)
    scaled = values / np.where(scale > 0, scale, 1)  # so that squares neither vanish nor overflow
    centred = np.where(constant, 0, scaled - scaled.mean(axis=1, keepdims=True))
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    return centred / np.where(norm > 0, norm, 1)


def _plain(values: NDArray[Any]) -> Matrix:
    return values.astype(np.float64)


def _ranks(values: NDArray[Any]) -> Matrix:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=1))  # ties share the mean of their ranks


MEASURES: Table[Measure] = Table(
    "measure",
    {
        row.name: row
        for row in (
            Measure(
                "pearson", "the correlation coefficient: how nearly one unit is a straight line of the other", _plain
            ),
            Measure("spearman", "the correlation of ranks: how nearly one unit rises where the other does", _ranks),
        )
    },
)
