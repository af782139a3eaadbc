"""Children of two circles, compiled: one takes an alternating cycle over, and what falls apart is joined again."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.compiled import kernel
from stateviz.ordering.eax_cycles import alternating, link
from stateviz.ordering.lk_costs import cost
from stateviz.ordering.lk_search import draw

CHILDREN = 30
"""Cycles tried at most for a pair of parents (Nagata & Kobayashi 2013)."""

FREE = 1e-9
"""Diversity lost that counts as none."""


class Parts(NamedTuple):
    """Stretches of a circle between the edges taken out, and the smaller circles they make: room to work on.

    Parameters
    ----------
    cuts, owner : arrays of int64, shape (nodes,)
        Places whose step is taken out, ascending: stretch j runs from the place after cut j - 1 to cut j. Which pair
        of the cycle's nodes each cut parts.
    label, size : arrays of int64, shape (nodes,)
        The circle that each stretch is in, and the nodes of each circle; 0 once it has been joined to another.
    right, stretch : arrays of int64, shape (2 * nodes,)
        For each node of the cycle whether it is the right end of its stretch, and that stretch.
    entry : array of int64, shape (2 * nodes,)
        The cycle's nodes at the left and the right end of each stretch.
    """

    cuts: NDArray[np.int64]
    owner: NDArray[np.int64]
    label: NDArray[np.int64]
    size: NDArray[np.int64]
    right: NDArray[np.int64]
    stretch: NDArray[np.int64]
    entry: NDArray[np.int64]


@kernel()
def _relink(beside: Any, node: int, old: int, new: int) -> None:
    beside[node, 0 if beside[node, 0] == old else 1] = new


@kernel()
def exchange(beside: Any, cycle: Any, back: bool) -> None:
    """Put the edges of an alternating cycle that are theirs in place of ours, or ours ``back``."""
    long = cycle.shape[0]
    for k in range(long):
        ours, theirs = cycle[k ^ 1], cycle[(k + (1 if k & 1 else -1)) % long]
        # Marked until all is done: the new neighbour may be the old one of another exchange at the same node.
        old, new = (theirs, ours) if back else (ours, theirs)
        _relink(beside, cycle[k], old, -1 - new)
    for k in range(long):
        for side in range(2):
            if beside[cycle[k], side] < 0:
                beside[cycle[k], side] = -1 - beside[cycle[k], side]


@kernel()
def _sort(keys: Any, values: Any, count: int) -> None:
    """Sort the first ``count`` keys, and values with them (Shell 1959): they are few as a rule."""
    gap = 1
    while gap < count:
        gap = 3 * gap + 1
    while gap > 1:
        gap //= 3
        for k in range(gap, count):
            key, value, at = keys[k], values[k], k - gap
            while at >= 0 and keys[at] > key:
                keys[at + gap], values[at + gap] = keys[at], values[at]
                at -= gap
            keys[at + gap], values[at + gap] = key, value


@kernel()
def part(cycle: Any, place: Any, parts: Parts) -> int:
    """Cut a circle at its own edges of an alternating cycle; how many circles the other edges make of the stretches."""
    cuts, owner, label, size, right, stretch, entry = parts
    nodes = place.shape[0]
    count = cycle.shape[0] // 2
    for m in range(count):
        a, b = place[cycle[2 * m]], place[cycle[2 * m + 1]]
        forward = b == (a + 1 if a + 1 < nodes else 0)
        right[2 * m], right[2 * m + 1] = forward, not forward
        cuts[m], owner[m] = a if forward else b, m
    _sort(cuts, owner, count)
    for j in range(count):
        label[j] = -1
        for e in range(2 * owner[j], 2 * owner[j] + 2):
            stretch[e] = j if right[e] else (j + 1) % count
            entry[2 * stretch[e] + right[e]] = e
    circles = 0
    for j in range(count):
        here, out = j, entry[2 * j + 1]
        if label[j] < 0:
            size[circles] = 0
            circles += 1
        while label[here] < 0:
            label[here] = circles - 1
            size[circles - 1] += cuts[here] - (cuts[here - 1] if here > 0 else cuts[count - 1] - nodes)
            into = (out + (1 if out & 1 else -1)) % (2 * count)
            here = stretch[into]
            out = entry[2 * here + 1 - right[into]]
    return circles


@kernel()
def _circle_at(place: int, count: int, parts: Parts) -> int:
    """The circle that the node of this place is in."""
    cuts, label = parts.cuts, parts.label
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if cuts[middle] < place:
            low = middle + 1
        else:
            high = middle
    return label[low if low < count else 0]  # type: ignore[no-any-return]


@kernel()
def _joint(costs: Any, lists: Any, beside: Any, ring: Any, count: int, small: int, parts: Parts, joint: Any) -> Any:
    """The best exchange of an edge of circle ``small`` and one of another: (gain, the other circle, or -1)."""
    square, rows, bits, penalty, how = costs
    near, away, pinned = lists
    tour, place = ring
    nodes = tour.shape[0]
    dummy = nodes - 1
    best, into = -np.inf, np.int64(-1)
    for j in range(count):
        if parts.label[j] != small:
            continue
        first = parts.cuts[j - 1] + 1 if j > 0 else parts.cuts[count - 1] + 1 - nodes
        for at in range(first, parts.cuts[j] + 1):
            u = np.int64(tour[at])
            for side in range(2):
                after = np.int64(beside[u, side])
                if (u == dummy and pinned[after]) or (after == dummy and pinned[u]):
                    continue
                out = cost(square, rows, bits, penalty, how, u, after)
                for k in range(near.shape[1]):
                    # Of the two steps put in, one gains half of what both do.
                    if 2 * (out - away[u, k]) < best:
                        break
                    v = np.int64(near[u, k])
                    other = _circle_at(place[v], count, parts)
                    if other == small:
                        continue
                    for way in range(2):
                        end = np.int64(beside[v, way])
                        if (v == dummy and pinned[end]) or (end == dummy and pinned[v]):
                            continue
                        gain = out - away[u, k] + cost(square, rows, bits, penalty, how, v, end)
                        gain -= cost(square, rows, bits, penalty, how, after, end)
                        if gain > best:
                            best, into = gain, other
                            joint[0], joint[1], joint[2], joint[3] = u, after, v, end
    return best, into


@kernel()
def _rejoin(beside: Any, joint: Any, back: bool) -> None:
    """Take the edges u-after and v-end out and u-v and after-end in, or the other way round."""
    u, after, v, end = joint[0], joint[1], joint[2], joint[3]
    if back:
        after, v = v, after
    _relink(beside, u, after, v)
    _relink(beside, v, end, u)
    _relink(beside, after, u, end)
    _relink(beside, end, v, after)


@kernel()
def _joined(costs: Any, lists: Any, beside: Any, ring: Any, count: int, parts: Parts, joints: Any) -> Any:
    """Join the smallest circle to another until one is left: (gain, joints); a gain of -inf where one has no near."""
    total, made = 0.0, 0
    size, label = parts.size, parts.label
    circles = 0
    for j in range(count):
        circles = max(circles, label[j] + 1)
    for left in range(circles - 1):
        small = -1
        for c in range(circles):
            if size[c] > 0 and (small < 0 or size[c] < size[small]):
                small = c
        gain, into = _joint(costs, lists, beside, ring, count, small, parts, joints[left])
        total += gain
        if into < 0:
            break
        _rejoin(beside, joints[left], False)
        made += 1
        for j in range(count):
            if label[j] == small:
                label[j] = into
        size[into] += size[small]
        size[small] = 0
    return total, made


@kernel()
def _change(often: Any, entropy: Any, u: int, v: int, more: int) -> float:
    """How much the population's entropy changes where one more, or one less, of them has this edge."""
    count = np.int64(often[u, v])
    return entropy[count + more] - entropy[count]  # type: ignore[no-any-return]


@kernel()
def _diversity(often: Any, entropy: Any, cycle: Any, joints: Any) -> float:
    """How much the population's entropy changes where a child takes its parent's place."""
    total = 0.0
    for k in range(cycle.shape[0]):
        total += _change(often, entropy, cycle[k - 1], cycle[k], 1 - 2 * (k & 1))
    for m in range(joints.shape[0]):
        u, after, v, end = joints[m, 0], joints[m, 1], joints[m, 2], joints[m, 3]
        total += _change(often, entropy, u, after, -1) + _change(often, entropy, v, end, -1)
        total += _change(often, entropy, u, v, 1) + _change(often, entropy, after, end, 1)
    return total


@kernel()
def _gain(costs: Any, cycle: Any) -> Any:
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


@kernel()
def _walk(beside: Any, out: Any) -> None:
    """Write the nodes of a circle in their order."""
    before, here = beside[0, 0], np.int32(0)
    for k in range(out.shape[0]):
        out[k] = here
        after = beside[here, 1] if beside[here, 0] == before else beside[here, 0]
        before, here = here, after


@kernel()
def _parts(nodes: int) -> Parts:
    few, many = nodes, 2 * nodes
    return Parts(
        np.empty(few, np.int64),
        np.empty(few, np.int64),
        np.empty(few, np.int64),
        np.empty(few, np.int64),
        np.empty(many, np.int64),
        np.empty(many, np.int64),
        np.empty(many, np.int64),
    )


@kernel()
def best_child(costs: Any, lists: Any, least: Any, pair: Any, state: Any, edges: Any, child: Any) -> Any:
    """Write the best child of two circles to ``child``: the first with some of the second's edges; how much it gains.

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
    parts, ring = _parts(nodes), (tour, place)
    joints, kept = np.empty((nodes, 4), np.int64), np.empty((nodes, 4), np.int64)
    best, most, chosen, fixes = 0.0, 0.0, -1, 0
    for t in range(min(CHILDREN, count)):
        cycle = cycles[starts[t] : starts[t + 1]]
        gain, out = _gain(costs, cycle)
        if gain <= 0:  # joining circles hardly ever gains
            continue
        exchange(beside, cycle, False)
        part(cycle, place, parts)
        more, made = _joined(costs, lists, beside, ring, cycle.shape[0] // 2, parts, joints)
        gain += more
        if gain > least[0] + least[1] * out:
            value = gain / max(-_diversity(often, entropy, cycle, joints[:made]), FREE)
            if value > best:
                best, most, chosen, fixes = value, gain, t, made
                kept[:made] = joints[:made]
        for m in range(made - 1, -1, -1):
            _rejoin(beside, joints[m], True)
        exchange(beside, cycle, True)
    if chosen >= 0:
        exchange(beside, cycles[starts[chosen] : starts[chosen + 1]], False)
        for m in range(fixes):
            _rejoin(beside, kept[m], False)
        _walk(beside, child)
    return most


@kernel()
def count_edges(circles: Any, often: Any) -> None:
    """How many of some circles have each edge, to ``often``, shape (nodes, nodes)."""
    often[:] = 0
    for i in range(circles.shape[0]):
        for k in range(circles.shape[1]):
            a, b = circles[i, k - 1], circles[i, k]
            often[a, b] += 1
            often[b, a] += 1


@kernel()
def breed(
    costs: Any, lists: Any, least: Any, circles: Any, mates: Any, states: Any, edges: Any, children: Any, gains: Any
) -> None:
    """The best child of each of some circles with its mate, and how much it gains.

    Parameters
    ----------
    least : array, shape (2,)
        What a gain has to exceed, and by what share of what is taken out.
    circles : array of int32, shape (population, nodes)
    mates : array of int64, shape (pairs, 2)
        Which circles: one that the child may take the place of, and its mate.
    states : array of uint64, shape (pairs, 2)
        Of the random numbers.
    edges
        How many of the population have each edge, int16 of shape (nodes, nodes), and what an edge that so many have
        adds to the entropy, shape (population + 2,).
    children, gains : arrays, shapes (pairs, nodes) and (pairs,)
    """
    for k in range(mates.shape[0]):
        pair = circles[mates[k, 0]], circles[mates[k, 1]]
        gains[k] = best_child(costs, lists, least, pair, states[k], edges, children[k])
