"""Rows along the Fiedler vector of their similarities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.embedding import by_key, leading, oriented
from stateviz.ordering.problem.arrays import Numbers
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Ascending entry of the Fiedler vector of the similarity Laplacian (Atkins, Boman & Hendrickson 1998).

    Similarities are ``largest distance - distance``; the vector belongs to the second smallest eigenvalue of
    ``diag(row sums) - similarities``. It solves the 2-SUM problem with whole places relaxed to numbers, and finds the
    order of a Robinson matrix exactly. Rows that no chain of similar rows connects are groups of their own: each is
    ordered by its own vector, and groups follow each other by mean, then lowest row. Ties by row index. Out of time,
    rows come by their means.
    """
    distances = problem.distances
    similarity = np.asarray(distances.max(initial=0) - distances, np.float64)
    np.fill_diagonal(similarity, 0)
    groups = _groups(similarity)
    groups.sort(key=lambda rows: (float(problem.means[rows].mean()), int(rows[0])))
    try:
        if len(groups) == 1:
            return _along(similarity, problem.means, stop)
        return np.concatenate(
            [rows[_along(similarity[np.ix_(rows, rows)], problem.means[rows], stop)] for rows in groups]
        )
    except TimeoutError:
        return by_key(problem.means)


def _groups(similarity: Numbers) -> list[Rows]:
    """Rows that chains of similar rows connect, those of the lowest row first."""
    groups, left = [], np.ones(len(similarity), bool)
    while left.any():
        group, new = np.zeros(len(similarity), bool), np.flatnonzero(left)[:1]
        while len(new):
            group[new] = True
            new = np.flatnonzero((similarity[new] > 0).any(axis=0) & ~group)
        groups.append(np.flatnonzero(group))
        left &= ~group
    return groups


def _along(similarity: Numbers, means: NDArray[np.float64], stop: Stop) -> Rows:
    """Places by ascending Fiedler vector of a connected group."""
    size = len(similarity)
    if size < 3:
        return np.argsort(means, kind="stable")
    sums = similarity.sum(axis=1)
    top = 2 * float(sums.max())  # no eigenvalue of the Laplacian is larger (Gershgorin)
    # The smallest eigenvalue is 0, for the constant vector; that is moved to the far end, and the next is left.
    matrix = similarity / top - 2 / size
    matrix[np.diag_indices(size)] -= sums / top
    _, vectors = leading(matrix, 1, stop)
    return by_key(oriented(vectors[:, 0], means))
