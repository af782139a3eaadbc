"""METRICS: how far apart two units are, from their rows, from Statistics, or by a function of the caller's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from stateviz.core.checks import check_takes
from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.core.table import Table
from stateviz.similarity.correlation import CORRELATION
from stateviz.similarity.cosine import COSINE
from stateviz.similarity.dot import DOT
from stateviz.similarity.euclidean import EUCLIDEAN
from stateviz.similarity.hamming import HAMMING
from stateviz.similarity.metric import Distances, Indices, Metric, Moment
from stateviz.similarity.precomputed import PRECOMPUTED, check_distances
from stateviz.similarity.products import warn_units
from stateviz.similarity.switches import SWITCHES

MetricLike: TypeAlias = str | Metric | Callable[[StateMatrix, bool], Distances]
"""What names a metric in a call: a name of METRICS or ``"auto"``, a row, or the ``square`` of one."""

METRICS: Table[Metric] = Table(
    "metric", {row.name: row for row in (HAMMING, DOT, CORRELATION, COSINE, EUCLIDEAN, SWITCHES, PRECOMPUTED)}
)
"""Every similarity, in the order they are listed."""


def metric_row(metric: MetricLike, *, binary: bool) -> Metric:
    """The row that a name, a row or a function stands for; ``auto`` is hamming for binary rows, else correlation.

    Raises
    ------
    UnknownNameError
        When METRICS has no such name.
    InputError
        When it is neither a name, a row nor a function.

    Examples
    --------
    >>> metric_row("auto", binary=False).name
    'correlation'
    """
    if isinstance(metric, Metric):
        return metric
    if isinstance(metric, str):
        auto = "hamming" if binary else "correlation"
        return METRICS[auto if metric == "auto" else metric]
    if callable(metric):
        check_takes(metric, "a metric", "square(states, flip) -> distances", None, False)
        return Metric(getattr(metric, "__name__", "function"), "a function of the caller's own", metric)
    raise InputError(f"metric is {metric!r}; give a name, a row such as those of METRICS, or a function")


def distances(states: StateMatrix | Statistics, metric: MetricLike, *, flip: bool = False) -> Distances:
    """Distances between all pairs of rows.

    Parameters
    ----------
    states
        Shape (units, steps), or their Statistics; for ``precomputed`` the square matrix of distances itself.
    metric
        A name of METRICS, ``"auto"``, a row, or a function as the ``square`` of a row.
    flip
        A row may be negated: the distance is the smaller of that to a row and to its negative.

    Returns
    -------
    array, shape (units, units)
        Symmetric, zero on the diagonal, never negative; whole numbers where the metric counts, else float64.

    Raises
    ------
    UnknownNameError
        When METRICS has no such name.
    InputError
        When the rows do not suit the metric, flips have no meaning for it, or it lacks what is needed here.

    Examples
    --------
    >>> states = StateMatrix([[0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 0, 0]])
    >>> distances(states, "hamming").tolist()
    [[0, 1, 4], [1, 0, 3], [4, 3, 0]]
    >>> distances(states, "hamming", flip=True).tolist()
    [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    """
    row = metric_row(metric, binary=states.binary)
    if isinstance(states, Statistics):
        check_parts(row)
        return _moment_distances(states, row, flip)
    row.check(states, flip)
    if row.square is None:
        raise InputError(f"metric {row.name!r} has no distances of all pairs (square), which are needed here")
    found = row.square(states, flip)
    return found if listed(row) else _checked(row, found, len(states.units))


def flip_products(states: StateMatrix | Statistics, metric: MetricLike, rows: Indices) -> Distances:
    """For each row and the next along ``rows``, a number whose sign says whether they agree or oppose.

    Parameters
    ----------
    rows : array of int, shape (n,)
        An order of the rows.

    Returns
    -------
    array of float, shape (n - 1,)
        Above 0 where the two rows agree, below where one is better negated, 0 where it makes no difference.

    Raises
    ------
    InputError
        For ``precomputed``, whose distances have no sign.

    Examples
    --------
    >>> flip_products(StateMatrix([[0, 1, 1], [1, 0, 0], [1, 1, 0]]), "hamming", np.array([0, 1, 2])).tolist()
    [-3.0, 1.0]
    """
    row = metric_row(metric, binary=states.binary)
    if isinstance(states, Statistics):
        return np.asarray(_moment(states, row, flip=True).products(states)[rows[:-1], rows[1:]])
    row.check(states, flip=True)
    assert row.signed_rows is not None  # check refused the others
    values = row.signed_rows(states)[rows]
    return np.asarray(np.einsum("ij,ij->i", values[:-1], values[1:]))


def _moment(statistics: Statistics, row: Metric, flip: bool) -> Moment:
    if row.moments is None:
        able = ", ".join(name for name, one in METRICS.items() if one.moments is not None)
        raise InputError(f"metric {row.name!r} needs the states, and these are statistics; choose {able}")
    row.check(statistics, flip)
    return row.moments


def _moment_distances(statistics: Statistics, row: Metric, flip: bool) -> Distances:
    """Distances between all pairs of units from their products; where units may be negated the larger one counts."""
    moment = _moment(statistics, row, flip)
    if moment.degenerate is not None:
        warn_units(statistics, moment.degenerate(statistics), "without a direction, and counted as unlike every unit")
    if moment.direct is not None:
        return moment.direct(statistics, flip)
    products = moment.products(statistics)
    result = moment.distances(np.abs(products) if flip else products, statistics.count)
    np.fill_diagonal(result, 0)
    return result


def sample_rows(row: Metric) -> StateMatrix:
    """A few made-up rows that a metric can measure, the same each time."""
    rng = np.random.default_rng(0)
    return StateMatrix(rng.choice((-1, 1), (12, 24)) if row.needs == "binary" else rng.normal(size=(12, 24)))


def check_parts(row: Metric) -> None:
    """Raise InputError where parts of a row from outside contradict its ``square`` on a few made-up rows.

    The rows of METRICS are held by tests. A row made from another by ``dataclasses.replace`` meets none, and a part
    left over from the other would measure something else without a word.

    Examples
    --------
    >>> from dataclasses import replace
    >>> check_parts(replace(METRICS["euclidean"], name="own", square=lambda states, flip: np.zeros((12, 12))))
    Traceback (most recent call last):
    ...
    stateviz.core.errors.InputError: metric 'own': pairs gives 6.43831 where square gives 0; mend it, or leave pairs out
    """
    if listed(row) or row.square is None or row.needs == "square":
        return
    sample = sample_rows(row)
    if row.pairs is not None:
        check_part(row, "pairs", row.pairs(sample.values, False)(*np.triu_indices(12, 1)))
    if row.moments is not None:
        check_part(row, "moments", _moment_distances(Statistics.of(sample), row, False)[np.triu_indices(12, 1)])


def check_part(row: Metric, part: str, found: Distances) -> None:
    """Raise InputError where ``found``, the distances of all pairs of ``sample_rows``, are not those of ``square``."""
    assert row.square is not None  # what is compared with
    expected = np.asarray(row.square(sample_rows(row), False), np.float64)[np.triu_indices(12, 1)]
    wrong = ~np.isclose(found, expected, rtol=1e-4, atol=1e-4 * float(np.abs(expected).max()))
    if wrong.any():
        first = int(wrong.argmax())
        raise InputError(
            f"metric {row.name!r}: {part} gives {found[first]:.6g} where square gives {expected[first]:.6g}; "
            f"mend it, or leave {part} out"
        )


def listed(row: Metric) -> bool:
    """Whether it is a row of METRICS, whose parts tests hold."""
    return row.name in METRICS and METRICS[row.name] is row


def _checked(row: Metric, found: Distances, size: int) -> Distances:
    """What a row from outside gave, after checking that it is distances; whole numbers stay whole."""
    array = np.asarray(found)
    try:
        checked = check_distances(array)
    except (InputError, TypeError, ValueError) as error:
        raise InputError(f"metric {row.name!r} gave no distances: {error}") from error
    if len(checked) != size:
        raise InputError(f"metric {row.name!r} gave distances of {len(checked)} rows, and there are {size}")
    return array.astype(np.int64) if array.dtype.kind in "iub" else checked
