"""Candidate edges of a search, penalties under which nearest neighbours are good ones, and an order to begin with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stateviz.ordering.problem.arrays import Floats, Graph, Ints, Nodes
from stateviz.ordering.problem.ascent import ascend, pairs_once
from stateviz.ordering.problem.jit import COMPILED_ROWS
from stateviz.ordering.problem.neighbours import Neighbours
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

_ASCENTS = ((60, 0.1, 0.01), (60, 0.05, 0.001))  # rounds, first and last step in mean steps of a greedy order
_UNEVEN = 1e4
_FINE = 1024.0  # penalties of whole distances are multiples of 1 / _FINE: sums of them are exact
_EXTRA = 4  # more nearest neighbours than are asked for, to choose from by penalised distance
_JOINED = 8  # near ends looked at to join pieces


@dataclass(frozen=True)
class CandidateEdges:
    """What a search is given.

    Parameters
    ----------
    near, away : arrays, shape (n, k)
        Nearest neighbours of each row, and the penalised distances to them, ascending.
    penalty : array, shape (n,)
        Added to the distances of a row.
    order : array of int, shape (n,)
        Made of short steps, taken greedily.
    """

    near: Nodes
    away: Floats
    penalty: Floats
    order: Rows


def candidate_edges(problem: Problem, neighbours: Neighbours, count: int) -> CandidateEdges:
    """Nearest neighbours and penalties from the 1-tree bound of Held & Karp, as Helsgaun (2000) uses them.

    A row that a least spanning tree meets too often is made costlier, one at a leaf cheaper, until the tree is nearly
    a path: then the nearest neighbours under these penalties are nearly all that a shortest order needs.

    Examples
    --------
    >>> at = np.array([4.0, 0.0, 1.0, 7.0, 2.5])
    >>> problem = Problem(np.abs(at[:, None] - at))
    >>> candidate_edges(problem, Neighbours(problem), 2).order.tolist()
    [1, 2, 4, 0, 3]
    """
    width = min(count, problem.size - 1)
    near, away = neighbours.lists(count + _EXTRA)
    order = _greedy(problem, neighbours, near, away, np.zeros(problem.size))
    steps = np.asarray(problem.pairwise(order[:-1], order[1:]), np.float64)
    extra = np.zeros(problem.size, np.int64)
    extra[list(problem.fixed)] = 1
    penalty = np.zeros(problem.size)
    mean = float(steps.mean())
    for rounds, first, last in _ASCENTS:
        # Where a few steps outweigh all others, penalties of their size would drown what is left to gain.
        if mean > _UNEVEN * float(np.median(steps)):
            break
        if problem.size <= COMPILED_ROWS:
            u, v, _ = _edges(near, order)
            penalty = ascend(problem, u, v, penalty, float(steps.sum()), rounds, Stop())
        else:
            from stateviz.ordering.local_search.kernels import trees as lk_trees

            graph = _graph(near, away - penalty[:, None] - penalty[near], order, steps)
            lk_trees.ascend(graph, penalty, extra, rounds, first * mean, (last / first) ** (1 / rounds))
        near, away = _ranked(neighbours, near, penalty)
    if problem.integer:
        penalty = np.rint(penalty * _FINE) / _FINE
        near, away = _ranked(neighbours, near, penalty)
    near, away = np.ascontiguousarray(near[:, :width]), np.ascontiguousarray(away[:, :width])
    better = _greedy(problem, neighbours, near, away, penalty)
    return CandidateEdges(near, away, penalty, min(better, order, key=problem.length))


def _ranked(neighbours: Neighbours, near: Nodes, penalty: Floats) -> tuple[Nodes, Floats]:
    """Lists as long as ``near`` of the nearest rows under the penalties: of all rows, or of those in ``near``."""
    from stateviz.ordering.problem.kernels.nearest import nearest_in_square, rank

    chosen, costs = np.empty_like(near), np.empty(near.shape)
    if neighbours.short is None:
        nearest_in_square(neighbours.costs.square, penalty, chosen, costs)
    else:
        rank(neighbours.costs._replace(penalty=np.append(penalty, 0.0)), near, 0, len(near), chosen, costs)
    return chosen, costs


def _graph(near: Nodes, away: Floats, order: Rows, steps: Floats) -> Graph:
    """The edges of nearest neighbours and of an order, which connects them: first edge of each row, ends, lengths."""
    size = len(near)
    u, v, once = _edges(near, order)
    lengths = np.concatenate((away.ravel(), steps))[once]
    u, v, lengths = np.concatenate((u, v)), np.concatenate((v, u)), np.concatenate((lengths, lengths))
    by_start = np.argsort(u, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(u, minlength=size))))
    return starts, v[by_start], lengths[by_start]


def _edges(near: Nodes, order: Rows) -> tuple[Ints, Ints, Ints]:
    """Each edge of nearest neighbours and of an order once, and which of them it was first."""
    size, width = near.shape
    u = np.concatenate((np.repeat(np.arange(size), width), order[:-1]))
    v = np.concatenate((near.ravel().astype(np.int64), order[1:]))
    return pairs_once(size, u, v)


def _greedy(problem: Problem, neighbours: Neighbours, near: Nodes, away: Floats, penalty: Floats) -> Rows:
    """Short edges first (Bentley 1992): those of nearest neighbours, then of near ends of the fragments."""
    from stateviz.ordering.local_search.kernels.trees import join_greedily, walk

    size, width = near.shape
    beside, parent = np.full((size, 2), -1, np.int64), np.arange(size)
    # A fixed end has the dummy beside it; two of them are joined by it.
    beside[list(problem.fixed), 0] = -2
    parent[list(problem.fixed)] = min(problem.fixed, default=0)
    missing = size - max(1, len(problem.fixed))
    rows = np.arange(size)
    while True:
        u, v, key = np.repeat(rows, width), rows[near.ravel()], away.ravel()
        missing -= join_greedily(u, v, np.argsort(key, kind="stable"), beside, parent)
        if missing == 0:
            break
        rows = np.flatnonzero(beside[:, 1] == -1)
        # A piece's other end may be its nearest: it is not the only one.
        width = min(_JOINED, len(rows) - 1)
        near, away = neighbours.lists(width, rows)
        away = away + penalty[rows][:, None] + penalty[rows][near]
    ends = np.flatnonzero(beside[:, 1] == -1)
    if len(problem.fixed) == 2:
        beside[ends, np.where(beside[ends, 0] == -1, 0, 1)] = ends[::-1]
    order = np.empty(size, np.int64)
    walk(beside, problem.fixed[0] if problem.fixed else int(ends[0]), order)
    return problem.with_fixed_ends(order)
