"""Program: a linear program in HiGHS with a row for each node and cut, and a column for each promising edge."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.compiled import COMPILED_ROWS
from stateviz.ordering.cuts import Cut
from stateviz.ordering.pricing import Duals, Prices
from stateviz.ordering.stop import Stop

Array = NDArray[Any]
_SLACK = 1e-3
_ROUNDS_SLACK = 4
_ITERATIONS = 1000
_DEVEX = 1


class Program:
    """Least cost of edges that meet each node twice and every cut, each used between 0 and 1 times.

    Attributes
    ----------
    u, v, cost : arrays, shape (edges,)
        Ends, u below v, and cost of each column.
    low, high : arrays, shape (edges,)
        Its limits: 1 and 1 for an edge that must be used.
    known : array of bool, shape (nodes, nodes)
        Which edges have a column.
    cuts
        One row each, after those of the nodes.
    """

    def __init__(self, prices: Prices) -> None:
        self.prices = prices
        self.nodes = prices.dummy + 1
        self.known = np.eye(self.nodes, dtype=bool)
        self.u = self.v = np.zeros(0, np.int64)
        self.cost = self.low = self.high = np.zeros(0)
        self.now = np.zeros((2, 0))  # the limits in force
        self.cuts: list[Cut] = []
        self.most = np.zeros(0)
        self.sizes = np.zeros(0)  # nodes in all sets of each cut
        self.age = np.zeros(0, np.int64)  # rounds that a cut has been slack
        self.inside = np.zeros((0, self.nodes), bool)  # sets of all cuts
        self.owner = np.zeros(0, np.int64)  # the cut of each set
        self.entries = np.zeros((3, 0), np.int64)  # cut, column and how often it counts
        self.highs = solver()
        if self.nodes <= COMPILED_ROWS + 1:
            self.hurry()
        self.highs.addRows(self.nodes, np.full(self.nodes, 2.0), np.full(self.nodes, 2.0), 0, *_nothing())

    def add_edges(self, u: Array, v: Array) -> None:
        """Columns for edges that have none yet."""
        low, high = np.minimum(u, v), np.maximum(u, v)
        key = np.unique(low * self.nodes + high)
        u, v = key // self.nodes, key % self.nodes
        new = ~self.known[u, v]
        u, v = u[new], v[new]
        count = len(u)
        if not count:
            return
        self.known[u, v] = self.known[v, u] = True
        owner, column = np.nonzero(self.inside[:, u] & self.inside[:, v])
        column, row, times = _counted(column, self.owner[owner], len(self.cuts))
        each = np.arange(count)
        index = np.concatenate((u, v, self.nodes + row))
        value = np.concatenate((np.ones(2 * count), times))
        by_column = np.argsort(np.concatenate((each, each, column)), kind="stable")
        starts = np.searchsorted(np.concatenate((each, each, column))[by_column], each).astype(np.int32)
        cost, must = self.prices.cost(u, v), ((v == self.prices.dummy) & np.isin(u, self.prices.fixed)).astype(float)
        index, value = index[by_column].astype(np.int32), value[by_column]
        self.highs.addCols(count, cost, must, np.ones(count), len(index), starts, index, value)
        self.entries = np.hstack((self.entries, (row, len(self.u) + column, times)))
        self.u, self.v = np.append(self.u, u), np.append(self.v, v)
        self.cost, self.low = np.append(self.cost, cost), np.append(self.low, must)
        self.high = np.ones(len(self.cost))
        self.now = np.hstack((self.now, (must, np.ones(count))))

    def drop_edges(self, gone: Array) -> None:
        """Take the columns out that are marked."""
        drop = np.flatnonzero(gone).astype(np.int32)
        self.highs.deleteCols(len(drop), drop)
        self.known[self.u[gone], self.v[gone]] = self.known[self.v[gone], self.u[gone]] = False
        row, column, times = self.entries
        kept = ~gone[column]
        self.entries = np.stack((row[kept], (np.cumsum(~gone) - 1)[column[kept]], times[kept]))
        self.u, self.v, self.cost = self.u[~gone], self.v[~gone], self.cost[~gone]
        self.low, self.high, self.now = self.low[~gone], self.high[~gone], self.now[:, ~gone]

    def limit(self, low: Array, high: Array) -> None:
        """Use each edge between ``low`` and ``high`` times from now on."""
        changed = np.flatnonzero((low != self.now[0]) | (high != self.now[1])).astype(np.int32)
        self.highs.changeColsBounds(len(changed), changed, low[changed], high[changed])
        self.now = np.stack((low, high))

    def add_cuts(self, cuts: list[Cut]) -> None:
        """A row for each cut."""
        first, count = len(self.cuts), len(cuts)
        owner = np.repeat(np.arange(count), [len(cut.sets) for cut in cuts])
        inside = np.zeros((len(owner), self.nodes), bool)
        for i, members in enumerate(members for cut in cuts for members in cut.sets):
            inside[i, members] = True
        which, column = self._edges_inside(inside)
        row, column, times = _counted(owner[which], column, len(self.u))
        starts = np.searchsorted(row, np.arange(count)).astype(np.int32)
        most = np.array([float(cut.most) for cut in cuts])
        none = np.full(count, -np.inf)
        self.highs.addRows(count, none, most, len(row), starts, column.astype(np.int32), times.astype(float))
        self.entries = np.hstack((self.entries, (first + row, column, times)))
        self.inside, self.owner = np.vstack((self.inside, inside)), np.append(self.owner, first + owner)
        self.most, self.age = np.append(self.most, most), np.append(self.age, np.zeros(count, np.int64))
        self.sizes = np.append(self.sizes, np.bincount(owner, inside.sum(axis=1), count))
        self.cuts += cuts

    def _edges_inside(self, inside: Array) -> tuple[Array, Array]:
        """Pairs of a set and a column whose edge lies inside it: both of its ends do."""
        from scipy.sparse import csr_array

        each = np.arange(len(self.u))
        column, node = np.concatenate((each, each)), np.concatenate((self.u, self.v))
        ends = csr_array((np.ones(len(node), np.int8), (node, column)), shape=(self.nodes, len(self.u)))
        met = (csr_array(inside.astype(np.int8)) @ ends).tocoo()
        both = met.data == 2
        return met.coords[0][both].astype(np.int64), met.coords[1][both].astype(np.int64)

    def purge(self) -> None:
        """Drop cuts that have been slack for some rounds: they are in no basis, so it stays one."""
        activity = np.array(self.highs.getSolution().row_value)[self.nodes :]
        self.age = np.where(activity < self.most - _SLACK, self.age + 1, 0)
        old = self.age > _ROUNDS_SLACK
        if not 5 * old.sum() > len(old):
            return
        drop = (self.nodes + np.flatnonzero(old)).astype(np.int32)
        self.highs.deleteRows(len(drop), drop)
        place = np.cumsum(~old) - 1
        row, column, times = self.entries
        kept, sets = ~old[row], ~old[self.owner]
        self.entries = np.stack((place[row[kept]], column[kept], times[kept]))
        self.inside, self.owner = self.inside[sets], place[self.owner[sets]]
        self.most, self.age, self.sizes = self.most[~old], self.age[~old], self.sizes[~old]
        self.cuts = [cut for cut, gone in zip(self.cuts, old.tolist(), strict=True) if not gone]

    def run(self, stop: Stop, iterations: int | None = None) -> Array | None:
        """How much the solution uses each edge; None when time or ``iterations`` are up, or nothing meets all rows.

        HiGHS pauses now and then, and goes on from where it was: an interrupt from the keyboard gets its turn.
        """
        import highspy

        status = highspy.HighsModelStatus
        self.highs.setOptionValue("simplex_iteration_limit", iterations or _ITERATIONS)
        while True:
            self.highs.setOptionValue("time_limit", self.highs.getRunTime() + max(min(stop.remaining(), 1e6), 1e-3))
            self.highs.run()
            state = self.highs.getModelStatus()
            if state != status.kIterationLimit or iterations is not None or stop():
                break
        return np.array(self.highs.getSolution().col_value) if state == status.kOptimal else None

    def hurry(self) -> None:
        """Use weights that cost nothing to begin with: for many short runs."""
        self.highs.setOptionValue("simplex_dual_edge_weight_strategy", _DEVEX)

    def duals(self) -> Duals:
        """Of the last solution; zeros where it was stopped before there were any."""
        dual = np.array(self.highs.getSolution().row_dual)
        if len(dual) != self.nodes + len(self.cuts) or not np.all(np.isfinite(dual)):
            dual = np.zeros(self.nodes + len(self.cuts))
        node, of_cut = dual[: self.nodes], np.minimum(dual[self.nodes :], 0)
        used = of_cut[self.owner] < 0
        constant = 2 * node.sum() + of_cut @ self.most
        return Duals(node, self.inside[used], of_cut[self.owner[used]], float(constant))

    def bound(self, dual: Array, low: Array, high: Array, cost: Array | float) -> float:
        """What no choice of the program's edges within these limits costs less than, from a dual of each row alone."""
        node, of_cut = dual[: self.nodes], np.minimum(dual[self.nodes :], 0)
        row, column, times = self.entries
        reduced = cost - node[self.u] - node[self.v]
        reduced -= np.bincount(column, of_cut[row] * times, len(self.u))
        room = float(of_cut @ self.most)
        value = 2 * node.sum() + room + (low * reduced + (high - low) * np.minimum(reduced, 0)).sum()
        size = 2 * np.abs(node).sum() - of_cut @ self.sizes
        return float(value - 1e-14 * (self.nodes * size + abs(room)))


def solver() -> Any:
    """A silent HiGHS on one thread, so that the same input gives the same answer."""
    import highspy

    highs = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("random_seed", 0)):
        highs.setOptionValue(name, value)
    return highs


def _nothing() -> tuple[Array, Array, Array]:
    return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0)


def _counted(major: Array, minor: Array, width: int) -> tuple[Array, Array, Array]:
    """Pairs in ascending order, each once, and how often it came."""
    key, times = np.unique(major * max(width, 1) + minor, return_counts=True)
    return key // max(width, 1), key % max(width, 1), times
