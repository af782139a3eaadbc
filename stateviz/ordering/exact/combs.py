"""Combs: blossoms of a graph in which sets that a tour passes at one go are nodes, and known combs with nodes moved."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.exact.cuts import LEAST_VIOLATION, Cut, blossoms, comb
from stateviz.ordering.problem.arrays import Floats, Ints

_NEARLY = 1e-5
_REACH = 0.3  # slack of combs that are worth tightening, in crossings
_MOST = 100  # found at a time


def combs(size: int, u: Ints, v: Ints, x: Floats) -> list[Cut]:
    """Violated combs: the blossoms of the graph that ``shrunk`` leaves, seen in the whole one (Padberg & Rinaldi 1990).

    Parameters
    ----------
    u, v, x : arrays, shape (edges,)
        Two ends and the weight of each edge; weights sum to 2 at each node, and no set is left by less.
    """
    group, a, b, weight = shrunk(size, u, v, x)
    count = int(group.max()) + 1
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    found = []
    for cut in blossoms(count, a, b, weight):
        sets = [np.sort(np.concatenate([members[i] for i in nodes])) for nodes in cut.sets]
        if 2 * len(sets[0]) > size:  # what is left is a handle for the same teeth
            sets[0] = np.setdiff1d(np.arange(size), sets[0])
        found.append(comb(sets[0], sets[1:]))
    return found


def tightened(size: int, u: Ints, v: Ints, x: Floats, cuts: list[Cut]) -> list[Cut]:
    """Violated combs made of combs that nearly are, node by node (Applegate, Bixby, Chvátal & Cook 2006).

    Parameters
    ----------
    u, v, x : arrays, shape (edges,)
        As for `combs`.
    cuts
        Combs are tried, others are not.
    """
    from stateviz.ordering.exact.kernels.combs import tighten

    known = [cut for cut in cuts if len(cut.sets) > 1]
    if not known:
        return []
    sets = [members for cut in known for members in cut.sets]
    first_set = np.cumsum([0, *(len(cut.sets) for cut in known)])
    first_member = np.cumsum([0, *map(len, sets)])
    used = x > 1e-9
    sides = np.empty((_MOST, size), np.int16)
    start = first_set, first_member, np.concatenate(sets)
    # Crossings count an edge twice that the cut counts once.
    count = tighten(size, u[used], v[used], x[used], start, _REACH, 2 * LEAST_VIOLATION, sides)
    found = {}
    for side in sides[:count]:
        handle, tooth = side % 2 == 1, side // 2
        if 2 * handle.sum() > size:
            handle = ~handle
        teeth = [np.flatnonzero(tooth == t) for t in range(1, int(tooth.max()) + 1)]
        # One of each handle: those with other teeth differ little, and make the program larger.
        found[handle.tobytes()] = comb(np.flatnonzero(handle), teeth)
    return list(found.values())


def shrunk(size: int, u: Ints, v: Ints, x: Floats) -> tuple[Ints, Ints, Ints, Floats]:
    """Merge two nodes joined by weight 1 where a third is joined to both with weight 1 in all, and so on.

    That hides no violated comb (Padberg & Rinaldi 1990).

    Returns
    -------
    group : array of int, shape (size,)
        The node of the smaller graph that each node went into.
    u, v, x
        Edges of the smaller graph.
    """
    from stateviz.ordering.exact.kernels import cuts as kernels

    used = x > 1e-9
    root, a, b, weight = kernels.shrink(size, u[used], v[used], x[used], 1 - _NEARLY)
    names, group = np.unique(root, return_inverse=True)
    return group, np.searchsorted(names, a), np.searchsorted(names, b), weight
