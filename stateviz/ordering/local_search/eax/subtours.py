"""What an alternating cycle makes of a tour, compiled: several subtours, joined again where that costs least."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stateviz.ordering.problem.arrays import CandidateLists, Ints, Nodes, Tour, Whole
from stateviz.ordering.problem.jit import kernel
from stateviz.ordering.problem.kernels.costs import Costs, cost


class Parts(NamedTuple):
    """Stretches of a tour between the edges taken out, and the subtours they make: room to work on.

    Parameters
    ----------
    cuts, owner : arrays of int64, shape (nodes,)
        Places whose step is taken out, ascending: stretch j runs from the place after cut j - 1 to cut j. Which pair
        of the cycle's nodes each cut parts.
    label, size : arrays of int64, shape (nodes,)
        The subtour that each stretch is in, and the nodes of each subtour; 0 once it has been joined to another.
    right, stretch : arrays of int64, shape (2 * nodes,)
        For each node of the cycle whether it is the right end of its stretch, and that stretch.
    entry : array of int64, shape (2 * nodes,)
        The cycle's nodes at the left and the right end of each stretch.
    """

    cuts: Ints
    owner: Ints
    label: Ints
    size: Ints
    right: Ints
    stretch: Ints
    entry: Ints


@kernel(internal=True)
def _relink(beside: Nodes, node: int, old: int, new: int) -> None:
    beside[node, 0 if beside[node, 0] == old else 1] = new


@kernel()
def exchange(beside: Nodes, cycle: Ints, back: bool) -> None:
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


@kernel(internal=True)
def _sort(keys: Ints, values: Ints, count: int) -> None:
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
def part(cycle: Ints, place: Nodes, parts: Parts) -> int:
    """Cut a tour at its own edges of an alternating cycle; how many subtours the other edges make of the stretches."""
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
    subtours = 0
    for j in range(count):
        here, out = j, entry[2 * j + 1]
        if label[j] < 0:
            size[subtours] = 0
            subtours += 1
        while label[here] < 0:
            label[here] = subtours - 1
            size[subtours - 1] += cuts[here] - (cuts[here - 1] if here > 0 else cuts[count - 1] - nodes)
            into = (out + (1 if out & 1 else -1)) % (2 * count)
            here = stretch[into]
            out = entry[2 * here + 1 - right[into]]
    return subtours


@kernel(internal=True)
def _subtour_at(place: int, count: int, parts: Parts) -> np.int64:
    """The subtour that the node of this place is in."""
    cuts, label = parts.cuts, parts.label
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if cuts[middle] < place:
            low = middle + 1
        else:
            high = middle
    subtour: np.int64 = label[low if low < count else 0]
    return subtour


@kernel(internal=True)
def _joint(
    costs: Costs, lists: CandidateLists, beside: Nodes, ring: Tour, count: int, small: int, parts: Parts, joint: Ints
) -> tuple[float, Whole]:
    """The best exchange of an edge of subtour ``small`` and one of another: (gain, the other subtour, or -1)."""
    square, rows, bits, penalty, how = costs
    near, away, fixed_end = lists
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
                if (u == dummy and fixed_end[after]) or (after == dummy and fixed_end[u]):
                    continue
                out = cost(square, rows, bits, penalty, how, u, after)
                for k in range(near.shape[1]):
                    # Of the two steps put in, one gains half of what both do.
                    if 2 * (out - away[u, k]) < best:
                        break
                    v = np.int64(near[u, k])
                    other = _subtour_at(place[v], count, parts)
                    if other == small:
                        continue
                    for way in range(2):
                        end = np.int64(beside[v, way])
                        if (v == dummy and fixed_end[end]) or (end == dummy and fixed_end[v]):
                            continue
                        gain = out - away[u, k] + cost(square, rows, bits, penalty, how, v, end)
                        gain -= cost(square, rows, bits, penalty, how, after, end)
                        if gain > best:
                            best, into = gain, other
                            joint[0], joint[1], joint[2], joint[3] = u, after, v, end
    return best, into


@kernel(internal=True)
def rejoin(beside: Nodes, joint: Ints, back: bool) -> None:
    """Take the edges u-after and v-end out and u-v and after-end in, or the other way round."""
    u, after, v, end = joint[0], joint[1], joint[2], joint[3]
    if back:
        after, v = v, after
    _relink(beside, u, after, v)
    _relink(beside, v, end, u)
    _relink(beside, after, u, end)
    _relink(beside, end, v, after)


@kernel()
def join(
    costs: Costs, lists: CandidateLists, beside: Nodes, ring: Tour, count: int, parts: Parts, joints: Ints
) -> tuple[float, int]:
    """Join the smallest subtour to another until one is left: (gain, joints); a gain of -inf where one has no near."""
    total, made = 0.0, 0
    size, label = parts.size, parts.label
    subtours = 0
    for j in range(count):
        subtours = max(subtours, label[j] + 1)
    for left in range(subtours - 1):
        small = -1
        for c in range(subtours):
            if size[c] > 0 and (small < 0 or size[c] < size[small]):
                small = c
        gain, into = _joint(costs, lists, beside, ring, count, small, parts, joints[left])
        total += gain
        if into < 0:
            break
        rejoin(beside, joints[left], False)
        made += 1
        for j in range(count):
            if label[j] == small:
                label[j] = into
        size[into] += size[small]
        size[small] = 0
    return total, made


@kernel(internal=True)
def room_for(nodes: int) -> Parts:
    """Room for a tour of so many nodes."""
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
