"""Rows along the Fiedler vector of their similarities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.axes import by_key, leading, oriented
from stateviz.ordering.problem import Problem, Rows
from stateviz.ordering.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Ascending entry of the Fiedler vector of the similarity Laplacian (Atkins, Boman & Hendrickson 1998).

    Similarities are ``largest distance - distance``; the vector belongs to the second smallest eigenvalue of
    ``diag(row sums) - similarities``. It solves the 2-SUM problem with whole places relaxed to numbers, and finds the
    order of a Robinson matrix exactly. Rows that no chain of similar rows connects are groups of their own: each is
    ordered by its own vector, and groups follow each other by mean, then lowest row. Ties by row index.
    """
    distances = problem.distances
    similarity = np.asarray(distances.max(initial=0) - distances, np.float64)
    np.fill_diagonal(similarity, 0)
    groups = _groups(similarity)
    groups.sort(key=lambda rows: (float(problem.means[rows].mean()), int(rows[0])))
    return np.concatenate([rows[_along(similarity[np.ix_(rows, rows)], problem.means[rows])] for rows in groups])


def _groups(similarity: NDArray[Any]) -> list[Rows]:
    from scipy.sparse.csgraph import connected_components

    count, label = connected_components(similarity > 0, directed=False)
    return [np.flatnonzero(label == group) for group in range(count)]


def _along(similarity: NDArray[Any], means: NDArray[np.float64]) -> Rows:
    """Places by ascending Fiedler vector of a connected group."""
    size = len(similarity)
    if size < 3:
        return np.argsort(means, kind="stable")
    laplacian = np.diag(similarity.sum(axis=1)) - similarity
    # The smallest eigenvalue is 0, for the constant vector; that is moved to the far end, and the next is left.
    top = 2 * float(similarity.sum(axis=1).max())  # no eigenvalue is larger (Gershgorin)
    _, vectors = leading(-laplacian / top - 2 / size, 1)
    return by_key(oriented(vectors[:, 0], means))
