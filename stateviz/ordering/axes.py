"""From numbers to an order: leading axes of a symmetric matrix, coordinates of rows, and rows by a key."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.ordering.problem import Problem, Rows

Floats = NDArray[np.float64]

_DENSE_ROWS = 1500
"""Up to here all eigenvectors are had about as fast as two by Lanczos's method, and more surely."""

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


def leading(matrix: NDArray[Any], count: int) -> tuple[Floats, Floats]:
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

    Examples
    --------
    >>> values, vectors = leading(np.diag([1.0, 5.0, 3.0]), 2)
    >>> values.tolist(), np.abs(vectors[:, 0]).tolist()
    ([5.0, 3.0], [0.0, 1.0, 0.0])
    """
    from scipy.linalg import eigh

    size = len(matrix)
    if size > _DENSE_ROWS:
        from scipy.sparse.linalg import ArpackNoConvergence, eigsh

        try:
            start = np.random.default_rng(0).random(size)
            values, vectors = eigsh(matrix.astype(np.float64), count, which="LA", v0=start, tol=1e-10)
            largest = np.argsort(-values, kind="stable")
            return values[largest], vectors[:, largest]
        except ArpackNoConvergence:
            pass
    values, vectors = eigh(matrix, subset_by_index=[size - count, size - 1], driver="evr")
    return values[::-1], vectors[:, ::-1]


def coordinates(problem: Problem, count: int) -> Floats:
    """The rows on their ``count`` widest axes, shape (n, count): principal components, or scaling without rows.

    Examples
    --------
    >>> at = np.array([0.0, 2.0, 7.0])
    >>> np.round(coordinates(Problem(np.abs(at[:, None] - at)), 1)[:, 0], 6).tolist()
    [-3.0, -1.0, 4.0]
    """
    products = scaled_products(problem.distances) if problem.states is None else row_products(problem.states)
    return axes_of(products, count, problem.means)


def axes_of(products: Floats, count: int, means: Floats) -> Floats:
    """Coordinates, shape (n, count), whose dot products are nearest to ``products``; 0 beyond their rank."""
    size = len(products)
    result = np.zeros((size, count))
    largest = float(np.abs(products).max(initial=0))
    if size < 2 or largest == 0:
        return result
    values, vectors = leading(products / largest, min(count, size))
    for axis, value in enumerate(values):
        if value > _DIGITS:
            result[:, axis] = oriented(vectors[:, axis] * np.sqrt(value * largest), means)
    return result


def row_products(states: NDArray[Any]) -> Floats:
    """Dot products of the rows after the mean over rows is taken off each step, shape (n, n)."""
    values = states.astype(np.float64)
    values -= values.mean(axis=0)
    return np.asarray(values @ values.T)


def scaled_products(distances: NDArray[Any]) -> Floats:
    """The dot products that distances stand for, were they Euclidean: Torgerson's (1952) double centring."""
    # Scaled to 1 first, so that squares of very small or large distances stay in range.
    largest = float(distances.max(initial=0))
    squared = (distances / largest) ** 2 if largest > 0 else distances.astype(np.float64)
    middle = squared.mean(axis=0)
    products = -0.5 * (squared - middle - middle[:, None] + middle.mean())
    return np.asarray(products * largest**2 if 1e-150 < largest < 1e150 else products)
