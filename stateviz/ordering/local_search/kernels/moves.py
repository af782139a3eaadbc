"""Sequential moves of up to six steps on a tour kept as an array, compiled.

A tour is ``tour`` (the node at each place) and ``place`` (the place of each node). A move is a list of nodes
t0, t1, t2, ...: the steps t0-t1, t2-t3, ... are taken out, t1-t2, t3-t4, ... and last-t0 put in. The nodes are searched
without touching the tour (Lin & Kernighan 1973; Helsgaun 2000): cutting it leaves stretches, and walking them
shows whether they join to one tour.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from stateviz.ordering.problem.arrays import CandidateLists, Floats, Ints, Nodes, Steps, UndoLog, Whole
from stateviz.ordering.problem.jit import kernel
from stateviz.ordering.problem.kernels.costs import Costs, cost

Room: TypeAlias = tuple[Ints, Ints, Floats, Floats, Ints]
"""A move, its plan, and for each level of the search the gain, what is taken out, and the next edge to try."""

DEPTH = 6
"""Steps a move changes at most."""


@kernel(internal=True)
def joins(move: Ints, count: Whole, tour: Nodes, place: Nodes, plan: Ints) -> bool:
    """Whether a move of ``count`` steps gives one tour again; ``plan`` then says how.

    Row 0 of ``plan`` holds the places of the cuts, ascending: stretch j runs from the place after cut j - 1 to cut j.
    Row 1 holds the stretches in their new order, beginning with the longest, row 2 whether each is turned.
    """
    size = tour.shape[0]
    cuts, order, turned, stretch, right = plan[0], plan[1], plan[2], plan[3], plan[4]
    for m in range(count):
        a, b = place[move[2 * m]], place[move[2 * m + 1]]
        after = a + 1 if a + 1 < size else 0
        forward = after == b
        at = a if forward else b
        right[2 * m], right[2 * m + 1] = forward, not forward
        k = m
        while k > 0 and cuts[k - 1] > at:
            cuts[k] = cuts[k - 1]
            order[k] = order[k - 1]
            k -= 1
        cuts[k], order[k] = at, m
    longest, most = 0, 0
    for k in range(count):
        m = order[k]
        after = k + 1 if k + 1 < count else 0
        stretch[2 * m] = k if right[2 * m] else after
        stretch[2 * m + 1] = k if right[2 * m + 1] else after
        long = cuts[k] - cuts[k - 1] if k > 0 else cuts[0] - cuts[count - 1] + size
        if long > most:
            longest, most = k, long
    ends = plan[5]  # the entry at the left and at the right end of each stretch
    for e in range(2 * count):
        ends[2 * stretch[e] + right[e]] = e
    here, out = longest, ends[2 * longest + 1]
    for seen in range(count):
        order[seen] = here
        turned[seen] = ends[2 * here] == out
        entry = out + 1 if out & 1 else out - 1
        if entry < 0:
            entry = 2 * count - 1
        elif entry == 2 * count:
            entry = 0
        here = stretch[entry]
        out = ends[2 * here + (1 - right[entry])]
        if here == longest:
            return seen == count - 1
    return False


@kernel(internal=True)
def spread(count: Whole, plan: Ints, size: int) -> int:
    """How many places a planned move rewrites: all but the longest stretch."""
    longest = plan[1, 0]
    if longest == 0:
        inner: int = plan[0, count - 1] - plan[0, 0]
        return inner
    kept: int = plan[0, longest] - plan[0, longest - 1]
    return size - kept


@kernel(internal=True)
def rewrite(costs: Costs, count: Whole, plan: Ints, ring: Steps, undo_log: UndoLog, used: Whole) -> Whole:
    """Carry out a planned move; what stood there before is kept in ``undo log`` from ``used`` on.

    ``ring`` is tour, place, and the cost of the step after each place. The undo log is nodes and costs: what the
    places held, then the cost before them, where they begin and how many they are. Read from its end it takes all
    back. Returns how much of it is used.
    """
    square, rows, bits, penalty, how = costs
    tour, place, steps = ring
    nodes, lengths = undo_log
    size = tour.shape[0]
    longest = plan[1, 0]
    begin = plan[0, longest] + 1
    if begin == size:
        begin = 0
    total = spread(count, plan, size)
    at = begin
    for k in range(total):
        nodes[used + k], lengths[used + k] = tour[at], steps[at]
        at = at + 1 if at + 1 < size else 0
    lengths[used + total] = steps[begin - 1]
    at = begin
    for k in range(1, count):
        j = plan[1, k]
        first = plan[0, j - 1] + 1 if j > 0 else plan[0, count - 1] + 1
        if first == size:
            first = 0
        offset = first - begin if first >= begin else first - begin + size
        long = plan[0, j] - first + 1
        if long <= 0:
            long += size
        source, step, after = used + offset, 1, 0
        if plan[2, k]:
            source, step, after = source + long - 1, -1, -1
        for m in range(long):
            node = nodes[source]
            tour[at] = node
            place[node] = at
            if m < long - 1:
                steps[at] = lengths[source + after]
            source += step
            at = at + 1 if at + 1 < size else 0
        plan[3, k] = at  # where the next stretch begins
    plan[3, 0] = begin
    for k in range(count):
        at = plan[3, k]
        steps[at - 1] = cost(square, rows, bits, penalty, how, np.int64(tour[at - 1]), np.int64(tour[at]))
    nodes[used + total] = begin
    nodes[used + total + 1] = total
    return used + total + 2


@kernel(internal=True)
def take_back(ring: Steps, undo_log: UndoLog, used: Whole) -> None:
    """Undo all moves of the undo log, the last first."""
    tour, place, steps = ring
    nodes, lengths = undo_log
    size = tour.shape[0]
    while used > 0:
        total, at = nodes[used - 1], nodes[used - 2]
        used -= 2 + total
        steps[at - 1] = lengths[used + total]
        for k in range(total):
            node = nodes[used + k]
            tour[at] = node
            steps[at] = lengths[used + k]
            place[node] = at
            at = at + 1 if at + 1 < size else 0


@kernel(internal=True)
def _taken(move: Ints, level: int, a: Whole, b: Whole) -> bool:
    """Whether the step a-b is among those a move takes out already."""
    for m in range(level):
        c, d = move[2 * m], move[2 * m + 1]
        if (a == c and b == d) or (a == d and b == c):
            return True
    return False


@kernel(internal=True)
def _allowed(count: Whole, plan: Ints, size: int, limits: Ints) -> bool:
    """Whether a planned move rewrites few enough places and, of three steps, moves a stretch short enough."""
    if count == 3 and limits[1] > 0:
        a, b, c = plan[0, 0], plan[0, 1], plan[0, 2]
        if min(b - a, c - b, size - c + a) > limits[1]:
            return False
    short: bool = spread(count, plan, size) <= limits[0]
    return short


@kernel(internal=True)
def shortening(
    costs: Costs,
    lists: CandidateLists,
    ring: Steps,
    start: Whole,
    breadth: Ints,
    limits: Ints,
    least: Floats,
    room: Room,
) -> tuple[int, float]:
    """The first move found from ``start`` that shortens the tour by more than rounding: (steps, gain), or (0, 0).

    ``lists`` are the near nodes of each node, their costs, and which rows must stay beside the dummy. ``breadth[k]``
    near nodes are tried for the k-th step put in. ``limits`` are the longest rewrite, and the longest a moved stretch
    may be where three steps change (Or-opt), 0 for any. A gain has to exceed ``least[0]`` and, by ``least[1]``, what is
    taken out. ``room`` is for the move, its plan, and the search.
    """
    square, rows, bits, penalty, how = costs
    near, away, fixed_end = lists
    tour, place, steps = ring
    move, plan, gains, taken, slots = room
    size = tour.shape[0]
    dummy = size - 1
    move[0] = start
    for side in range(2):
        at = place[start]
        second = np.int64(tour[at - 1] if side else tour[at + 1 if at + 1 < size else 0])
        if (start == dummy and fixed_end[second]) or (second == dummy and fixed_end[start]):
            continue
        move[1] = second
        gains[1] = taken[1] = steps[at - 1] if side else steps[at]
        level = 1
        slots[1] = 0
        while level > 0:
            slot = slots[level]
            base = move[2 * level - 1]
            gain = 0.0
            if slot < 2 * breadth[level]:
                gain = gains[level] - away[base, slot >> 1]
            if gain <= least[0]:  # near nodes are sorted: those that follow gain less
                level -= 1
                continue
            slots[level] = slot + 1
            node = np.int64(near[base, slot >> 1])
            at = place[node]
            before, after = tour[at - 1], tour[at + 1 if at + 1 < size else 0]
            if before == base or after == base:
                slots[level] = (slot | 1) + 1
                continue
            other = np.int64(before if slot & 1 else after)
            if (other == dummy and fixed_end[node]) or (node == dummy and fixed_end[other]):
                continue
            if _taken(move, level, node, other):
                continue
            out = steps[at - 1] if slot & 1 else steps[at]
            gain += out
            move[2 * level], move[2 * level + 1] = node, other
            # Closing costs no less than the nearest node of either end: most closings need not be looked up.
            if other != start and gain > max(away[start, 0], away[other, 0]):
                closed = gain - cost(square, rows, bits, penalty, how, start, other)
                fits = closed > least[0] + least[1] * (taken[level] + out) and joins(move, level + 1, tour, place, plan)
                if fits and _allowed(level + 1, plan, size, limits):
                    return level + 1, closed
            if level + 1 < breadth.shape[0]:
                level += 1
                gains[level], taken[level] = gain, taken[level - 1] + out
                slots[level] = 0
    return 0, 0.0
