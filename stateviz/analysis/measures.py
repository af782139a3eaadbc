"""MEASURES: how alike two units are, each as the correlation of rows made from theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError
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
        ``rows(values)``: of states, shape (units, steps), rows of real numbers, shape (units, any), whose correlation
        coefficient is the measure.
    from_moments
        Means and covariances of the states suffice, so that statistics of a text do. Of binary states they always do:
        of two values, whatever ``rows`` makes of them, the correlation is the same up to its sign.

    Examples
    --------
    >>> signs = Measure("signs", "how often two units have the same sign", lambda values: np.sign(values) * 1.0)
    >>> signs.rows(np.array([[0.5, -2.0]])).tolist()
    [[1.0, -1.0]]
    """

    name: str
    description: str
    rows: Callable[[NDArray[np.generic]], Matrix]
    from_moments: bool = False


def standardized(rows: ArrayLike) -> Matrix:
    """Rows of mean 0 and Euclidean norm 1, whose dot products are correlations; constant rows are 0."""
    values = np.asarray(rows, np.float64)
    constant = np.all(values == values[:, :1], axis=1, keepdims=True)  # their mean need not be exact
    scale = np.abs(values).max(axis=1, keepdims=True)
    # By a power of two, which rounds nothing, so that squares neither vanish nor overflow; then again about the mean.
    scaled = np.ldexp(values, -np.frexp(scale)[1])
    centred = np.where(constant, 0, scaled - scaled.mean(axis=1, keepdims=True))
    centred = np.ldexp(centred, -np.frexp(np.abs(centred).max(axis=1, keepdims=True))[1])
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.where(norm > 0, norm, 1))


def measure_of(measure: str | Measure | Callable[[NDArray[np.generic]], Matrix]) -> Measure:
    """The measure that a name of MEASURES, a row of one's own, or a function ``rows(values)`` means.

    Examples
    --------
    >>> measure_of(np.sign).name
    'sign'
    """
    if isinstance(measure, Measure):
        return measure
    if callable(measure):
        return Measure(getattr(measure, "__name__", type(measure).__name__), "a function of one's own", measure)
    return MEASURES[measure]


def rows_of(measure: Measure, values: NDArray[np.generic]) -> Matrix:
    """What the measure makes of states, checked: as many rows of finite numbers, of mean 0 and norm 1.

    Raises
    ------
    InputError
        When a measure of one's own gives another number of rows, or numbers that are not finite.
    """
    made = np.asarray(measure.rows(values), np.float64)
    if made.ndim != 2 or len(made) != len(values) or not made.shape[1]:
        raise InputError(
            f"measure {measure.name!r} made an array of shape {made.shape} from states of shape {values.shape}; "
            "it must give one row a unit"
        )
    if not np.isfinite(made).all():
        raise InputError(f"measure {measure.name!r} made numbers that are not finite")
    return standardized(made)


def _plain(values: NDArray[np.generic]) -> Matrix:
    return values.astype(np.float64)


def _ranks(values: NDArray[np.generic]) -> Matrix:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=1), np.float64)  # ties share the mean of their ranks


MEASURES: Table[Measure] = Table(
    "measure",
    {
        row.name: row
        for row in (
            Measure(
                "pearson",
                "the correlation coefficient: how nearly one unit is a straight line of the other",
                _plain,
                from_moments=True,
            ),
            Measure("spearman", "the correlation of ranks: how nearly one unit rises where the other does", _ranks),
        )
    },
)
