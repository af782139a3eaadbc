"""What a search starts from, compiled: greedy edges, and penalties from least spanning trees."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.problem.arrays import Floats, Graph, Ints
from stateviz.ordering.problem.jit import kernel
from stateviz.ordering.problem.kernels.union_find import find


@kernel()
def join_greedily(u: Ints, v: Ints, by_key: Ints, beside: Ints, parent: Ints) -> int:
    """Take edges in the order ``by_key`` wherever they fit a set of paths; how many were taken.

    ``beside`` (nodes, 2) holds the neighbours in a path: -1 where there is room, -2 where there must be none.
    """
    taken = 0
    for k in by_key:
        a, b = u[k], v[k]
        if beside[a, 1] != -1 or beside[b, 1] != -1:
            continue
        root, other = find(parent, a), find(parent, b)
        if root == other:
            continue
        parent[root] = other
        beside[a, 0 if beside[a, 0] == -1 else 1] = b
        beside[b, 0 if beside[b, 0] == -1 else 1] = a
        taken += 1
    return taken


@kernel()
def walk(beside: Ints, start: int, out: Ints) -> int:
    """Write the nodes of a path from its end ``start``; how many they are."""
    count, before, here = 0, -1, start
    while here >= 0:
        out[count] = here
        count += 1
        a, b = beside[here, 0], beside[here, 1]
        after = -1
        if a >= 0 and a != before:
            after = a
        elif b >= 0 and b != before:
            after = b
        before, here = here, after
    return count


@kernel(internal=True)
def _rise(heap: Ints, slot: Ints, keys: Floats, at: int) -> None:
    node = heap[at]
    while at > 0:
        up = (at - 1) >> 1
        if keys[heap[up]] <= keys[node]:
            break
        heap[at] = heap[up]
        slot[heap[at]] = at
        at = up
    heap[at] = node
    slot[node] = at


@kernel(internal=True)
def _sink(heap: Ints, slot: Ints, keys: Floats, count: int, node: int) -> None:
    at = 0
    while True:
        down = 2 * at + 1
        if down >= count:
            break
        if down + 1 < count and keys[heap[down + 1]] < keys[heap[down]]:
            down += 1
        if keys[heap[down]] >= keys[node]:
            break
        heap[at] = heap[down]
        slot[heap[at]] = at
        at = down
    heap[at] = node
    slot[node] = at


@kernel(internal=True)
def _least_tree(graph: Graph, penalty: Floats, degree: Ints, room: tuple[Floats, Ints, Ints, Ints]) -> float:
    """Length of the least spanning tree under the penalties (Prim 1957, with a heap); its degrees are added up."""
    starts, ends, lengths = graph
    keys, heap, slot, link = room
    for i in range(penalty.shape[0]):
        keys[i] = np.inf
        slot[i] = -1  # not seen yet; -2 once in the tree
        link[i] = -1
    heap[0], slot[0], keys[0] = 0, 0, 0.0
    count, total = 1, 0.0
    while count > 0:
        here = heap[0]
        count -= 1
        if count > 0:
            _sink(heap, slot, keys, count, heap[count])
        slot[here] = -2
        total += keys[here]
        if link[here] >= 0:
            degree[here] += 1
            degree[link[here]] += 1
        for e in range(starts[here], starts[here + 1]):
            there = ends[e]
            if slot[there] == -2:
                continue
            key = lengths[e] + penalty[here] + penalty[there]
            if key < keys[there]:
                keys[there] = key
                link[there] = here
                if slot[there] == -1:
                    slot[there] = count
                    heap[count] = there
                    count += 1
                _rise(heap, slot, keys, slot[there])
    return total


@kernel()
def ascend(graph: Graph, penalty: Floats, extra: Ints, rounds: int, step: float, shrink: float) -> float:
    """Penalties under which the least 1-tree comes near a path (Held & Karp 1971); the best value on these edges.

    The dummy is the special node: it has an edge to each row fixed as an end (``extra`` 1), and chooses the others. The
    step shrinks by a factor each round. ``penalty`` becomes the best found.
    """
    size = penalty.shape[0]
    room = (np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64))
    degree, before, now = np.zeros(size, np.int64), np.zeros(size), np.zeros(size)
    best, free = -np.inf, 2
    for i in range(size):
        now[i] = penalty[i]
        free -= extra[i]
    for _ in range(rounds):
        for i in range(size):
            degree[i] = extra[i]
        value = _least_tree(graph, now, degree, room)
        for _ in range(free):
            low = -1
            for i in range(size):
                # A row that the dummy took already is not taken again.
                if extra[i] == 0 and (low < 0 or now[i] < now[low]) and room[3][i] != -3:
                    low = i
            room[3][low] = -3
            degree[low] += 1
        off = 0
        for i in range(size):
            value += now[i] * ((extra[i] > 0 or room[3][i] == -3) - 2)
            off += (degree[i] - 2) ** 2
        if value > best:
            best = value
            for i in range(size):
                penalty[i] = now[i]
        if off == 0:
            break
        for i in range(size):
            # A share of the last step steadies the ascent (Volgenant & Jonker 1982).
            now[i] += step * (0.7 * (degree[i] - 2) + 0.3 * before[i])
            before[i] = degree[i] - 2
        step *= shrink
    return best
