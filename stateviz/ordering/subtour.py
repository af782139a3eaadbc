"""The subtour relaxation of the shortest path through all rows, as a linear program in HiGHS."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.cuts import Cut, blossoms, subtour
from stateviz.ordering.mincut import violated_sets
from stateviz.ordering.problem import Problem, Rows, Stop

_NEGATIVE = 1e-6
_NEIGHBOURS = 6
_MOST_COLUMNS_A_ROUND = 4
Array = NDArray[Any]


class Relaxation:
    """Edges between rows, and from a dummy to every row, that meet each node twice and each set at least twice.

    The dummy, at distance 0 from every row, closes the path into a tour (Dantzig, Fulkerson & Johnson 1954;
    Held & Karp 1970 for the bound this is). Only promising edges are in the program: the others are priced with
    the duals of nodes and sets, and join when their reduced cost is negative.

    Parameters
    ----------
    problem
        At least 2 rows.
    rows
        A good order: its edges are in the program from the start, and its length sets the scale.

    Attributes
    ----------
    bound
        No order is shorter than this, in the unit of the distances. Safe: made from the duals alone, over all edges.
    reduced : array, shape (n + 1, n + 1)
        Reduced cost of every edge under the duals of ``bound``, in scaled units.
    node_duals : array, shape (n + 1,)
        The duals of the nodes.
    weights : array, shape (edges,)
        How much the last solution uses of each edge ``u[i]``, ``v[i]`` the program had then.
    solved
        Neither cuts nor prices are left to find.
    """

    def __init__(self, problem: Problem, rows: Rows) -> None:
        self.problem = problem
        self.nodes = problem.size + 1
        offset, step = problem.lattice
        base = (problem.size - 1) * offset
        # HiGHS works to fixed tolerances of about 1e-7: real distances are scaled to lengths of about 1e5.
        self.unit = float(step) or max(problem.length(rows) - base, 1e-12 * abs(base), 1e-300) / 1e5
        self.base = float(base)
        cost = np.zeros((self.nodes, self.nodes))
        cost[:-1, :-1] = (problem.distances - offset) / self.unit
        np.fill_diagonal(cost, 0)
        self.cost = cost
        self.cuts: list[Cut] = []
        self.most = np.zeros(0)
        self.matrix = np.zeros((0, 0), bool)  # which edge counts in which cut
        self.known = np.eye(self.nodes, dtype=bool)
        self.bound = self.base  # distances are never negative: a bound to begin with
        self.scaled = 0.0
        self.reduced = cost
        self.node_duals = np.zeros(self.nodes)
        self.weights = np.zeros(0)
        self.solved = False
        self.u = self.v = np.empty(0, np.int64)
        self.highs = solver()
        self.highs.addRows(self.nodes, np.full(self.nodes, 2.0), np.full(self.nodes, 2.0), 0, *_nothing())
        self.add_edges(*_first_edges(cost, rows))

    def scale(self, length: float) -> float:
        """A length in the unit of the distances, in that of the program."""
        return (length - self.base) / self.unit

    def add_edges(self, u: Array, v: Array) -> None:
        """Columns for edges that have none yet."""
        low, high = np.minimum(u, v), np.maximum(u, v)
        key = np.unique(low * self.nodes + high)
        low, high = key // self.nodes, key % self.nodes
        new = ~self.known[low, high]
        low, high = low[new], high[new]
        self.known[low, high] = self.known[high, low] = True
        count = len(low)
        if not count:
            return
        inside = np.zeros((len(self.cuts), count), bool)
        for i, cut in enumerate(self.cuts):  # teeth were in the program when their cut was made
            inside[i] = np.isin(low, cut.members) & np.isin(high, cut.members)
        edge, row = np.nonzero(inside.T)
        owner = np.concatenate((np.arange(count), np.arange(count), edge))
        rows = np.concatenate((low, high, self.nodes + row))
        by_column = np.argsort(owner, kind="stable")
        starts = np.searchsorted(owner[by_column], np.arange(count)).astype(np.int32)
        entries = rows[by_column].astype(np.int32)
        nothing, ones = np.zeros(count), np.ones(count)
        cost = self.cost[low, high]
        self.highs.addCols(count, cost, nothing, ones, len(entries), starts, entries, np.ones(len(entries)))
        self.u, self.v = np.concatenate((self.u, low)), np.concatenate((self.v, high))
        self.matrix = np.hstack((self.matrix, inside))

    def add_cuts(self, cuts: list[Cut]) -> None:
        """A row for each cut."""
        matrix = np.zeros((len(cuts), len(self.u)), bool)
        for i, cut in enumerate(cuts):
            inside = np.zeros(self.nodes, bool)
            inside[cut.members] = True
            matrix[i] = inside[self.u] & inside[self.v]
            if len(cut.teeth):
                matrix[i] |= np.isin(self.u * self.nodes + self.v, cut.teeth @ (self.nodes, 1))
        row, column = np.nonzero(matrix)
        starts = np.searchsorted(row, np.arange(len(cuts))).astype(np.int32)
        entries = column.astype(np.int32)
        most, none = np.array([float(cut.most) for cut in cuts]), np.full(len(cuts), -np.inf)
        self.highs.addRows(len(cuts), none, most, len(entries), starts, entries, np.ones(len(entries)))
        self.matrix = np.vstack((self.matrix, matrix))
        self.most = np.concatenate((self.most, most))
        self.cuts += cuts

    def violated(self, x: Array) -> list[Cut]:
        """Cuts that the weights ``x`` of the program's edges break; none means that no set is left too rarely."""
        sets = violated_sets(self.nodes, self.u, self.v, x)
        return [subtour(s) for s in sets] if sets else blossoms(self.nodes, self.u, self.v, x)

    def solve(self, stop: Stop, upper: float = np.inf) -> None:
        """Cut and price until neither finds anything, the bound meets ``upper``, or time is up."""
        while not stop():
            x = self._run(stop)
            if x is None:
                break
            cuts = self.violated(x)
            if cuts:
                self.add_cuts(cuts)
                continue
            entering = self._price()
            self.weights = x
            if entering is None or self.problem.proves(upper, self.problem.round_up(self.bound)):
                self.solved = True
                return
            self.add_edges(*entering)
        self._price()

    def _run(self, stop: Stop) -> Array | None:
        import highspy

        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + min(stop.remaining(), 1e6))
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self.highs.getSolution().col_value)

    def dual_bound(self, duals: Array, low: Array, high: Array) -> float:
        """What no order made of the program's edges, within their limits, is shorter than, scaled; from duals alone."""
        node, of_cut = duals[: self.nodes], np.minimum(duals[self.nodes :], 0)
        reduced = self.cost[self.u, self.v] - node[self.u] - node[self.v]
        used = np.flatnonzero(of_cut)
        reduced -= of_cut[used] @ self.matrix[used]
        room = float(of_cut @ self.most)
        value = 2 * node.sum() + room + (low * reduced + (high - low) * np.minimum(reduced, 0)).sum()
        return float(value) - self._rounding(node, room)

    def _rounding(self, node: Array, room: float) -> float:
        """Far more than rounding can have added to a bound."""
        return float(1e-13 * (2 * np.abs(node).sum() * self.nodes + abs(room)))

    def _price(self) -> tuple[Array, Array] | None:
        """Update the bound from the duals, and pick edges of negative reduced cost; None when there are none."""
        duals = np.array(self.highs.getSolution().row_dual)
        if len(duals) != self.nodes + len(self.cuts) or not np.all(np.isfinite(duals)):
            duals = np.zeros(self.nodes + len(self.cuts))  # stopped before there were any
        node, of_cut = duals[: self.nodes], np.minimum(duals[self.nodes :], 0)
        reduced = self.cost - node[:, None] - node
        room = 0.0
        for i in np.flatnonzero(of_cut):
            members, (a, b) = self.cuts[i].members, self.cuts[i].teeth.T
            reduced[np.ix_(members, members)] -= of_cut[i]
            reduced[a, b] -= of_cut[i]
            reduced[b, a] -= of_cut[i]
            room += of_cut[i] * self.most[i]
        np.fill_diagonal(reduced, 0)
        # Weak duality, for any duals of the right sign: an edge is used at most once, at worst every negative one is.
        value = 2 * node.sum() + room + np.minimum(reduced, 0).sum() / 2 - self._rounding(node, room)
        if value > self.scaled:
            self.scaled, self.reduced, self.node_duals = float(value), reduced, node
            self.bound = self.base + self.unit * self.scaled
        hidden = np.where(self.known, 0, reduced)
        if hidden.min() >= -_NEGATIVE:
            return None
        worst = np.argpartition(hidden, min(_MOST_COLUMNS_A_ROUND, self.nodes - 1), axis=1)[:, :_MOST_COLUMNS_A_ROUND]
        u = np.repeat(np.arange(self.nodes), worst.shape[1])
        v = worst.ravel()
        negative = hidden[u, v] < -_NEGATIVE
        return u[negative], v[negative]


def solver() -> Any:
    """A silent HiGHS on one thread, so that the same input gives the same answer."""
    import highspy

    highs = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("random_seed", 0)):
        highs.setOptionValue(name, value)
    return highs


def _nothing() -> tuple[Array, Array, Array]:
    return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0)


def _first_edges(cost: Array, rows: Rows) -> tuple[Array, Array]:
    """The nearest rows of each, every edge of the dummy, and those of ``rows``."""
    size = len(cost) - 1
    away = cost[:size, :size] + np.diag(np.full(size, np.inf))
    count = min(_NEIGHBOURS, size - 1)
    near = np.argpartition(away, count - 1, axis=1)[:, :count]
    u = np.concatenate((np.repeat(np.arange(size), count), np.arange(size), rows[:-1]))
    v = np.concatenate((near.ravel(), np.full(size, size), rows[1:]))
    return u, v
