"""The leaves of a clustering tree in their shortest order."""

from __future__ import annotations

import numpy as np

from stateviz.core.errors import UnknownNameError
from stateviz.core.table import unknown
from stateviz.ordering.leaf_order import optimal_leaf_order
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

LINKAGES = {
    "single": "the nearest two rows",
    "average": "the mean over all pairs of rows",
    "complete": "the farthest two rows",
    "ward": "the growth of the sum of squares, exact for euclidean distances",
}
"""How far apart two clusters are."""


def solve(
    problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop, linkage: str = "average"
) -> Rows:
    """Cluster the rows bottom up, then lay out the tree so that the path along its leaves is shortest.

    The tree is scipy's; its own ``optimal_leaf_ordering`` is not optimal (scipy issue 11227) and not used. Should
    time run out, the tree is laid out as it was built.

    Parameters
    ----------
    linkage
        A name of LINKAGES: ``"single"``, ``"average"``, ``"complete"`` or ``"ward"``.
    """
    if linkage not in LINKAGES:
        raise UnknownNameError(unknown("linkage", linkage, LINKAGES))
    if problem.size < 3:
        return np.argsort(problem.means, kind="stable")
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    upper = squareform(problem.distances, checks=False).astype(np.float64)
    largest = float(upper.max())  # squares of very small or large distances stay in range
    tree = hierarchy.linkage(upper / largest if largest > 0 else upper, linkage)
    return optimal_leaf_order(tree, problem.distances, stop=stop)
