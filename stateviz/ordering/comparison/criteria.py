"""CRITERIA: ways to judge an order, from its distances or from the rows as drawn.

A shortest path is smooth from row to row, and need not be a gradient as a whole: no criterion says all. Formulas are
those of the literature in the form that the documentation of the R package seriation has them (Hahsler, Hornik &
Buchta 2008), so that values can be compared; ``d`` and ``x`` are taken in the order that is judged, and places are
numbered from 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stateviz.core.errors import InputError
from stateviz.core.table import Table
from stateviz.ordering.comparison import formulas, robinson
from stateviz.ordering.problem.arrays import Numbers


@dataclass(frozen=True)
class Criterion:
    """One way to judge an order; call it with a matrix and an order.

    Parameters
    ----------
    name, description
        What it is called and what it judges.
    formula, source
        How it is defined, and by whom.
    better
        ``"lower"`` or ``"higher"``.
    function
        ``function(matrix)`` of the matrix in its order.
    needs
        ``"distances"``, shape (n, n), reordered on both axes; or ``"states"``, shape (n, steps), whose rows are
        reordered.

    Examples
    --------
    >>> at = np.array([0, 3, 1])
    >>> CRITERIA["path-length"](np.abs(at[:, None] - at), [0, 2, 1])
    3.0
    """

    name: str
    description: str
    formula: str
    source: str
    better: str
    function: Callable[[Numbers], float]
    needs: str = "distances"

    def __call__(self, matrix: ArrayLike, order: ArrayLike | None = None) -> float:
        """The value for the rows of ``matrix`` in this order, or as they come; NaN where it is not defined.

        Parameters
        ----------
        matrix : array, shape (n, n) or (n, steps)
            Distances or rows, as ``needs`` says.
        order : array of int, shape (n,), optional
            The rows in the order that is judged.

        Raises
        ------
        InputError
            When the matrix is not of the kind it needs, or the order is not one of its rows.
        """
        array = np.asarray(matrix)
        if array.ndim != 2 or (self.needs == "distances" and array.shape[0] != array.shape[1]):
            kind = "a square matrix of distances" if self.needs == "distances" else "rows of states"
            raise InputError(f"criterion {self.name!r} judges {kind}, got shape {array.shape}")
        if order is not None:
            rows = np.asarray(order)
            if not np.array_equal(np.sort(rows), np.arange(len(array))):
                raise InputError(
                    f"the order is not one of {len(array)} rows; give each from 0 to {len(array) - 1} once"
                )
            array = array[np.ix_(rows, rows)] if self.needs == "distances" else array[rows]
        return float(self.function(array))


_LOWER, _HIGHER, _STATES = "lower", "higher", "states"
_NIERMANN, _MCCORMICK = "Niermann (2005)", "McCormick, Schweitzer & White (1972)"
_CHEN, _HUBERT = "Chen (2002)", "Hubert, Arabie & Meulman (2001)"
_CARAUX, _EARLE = "Caraux & Pinloche (2005)", "Earle & Hurley (2015)"
_FALLS = "over i < k < j"

CRITERIA: Table[Criterion] = Table(
    "criterion",
    {
        row.name: row
        for row in (
            Criterion(
                "path-length",
                "distance from each row to the next",
                "sum d(i, i+1)",
                _CARAUX,
                _LOWER,
                formulas.path_length,
            ),
            Criterion(
                "lazy-path-length",
                "the path, early steps counted more than late ones",
                "sum (n - i) d(i, i+1)",
                _EARLE,
                _LOWER,
                formulas.lazy_path_length,
            ),
            Criterion(
                "anti-robinson-events",
                "how often a distance falls on the way from the diagonal",
                f"sum [d(i,k) > d(i,j)] + [d(k,j) > d(i,j)] {_FALLS}",
                _CHEN,
                _LOWER,
                formulas.events,
            ),
            Criterion(
                "anti-robinson-deviations",
                "by how much distances fall on the way from the diagonal",
                f"sum max(0, d(i,k) - d(i,j)) + max(0, d(k,j) - d(i,j)) {_FALLS}",
                _CHEN,
                _LOWER,
                robinson.deviations,
            ),
            Criterion(
                "anti-robinson-weighted",
                "the same, times the places between the two distances",
                f"sum (j-k) max(0, d(i,k) - d(i,j)) + (k-i) max(0, d(k,j) - d(i,j)) {_FALLS}",
                _CHEN,
                _LOWER,
                formulas.weighted,
            ),
            Criterion(
                "relative-anti-robinson",
                "the share of events among all that could be",
                "anti-robinson-events / (n (n-1) (n-2) / 3)",
                "Tien, Lee, Wu & Chen (2008), window n - 1",
                _LOWER,
                formulas.relative_events,
            ),
            Criterion(
                "banded-anti-robinson",
                "distances near the diagonal, the nearest counted most",
                "sum (b + 1 - |i-j|) d(i,j) over i < j <= i + b, b = a fifth of n",
                _EARLE,
                _LOWER,
                formulas.banded,
            ),
            Criterion(
                "gradient",
                "distances that rise on the way from the diagonal, less those that fall",
                f"sum sign(d(i,j) - d(i,k)) + sign(d(i,j) - d(k,j)) {_FALLS}",
                _HUBERT,
                _HIGHER,
                formulas.gradient_signs,
            ),
            Criterion(
                "weighted-gradient",
                "how much distances rise on the way from the diagonal, less how much they fall",
                f"sum 2 d(i,j) - d(i,k) - d(k,j) {_FALLS}",
                _HUBERT,
                _HIGHER,
                robinson.gradient,
            ),
            Criterion(
                "inertia", "distances far from the diagonal", "sum d(i,j) (i-j)^2", _CARAUX, _HIGHER, formulas.inertia
            ),
            Criterion(
                "least-squares",
                "distances against places apart; depends on the unit of the distances",
                "sum (d(i,j) - |i-j|)^2",
                _CARAUX,
                _LOWER,
                formulas.least_squares,
            ),
            Criterion(
                "linear-seriation",
                "minus distances, times places apart",
                "- sum d(i,j) |i-j|",
                "Hubert & Schultz (1976)",
                _LOWER,
                formulas.linear_seriation,
            ),
            Criterion(
                "two-sum",
                "similarities far from the diagonal",
                "sum (i-j)^2 / (1 + d(i,j))",
                "Barnard, Pothen & Simon (1993)",
                _LOWER,
                formulas.two_sum,
            ),
            Criterion(
                "ideal-correlation",
                "correlation of distances with those of an ideal gradient",
                "Pearson's r of d(i,j) and |i-j| over i < j",
                "Hubert & Schultz (1976), normalised",
                _HIGHER,
                formulas.ideal_correlation,
            ),
            Criterion(
                "rank-correlation",
                "the same by ranks",
                "Spearman's rho of d(i,j) and |i-j| over i < j",
                "Spearman (1904)",
                _HIGHER,
                formulas.rank_correlation,
            ),
            Criterion(
                "moment-correlation",
                "how much the similarities gather along the diagonal",
                "correlation of i and j, weighted by 1 / (1 + d(i,j))",
                "Deutsch & Martin (1971)",
                _HIGHER,
                formulas.moment_correlation,
            ),
            Criterion(
                "effectiveness",
                "products of neighbouring cells as drawn; negative values, which the source leaves out, as they are",
                "sum x(i,j) (x(i,j-1) + x(i,j+1) + x(i-1,j) + x(i+1,j)) / 2",
                _MCCORMICK,
                _HIGHER,
                formulas.effectiveness,
                _STATES,
            ),
            Criterion(
                "moore-stress",
                "squared differences of each cell as drawn from the eight around it",
                "sum (x(i,j) - x(k,l))^2 over all cells and the eight around each",
                _NIERMANN,
                _LOWER,
                formulas.moore,
                _STATES,
            ),
            Criterion(
                "neumann-stress",
                "squared differences of each cell as drawn from the four beside it",
                "sum (x(i,j) - x(k,l))^2 over all cells and the four beside each",
                _NIERMANN,
                _LOWER,
                formulas.neumann,
                _STATES,
            ),
            Criterion(
                "similarity-effectiveness",
                "effectiveness of the matrix of similarities",
                "effectiveness of 1 / (1 + d)",
                _MCCORMICK,
                _HIGHER,
                lambda d: formulas.effectiveness(formulas.similar(d)),
            ),
            Criterion(
                "similarity-moore-stress",
                "moore-stress of the matrix of similarities",
                "moore-stress of 1 / (1 + d)",
                _NIERMANN,
                _LOWER,
                lambda d: formulas.moore(formulas.similar(d)),
            ),
            Criterion(
                "similarity-neumann-stress",
                "neumann-stress of the matrix of similarities",
                "neumann-stress of 1 / (1 + d)",
                _NIERMANN,
                _LOWER,
                lambda d: formulas.neumann(formulas.similar(d)),
            ),
        )
    },
)
"""Every criterion, in the order they are listed."""
