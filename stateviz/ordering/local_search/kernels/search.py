"""Iterated Lin-Kernighan, compiled: repair a tour around the nodes of a queue, perturb it, repair again.

What is longer than the temperature allows is taken back by an undo log.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stateviz.ordering.local_search.kernels.moves import DEPTH, rewrite, shortening, take_back
from stateviz.ordering.problem.arrays import Bools, CandidateLists, Floats, Ints, Nodes, Whole, Words
from stateviz.ordering.problem.jit import kernel
from stateviz.ordering.problem.kernels.costs import Costs, cost

LONGEST = 25_000
"""Places a move may rewrite at most: long ones on a long tour cost more than they gain (Johnson & McGeoch 1997)."""


class TourState(NamedTuple):
    """A tour of nodes, and room to work on it.

    Parameters
    ----------
    tour, place : arrays of int32, shape (nodes,)
        The node at each place, and the place of each node.
    best : array of int32, shape (nodes,)
        The shortest tour so far, while ``tour`` is longer.
    backup : array of int32, shape (nodes,)
        The tour before a kick, where the undo log is too short for all that followed; else it begins with -1.
    steps : array of float64, shape (nodes,)
        The cost of the step after each place.
    undo log, lengths : arrays of int32 and float64
        What moves overwrote, nodes and steps; at least two tours long.
    queue, queued : arrays of int32 and bool, shape (nodes,)
        Nodes to look at, in a ring, and whether a node is among them.
    waiting : array of int64, shape (2,)
        Where the queue begins and how many wait.
    state : array of uint64, shape (2,)
        Of the random numbers, and the place kicks have come to.
    level : array of float64, shape (2,)
        How much longer than the best ``tour`` is, and the temperature: by how much a kick may lengthen it, in the mean.
    """

    tour: Nodes
    place: Nodes
    steps: Floats
    best: Nodes
    backup: Nodes
    undo_log: Nodes
    lengths: Floats
    queue: Nodes
    queued: Bools
    waiting: Ints
    state: Words
    level: Floats


@kernel(internal=True)
def draw(state: Words, below: Whole) -> np.int64:
    """A random whole number from 0 to below - 1 (xorshift64*, Vigna 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    high = (x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(33)
    return np.int64((high * np.uint64(below)) >> np.uint64(31))


@kernel()
def repair(
    costs: Costs,
    lists: CandidateLists,
    current: TourState,
    breadth: Ints,
    limits: Ints,
    least: Floats,
    used: Whole,
    most: Whole,
    undoable: bool | np.bool_,
) -> tuple[float, Whole]:
    """Move until no queued node has a move that gains, or ``most`` nodes were looked at: (gain, undo log used).

    Where it is not ``undoable``, the undo log is overwritten when it is full.
    """
    queue, queued, waiting = current.queue, current.queued, current.waiting
    ring, undo_log = (current.tour, current.place, current.steps), (current.undo_log, current.lengths)
    size = queue.shape[0]
    move, plan = np.empty(2 * DEPTH, np.int64), np.zeros((6, 2 * DEPTH), np.int64)
    room = (move, plan, np.empty(DEPTH + 1), np.empty(DEPTH + 1), np.empty(DEPTH + 1, np.int64))
    total = 0.0
    while waiting[1] > 0 and most > 0:
        node = np.int64(queue[waiting[0]])
        waiting[0] = waiting[0] + 1 if waiting[0] + 1 < size else 0
        waiting[1] -= 1
        queued[node] = False
        most -= 1
        while True:
            count, gain = shortening(costs, lists, ring, node, breadth, limits, least, room)
            if count == 0:
                break
            total += gain
            if used + size + 2 > current.undo_log.shape[0]:
                if undoable:
                    _set_aside(current, used)
                used = 0
            used = rewrite(costs, count, plan, ring, undo_log, used)
            _enqueue(current, move, 2 * count)
    return total, used


@kernel(internal=True)
def _enqueue(current: TourState, nodes: Ints, count: Whole) -> None:
    queue, queued, waiting = current.queue, current.queued, current.waiting
    size = queue.shape[0]
    for k in range(count):
        node = nodes[k]
        if not queued[node]:
            queued[node] = True
            end = waiting[0] + waiting[1]
            queue[end if end < size else end - size] = node
            waiting[1] += 1


@kernel(internal=True)
def _before(current: TourState, used: Whole, out: Nodes) -> None:
    """Write to ``out`` the tour as it was before the moves of the undo log."""
    undo_log = current.undo_log
    size = out.shape[0]
    source = current.backup if current.backup[0] >= 0 else current.tour
    for k in range(size):
        out[k] = source[k]
    if current.backup[0] >= 0:
        return
    while used > 0:
        total, at = undo_log[used - 1], undo_log[used - 2]
        used -= 2 + total
        for k in range(total):
            out[at] = undo_log[used + k]
            at += 1
            if at == size:
                at = 0


@kernel(internal=True)
def _set_aside(current: TourState, used: Whole) -> None:
    """Keep in ``backup`` what the full undo log could restore, so that the undo log can begin anew."""
    if current.backup[0] < 0:
        before = np.empty(current.tour.shape[0], np.int32)
        _before(current, used, before)
        for k in range(before.shape[0]):
            current.backup[k] = before[k]


@kernel()
def measure(costs: Costs, current: TourState) -> None:
    """Work out all steps of a tour."""
    square, rows, bits, penalty, how = costs
    tour, steps = current.tour, current.steps
    for k in range(tour.shape[0]):
        steps[k - 1] = cost(square, rows, bits, penalty, how, np.int64(tour[k - 1]), np.int64(tour[k]))


@kernel(internal=True)
def _undo(costs: Costs, current: TourState, used: Whole) -> None:
    tour, place = current.tour, current.place
    if current.backup[0] < 0:
        take_back((tour, place, current.steps), (current.undo_log, current.lengths), used)
        return
    for k in range(tour.shape[0]):
        tour[k] = current.backup[k]
        place[tour[k]] = k
    measure(costs, current)


@kernel(internal=True)
def _places(current: TourState, window: int, cuts: Ints) -> bool:
    """Draw four places within ``window`` for a kick, ascending; whether they differ."""
    state, size = current.state, current.tour.shape[0]
    # Kicks wander along the tour: what one has looked up is still in the cache for the next.
    at = (np.int64(state[1]) + draw(state, window)) % size
    if draw(state, np.int64(4)) == 0:
        state[1] = np.uint64(at)
    for k in range(4):
        new = (at + draw(state, window)) % size
        m = k
        while m > 0 and cuts[m - 1] >= new:
            if cuts[m - 1] == new:
                return False
            cuts[m] = cuts[m - 1]
            m -= 1
        cuts[m] = new
    return True


@kernel(internal=True)
def _kick(
    costs: Costs, lists: CandidateLists, current: TourState, window: int, move: Ints, plan: Ints
) -> tuple[bool, float]:
    """Plan a double bridge (Martin, Otto & Felten 1991): A B C D becomes A D C B. (possible, gain).

    No sequence of gainful steps of a repair takes it back.
    """
    square, rows, bits, penalty, how = costs
    tour, fixed_end = current.tour, lists[2]
    size = tour.shape[0]
    dummy = size - 1
    cuts = plan[0]
    if not _places(current, window, cuts):
        return False, 0.0
    gain = 0.0
    longest, most = 0, 0
    for k in range(4):
        left, right = np.int64(tour[cuts[k]]), np.int64(tour[cuts[k] + 1 if cuts[k] + 1 < size else 0])
        if (left == dummy and fixed_end[right]) or (right == dummy and fixed_end[left]):
            return False, 0.0
        move[2 * k], move[2 * k + 1] = left, right
        gain += current.steps[cuts[k]]
        long = cuts[k] - cuts[k - 1] if k > 0 else cuts[0] - cuts[3] + size
        if long > most:
            longest, most = k, long
    for k in range(4):
        # The stretch that ends at cut k is followed by the one before it.
        gain -= cost(square, rows, bits, penalty, how, move[2 * k], move[2 * ((k + 2) % 4) + 1])
        plan[1, k] = (longest - k) % 4
        plan[2, k] = 0
    return True, gain


@kernel()
def iterate(
    costs: Costs,
    lists: CandidateLists,
    current: TourState,
    kicks: int,
    window: int,
    breadth: Ints,
    least: Floats,
    decay: float,
) -> None:
    """Kick and repair ``kicks`` times; keep what is not longer, or, above temperature 0, only a little longer.

    The temperature falls by the factor ``decay`` with each kick. Interrupted between two calls, nothing is lost.
    """
    excess, temperature = current.level
    move, plan = np.empty(2 * DEPTH, np.int64), np.zeros((6, 2 * DEPTH), np.int64)
    limits = np.array([LONGEST, 0])
    ring, undo_log = (current.tour, current.place, current.steps), (current.undo_log, current.lengths)
    start, all_nodes, ends, four = np.int64(0), np.int64(1 << 60), np.int64(8), np.int64(4)
    for _ in range(kicks):
        temperature *= decay
        possible, change = _kick(costs, lists, current, window, move, plan)
        if not possible:
            continue
        current.backup[0] = -1
        used = rewrite(costs, four, plan, ring, undo_log, start)
        _enqueue(current, move, ends)
        gain, used = repair(costs, lists, current, breadth, limits, least, used, all_nodes, all_nodes > 0)
        change += gain
        slack = 0.0
        if temperature > 0:
            slack = -temperature * np.log((draw(current.state, np.int64(1 << 30)) + 1) / (1 << 30))
        if change < -slack:
            _undo(costs, current, used)
            continue
        if excess == 0 and change < -least[0]:
            _before(current, used, current.best)
        excess = excess - change if excess - change > least[0] else 0.0
    current.level[0], current.level[1] = excess, temperature
