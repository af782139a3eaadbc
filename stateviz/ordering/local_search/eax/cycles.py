"""The difference of two tours as alternating cycles, compiled: what edge assembly makes children of.

Every node has as many edges of one tour that the other lacks as the other way round. So these edges fall apart into
cycles in which edges of both alternate (AB-cycles; Nagata & Kobayashi 2013), and along any of them one tour's can be
exchanged for the other's: each node keeps two edges, though the tour may fall apart into several.
"""

from __future__ import annotations

import numpy as np

from stateviz.ordering.local_search.kernels.search import draw
from stateviz.ordering.problem.arrays import Ints, Nodes, Whole, Words
from stateviz.ordering.problem.jit import kernel


@kernel()
def link(tour: Nodes, beside: Nodes) -> None:
    """Write both neighbours of each node of a tour to ``beside``, shape (nodes, 2)."""
    size = tour.shape[0]
    for k in range(size):
        beside[tour[k], 0] = tour[k - 1]
        beside[tour[k], 1] = tour[k + 1 if k + 1 < size else 0]


@kernel(internal=True)
def _differing(ours: Nodes, theirs: Nodes, left: Nodes, degree: Ints) -> None:
    """Edges that only one of two tours has, of each node: ends in ``left`` (2, nodes, 2), numbers in ``degree``."""
    for node in range(ours.shape[0]):
        for which in range(2):
            here, there = (theirs, ours) if which else (ours, theirs)
            for side in range(2):
                other = here[node, side]
                if there[node, 0] != other and there[node, 1] != other:
                    left[which, node, degree[which, node]] = other
                    degree[which, node] += 1


@kernel(internal=True)
def _taken(left: Nodes, degree: Ints, which: int, node: int, state: Words) -> np.int64:
    """Take an edge of a node, at random where there are two; its other end."""
    slot: Whole = 0
    if degree[which, node] == 2:
        slot = draw(state, np.int64(2))
    other = np.int64(left[which, node, slot])
    left[which, node, slot] = left[which, node, 1]
    degree[which, node] -= 1
    back = 0 if left[which, other, 0] == node else 1
    left[which, other, back] = left[which, other, 1]
    degree[which, other] -= 1
    return other


@kernel()
def alternating(ours: Nodes, theirs: Nodes, state: Words, cycles: Ints, starts: Ints) -> int:
    """Part the difference of two tours into alternating cycles, at random; how many they are.

    Parameters
    ----------
    ours, theirs : arrays, shape (nodes, 2)
        Neighbours of each node.
    state
        Of the random numbers.
    cycles : array, shape (2 * nodes,)
        Is given the nodes of the cycles, one after the other. The edge after the first node of each is ours, the next
        theirs, and so on.
    starts : array, shape (nodes + 1,)
        Is given where in ``cycles`` each begins, and where the last ends.
    """
    size = ours.shape[0]
    left, degree = np.empty((2, size, 2), np.int32), np.zeros((2, size), np.int64)
    _differing(ours, theirs, left, degree)
    # Where on the walk a node was left by an edge of each kind: coming back to it by the other kind closes a cycle.
    met = np.full((2, size), -1, np.int64)
    walk = np.empty(2 * size + 1, np.int64)
    begin = draw(state, size)
    used, count, long = 0, 0, 0
    for k in range(size):
        walk[0] = (begin + k) % size
        while long > 0 or degree[0, walk[0]] > 0:
            met[long & 1, walk[long]] = long
            walk[long + 1] = _taken(left, degree, long & 1, walk[long], state)
            long += 1
            first = met[long & 1, walk[long]]
            if first < 0:
                continue
            starts[count] = used
            for m in range(first, long):
                met[m & 1, walk[m]] = -1
                # One that begins with an edge of theirs is begun a node later.
                cycles[used + (m - first - (first & 1)) % (long - first)] = walk[m]
            used += long - first
            count += 1
            long = first
    starts[count] = used
    return count
