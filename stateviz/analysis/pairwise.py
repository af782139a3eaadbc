"""correlate(): how alike each pair of units is over a text."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.correlations import Correlations
from stateviz.analysis.measures import Matrix, Measure, measure_of, rows_of
from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.storage import load_input


def correlate(
    states: Any,
    *,
    measure: str | Measure | Callable[[NDArray[np.generic]], Matrix] = "pearson",
    site: str | None = None,
) -> Correlations:
    """How alike each pair of units is over the text.

    Parameters
    ----------
    states : StateMatrix, Recording, Statistics, array, tensor, DataFrame or path
        Units x steps, at least 2 steps. Statistics suffice for ``pearson``, and of binary states for every measure.
    measure : str, Measure or callable
        A name of MEASURES; a row of one's own; or a function ``rows(values)`` that makes of states, shape
        (units, steps), the rows whose correlation coefficient is wanted. On binary states all of MEASURES are the phi
        coefficient.
    site : str, optional
        Which site of a recording that has more than one.

    Returns
    -------
    Correlations
        In the order the units came in: ``order(states, metric="correlation")`` finds another, and
        ``heatmap(correlations, ordering=...)`` draws them in it.

    Warns
    -----
    UserWarning
        Names the units that never change; they count as uncorrelated.

    Raises
    ------
    UnknownNameError
        When MEASURES has no such name.
    InputError
        When there are fewer than 2 steps, or when the measure needs the states and only statistics came.

    Examples
    --------
    >>> found = correlate([[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1]])
    >>> found.values.tolist()
    [[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    >>> found.groups(0.5)
    [(0, 1)]
    >>> correlate([[0.0, 0.1, 9.0], [0.0, 5.0, 6.0]], measure=np.sign).values.tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    row = measure_of(measure)
    matrix = load_input(states, site=site)
    if matrix.shape[1] < 2:
        raise InputError("a correlation needs at least 2 steps, got 1")
    if isinstance(matrix, Statistics):
        if not (row.from_moments or matrix.binary):
            raise InputError(f"measure {row.name!r} needs the states, and these are statistics; choose pearson")
        constant = _constant(matrix)
        return Correlations(matrix.correlation(), matrix, row.name, constant, row=row)
    constant = _constant(matrix)
    rows = rows_of(row, matrix.values)
    values = np.clip(rows @ rows.T, -1, 1)
    np.fill_diagonal(values, 1)
    return Correlations(values, matrix, row.name, constant, row=row)


def _constant(states: StateMatrix | Statistics) -> tuple[int | str, ...]:
    if isinstance(states, Statistics):
        still = np.flatnonzero(states.constant)
    else:
        still = np.flatnonzero(np.all(states.values == states.values[:, :1], axis=1))
    names = tuple(states.units[row] for row in still)
    if names:
        shown = ", ".join(map(str, names[:10])) + (", ..." if len(names) > 10 else "")
        what = "unit is" if len(names) == 1 else "units are"
        text = f"{len(names)} {what} constant, and counted as uncorrelated with every other: {shown}"
        warnings.warn(text, UserWarning, stacklevel=3)
    return names
