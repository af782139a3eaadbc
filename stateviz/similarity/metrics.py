"""METRICS: how far apart two units are, from their rows; the policy for constant units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.core.table import Table
from stateviz.similarity.moments import MOMENTS, Moment, moment_distances, warn_units

Distances = NDArray[Any]

_INT32_SAFE = 2**29
"""Sums of up to three distances below this cannot overflow int32."""


@dataclass(frozen=True)
class Metric:
    """One way to measure how far apart two rows are.

    Parameters
    ----------
    name, description
        What it is called and what it means.
    function
        ``function(states, flip) -> distances``, shape (units, units), symmetric, zero diagonal.
    true_metric
        The triangle inequality holds (with flips too) and distance 0 is an equivalence, so that rows at
        distance 0 may be kept together without making the best order longer.
    integer
        Distances are whole numbers.
    needs
        ``"binary"`` (rows of -1 and +1), ``"rows"``, or ``"square"`` (the matrix is the distances).
    signed_rows
        ``signed_rows(states)``: rows whose dot products are negative where a flip brings two units nearer;
        None where distances have no sign.
    """

    name: str
    description: str
    function: Callable[[StateMatrix, bool], Distances]
    true_metric: bool
    integer: bool
    needs: str = "rows"
    signed_rows: Callable[[StateMatrix], Distances] | None = None

    @property
    def moments(self) -> Moment | None:
        """How it is had from Statistics; None where it needs the states."""
        return MOMENTS.get(self.name)


def distances(states: StateMatrix | Statistics, metric: str, *, flip: bool = False) -> Distances:
    """Distances between all pairs of rows.

    Parameters
    ----------
    states
        Shape (units, steps), or their Statistics; for ``precomputed`` the square matrix of distances itself.
    metric
        A name of METRICS, or ``"auto"``.
    flip
        A row may be negated: the distance is the smaller of that to a row and to its negative.

    Returns
    -------
    array, shape (units, units)
        Symmetric, zero on the diagonal, never negative; int32 where the metric counts, else float64.

    Raises
    ------
    UnknownNameError
        When METRICS has no such name.
    InputError
        When the rows do not suit the metric, or flips have no meaning for it.

    Examples
    --------
    >>> states = StateMatrix([[0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 0, 0]])
    >>> distances(states, "hamming").tolist()
    [[0, 1, 4], [1, 0, 3], [4, 3, 0]]
    >>> distances(states, "hamming", flip=True).tolist()
    [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    """
    row = METRICS[resolve_metric(metric, states)]
    check_metric(row, states, flip)
    if isinstance(states, Statistics):
        return moment_distances(states, MOMENTS[row.name], flip)
    return row.function(states, flip)


def flip_products(states: StateMatrix | Statistics, metric: str, rows: NDArray[np.int64]) -> Distances:
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
    row = METRICS[resolve_metric(metric, states)]
    check_metric(row, states, flip=True)
    if isinstance(states, Statistics):
        return np.asarray(MOMENTS[row.name].products(states)[rows[:-1], rows[1:]])
    assert row.signed_rows is not None  # check_metric refused the others
    values = row.signed_rows(states)[rows]
    return np.einsum("ij,ij->i", values[:-1], values[1:])


def resolve_metric(metric: str, states: StateMatrix | Statistics) -> str:
    """The name ``auto`` stands for: hamming for binary rows, correlation for real ones.

    Examples
    --------
    >>> resolve_metric("auto", StateMatrix([[0.5, 0.1]]))
    'correlation'
    """
    if metric != "auto":
        return METRICS[metric].name
    return "hamming" if states.binary else "correlation"


def check_distances(matrix: ArrayLike) -> Distances:
    """``matrix`` as distances, float64, after checking that it can be.

    Raises
    ------
    InputError
        When it is not square and symmetric, or holds a negative, infinite or undefined distance, or
        one other than 0 on its diagonal.
    """
    array = np.array(matrix, np.float64)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.size == 0:
        raise InputError(f"precomputed takes a square matrix of distances, got shape {array.shape}")
    for wrong, what in (
        (~np.isfinite(array), "is not a finite number"),
        (array < 0, "is negative; give distances, not similarities"),
        (array * np.eye(len(array)) != 0, "is on the diagonal, where 0 was expected"),
        (np.abs(array - array.T) > 1e-6 * np.maximum(array, array.T), "differs from its mirror image"),
    ):
        if np.any(wrong):
            i, j = np.argwhere(wrong)[0]
            raise InputError(f"distance [{i}, {j}] = {array[i, j]:g} {what}")
    return (array + array.T) / 2


def check_metric(row: Metric, states: StateMatrix | Statistics, flip: bool) -> None:
    """Raise InputError where the metric cannot measure these rows, or has no sign to flip by."""
    if isinstance(states, Statistics) and row.moments is None:
        raise InputError(f"metric {row.name!r} needs the states, and these are statistics; choose {', '.join(MOMENTS)}")
    if row.needs == "binary" and not states.binary:
        raise InputError(
            f"metric {row.name!r} counts where rows of two values differ, and these are real; "
            "choose correlation, cosine or euclidean"
        )
    if flip and row.signed_rows is None:
        raise InputError(f"metric {row.name!r} has no sign to flip by; give rows, or leave flip out")


def _gram(values: Distances) -> Distances:
    # A product of a matrix with its own transpose is one symmetric rank-k update, half the work of a general one.
    return values @ values.T


def _integer_gram(states: StateMatrix) -> Distances:
    """Dot products of binary rows, exact: float32 counts without error up to 2 ** 24 steps."""
    exact = np.float32 if states.shape[1] < 2**24 else np.float64
    whole = np.int32 if states.shape[1] < _INT32_SAFE else np.int64
    return _gram(states.values.astype(exact)).astype(whole)


def _dot(states: StateMatrix) -> Distances:
    return _integer_gram(states) if states.binary else _gram(states.values.astype(np.float64))


def _hamming(states: StateMatrix, flip: bool) -> Distances:
    steps = states.shape[1]
    count = (steps - _integer_gram(states)) // 2
    return np.minimum(count, steps - count) if flip else count


def _dot_distance(states: StateMatrix, flip: bool) -> Distances:
    product = _dot(states)
    # No product exceeds the largest squared norm (Cauchy-Schwarz), so the shifted distances are never negative.
    # The shift is the same for every pair: the shortest path is the one of most similarity.
    largest = np.diag(product).max()
    return _zero_diagonal(largest - (np.abs(product) if flip else product))


def _correlation(states: StateMatrix) -> Distances:
    constant = _constant(states)
    warn_units(states, constant, "constant, and counted as uncorrelated with every unit")
    return _unit_gram(_centred(states), constant)


def _constant(states: StateMatrix) -> NDArray[np.bool_]:
    return np.all(states.values == states.values[:, :1], axis=1)


def _centred(states: StateMatrix) -> Distances:
    values = states.values.astype(np.float64)
    return np.where(_constant(states)[:, None], 0, values - values.mean(axis=1, keepdims=True))


def _plain(states: StateMatrix) -> Distances:
    return states.values.astype(np.float64)


def _cosine(states: StateMatrix) -> Distances:
    values = states.values.astype(np.float64)
    zero = ~np.any(values, axis=1)
    warn_units(states, zero, "zero throughout, and counted as at a right angle to every unit")
    return _unit_gram(values, zero)


def _unit_gram(values: Distances, degenerate: NDArray[np.bool_]) -> Distances:
    """Cosines of the angles between rows; 0 for degenerate rows."""
    largest = np.abs(values).max(axis=1, keepdims=True)
    scaled = values / np.where(largest > 0, largest, 1)  # so that squares neither vanish nor overflow
    norm = np.linalg.norm(scaled, axis=1, keepdims=True)
    unit = np.where(degenerate[:, None], 0, scaled / np.where(norm > 0, norm, 1))
    return np.clip(_gram(unit), -1, 1)


def _one_minus(similarity: Callable[[StateMatrix], Distances]) -> Callable[[StateMatrix, bool], Distances]:
    def function(states: StateMatrix, flip: bool) -> Distances:
        cosines = similarity(states)
        return _zero_diagonal(1 - (np.abs(cosines) if flip else cosines))

    return function


def _euclidean(states: StateMatrix, flip: bool) -> Distances:
    values = states.values.astype(np.float64)
    if not flip:
        values = values - values.mean(axis=0)  # moves no distance, and loses fewer digits below
    product = _gram(values)
    norms = np.diag(product)
    total = norms[:, None] + norms
    squared = total - 2 * (np.abs(product) if flip else product)
    # |x|^2 + |y|^2 - 2 x.y cancels where rows are nearly equal: take those pairs from their differences.
    first, second = np.nonzero(np.triu(squared < 1e-6 * total, 1))
    for start in range(0, len(first), 4096):
        i, j = first[start : start + 4096], second[start : start + 4096]
        signs = np.where(flip & (product[i, j] < 0), -1.0, 1.0)[:, None]
        squared[i, j] = squared[j, i] = np.sum((values[i] - signs * values[j]) ** 2, axis=1)
    return _zero_diagonal(np.sqrt(np.maximum(squared, 0)))


def _precomputed(states: StateMatrix, flip: bool) -> Distances:
    # Zeros and ones were read as binary states; as distances they are zeros and ones again.
    return check_distances(states.values > 0 if states.binary else states.values)


def _zero_diagonal(matrix: Distances) -> Distances:
    np.fill_diagonal(matrix, 0)
    return matrix


METRICS: Table[Metric] = Table(
    "metric",
    {
        row.name: row
        for row in (
            Metric("hamming", "steps at which two binary rows differ", _hamming, True, True, "binary", _plain),
            Metric("dot", "largest squared norm minus the dot product", _dot_distance, False, False, "rows", _plain),
            Metric("correlation", "1 - r (Pearson)", _one_minus(_correlation), False, False, "rows", _centred),
            Metric("cosine", "1 - cosine of the angle", _one_minus(_cosine), False, False, "rows", _plain),
            Metric("euclidean", "length of the difference of two rows", _euclidean, True, False, "rows", _plain),
            Metric("precomputed", "the square matrix given", _precomputed, False, False, "square", None),
        )
    },
)
"""Every similarity, in the order they are listed."""
