"""From numbers to an order: leading axes of a symmetric matrix, coordinates of rows, and rows by a key."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.ordering.problem.arrays import Numbers
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

Floats = NDArray[np.float64]

_DENSE_ROWS = 1500
"""Up to here all eigenvectors are had about as fast as two by Lanczos's method, and more surely."""

_BLOCK = 4096  # rows taken at a time, so that small numbers are not widened all at once

_DIGITS = 1e-9
"""Keys nearer than this share of the largest are rounding apart, and count as tied."""


def by_key(key: ArrayLike) -> Rows:
    """Rows by ascending ``key``; those that tie but for rounding stay in their order.

    Examples
    --------
    >>> by_key([0.3, 0.1 + 0.2, -1.0]).tolist()
    [2, 0, 1]
    """
    values = np.asarray(key, np.float64)
    largest = np.abs(values).max(initial=0)
    return np.argsort(np.rint(values / (largest * _DIGITS)) if largest > 0 else values, kind="stable")


def oriented(axis: Floats, means: Floats) -> Floats:
    """``axis`` or its negative: the one that rises with ``means``, else the one whose first extreme entry is positive.

    An eigenvector has no sign of its own; this makes the order the same on every machine.

    Examples
    --------
    >>> oriented(np.array([1.0, -1.0]), np.array([0.0, 5.0])).tolist()
    [-1.0, 1.0]
    """
    agreement = float(axis @ (means - means.mean()))
    scale = float(np.linalg.norm(axis) * np.linalg.norm(means - means.mean()))
    if abs(agreement) > _DIGITS * scale:
        return axis if agreement > 0 else -axis
    size = np.abs(axis)
    extreme = int(np.argmax(size > size.max(initial=0) * (1 - _DIGITS)))
    return axis if axis[extreme] >= 0 else -axis


def leading(matrix: Numbers, count: int, stop: Stop | None = None) -> tuple[Floats, Floats]:
    """The ``count`` largest eigenvalues of a symmetric matrix, largest first, and their vectors.

    Parameters
    ----------
    matrix : array, shape (n, n)
        Symmetric.

    Returns
    -------
    values : array, shape (count,)
    vectors : array, shape (n, count)
        Of length 1. Beyond 1,500 rows by Lanczos's method from a fixed start, should it converge.

    Raises
    ------
    TimeoutError
        When time is up.

    Examples
    --------
    >>> values, vectors = leading(np.diag([1.0, 5.0, 3.0]), 2)
    >>> values.tolist(), np.abs(vectors[:, 0]).tolist()
    ([5.0, 3.0], [0.0, 1.0, 0.0])
    """
    from scipy.linalg import eigh

    size = len(matrix)
    if size > _DENSE_ROWS:
        from scipy.sparse.linalg import ArpackNoConvergence

        try:
            wide = np.asarray(matrix, np.float64)
            return iterated(lambda vector: wide @ vector, size, count, stop)
        except ArpackNoConvergence:
            pass
    values, vectors = eigh(matrix, subset_by_index=[size - count, size - 1], driver="evr")
    return values[::-1], vectors[:, ::-1]


def iterated(
    times: Callable[[Floats], Floats], size: int, count: int, stop: Stop | None = None
) -> tuple[Floats, Floats]:
    """As ``leading``, of a symmetric matrix that is known by what it makes of a vector: Lanczos's method.

    Parameters
    ----------
    times
        The product of the matrix with a vector, shape (size,).
    count
        Less than ``size``.

    Raises
    ------
    ArpackNoConvergence
        When it does not converge.
    TimeoutError
        When time is up.

    Examples
    --------
    >>> values, _ = iterated(lambda vector: np.array([1.0, 5.0, 3.0]) * vector, 3, 2)
    >>> np.round(values, 9).tolist()
    [5.0, 3.0]
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    def product(vector: Floats) -> Floats:
        if stop is not None and stop():
            raise TimeoutError
        return times(vector)

    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    start = np.random.default_rng(0).random(size)
    values, vectors = eigsh(operator, count, which="LA", v0=start, tol=1e-10)
    largest = np.argsort(-values, kind="stable")
    return values[largest], vectors[:, largest]


def coordinates(problem: Problem, count: int, stop: Stop | None = None) -> Floats:
    """The rows on their ``count`` widest axes, shape (n, count): principal components, or scaling without rows.

    TimeoutError when time is up.

    Examples
    --------
    >>> at = np.array([0.0, 2.0, 7.0])
    >>> np.round(coordinates(Problem(np.abs(at[:, None] - at)), 1)[:, 0], 6).tolist()
    [-3.0, -1.0, 4.0]
    """
    if problem.states is None:
        return axes_of(scaled_products(problem.distances), count, problem.means, stop)
    if problem.size > _DENSE_ROWS:
        return components(problem.states, count, problem.means, stop)
    return axes_of(row_products(problem.states), count, problem.means, stop)


def axes_of(products: Floats, count: int, means: Floats, stop: Stop | None = None) -> Floats:
    """Coordinates, shape (n, count), whose dot products are nearest to ``products``; 0 beyond their rank."""
    size = len(products)
    result = np.zeros((size, count))
    largest = float(np.abs(products).max(initial=0))
    if size < 2 or largest == 0:
        return result
    values, vectors = leading(products / largest, min(count, size), stop)
    return _scaled(result, values, vectors, np.sqrt(largest), means)


def components(states: Numbers, count: int, means: Floats, stop: Stop | None = None) -> Floats:
    """Principal components of the rows, shape (n, count), by Lanczos's method: the rows' products are never made.

    Examples
    --------
    >>> at = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0], [9.0, 12.0]])
    >>> np.round(components(at, 1, at.mean(axis=1))[:, 0], 6).tolist()
    [-7.5, -2.5, 2.5, 7.5]
    """
    size, steps = states.shape
    centre = states.mean(axis=0, dtype=np.float64)
    blocks = [slice(begin, begin + _BLOCK) for begin in range(0, size, _BLOCK)]
    power = sum(float(np.sum((states[rows] - centre) ** 2)) for rows in blocks)
    result = np.zeros((size, count))
    if power == 0:
        return result

    def times(vector: Floats) -> Floats:
        weights = vector.ravel()
        along = -centre * weights.sum()
        for rows in blocks:
            along += weights[rows] @ states[rows].astype(np.float64)
        along /= power
        return np.asarray(np.concatenate([states[rows].astype(np.float64) @ along for rows in blocks]) - centre @ along)

    values, vectors = iterated(times, size, min(count, steps, size - 1), stop)
    return _scaled(result, values, vectors, np.sqrt(power), means)


def _scaled(result: Floats, values: Floats, vectors: Floats, scale: float, means: Floats) -> Floats:
    """Coordinates written to ``result``: vectors times the roots of their values, beyond the rank left at 0."""
    for axis, value in enumerate(values):
        if value > _DIGITS:
            result[:, axis] = oriented(vectors[:, axis] * np.sqrt(value) * scale, means)
    return result


def row_products(states: Numbers) -> Floats:
    """Dot products of the rows after the mean over rows is taken off each step, shape (n, n)."""
    values = states.astype(np.float64)
    values -= values.mean(axis=0)
    return np.asarray(values @ values.T)


def scaled_products(distances: Numbers) -> Floats:
    """The dot products that distances stand for, were they Euclidean: Torgerson's (1952) double centring."""
    # Scaled to 1 first, so that squares of very small or large distances stay in range.
    largest = float(distances.max(initial=0))
    squared = (distances / largest) ** 2 if largest > 0 else distances.astype(np.float64)
    middle = squared.mean(axis=0)
    products = -0.5 * (squared - middle - middle[:, None] + middle.mean())
    return np.asarray(products * largest**2 if 1e-150 < largest < 1e150 else products)
