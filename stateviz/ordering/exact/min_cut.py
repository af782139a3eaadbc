"""Which sets of nodes a fractional tour visits too rarely: cuts of weight under 2."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.problem.arrays import Floats, Ints
from stateviz.ordering.problem.jit import COMPILED_ROWS
from stateviz.ordering.problem.union_find import find

_LEAST_VIOLATION = 1e-5
_THRESHOLDS = (0.0, 0.2, 0.4, 0.6, 0.8)
_MOST_SETS = 200


def violated_sets(size: int, u: Ints, v: Ints, x: Floats, tour: Ints | None = None) -> list[Ints]:
    """Sets of nodes that the edges leave with a total weight under 2.

    Connected components of the edges above a few thresholds and segments of a good tour are tried first; only when they
    show nothing does a minimum cut decide. So an empty answer means that there is no such set.

    Parameters
    ----------
    size
        Number of nodes.
    u, v : arrays of int, shape (edges,)
        The two ends of each edge.
    x : array, shape (edges,)
        Weights from 0 to 1, summing to 2 at every node.
    tour : array of int, shape (size,), optional
        A good tour: its segments are likely sets.

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
    found: dict[bytes, Ints] = {}
    for threshold in _THRESHOLDS:
        strong = x > threshold
        label = components(size, u[strong], v[strong])
        crossing = label[u] != label[v]
        ends = np.concatenate((label[u[crossing]], label[v[crossing]]))
        leaving = np.bincount(ends, np.tile(x[crossing], 2), size)
        counts = np.bincount(label, minlength=size)
        for name in np.flatnonzero((counts > 1) & (counts < size - 1) & (leaving < 2 - _LEAST_VIOLATION)).tolist():
            _add(found, np.flatnonzero(label == name), size)
        if found and threshold == 0.0:
            return list(found.values())
    if tour is not None:
        for i, j in light_segments(u, v, x, tour):
            _add(found, np.sort(tour[i : j + 1]), size)
    if not found:
        for members in light_cuts(size, u, v, x):
            _add(found, members, size)
    return list(found.values())


def components(size: int, u: Ints, v: Ints) -> Ints:
    """The lowest node connected with each node, shape (size,).

    Examples
    --------
    >>> components(4, np.array([3]), np.array([1])).tolist()
    [0, 1, 2, 1]
    """
    if size > COMPILED_ROWS:
        from stateviz.ordering.exact.kernels import cuts as kernels

        return kernels.components(size, u, v)
    parent = list(range(size))
    for a, b in zip(u.tolist(), v.tolist(), strict=True):
        a, b = find(parent, a), find(parent, b)
        if a != b:
            parent[max(a, b)] = min(a, b)
    for node in range(size):  # a parent is never above its child, so one pass ends at the root
        parent[node] = parent[parent[node]]
    return np.array(parent)


def _add(found: dict[bytes, Ints], members: Ints, size: int) -> None:
    if 2 * len(members) > size or (2 * len(members) == size and members[0] != 0):
        inside = np.ones(size, bool)
        inside[members] = False
        members = np.flatnonzero(inside)
    if len(members) > 1:
        found[members.tobytes()] = members


def light_segments(u: Ints, v: Ints, x: Floats, tour: Ints) -> list[tuple[int, int]]:
    """Segments of ``tour``, as first and last place, that edges leave with a weight under 2.

    For each first place the worst last one, and of those the worst for each last place.

    Parameters
    ----------
    u, v, x : arrays, shape (edges,)
        Ends and weights of edges, summing to 2 at every node.

    Examples
    --------
    >>> u, v, x = np.array([0, 1, 2, 3, 4, 5]), np.array([1, 2, 0, 4, 5, 3]), np.ones(6)
    >>> light_segments(u, v, x, np.array([5, 4, 0, 1, 2, 3]))
    [(2, 4)]
    """
    size = len(tour)
    place = np.empty(size, np.int64)
    place[tour] = np.arange(size)
    low, high = np.minimum(place[u], place[v]), np.maximum(place[u], place[v])
    if size > COMPILED_ROWS:
        from stateviz.ordering.exact.kernels import segments as scans

        by_low = np.argsort(low, kind="stable")
        found = scans.light_segments(low[by_low], high[by_low], x[by_low], size, 2 - _LEAST_VIOLATION)
    else:
        found = _segments(low, high, x, size)
    first, last, value = found
    best: dict[int, tuple[float, int]] = {}
    for i, j, leaving in zip(first.tolist(), last.tolist(), value.tolist(), strict=True):
        if j not in best or leaving < best[j][0]:
            best[j] = (leaving, i)
    worst = sorted((leaving, i, j) for j, (leaving, i) in best.items())
    return [(i, j) for _, i, j in worst[:_MOST_SETS]]


def _segments(low: Ints, high: Ints, x: Floats, size: int) -> tuple[Ints, Ints, Floats]:
    """What compiled_segments returns, from sums over all pairs of places."""
    inner = np.bincount(low * size + high, x, size * size).reshape(size, size)
    below = inner.cumsum(axis=1)[::-1].cumsum(axis=0)[::-1]  # edges from place i or later to place j or earlier
    place = np.arange(size)
    leaving = 2.0 * (place - place[:, None] + 1) - 2 * below
    leaving[np.tri(size, dtype=bool)] = np.inf
    leaving[0] = np.inf  # what is left of such a segment is one as well
    last = leaving.argmin(axis=1)
    value = leaving[place, last]
    first = np.flatnonzero(value < 2 - _LEAST_VIOLATION)
    return first, last[first], value[first]


def light_cuts(size: int, u: Ints, v: Ints, x: Floats) -> list[Ints]:
    """Cuts under 2 from maximum-adjacency orders; no answer means that there is none.

    Two nodes that no cut under 2 can part are merged: those of an edge of weight 1 to begin with (Padberg &
    Rinaldi 1990), then neighbours in an order that were joined to it by 2 or more (Nagamochi & Ibaraki 1992; Stoer &
    Wagner 1997).

    Examples
    --------
    >>> u, v = np.array([0, 1, 2, 3, 4, 5]), np.array([1, 2, 0, 4, 5, 3])
    >>> [s.tolist() for s in light_cuts(6, u, v, np.ones(6))]
    [[3, 4, 5]]
    """
    if size > COMPILED_ROWS:
        from stateviz.ordering.exact.kernels import cuts as kernels

        masks = np.zeros((_MOST_SETS, size), bool)
        count = kernels.light_cuts(size, u, v, x, 2 - _LEAST_VIOLATION, masks)
        return [np.flatnonzero(mask) for mask in masks[:count]]
    whole = x > 1 - 1e-9
    label = components(size, u[whole], v[whole])
    cuts: list[Ints] = []
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


def _adjacency_order(weight: NDArray[np.float64]) -> tuple[Ints, NDArray[np.float64]]:
    """Ints, each next the one most strongly joined to those before it; and how strongly, from the second on."""
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
