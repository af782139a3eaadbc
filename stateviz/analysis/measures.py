"""MEASURES: how alike two units are; most of them as the correlation of rows made from theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.analysis.devices import Dots
from stateviz.analysis.information import BINS, mutual_information
from stateviz.core.checks import check_takes
from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.table import Table
from stateviz.core.values import as_real
from stateviz.similarity.switches import switches

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
        Means and covariances of the states suffice, so that statistics of a text do. Of binary states they do for
        every measure of ``rows`` alone: of two values, whatever ``rows`` makes of them, the correlation is the same up
        to its sign.
    prepare
        ``prepare(states)``: other states, such as when units switch, that are measured in place of those that came.
    adjust
        ``adjust(correlation)``: the measure from the correlation matrix of the rows, shape (units, units).
    square
        ``square(values)``: the measure of all pairs, shape (units, units), where it is no correlation of rows.

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
    prepare: Callable[[StateMatrix], StateMatrix] | None = None
    adjust: Callable[[Matrix], Matrix] | None = None
    square: Callable[[NDArray[np.generic]], Matrix] | None = None

    @property
    def spectral(self) -> bool:
        """Whether it is a plain correlation of rows, whose null follows from their power spectra."""
        return self.adjust is None and self.square is None

    def signed(self, binary: bool) -> bool:
        """Whether a flip of a unit changes the sign of the measure; that of switches of binary units it does not.

        Parameters
        ----------
        binary
            Of which kind the states are.
        """
        return self.square is None and (self.prepare is None or not binary)


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


def measure_of(measure: str | Measure | Callable[[NDArray[np.generic]], Matrix], bins: int | None = None) -> Measure:
    """The measure that a name of MEASURES, a row of one's own, or a function ``rows(values)`` means.

    Examples
    --------
    >>> measure_of(np.sign).name
    'sign'
    """
    if bins is not None:
        if measure != "mutual-information":
            raise InputError("bins are for the measure 'mutual-information'; leave them out")
        return _mutual_information(bins)
    if isinstance(measure, Measure):
        return measure
    if callable(measure):
        check_takes(measure, "a measure", "rows(values)", None)
        return Measure(getattr(measure, "__name__", type(measure).__name__), "a function of one's own", measure)
    return MEASURES[measure]


def rows_of(measure: Measure, values: NDArray[np.generic]) -> Matrix:
    """What the measure makes of states, checked: as many rows of finite numbers, of mean 0 and norm 1.

    Raises
    ------
    InputError
        When a measure of one's own gives another number of rows, or numbers that are not finite.
    """
    try:
        made = as_real(measure.rows(values))
    except (InputError, ValueError) as error:
        raise InputError(f"measure {measure.name!r} made no rows of numbers: {error}") from error
    if made.ndim != 2 or len(made) != len(values) or not made.shape[1]:
        raise InputError(
            f"measure {measure.name!r} made an array of shape {made.shape} from states of shape {values.shape}; "
            "it must give one row a unit"
        )
    if not np.isfinite(made).all():
        raise InputError(f"measure {measure.name!r} made numbers that are not finite")
    return standardized(made)


def measured(measure: Measure, values: NDArray[np.generic], dots: Dots | None = None) -> Matrix:
    """The measure of all pairs of units, shape (units, units), from the values of prepared states."""
    if measure.square is not None:
        return measure.square(values)
    rows = rows_of(measure, values)
    found = np.clip(np.asarray((dots or Dots())(rows, rows), np.float64), -1, 1)
    np.fill_diagonal(found, 1)
    return found if measure.adjust is None else measure.adjust(found)


def partial_correlation(correlation: Matrix) -> Matrix:
    """The correlation of each pair once both are freed of what all other units say, by the inverse of ``correlation``.

    A unit that never changes is left out; its correlation is 0 with every other. Of units that are copies of one
    another, or of no more steps than units, there is no inverse.

    Parameters
    ----------
    correlation : array, shape (units, units)

    Raises
    ------
    InputError
        When the matrix has no inverse.

    Examples
    --------
    >>> partial_correlation(np.array([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]])).round(3)[0].tolist()
    [1.0, 0.333, 0.333]
    """
    off = correlation - np.diag(np.diag(correlation))
    alive = np.flatnonzero(np.abs(off).max(axis=1, initial=0) > 0)
    found = np.eye(len(correlation))
    if not len(alive):
        return found
    part = correlation[np.ix_(alive, alive)]
    if np.linalg.cond(part) > 1e10:
        raise InputError(
            "the correlation matrix has no inverse, which partial correlations need: some units are sums of others, or "
            f"there are no more steps than {len(correlation)} units; give more steps, or fewer units"
        )
    inverse = np.linalg.inv(part)
    scale = np.sqrt(np.diag(inverse))
    found[np.ix_(alive, alive)] = np.clip(-inverse / scale / scale[:, None], -1, 1)
    np.fill_diagonal(found, 1)
    return (found + found.T) / 2


def _plain(values: NDArray[np.generic]) -> Matrix:
    return values.astype(np.float64)


def _on(values: NDArray[np.generic]) -> Matrix:
    return np.asarray(np.greater(values, 0), np.float64)


def _ranks(values: NDArray[np.generic]) -> Matrix:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=1), np.float64)  # ties share the mean of their ranks


def _mutual_information(bins: int) -> Measure:
    from functools import partial

    text = f"bits that one unit tells of the other, each cut into {bins} bins of equally many steps"
    return Measure("mutual-information", text, _plain, square=partial(mutual_information, bins=bins))


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
            Measure("phi", "the correlation of on and off, where on is above 0", _on),
            Measure(
                "switches",
                "the correlation of when units change: of switches of binary states, of changes of real ones",
                _plain,
                prepare=switches,
            ),
            Measure(
                "partial",
                "the correlation of what is left of two units once all others are accounted for",
                _plain,
                from_moments=True,
                adjust=partial_correlation,
            ),
            _mutual_information(BINS),
        )
    },
)
