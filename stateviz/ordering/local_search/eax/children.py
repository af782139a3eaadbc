"""Children of two tours, compiled: one takes an alternating cycle over, and what falls apart is joined again."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.local_search.eax.cycles import alternating, link
from stateviz.ordering.local_search.eax.subtours import exchange, join, part, rejoin, room_for
from stateviz.ordering.problem.arrays import CandidateLists, Counts, Floats, Ints, Nodes, Words
from stateviz.ordering.problem.jit import kernel
from stateviz.ordering.problem.kernels.costs import Costs, cost

CHILDREN = 30
"""Cycles tried at most for a pair of parents (Nagata & Kobayashi 2013)."""

FREE = 1e-9
"""Diversity lost that counts as none."""


@kernel(internal=True)
def _change(often: Counts, entropy: Floats, u: int, v: int, more: int) -> float:
    """How much the population's entropy changes where one more, or one less, of them has this edge."""
    count = np.int64(often[u, v])
    change: float = entropy[count + more] - entropy[count]
    return change


@kernel(internal=True)
def _diversity(often: Counts, entropy: Floats, cycle: Ints, joints: Ints) -> float:
    """How much the population's entropy changes where a child takes its parent's place."""
    total = 0.0
    for k in range(cycle.shape[0]):
        total += _change(often, entropy, cycle[k - 1], cycle[k], 1 - 2 * (k & 1))
    for m in range(joints.shape[0]):
        u, after, v, end = joints[m, 0], joints[m, 1], joints[m, 2], joints[m, 3]
        total += _change(often, entropy, u, after, -1) + _change(often, entropy, v, end, -1)
        total += _change(often, entropy, u, v, 1) + _change(often, entropy, after, end, 1)
    return total


@kernel(internal=True)
def _gain(costs: Costs, cycle: Ints) -> tuple[float, float]:
    """How much longer the edges of ours in an alternating cycle are than those of theirs: (gain, length of ours)."""
    square, rows, bits, penalty, how = costs
    gain, out = 0.0, 0.0
    for k in range(cycle.shape[0]):
        step = cost(square, rows, bits, penalty, how, np.int64(cycle[k - 1]), np.int64(cycle[k]))
        if k & 1:
            gain += step
            out += step
        else:
            gain -= step
    return gain, out


@kernel(internal=True)
def _walk(beside: Nodes, out: Nodes) -> None:
    """Write the nodes of a tour in their order."""
    before, here = beside[0, 0], np.int32(0)
    for k in range(out.shape[0]):
        out[k] = here
        after = beside[here, 1] if beside[here, 0] == before else beside[here, 0]
        before, here = here, after


@kernel()
def best_child(
    costs: Costs,
    lists: CandidateLists,
    least: Floats,
    pair: tuple[Nodes, Nodes],
    state: Words,
    edges: tuple[Counts, Floats],
    child: Nodes,
) -> float:
    """Write the best child of two tours to ``child``: the first with some edges of the second; how much it gains.

    The best is the one that gains most for the diversity it takes from the population (Nagata & Kobayashi 2013, their
    entropy). Where no child is shorter, it is the first parent, and gains 0.
    """
    tour, other = pair
    often, entropy = edges
    nodes = tour.shape[0]
    place = np.empty(nodes, np.int32)
    for k in range(nodes):
        place[tour[k]] = k
        child[k] = tour[k]
    beside, theirs = np.empty((nodes, 2), np.int32), np.empty((nodes, 2), np.int32)
    link(tour, beside)
    link(other, theirs)
    cycles, starts = np.empty(2 * nodes, np.int64), np.empty(nodes + 1, np.int64)
    count = alternating(beside, theirs, state, cycles, starts)
    parts, ring = room_for(nodes), (tour, place)
    joints, kept = np.empty((nodes, 4), np.int64), np.empty((nodes, 4), np.int64)
    best, most, chosen, fixes = 0.0, 0.0, -1, 0
    for t in range(min(CHILDREN, count)):
        cycle = cycles[starts[t] : starts[t + 1]]
        gain, out = _gain(costs, cycle)
        if gain <= 0:  # joining tours hardly ever gains
            continue
        exchange(beside, cycle, False)
        part(cycle, place, parts)
        more, made = join(costs, lists, beside, ring, cycle.shape[0] // 2, parts, joints)
        gain += more
        if gain > least[0] + least[1] * out:
            value = gain / max(-_diversity(often, entropy, cycle, joints[:made]), FREE)
            if value > best:
                best, most, chosen, fixes = value, gain, t, made
                kept[:made] = joints[:made]
        for m in range(made - 1, -1, -1):
            rejoin(beside, joints[m], True)
        exchange(beside, cycle, True)
    if chosen >= 0:
        exchange(beside, cycles[starts[chosen] : starts[chosen + 1]], False)
        for m in range(fixes):
            rejoin(beside, kept[m], False)
        _walk(beside, child)
    return most


@kernel()
def count_edges(tours: Nodes, often: Counts) -> None:
    """How many of some tours have each edge, to ``often``, shape (nodes, nodes)."""
    often[:] = 0
    for i in range(tours.shape[0]):
        for k in range(tours.shape[1]):
            a, b = tours[i, k - 1], tours[i, k]
            often[a, b] += 1
            often[b, a] += 1


@kernel()
def best_children(
    costs: Costs,
    lists: CandidateLists,
    least: Floats,
    tours: Nodes,
    parents: Ints,
    states: Words,
    edges: tuple[Counts, Floats],
    children: Nodes,
    gains: Floats,
) -> None:
    """The best child of each of some tours with its second parent, and how much it gains.

    Parameters
    ----------
    least : array, shape (2,)
        What a gain has to exceed, and by what share of what is taken out.
    tours : array of int32, shape (population, nodes)
    parents : array of int64, shape (pairs, 2)
        Which tours: one that the child may take the place of, and its second parent.
    states : array of uint64, shape (pairs, 2)
        Of the random numbers.
    edges
        How many of the population have each edge, int16 of shape (nodes, nodes), and what an edge that so many have
        adds to the entropy, shape (population + 2,).
    children, gains : arrays, shapes (pairs, nodes) and (pairs,)
    """
    for k in range(parents.shape[0]):
        pair = tours[parents[k, 0]], tours[parents[k, 1]]
        gains[k] = best_child(costs, lists, least, pair, states[k], edges, children[k])
