"""Penalties of rows under which a spanning tree comes near a path, without a compiler."""

from __future__ import annotations

import math

import numpy as np

from stateviz.ordering.problem.arrays import Floats, Ints, Numbers
from stateviz.ordering.problem.problem import Problem
from stateviz.ordering.problem.stop import Stop


def pairs_once(size: int, u: Ints, v: Ints) -> tuple[Ints, Ints, Ints]:
    """Each pair once, the lower row first; and which of the pairs given it was first.

    Examples
    --------
    >>> [part.tolist() for part in pairs_once(4, np.array([2, 0, 1]), np.array([1, 3, 2]))]
    [[0, 1], [3, 2], [1, 0]]
    """
    key, first = np.unique(np.minimum(u, v) * size + np.maximum(u, v), return_index=True)
    return key // size, key % size, first


def ascend(problem: Problem, u: Ints, v: Ints, penalty: Floats, upper: float, rounds: int, stop: Stop) -> Floats:
    """Penalties under which the least 1-tree of the pairs given is as long as found (subgradient ascent).

    Held & Karp (1971). The dummy that closes a path is the special node: it chooses its two edges, or has those to the
    rows fixed as ends.

    Parameters
    ----------
    u, v : arrays of int, shape (pairs,)
        They connect all rows.
    penalty : array, shape (n,)
        To begin with.
    upper
        The length of a good order, which sets the steps.
    """
    size = problem.size
    cost = problem.pairwise(u, v).astype(np.float64)
    best, chosen, before = -math.inf, penalty, np.zeros(size)
    scale = 1.0
    since = 0
    for _ in range(rounds):
        if stop():
            break
        used = spanning_tree(size, u, v, cost + penalty[u] + penalty[v])
        a, b = u[used], v[used]
        low = dummy_ends(problem, penalty)
        degree = np.bincount(a, minlength=size) + np.bincount(b, minlength=size)
        degree[low] += 1
        value = float((cost[used] + penalty[a] + penalty[b]).sum() + penalty[low].sum() - 2 * penalty.sum())
        off = degree - 2
        if value > best:
            best, chosen, since = value, penalty, 0
        else:
            since += 1
            if since == 4:
                scale, since = scale / 2, 0
        square = float((off**2).sum())
        if square == 0:
            break
        direction = 0.7 * off + 0.3 * before  # a share of the last step steadies the ascent (Volgenant & Jonker 1982)
        penalty = penalty + scale * max(upper - value, 1e-6 * abs(upper)) / square * direction
        before = off.astype(np.float64)
    return chosen


def dummy_ends(problem: Problem, penalty: Floats) -> Ints:
    """The two cheapest edges of the dummy: to the fixed ends, then to the least penalties."""
    key = penalty.copy()
    key[list(problem.fixed)] = -np.inf
    return np.argpartition(key, 1)[:2]


def spanning_tree(size: int, u: Ints, v: Ints, weight: Numbers) -> Ints:
    """Which of the pairs are the edges of their least spanning tree."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    # scipy takes a weight of 0 for a missing edge: ranks, which grow as the weights do, begin at 1.
    rank = np.empty(len(weight))
    by_weight = np.argsort(weight, kind="stable")
    rank[by_weight] = np.arange(1, len(weight) + 1)
    tree = minimum_spanning_tree(csr_array((rank, (u, v)), shape=(size, size)))
    return np.asarray(by_weight[tree.data.astype(np.int64) - 1])


def least_tree(distances: Numbers, penalty: Floats) -> tuple[Ints, Ints]:
    """The least spanning tree over all pairs (Prim 1957) from row 0, edge by edge as it grows; ties by row index.

    Parameters
    ----------
    distances : array, shape (n, n)
    penalty : array, shape (n,)
        Added to the distances of a row.

    Returns
    -------
    u, v : arrays of int, shape (n - 1,)
        Its edges, the lower row first.

    Examples
    --------
    >>> [part.tolist() for part in least_tree(np.array([[0, 3, 1], [3, 0, 1], [1, 1, 0]]), np.zeros(3))]
    [[0, 1], [2, 2]]
    """
    size = len(distances)
    closed = penalty.copy()  # infinite where a row is in the tree
    key = np.full(size, np.inf)
    link = np.zeros(size, np.int64)
    here = 0
    ends = np.empty((size - 1, 2), np.int64)
    for i in range(size - 1):
        closed[here] = key[here] = np.inf
        reach = distances[here] + (closed + penalty[here])
        nearer = reach < key
        link[nearer] = here
        np.minimum(key, reach, out=key)
        here = int(key.argmin())
        ends[i] = link[here], here
    ends.sort(axis=1)
    return ends[:, 0], ends[:, 1]
