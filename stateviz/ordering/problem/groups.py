"""Groups of rows: an order cut at its longest steps, or ordered and cut at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.ordering.problem.problem import Problem, Rows

Breaks = tuple[int, ...]


def check_groups(groups: int, size: int) -> None:
    """Raise InputError where ``size`` rows do not make this many groups."""
    if isinstance(groups, bool) or not isinstance(groups, (int, np.integer)) or not 1 <= groups <= size:
        raise InputError(f"groups is {groups!r}; {size} rows make 1 to {size} groups")


def cut(steps: NDArray[np.number], groups: int, breaks: Breaks = ()) -> Breaks:
    """Where to cut an order into groups: at its longest steps, the earlier one on a tie.

    Parameters
    ----------
    steps : array, shape (n - 1,)
        Distance of each row to the next.
    groups
        How many there are to be.
    breaks
        Cuts that are made already; a cut at ``i`` parts the rows at places ``i - 1`` and ``i``.

    Examples
    --------
    >>> cut(np.array([1.0, 5.0, 2.0, 5.0]), 3)
    (2, 4)
    """
    left = steps.astype(float)
    left[np.array(breaks, int) - 1] = -np.inf
    longest = np.argsort(-left, kind="stable")[: groups - 1 - len(breaks)]
    return tuple(sorted((*breaks, *(int(i) + 1 for i in longest))))


def separated(problem: Problem, groups: int) -> Problem:
    """The problem of ordering rows and cutting the order at once, so that the steps inside groups are least.

    ``groups - 1`` separators join the rows, at distance 0 from every row and too far from each other to be
    neighbours (Climer & Zhang 2006): where a separator stands, the order is cut at no cost.

    Examples
    --------
    >>> problem = separated(Problem(np.array([[0, 1, 9], [1, 0, 9], [9, 9, 0]])), 2)
    >>> problem.length([0, 1, 3, 2])
    1
    """
    if not problem.square:
        raise InputError(
            f"joint groups need the distances of all pairs, and {problem.size} rows are too many; cut the order "
            "at its longest steps instead"
        )
    size, extra = problem.size, groups - 1
    kind = np.int64 if problem.integer else np.float64
    distances = np.zeros((size + extra, size + extra), kind)
    distances[:size, :size] = problem.distances
    # Parting two separators by any row saves this much and costs no more than the step that the row leaves.
    apart = 3 * problem.distances.max(initial=0) or 1
    distances[size:, size:] = apart * (1 - np.eye(extra, dtype=kind))
    return Problem(distances, first=problem.first, last=problem.last)


def joined(rows: Rows, members: Sequence[Rows]) -> tuple[Rows, Breaks]:
    """Rows without their separators, each with the rows it stands for, and the breaks the separators leave.

    Examples
    --------
    >>> joined(np.array([1, 2, 0]), [np.array([0, 2]), np.array([1])])
    (array([1, 0, 2]), (1,))
    """
    own = rows < len(members)
    counts = np.array([len(members[row]) if row < len(members) else 0 for row in rows])
    places, size = np.cumsum(counts)[~own], int(counts.sum())
    return np.concatenate([members[row] for row in rows[own]]), tuple(sorted({int(i) for i in places if 0 < i < size}))
