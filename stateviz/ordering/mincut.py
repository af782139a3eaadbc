"""Which sets of nodes a fractional tour visits too rarely: cuts of weight under 2."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Nodes = NDArray[np.int64]
_LEAST_VIOLATION = 1e-5
_THRESHOLDS = (0.0, 0.2, 0.4, 0.6, 0.8)


def violated_sets(size: int, u: NDArray[Any], v: NDArray[Any], x: NDArray[np.float64]) -> list[Nodes]:
    """Sets of nodes that the edges leave with a total weight under 2.

    Connected components of the edges above a few thresholds are tried first; only when they show nothing
    does a minimum cut decide. So an empty answer means that there is no such set.

    Parameters
    ----------
    size
        Number of nodes.
    u, v : arrays of int, shape (edges,)
        The two ends of each edge.
    x : array, shape (edges,)
        Weights from 0 to 1, summing to 2 at every node.

    Returns
    -------
    list of arrays of int
        Each at most half of the nodes, in ascending order, no set twice.

    Examples
    --------
    >>> u, v = np.array([0, 1, 2, 3, 4, 5]), np.array([1, 2, 0, 4, 5, 3])  # two triangles
    >>> [s.tolist() for s in violated_sets(6, u, v, np.ones(6))]
    [[0, 1, 2]]
    """
    used = x > 1e-9
    u, v, x = u[used], v[used], x[used]
    found: dict[bytes, Nodes] = {}
    for threshold in _THRESHOLDS:
        strong = x > threshold
        label = components(size, u[strong], v[strong])
        crossing = label[u] != label[v]
        ends = np.concatenate((label[u[crossing]], label[v[crossing]]))
        leaving = np.bincount(ends, np.tile(x[crossing], 2), size)
        for name in np.unique(label).tolist():
            members = np.flatnonzero(label == name)
            if 1 < len(members) < size - 1 and leaving[name] < 2 - _LEAST_VIOLATION:
                _add(found, members, size)
        if found and threshold == 0.0:
            break
    if not found:
        for members in _light_cuts(size, u, v, x):
            _add(found, members, size)
    return list(found.values())


def components(size: int, u: NDArray[Any], v: NDArray[Any]) -> Nodes:
    """The lowest node connected with each node, shape (size,)."""
    parent = list(range(size))
    for a, b in zip(u.tolist(), v.tolist(), strict=True):
        while parent[a] != a:
            parent[a] = a = parent[parent[a]]
        while parent[b] != b:
            parent[b] = b = parent[parent[b]]
        if a != b:
            parent[max(a, b)] = min(a, b)
    for node in range(size):  # a parent is never above its child, so one pass ends at the root
        parent[node] = parent[parent[node]]
    return np.array(parent)


def _add(found: dict[bytes, Nodes], members: Nodes, size: int) -> None:
    if 2 * len(members) > size or (2 * len(members) == size and members[0] != 0):
        inside = np.ones(size, bool)
        inside[members] = False
        members = np.flatnonzero(inside)
    if len(members) > 1:
        found[members.tobytes()] = members


def _light_cuts(size: int, u: NDArray[Any], v: NDArray[Any], x: NDArray[np.float64]) -> list[Nodes]:
    """Cuts under 2 from maximum-adjacency orders (Nagamochi & Ibaraki 1992; Stoer & Wagner 1997).

    Two nodes that no cut under 2 can part are merged: those of an edge of weight 1 to begin with (Padberg &
    Rinaldi 1990), then neighbours in an order that were joined to it by 2 or more.
    """
    whole = x > 1 - 1e-9
    label = components(size, u[whole], v[whole])
    cuts: list[Nodes] = []
    while True:
        names, group = np.unique(label, return_inverse=True)
        count = len(names)
        if count < 2:
            return cuts
        half = np.bincount(group[u] * count + group[v], x, count * count).reshape(count, count)
        weight = np.asarray(half + half.T, np.float64)
        np.fill_diagonal(weight, 0)
        order, joined = _adjacency_order(weight)
        last = np.flatnonzero(group == order[-1])
        if joined[-1] < 2 - _LEAST_VIOLATION:
            cuts.append(last)
        together = joined >= 2 - _LEAST_VIOLATION
        together[-1] = True  # the last two: their least cut is the one just seen
        merged = components(count, order[:-1][together], order[1:][together])
        label = names[merged[group]]


def _adjacency_order(weight: NDArray[np.float64]) -> tuple[Nodes, NDArray[np.float64]]:
    """Nodes, each next the one most strongly joined to those before it; and how strongly, from the second on."""
    count = len(weight)
    pull = weight[0].copy()
    pull[0] = -np.inf
    order, joined = [0], []
    for _ in range(count - 1):
        node = int(pull.argmax())
        order.append(node)
        joined.append(float(pull[node]))
        pull += weight[node]
        pull[node] = -np.inf
    return np.array(order), np.array(joined)
