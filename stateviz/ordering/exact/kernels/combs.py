"""Combs tightened, compiled: nodes change sides until the weights cross a comb more rarely than any tour does."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.exact.kernels.cuts import adjacency
from stateviz.ordering.problem.arrays import Bools, Floats, Graph, Ints
from stateviz.ordering.problem.jit import kernel

Sides: TypeAlias = NDArray[np.int16]
_ROUNDING = 1e-6


@kernel()
def tighten(
    size: int, u: Ints, v: Ints, x: Floats, combs: tuple[Ints, Ints, Ints], reach: float, least: float, sides: Sides
) -> int:
    """Move nodes into and out of the handle and the teeth of each comb, where that makes it no slacker.

    The weights of edges sum to 2 at each node; slack is how much more often they cross a comb than a tour must.

    Parameters
    ----------
    combs
        Where the sets of each comb begin, the handle first, where the members of each set begin, and the members.
    reach, least
        Combs slacker than the first are left alone; those that end below minus the second are found.
    sides : array of int16, shape (most, size)
        Filled, a row for each comb found: ``2 * tooth`` of each node, from 1 on, 0 for none, plus 1 in the handle.

    Returns
    -------
    int
        How many combs were found.
    """
    start, ends, edge = adjacency(size, u, v)
    graph = start, ends, x[edge]
    first_set, first_member, members = combs
    found = 0
    for c in range(len(first_set) - 1):
        begins = first_member[first_set[c] : first_set[c + 1] + 1]
        handle, tooth = np.zeros(size, np.bool_), np.full(size, -1, np.int16)
        held = np.zeros((len(begins) - 2, 2), np.int64)  # nodes of each tooth outside the handle and inside
        nodes = _put_down(begins, members, handle, tooth, held)
        slack = _slack(nodes, graph, handle, tooth, len(held))
        if slack > reach:
            continue
        if slack + _moved(nodes, graph, handle, tooth, held) < -least:
            for node in range(size):
                sides[found, node] = 2 * (tooth[node] + 1) + handle[node]
            found += 1
            if found == len(sides):
                break
    return found


@kernel(internal=True)
def _put_down(begins: Ints, members: Ints, handle: Bools, tooth: Sides, held: Ints) -> Ints:
    """Mark a comb's sets; its nodes."""
    for node in members[begins[0] : begins[1]]:
        handle[node] = True
    for t in range(len(held)):
        for node in members[begins[t + 1] : begins[t + 2]]:
            tooth[node] = t
            held[t, int(handle[node])] += 1
    return np.flatnonzero(handle | (tooth >= 0))


@kernel(internal=True)
def _slack(nodes: Ints, graph: Graph, handle: Bools, tooth: Sides, teeth: int) -> float:
    """How much more often than ``3 * teeth + 1`` times, the least for a tour, the weights cross the sets of a comb."""
    start, ends, weight = graph
    slack = -(3.0 * teeth + 1)
    for node in nodes:
        slack += 2.0 * handle[node] + 2.0 * (tooth[node] >= 0)
        for e in range(start[node], start[node + 1]):
            if handle[node] and handle[ends[e]]:
                slack -= weight[e]
            if tooth[node] >= 0 and tooth[node] == tooth[ends[e]]:
                slack -= weight[e]
    return slack


@kernel(internal=True)
def _moved(nodes: Ints, graph: Graph, handle: Bools, tooth: Sides, held: Ints) -> float:
    """Move nodes on the rims of a comb's sets, and then those beside them; what that adds to its slack.

    A move that changes nothing may open the way for one that does: each node makes one at most.
    """
    start, ends, weight = graph
    size = len(handle)
    queue, queued, rested = np.empty(size, np.int64), np.zeros(size, np.bool_), np.ones(size, np.bool_)
    first = waiting = 0
    for node in nodes:
        for e in range(start[node], start[node + 1]):
            if handle[node] != handle[ends[e]] or tooth[node] != tooth[ends[e]]:
                for rim in (node, ends[e]):
                    if not queued[rim]:
                        queued[rim] = True
                        queue[waiting] = rim
                        waiting += 1
    toward, change = np.zeros(len(held)), 0.0
    while waiting:
        node = queue[first]
        first, waiting = (first + 1) % size, waiting - 1
        queued[node] = False
        added, into, prong = _best_move(node, start, ends, weight, handle, tooth, held, toward)
        if added > _ROUNDING or (added > -_ROUNDING and not rested[node]):
            continue
        rested[node] = rested[node] and added < -_ROUNDING
        if tooth[node] >= 0:
            held[tooth[node], int(handle[node])] -= 1
        if prong >= 0:
            held[prong, int(into)] += 1
        handle[node], tooth[node] = into, prong
        change += added
        for e in range(start[node], start[node + 1]):
            if not queued[ends[e]]:
                queued[ends[e]] = True
                queue[(first + waiting) % size] = ends[e]
                waiting += 1
    return change


@kernel(internal=True)
def _best_move(
    node: int, start: Ints, ends: Ints, weight: Floats, handle: Bools, tooth: Sides, held: Ints, toward: Floats
) -> tuple[float, bool, int]:
    """What the best change of sides adds to the slack, whether it ends in the handle, and in which tooth, or -1.

    Every tooth keeps a node on either side of the handle. ``toward`` is zeros, and left so.
    """
    now, side = tooth[node], handle[node]
    best, into, prong = np.inf, side, now
    if now >= 0 and held[now, int(side)] == 1:
        return best, into, prong
    inward = 0.0
    for e in range(start[node], start[node + 1]):
        inward += weight[e] * handle[ends[e]]
        if tooth[ends[e]] >= 0:
            toward[tooth[ends[e]]] += weight[e]
    for other in (False, True):
        turned = 0.0 if other == side else 2 - 2 * inward if other else 2 * inward - 2
        for e in range(start[node] - 2, start[node + 1]):
            # The tooth it is in, none, or one beside it.
            t = tooth[ends[e]] if e >= start[node] else now if e == start[node] - 1 else np.int16(-1)
            added = turned
            if t != now:
                added += (2 * toward[now] - 2 if now >= 0 else 0.0) + (2 - 2 * toward[t] if t >= 0 else 0.0)
            elif other == side:
                continue
            if added < best:
                best, into, prong = added, other, t
    for e in range(start[node], start[node + 1]):
        if tooth[ends[e]] >= 0:
            toward[tooth[ends[e]]] = 0.0
    return best, into, prong
