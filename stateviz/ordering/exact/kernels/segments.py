"""Scans of many nodes, compiled by numba: segments of a path that are left too rarely, and edges worth their price."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from stateviz.ordering.problem.arrays import Floats, Ints, Numbers
from stateviz.ordering.problem.jit import kernel

Scalars = TypeVar("Scalars", Ints, Floats)


@kernel()
def light_segments(tour_u: Ints, tour_v: Ints, x: Floats, size: int, least: float) -> tuple[Ints, Ints, Floats]:
    """For each place of a tour, the segment that begins there and is left least, if by less than ``least``.

    Places are numbered along a tour; an edge joins two of them. The tree holds what each place adds to the
    weight that leaves a segment when its end moves there, so that the least over all ends is at its root.

    Parameters
    ----------
    tour_u, tour_v : arrays of int, shape (edges,)
        Places, u below v, sorted by u.

    Returns
    -------
    first, last : arrays of int
        Places.
    value : array
        The weight that leaves the segment.
    """
    leaves = 1
    while leaves < size:
        leaves *= 2
    total, low = np.zeros(2 * leaves), np.full(2 * leaves, np.inf)
    where = np.zeros(2 * leaves, np.int64)
    for i in range(leaves):
        where[leaves + i] = i
    first, last, value = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)
    found, e = 0, len(x) - 1
    for i in range(size - 1, 0, -1):
        place, change = i, 2.0
        while True:
            node = leaves + place
            total[node] += change
            low[node] = total[node]
            node //= 2
            while node:
                a, b = 2 * node, 2 * node + 1
                total[node] = total[a] + total[b]
                if low[a] <= total[a] + low[b]:
                    low[node], where[node] = low[a], where[a]
                else:
                    low[node], where[node] = total[a] + low[b], where[b]
                node //= 2
            if e < 0 or tour_u[e] != i:
                break
            place, change = tour_v[e], -2 * x[e]
            e -= 1
        if low[1] < least:
            first[found], last[found], value[found] = i, where[1], low[1]
            found += 1
    return first[:found], last[:found], value[:found]


@kernel(internal=True)
def _doubled(values: Scalars) -> Scalars:
    """Room for twice as many."""
    grown = np.empty(2 * len(values), values.dtype)
    for i in range(len(values)):
        grown[i] = values[i]
    return grown


@kernel()
def prices_below(
    distances: Numbers,
    offset: float,
    unit: float,
    node: Floats,
    start: Ints,
    of_node: Ints,
    weight: Floats,
    limit: float,
) -> tuple[Ints, Ints, Floats]:
    """Pairs of rows whose reduced cost is under ``limit``, and their reduced costs.

    Parameters
    ----------
    node : array
        Duals of the rows.
    start, of_node
        The sets row i is in are ``of_node[start[i] : start[i + 1]]``, ascending.
    weight : array
        Duals of the sets, none above 0: without the sets, reduced costs can only come out too low.
    """
    size = len(distances)
    u, v, r = np.empty(16 * size, np.int64), np.empty(16 * size, np.int64), np.empty(16 * size)
    found = 0
    for i in range(size):
        here = node[i]
        for j in range(i + 1, size):
            cost = (distances[i, j] - offset) / unit - here - node[j]
            if cost >= limit:
                continue
            a, b = start[i], start[j]
            while a < start[i + 1] and b < start[j + 1]:
                if of_node[a] == of_node[b]:
                    cost -= weight[of_node[a]]
                    a += 1
                    b += 1
                elif of_node[a] < of_node[b]:
                    a += 1
                else:
                    b += 1
            if cost >= limit:
                continue
            if found == len(u):
                u, v, r = _doubled(u), _doubled(v), _doubled(r)
            u[found], v[found], r[found] = i, j, cost
            found += 1
    return u[:found], v[:found], r[:found]
