"""Good orders for the exact method to start from: before the relaxation is solved, and after."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.localsearch import greedy_path, improve
from stateviz.ordering.problem import Problem, Rows, Stop
from stateviz.ordering.subtour import Relaxation

_LEAST = 1e-7
"""Reduced costs are scaled to tours of about 1e5 or to whole numbers: rounding is far below this."""


def quick_order(problem: Problem, *, rng: np.random.Generator, stop: Stop) -> Rows:
    """Greedy edges, then 2-opt and Or-opt: milliseconds for a few hundred rows.

    Examples
    --------
    >>> problem = Problem(np.abs(np.subtract.outer([5, 1, 4, 2], [5, 1, 4, 2])))
    >>> quick_order(problem, rng=np.random.default_rng(0), stop=Stop()).tolist()
    [0, 2, 3, 1]
    """
    size = problem.size
    u, v = np.triu_indices(size, 1)
    path = greedy_path(size, u, v, problem.distances[u, v])
    closed = np.zeros((size + 1, size + 1), problem.distances.dtype)
    closed[:size, :size] = problem.distances
    least = 0.0 if problem.integer else 1e-12 * float(closed.max())
    return _open(improve(closed, [*path, size], rng=rng, stop=stop, least=least), np.array(path), problem)


def guided_order(
    problem: Problem, relaxation: Relaxation, rows: Rows, *, kicks: int, rng: np.random.Generator, stop: Stop
) -> Rows:
    """An order near what the relaxation shows, or ``rows`` if that is no shorter.

    Edges are joined in the order of their weight in the relaxation, then of reduced cost. The search that follows sees
    distances less the duals of their ends: every tour changes by the same amount, but near neighbours become those
    that good tours use.
    """
    nodes = relaxation.nodes
    u, v = np.triu_indices(nodes, 1)
    weight = np.zeros((nodes, nodes))
    count = len(relaxation.weights)
    weight[relaxation.u[:count], relaxation.v[:count]] = relaxation.weights
    tour = greedy_path(nodes, u, v, relaxation.reduced[u, v] - 1e9 * weight[u, v])
    duals = relaxation.node_duals
    cost = relaxation.cost - duals[:, None] - duals
    return _open(improve(cost, tour, kicks=kicks, rng=rng, stop=stop, least=_LEAST), rows, problem)


def _open(tour: list[int], rows: Rows, problem: Problem) -> Rows:
    """The rows of a tour from its dummy round, or ``rows`` if those are no longer."""
    at = tour.index(problem.size)
    opened = np.array(tour[at + 1 :] + tour[:at])
    return opened if problem.length(opened) < problem.length(rows) else rows
