"""Greedy insertion as published with the phone case: between the units of lowest and highest mean."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.problem import Problem, Rows, Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Put each row where it adds least to the length, both ends fixed.

    The row of lowest mean comes first, that of highest mean last. The others follow in ascending ``|mean|``, each
    where ``s(before, x) + s(x, after) - s(before, after)`` is greatest: in distances, where the same sum is least.
    Ties: equal ``|mean|`` by row index, equal gain at the first place, equal extreme means by row index. Without
    rows, the mean distance to the other rows stands for the mean.

    Lengths of all steps of the order so far are kept, so that an insertion costs one look at its row of distances.
    """
    size, means = problem.size, problem.means
    if size < 3:
        return np.argsort(means, kind="stable")
    first = int(np.argmin(means))
    others = np.delete(np.arange(size), first)
    last = int(others[np.argmax(means[others])])
    others = others[others != last]
    path = np.empty(size, np.int64)
    steps = np.empty(size - 1, problem.distances.dtype)
    path[:2] = first, last
    steps[0] = problem.distances[first, last]
    for count, row in enumerate(others[np.argsort(np.abs(means[others]), kind="stable")], start=2):
        away = problem.distances[row].take(path[:count])
        added = away[:-1] + away[1:]
        added -= steps[: count - 1]
        at = int(added.argmin())
        path[at + 2 : count + 1] = path[at + 1 : count]
        path[at + 1] = row
        steps[at + 2 : count] = steps[at + 1 : count - 1]
        steps[at], steps[at + 1] = away[at], away[at + 1]
    return path
