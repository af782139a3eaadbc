"""Cuts of many nodes, compiled by numba: imported at first use, for problems of more than some 200 rows."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.problem.arrays import Bools, Floats, Ints, Whole
from stateviz.ordering.problem.jit import kernel
from stateviz.ordering.problem.kernels.union_find import find


@kernel()
def components(size: int, u: Ints, v: Ints) -> Ints:
    """The lowest node connected with each node."""
    parent = np.arange(size)
    for e in range(len(u)):
        a, b = find(parent, u[e]), find(parent, v[e])
        parent[max(a, b)] = min(a, b)
    for node in range(size):  # a parent is never above its child, so one pass ends at the root
        parent[node] = parent[parent[node]]
    return parent


@kernel(internal=True)
def adjacency(size: Whole, u: Ints, v: Ints) -> tuple[Ints, Ints, Ints]:
    """Edges by node: those of node i are ``edge[start[i] : start[i + 1]]``, and lead to the same places of ``ends``."""
    start = np.zeros(size + 2, np.int64)
    for e in range(len(u)):
        start[u[e] + 2] += 1
        start[v[e] + 2] += 1
    for i in range(2, size + 2):
        start[i] += start[i - 1]
    ends, edge = np.empty(2 * len(u), np.int64), np.empty(2 * len(u), np.int64)
    for e in range(len(u)):
        for a, b in ((u[e], v[e]), (v[e], u[e])):
            ends[start[a + 1]], edge[start[a + 1]] = b, e
            start[a + 1] += 1
    return start[: size + 1], ends, edge


@kernel(internal=True)
def maximum_adjacency(count: Whole, u: Ints, v: Ints, x: Floats) -> tuple[Ints, Floats, Floats]:
    """Nodes, each next the one most strongly joined to those before; how strongly; what leaves it and those before."""
    start, ends, edge = adjacency(count, u, v)
    pull, total, taken = np.zeros(count), np.zeros(count), np.zeros(count, np.bool_)
    for e in range(len(x)):
        total[u[e]] += x[e]
        total[v[e]] += x[e]
    order, joined, leaving = np.empty(count, np.int64), np.empty(count), np.empty(count)
    weight = 0.0
    for step in range(count):
        best, strongest = -1, -1.0
        for i in range(count):
            if not taken[i] and pull[i] > strongest:
                best, strongest = i, pull[i]
        weight += total[best] - 2 * strongest
        order[step], joined[step], leaving[step] = best, strongest, weight
        taken[best] = True
        for k in range(start[best], start[best + 1]):
            pull[ends[k]] += x[edge[k]]
    return order, joined, leaving


@kernel()
def light_cuts(size: int, u: Ints, v: Ints, x: Floats, least: float, masks: Bools) -> int:
    """Cuts of weight under ``least`` by maximum-adjacency orders, written to ``masks``; how many were written.

    As in mincut.light_cuts, but every beginning of an order is tried as a set.
    """
    parent = np.arange(size)
    for e in range(len(x)):
        if x[e] > 1 - 1e-9:
            a, b = find(parent, u[e]), find(parent, v[e])
            parent[max(a, b)] = min(a, b)
    group, name = np.empty(size, np.int64), np.empty(size, np.int64)
    ends_u, ends_v, weight = np.empty(len(x), np.int64), np.empty(len(x), np.int64), np.empty(len(x))
    found = 0
    while True:
        count = np.int64(0)  # a plain 0 would be a type of its own, and all that is called compiled for it, too
        for i in range(size):  # a root is the lowest of its set, so it comes first
            root = find(parent, i)
            if root == i:
                group[i], name[count] = count, i
                count += 1
            else:
                group[i] = group[root]
        if count < 2:
            return found
        kept = 0
        for e in range(len(x)):
            a, b = group[u[e]], group[v[e]]
            if a != b:
                ends_u[kept], ends_v[kept], weight[kept] = a, b, x[e]
                kept += 1
        order, joined, leaving = maximum_adjacency(count, ends_u[:kept], ends_v[:kept], weight[:kept])
        place = np.empty(count, np.int64)
        for step in range(count):
            place[order[step]] = step
            if step and (joined[step] >= least or step == count - 1):
                a, b = find(parent, name[order[step - 1]]), find(parent, name[order[step]])
                parent[max(a, b)] = min(a, b)
        for step in range(count - 1):
            low = leaving[step] < least and (step == 0 or leaving[step] < leaving[step - 1])
            if low and (step == count - 2 or leaving[step] <= leaving[step + 1]) and found < len(masks):
                for i in range(size):
                    masks[found, i] = place[group[i]] <= step
                found += 1


@kernel()
def shrink(size: int, u: Ints, v: Ints, x: Floats, least: float) -> tuple[Ints, Ints, Ints, Floats]:
    """Merge ends of an edge of weight ``least`` whose edges to some third node weigh as much, until there are none.

    Returns the node that each node went into, and the edges that are left.
    """
    parent, near = np.arange(size), np.zeros(size)
    left, merged = size, True
    while merged:
        merged = False
        start, ends, edge = adjacency(size, u, v)
        done = np.zeros(size, np.bool_)
        for e in range(len(x)):
            a, b = u[e], v[e]
            if x[e] < least or done[a] or done[b] or left <= 4:
                continue
            safe = False
            for k in range(start[a], start[a + 1]):
                near[ends[k]] = x[edge[k]]
                safe |= ends[k] != b and x[edge[k]] >= least
            for k in range(start[b], start[b + 1]):
                safe |= ends[k] != a and x[edge[k]] + near[ends[k]] >= least
            for k in range(start[a], start[a + 1]):
                near[ends[k]] = 0
            if safe:
                parent[max(a, b)] = min(a, b)
                done[a] = done[b] = merged = True
                left -= 1
        u, v, x = contracted(parent, u, v, x)
    for i in range(size):
        parent[i] = find(parent, i)
    return parent, u, v, x


@kernel(internal=True)
def contracted(parent: Ints, u: Ints, v: Ints, x: Floats) -> tuple[Ints, Ints, Floats]:
    """Edges between the roots of their ends, parallel ones made one, by their lower ends.

    Edges are dealt out by lower end; among those of one, a node knows the edge that leads to it. (Sorting would be
    shorter, and takes the compiler longer than all else here.)
    """
    size = len(parent)
    low, high = np.empty(len(u), np.int64), np.empty(len(u), np.int64)
    start = np.zeros(size + 2, np.int64)
    for e in range(len(u)):
        one, other = find(parent, u[e]), find(parent, v[e])
        low[e], high[e] = min(one, other), max(one, other)
        start[low[e] + 2] += 1
    for i in range(2, size + 2):
        start[i] += start[i - 1]
    dealt = np.empty(len(u), np.int64)
    for e in range(len(u)):
        dealt[start[low[e] + 1]] = e
        start[low[e] + 1] += 1
    a, b, weight = np.empty(len(u), np.int64), np.empty(len(u), np.int64), np.empty(len(u))
    place, count = np.zeros(size, np.int64), 0
    for k in range(len(dealt)):
        e = dealt[k]
        one, other = low[e], high[e]
        if one == other:
            continue
        at = place[other]
        if at < count and a[at] == one and b[at] == other:
            weight[at] += x[e]
        else:
            a[count], b[count], weight[count] = one, other, x[e]
            place[other] = count
            count += 1
    return a[:count], b[:count], weight[:count]


@kernel(internal=True)
def flow(
    source: int, sink: int, graph: tuple[Ints, Ints, Ints], u: Ints, v: Ints, weight: Floats, most: float, came: Ints
) -> float:
    """A maximum flow by shortest paths, or at least ``most`` of it (Edmonds & Karp 1972).

    In the end ``came`` is -1 for the nodes on the side of the sink.
    """
    start, ends, edge = graph
    used, queue, total = np.zeros(len(weight)), np.empty(len(came), np.int64), 0.0  # used: from u to v
    while total < most:
        came[:] = -1
        came[source] = -2
        queue[0] = source
        head, tail = 0, 1
        while head < tail and came[sink] == -1:
            here = queue[head]
            head += 1
            for k in range(start[here], start[here + 1]):
                e, there = edge[k], ends[k]
                if came[there] == -1 and (weight[e] - used[e] if u[e] == here else weight[e] + used[e]) > 1e-9:
                    came[there] = e
                    queue[tail] = there
                    tail += 1
        if came[sink] == -1:
            break
        push, node = np.inf, sink
        while node != source:
            e = came[node]
            push = min(push, weight[e] - used[e] if v[e] == node else weight[e] + used[e])
            node = u[e] if v[e] == node else v[e]
        node = sink
        while node != source:
            e = came[node]
            used[e] += push if v[e] == node else -push
            node = u[e] if v[e] == node else v[e]
        total += push
    return total


@kernel()
def cut_tree(size: int, u: Ints, v: Ints, weight: Floats, most: float, sides: Bools) -> int:
    """Least cuts between nodes, where they are under ``most``, written to ``sides``; how many (Gusfield 1990).

    Each pair that a cut under ``most`` parts is parted by one of them: they need one maximum flow a node.
    """
    graph = adjacency(size, u, v)
    tree, came = np.zeros(size, np.int64), np.empty(size, np.int64)
    found = 0
    for source in range(1, size):
        sink = tree[source]
        if flow(source, sink, graph, u, v, weight, most, came) >= most:
            continue
        if found < len(sides):
            for i in range(size):
                sides[found, i] = came[i] != -1
            found += 1
        for i in range(source + 1, size):
            if came[i] != -1 and tree[i] == sink:
                tree[i] = source
    return found
