"""Iterated 2-opt and Or-opt on plain lists: a good order of a few hundred rows with nothing to compile."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.problem.arrays import Floats, Ints, Numbers
from stateviz.ordering.problem.stop import Stop
from stateviz.ordering.problem.union_find import find

_NEIGHBOURS = 7
_WINDOW = 50
Rest = Callable[[Ints, Ints], Floats]


def improve(
    cost: Numbers, tour: list[int], *, kicks: int = 0, rng: np.random.Generator, stop: Stop, least: float = 0
) -> list[int]:
    """Improve a tour by 2-opt and Or-opt moves, then ``kicks`` times by a local double bridge and repair.

    The parts are described by Johnson & McGeoch (1997).

    Parameters
    ----------
    cost : array, shape (nodes, nodes)
        Symmetric; may be negative.
    tour
        All nodes, in the order in which they are visited.
    kicks
        How often to perturb; the same seed and kicks give the same tour on any machine.
    least
        A change has to be larger than this: more than rounding can feign.

    Returns
    -------
    list of int
        Never longer than ``tour``, but for ``least``.

    Examples
    --------
    >>> at = np.array([0, 1, 2, 3, 4, 5])
    >>> improve(np.abs(at[:, None] - at), [0, 2, 4, 1, 3, 5], rng=np.random.default_rng(0), stop=Stop())
    [4, 2, 0, 1, 3, 5]
    """
    if len(tour) < 5:
        return tour
    current = _Tour(cost, tour, least)
    current.repair(tour[:])
    best = current.nodes[:]
    for cut in rng.random((kicks, 4)):
        if stop():
            break
        if current.kick(cut) > 0:
            current.restore(best)
        else:  # a sideways step, too: it leaves plateaus of equal lengths
            best = current.nodes[:]
    return best


def greedy_path(size: int, u: Ints, v: Ints, key: Numbers, rest: Rest | None = None) -> list[int]:
    """A path through all nodes made of edges taken in ascending ``key`` wherever they fit, ties by their place.

    Parameters
    ----------
    u, v : arrays of int, shape (edges,)
        Ends of all edges of a complete graph, or of some of them.
    rest
        Key of every edge between two arrays of nodes: where only some edges are given, the ends of the pieces they
        make are joined by these.

    Examples
    --------
    >>> u, v = np.triu_indices(4, 1)
    >>> greedy_path(4, u, v, np.array([9, 1, 2, 1, 9, 9]))
    [1, 2, 0, 3]
    """
    parent, beside = list(range(size)), [[] for _ in range(size)]  # type: tuple[list[int], list[list[int]]]
    pieces = _join(parent, beside, u, v, key, size)
    if pieces > 1 and rest is not None:
        ends = np.array([node for node in range(size) if len(beside[node]) < 2])
        a, b = (ends[i] for i in np.triu_indices(len(ends), 1))
        _join(parent, beside, a, b, rest(a, b), pieces)
    path, before = [next(i for i in range(size) if len(beside[i]) < 2)], -1
    while len(path) < size:
        here = path[-1]
        path.append(next(node for node in beside[here] if node != before))
        before = here
    return path


def _join(parent: list[int], beside: list[list[int]], u: Ints, v: Ints, key: Numbers, pieces: int) -> int:
    """Take edges in ascending key that join two pieces at their ends; how many pieces are left."""
    by_key = np.argsort(key, kind="stable")
    for a, b in zip(u[by_key].tolist(), v[by_key].tolist(), strict=True):
        if pieces == 1:
            break
        if len(beside[a]) == 2 or len(beside[b]) == 2:
            continue
        root, other = find(parent, a), find(parent, b)
        if root == other:
            continue
        parent[root] = other
        beside[a].append(b)
        beside[b].append(a)
        pieces -= 1
    return pieces


class _Tour:
    """Nodes in a tour, with the place of each."""

    def __init__(self, cost: Numbers, nodes: list[int], least: float) -> None:
        away = cost.astype(np.float64)
        np.fill_diagonal(away, np.inf)
        nearest = np.argsort(away, axis=1, kind="stable")[:, : min(_NEIGHBOURS, len(cost) - 1)]
        self.near: list[list[int]] = nearest.tolist()
        self.far: list[list[float]] = cost.tolist()
        self.least = least
        self.nodes = nodes
        self.place = [0] * len(nodes)
        self.restore(nodes)

    def restore(self, nodes: list[int]) -> None:
        self.nodes = nodes[:]
        for i, node in enumerate(nodes):
            self.place[node] = i

    def kick(self, cut: NDArray[np.float64]) -> float:
        """Swap two neighbouring stretches, repair what that broke; the change in length."""
        size = len(self.nodes)
        reach = min(_WINDOW, size - 1)
        lengths = sorted(1 + int(c * (reach - 1)) for c in cut[1:])
        first = int(cut[0] * (size - lengths[2]))
        a, b, c = first, first + lengths[0], first + lengths[2]
        if not a < b < c:
            return 0
        nodes, far = self.nodes, self.far
        before, after = nodes[a - 1], nodes[c % size]
        swapped = nodes[b:c] + nodes[a:b]
        old = far[before][nodes[a]] + far[nodes[b - 1]][nodes[b]] + far[nodes[c - 1]][after]
        new = far[before][nodes[b]] + far[nodes[c - 1]][nodes[a]] + far[nodes[b - 1]][after]
        touched = [before, nodes[a], nodes[b - 1], nodes[b], nodes[c - 1], after]
        self._write(a, swapped)
        change = new - old + self.repair(touched)
        return 0 if abs(change) <= self.least else change

    def _write(self, at: int, stretch: list[int]) -> None:
        self.nodes[at : at + len(stretch)] = stretch
        place = self.place
        for i, node in enumerate(stretch, at):
            place[node] = i

    def repair(self, queue: list[int]) -> float:
        """Move until no node in the queue, nor any touched since, has a move that gains; the change in length."""
        waiting = set(queue)
        change = 0.0
        while queue:
            node = queue.pop()
            waiting.discard(node)
            while True:
                gain, touched = self._two_opt(node)
                if not touched:
                    gain, touched = self._or_opt(node)
                if not touched:
                    break
                change -= gain
                for other in touched:
                    if other not in waiting:
                        waiting.add(other)
                        queue.append(other)
        return change

    def _two_opt(self, a: int) -> tuple[float, tuple[int, ...]]:
        """Link ``a`` to a near node, turning around what lies between."""
        nodes, place, far = self.nodes, self.place, self.far
        size, at = len(nodes), place[a]
        for step in (1, -1):
            b = nodes[(at + step) % size]
            for c in self.near[a]:
                gain = far[a][b] - far[a][c]
                if gain <= self.least:
                    break
                d = nodes[(place[c] + step) % size]
                gain += far[c][d] - far[b][d]
                if gain > self.least:
                    self._reverse(*((at + 1, place[c]) if step == 1 else (place[c], at - 1)))
                    return gain, (a, b, c, d)
        return 0, ()

    def _reverse(self, i: int, j: int) -> None:
        """Turn around the nodes from place i to place j (round the tour), or the rest: whichever is shorter."""
        size = len(self.nodes)
        i, j = i % size, j % size
        inside = (j - i) % size + 1
        if 2 * inside > size:
            i, j, inside = (j + 1) % size, (i - 1) % size, size - inside
        nodes, place = self.nodes, self.place
        if i <= j:
            self._write(i, nodes[i : j + 1][::-1])
            return
        for _ in range(inside // 2):
            nodes[i], nodes[j] = nodes[j], nodes[i]
            place[nodes[i]], place[nodes[j]] = i, j
            i, j = (i + 1) % size, (j - 1) % size

    def _or_opt(self, a: int) -> tuple[float, tuple[int, ...]]:
        """Move a stretch of up to three nodes that begins or ends at ``a`` to beside a near node of ``a``."""
        nodes, place, far, size = self.nodes, self.place, self.far, len(self.nodes)
        at = place[a]
        for step in (1, -1):
            for count in (1, 2, 3):
                if count + 3 > size:
                    break
                # The stretch runs from a against step; before is beyond its far end, after is beyond a.
                b = nodes[(at - step * (count - 1)) % size]
                before, after = nodes[(at - step * count) % size], nodes[(at + step) % size]
                freed = far[before][b] + far[a][after] - far[before][after]
                if freed <= self.least:
                    continue
                for c in self.near[a]:
                    offset = ((at - place[c]) * step) % size
                    if offset < count:
                        continue  # c lies in the stretch
                    for side in (1, -1):
                        d = nodes[(place[c] + side) % size]
                        if ((at - place[d]) * step) % size < count:
                            continue
                        gain = freed + far[c][d] - far[a][c] - far[b][d]
                        if gain > self.least:
                            self._move(at, step, count, c, d)
                            return gain, (a, b, c, d, before, after)
        return 0, ()

    def _move(self, at: int, step: int, count: int, c: int, d: int) -> None:
        """Put the stretch that ends at place ``at`` between the neighbours c and d, its end beside c."""
        size = len(self.nodes)
        stretch = [self.nodes[(at - step * k) % size] for k in range(count)]  # from a to b
        taken = set(stretch)
        rest = [node for node in self.nodes if node not in taken]
        i, j = rest.index(c), rest.index(d)
        if (i + 1) % len(rest) == j:
            rest[i + 1 : i + 1] = stretch
        else:
            rest[j + 1 : j + 1] = stretch[::-1]
        self.restore(rest)
