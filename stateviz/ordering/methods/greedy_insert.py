"""Greedy insertion as published with the phone case: between the units of lowest and highest mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.core.checks import check_whole
from stateviz.ordering.problem.arrays import Numbers
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop, restarts: int = 1) -> Rows:
    """Put each row where it adds least to the length, both ends fixed.

    The row of lowest mean comes first, that of highest mean last. The others follow in ascending ``|mean|``, each
    where ``s(before, x) + s(x, after) - s(before, after)`` is greatest: in distances, where the same sum is least.
    Ties: equal ``|mean|`` by row index, equal gain at the first place, equal extreme means by row index. Without
    rows, the mean distance to the other rows stands for the mean. Ends that the problem fixes are the ends.

    Parameters
    ----------
    restarts
        How many orders to make: the first is the published one, the others break all these ties by chance, and the
        shortest is kept. With 1, chance has no part in it.
    """
    check_whole("restarts", restarts)
    best = _insert(problem, None)
    length = problem.length(best)
    for _ in range(restarts - 1 if problem.size > 2 else 0):
        if stop():
            break
        other = _insert(problem, rng)
        if (now := problem.length(other)) < length:
            best, length = other, now
    return best


def _insert(problem: Problem, rng: np.random.Generator | None) -> Rows:
    """One order; ties by index and place, or by chance.

    Lengths of all steps of the order so far are kept, so that an insertion costs one look at its row of distances.
    """
    size, means = problem.size, problem.means
    if size < 3:
        return problem.with_fixed_ends(np.argsort(means, kind="stable"))
    tie = np.arange(size) if rng is None else rng.permutation(size)
    first, last = _ends(problem, tie)
    others = np.lexsort((tie, np.abs(means)))
    path = np.empty(size, np.int64)
    steps = np.empty(size - 1, problem.distances.dtype)
    path[:2] = first, last
    steps[0] = problem.distances[first, last]
    for count, row in enumerate(others[(others != first) & (others != last)], start=2):
        away = problem.distances[row].take(path[:count])
        added = away[:-1] + away[1:]
        added -= steps[: count - 1]
        at = int(added.argmin()) if rng is None else _one_of_least(added, rng)
        path[at + 2 : count + 1] = path[at + 1 : count]
        path[at + 1] = row
        steps[at + 2 : count] = steps[at + 1 : count - 1]
        steps[at], steps[at + 1] = away[at], away[at + 1]
    return path


def _ends(problem: Problem, tie: NDArray[np.int64]) -> tuple[int, int]:
    """The fixed ends; in place of a free one the row of lowest mean comes first, that of highest mean last."""
    lowest, highest = (np.lexsort((tie, sign * problem.means)) for sign in (1, -1))
    first, last = problem.first, problem.last
    if first is None:
        first = int(lowest[lowest != last][0] if last is not None else lowest[0])
    return first, int(highest[highest != first][0]) if last is None else last


def _one_of_least(added: Numbers, rng: np.random.Generator) -> int:
    least = np.flatnonzero(added == added.min())
    return int(least[0] if len(least) == 1 else rng.choice(least))
