"""Signs along a path, and the one direction and sign that every order is given in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.problem.arrays import Numbers

Rows = NDArray[np.int64]
Signs = NDArray[np.int8]


def canonical(rows: Rows, means: NDArray[np.float64]) -> Rows:
    """``rows`` or its reverse: the first row's mean is not above the last's; on a tie the lower index is first.

    Examples
    --------
    >>> canonical(np.array([2, 0, 1]), np.array([0.0, -1.0, 1.0])).tolist()
    [1, 0, 2]
    """
    first, last = rows[0], rows[-1]
    backward = (means[first], first) > (means[last], last)
    return rows[::-1].copy() if backward else rows.copy()


def choose_signs(products: Numbers, means: NDArray[np.float64]) -> Signs:
    """Signs along a path under which no row opposes the next.

    Where a product is 0 either sign serves: those are chosen so that the means fall as little as
    possible, by a dynamic program over the two signs of each row.

    Parameters
    ----------
    products : array, shape (n - 1,)
        Similarity of each row to the next; its sign is what counts.
    means : array, shape (n,)
        Mean of each row before any flip.

    Returns
    -------
    array of int8, shape (n,)

    Examples
    --------
    >>> choose_signs(np.array([-1.0, 0.0]), np.array([0.3, -0.4, -0.5])).tolist()
    [1, -1, -1]
    >>> choose_signs(np.array([-1.0, 0.0]), np.array([0.3, -0.4, 0.5])).tolist()
    [1, -1, 1]
    """
    levels = np.stack((means, -means)).T.tolist()  # levels[i][0]: kept, levels[i][1]: negated
    kinds = np.sign(products).tolist()
    cost, came = [0.0, 0.0], []
    for i, kind in enumerate(kinds):
        here, there = levels[i], levels[i + 1]
        step, new = [], []
        for state in (0, 1):
            allowed = (0, 1) if kind == 0 else ((state,) if kind > 0 else (1 - state,))
            costs = [(cost[old] + max(0.0, here[old] - there[state]), old) for old in allowed]
            best, old = min(costs)
            new.append(best)
            step.append(old)
        cost = new
        came.append(step)
    state = 0 if cost[0] <= cost[1] else 1
    chosen = [state]
    for step in reversed(came):
        state = step[state]
        chosen.append(state)
    return np.array([1 - 2 * s for s in reversed(chosen)], np.int8)


def canonical_signed(rows: Rows, means: NDArray[np.float64], products: Callable[[Rows], Numbers]) -> tuple[Rows, Signs]:
    """The one direction and global sign of a path whose rows may be flipped.

    A path read backwards with every sign turned falls and rises as much as before. Of the two, the one whose
    signed means sum to more is taken; on a tie, the one in which row 0 keeps its sign.

    Parameters
    ----------
    products
        ``products(rows)`` gives what ``choose_signs`` takes.
    """
    rows = rows if rows[0] <= rows[-1] else rows[::-1]  # the same start whichever way it came
    signs = choose_signs(products(rows), means[rows])
    total = float(np.sum(signs * means[rows]))
    scale = float(np.sum(np.abs(means))) * 1e-12
    negate = total < 0 if abs(total) > scale else bool(signs[np.argmin(rows)] < 0)
    if negate:
        rows, signs = rows[::-1], -signs[::-1]
    first, last = signs[0] * means[rows[0]], signs[-1] * means[rows[-1]]
    if (first, rows[0]) > (last, rows[-1]):
        rows, signs = rows[::-1], signs[::-1]
    return rows.copy(), signs.astype(np.int8)
