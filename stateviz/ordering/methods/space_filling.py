"""Rows along a space-filling curve through the plane of their two widest axes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.ordering.embedding import by_key, coordinates
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

_BITS = 16


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Rows by their place on a Hilbert curve over the first two principal coordinates (Platzman & Bartholdi 1989).

    Both axes keep one scale, so that the curve's steps are as long down as across. Without rows the coordinates are
    those of classical scaling. Ties, rows in one cell of the 65,536 x 65,536, by row index. Out of time,
    rows come by their means.
    """
    try:
        plane = coordinates(problem, 2, stop)
    except TimeoutError:
        return by_key(problem.means)
    plane -= plane.min(axis=0)
    largest = plane.max(initial=0)
    # Rounded twice: equal rows, whose coordinates are apart by rounding, must not part at the border of a cell.
    share = np.round(plane / largest, 9) if largest > 0 else plane
    cells = np.rint(share * (2**_BITS - 1)).astype(np.int64)
    return np.argsort(hilbert_index(cells[:, 0], cells[:, 1], _BITS), kind="stable")


def hilbert_index(x: ArrayLike, y: ArrayLike, bits: int) -> NDArray[np.int64]:
    """How far along the Hilbert curve through a square of ``2 ** bits`` cells a side each cell lies (Hilbert 1891).

    Parameters
    ----------
    x, y : arrays of int, shape (n,)
        From 0 to ``2 ** bits - 1``.

    Examples
    --------
    >>> hilbert_index([0, 0, 1, 1], [0, 1, 1, 0], 1).tolist()
    [0, 1, 2, 3]
    """
    x, y = np.array(x, np.int64), np.array(y, np.int64)
    index = np.zeros(x.shape, np.int64)
    side = 2 ** (bits - 1)
    while side:
        right, upper = (x & side) > 0, (y & side) > 0
        # Quadrants are met in the order lower left, upper left, upper right, lower right.
        index = 4 * index + np.where(right, np.where(upper, 2, 3), np.where(upper, 1, 0))
        x, y = x & (side - 1), y & (side - 1)
        # The first quadrant is the curve with its axes swapped, the last with them swapped and both turned around.
        last = right & ~upper
        swap = ~upper
        x, y = np.where(last, side - 1 - x, x), np.where(last, side - 1 - y, y)
        x, y = np.where(swap, y, x), np.where(swap, x, y)
        side //= 2
    return index
