"""The least spanning tree over all pairs of rows, without their square matrix: guessed from near pairs, then proven."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from stateviz.ordering.problem.arrays import Floats, Ints, Numbers
from stateviz.ordering.problem.neighbours import OutOfTime
from stateviz.ordering.problem.row_problem import RowProblem
from stateviz.ordering.problem.stop import Stop
from stateviz.ordering.problem.union_find import find

BLOCK = 256
"""Rows whose distances to all later ones are held at once."""

_MOST = 4
"""Pairs a row hands back of those that make a shorter tree: one is enough, and each saves a pass over all pairs."""

_SLACK, _ROOT_SLACK = 1e-10, 1e-7
"""Products of blocks are off by far less than this share; the second is for a root of a difference of squares."""


def slack_of(problem: RowProblem, lengths: Numbers, penalty: Floats) -> float:
    """What a pair may be nearer than the edges that join it and still pass for no nearer.

    No tree is shorter than one that is proven by more than twice this an edge.
    """
    pairs = problem.products
    largest = np.abs(lengths).max() + 2 * np.abs(penalty).max() + (pairs.largest if pairs.cost.kind == "product" else 0)
    slack = _SLACK * float(largest)
    return slack + _ROOT_SLACK * float(np.sqrt(pairs.squares.max())) if pairs.cost.kind == "root" else slack


def shorter_pairs(problem: RowProblem, penalty: Floats, u: ArrayLike, v: ArrayLike, stop: Stop) -> tuple[Ints, Ints]:
    """Pairs that would shorten a spanning tree; none proves that it is the least, but for ``slack_of``.

    A tree is the least just where no pair is nearer than the longest edge on the tree's way between the two. Along the
    order in which single linkage joins the rows that is the largest of the gaps between them (Gower & Ross 1969), so a
    pass over all pairs, in blocks, is a product and a running maximum.

    Parameters
    ----------
    penalty : array, shape (n,)
        Added to the distances of a row.
    u, v : arrays of int, shape (n - 1,)
        The edges of the tree.
    stop
        Asked between blocks; out of time, OutOfTime is raised, because nothing is proven.

    Examples
    --------
    >>> from stateviz.core.states import StateMatrix
    >>> from stateviz.similarity.metrics import METRICS
    >>> problem = RowProblem.of(StateMatrix([[0.0], [3.0], [1.0]]), METRICS["euclidean"])
    >>> [part.tolist() for part in shorter_pairs(problem, np.zeros(3), [0, 0], [1, 2], Stop())]
    [[2], [1]]
    """
    pairs = problem.products
    u, v = np.asarray(u), np.asarray(v)
    lengths = problem.pairwise(u, v) + penalty[u] + penalty[v]
    order, gaps = linkage_order(u, v, lengths)
    slack = slack_of(problem, lengths, penalty)
    rows = pairs.prepared(order)
    along = penalty[order]
    found: list[tuple[Ints, Ints]] = []
    for begin in range(0, problem.size - 1, BLOCK):
        stop.tell(done=begin / problem.size)
        if stop():
            raise OutOfTime
        end = min(begin + BLOCK, problem.size - 1)
        away = pairs.from_products(rows[begin:end] @ rows[begin:].T, order[begin:end], order[begin:])
        away += along[begin:end, None] + along[begin:]
        for i in range(end - begin):
            over = away[i, i + 1 :] - np.maximum.accumulate(gaps[begin + i :])
            places = _lowest(over, -slack)
            found.append((np.full(len(places), begin + i), begin + i + 1 + places))
    a, b = (order[np.concatenate(part)] for part in zip(*found, strict=True))
    return a, b


def linkage_order(u: Ints, v: Ints, lengths: Floats) -> tuple[Ints, Floats]:
    """Rows in the order in which single linkage joins them along a tree's edges, and the gaps between neighbours.

    Examples
    --------
    >>> order, gaps = linkage_order(np.array([0, 0]), np.array([1, 2]), np.array([3.0, 1.0]))
    >>> order.tolist(), gaps.tolist()
    ([0, 2, 1], [1.0, 3.0])
    """
    size = len(u) + 1
    parent, last, after, gap = list(range(size)), list(range(size)), [-1] * size, [0.0] * size

    for edge in np.argsort(lengths, kind="stable"):
        # Each piece is named by its first row: the later one is hung behind the earlier.
        a, b = sorted((find(parent, int(u[edge])), find(parent, int(v[edge]))))
        after[last[a]], gap[last[a]] = b, float(lengths[edge])
        parent[b], last[a] = a, last[b]
    order, row = [], 0
    while row >= 0:
        order.append(row)
        row = after[row]
    rows = np.array(order)
    return rows, np.array(gap)[rows[:-1]]


def _lowest(over: Floats, under: float) -> Ints:
    """Places of values under a limit, of many the lowest."""
    places = np.flatnonzero(over < under)
    return places if len(places) <= _MOST else places[np.argpartition(over[places], _MOST)[:_MOST]]
