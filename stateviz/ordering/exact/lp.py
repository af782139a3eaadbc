"""Program: a linear program in HiGHS with a row for each node and cut, and a column for each promising edge."""

from __future__ import annotations

from copy import copy
from typing import Any, TypeAlias

import numpy as np

from stateviz.ordering.exact.cuts import Cut
from stateviz.ordering.exact.pricing import Duals, Prices
from stateviz.ordering.problem.arrays import Bools, Counts, Floats, Ints, Nodes
from stateviz.ordering.problem.stop import Stop

Entries: TypeAlias = tuple[Ints, Ints, Floats]
_SLACK = 1e-3
_ROUNDS_SLACK = 2
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
    active : array of int, shape (active,)
        Columns that HiGHS knows, in its order; the others stay at 0.
    place : array of int, shape (edges,)
        Where in ``active`` each column is, or -1.
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
        self.turned = np.zeros(0, bool)  # sets whose edges are counted by those that leave
        self.entries: Entries = self.owner, self.owner, self.most  # cut, column and how often it counts
        self.active = self.place = np.zeros(0, np.int64)
        self.highs = solver()
        self.highs.addRows(self.nodes, np.full(self.nodes, 2.0), np.full(self.nodes, 2.0), 0, *_nothing())

    def copy(self) -> Program:
        """Another program of the same columns and rows, with the same basis if there is one: it may go its own way."""
        other = copy(self)
        other.known, other.place, other.cuts = self.known.copy(), self.place.copy(), self.cuts.copy()
        other.highs = solver()
        other.highs.passModel(self.highs.getLp())
        basis = self.highs.getBasis()
        if basis.valid:
            other.highs.setBasis(basis)
        return other

    def add_edges(self, u: Ints, v: Ints, *, inactive: bool = False) -> None:
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
        row, column, times = _counted(self._ends_in(self.inside, u, v), self.turned, self.owner, count)
        self.entries = _stacked(self.entries, (row, len(self.u) + column, times))
        must = ((v == self.prices.dummy) & np.isin(u, self.prices.fixed)).astype(float)
        self.u, self.v = np.append(self.u, u), np.append(self.v, v)
        self.cost, self.low = np.append(self.cost, self.prices.cost(u, v)), np.append(self.low, must)
        self.high = np.ones(len(self.cost))
        self.now = np.hstack((self.now, (must, np.ones(count))))
        self.place = np.append(self.place, np.full(count, -1))
        fresh = np.arange(len(self.u) - count, len(self.u))
        self.activate(fresh[must > 0] if inactive else fresh)

    def activate(self, columns: Ints) -> None:
        """Let the program use some columns that were inactive."""
        count = len(columns)
        if not count:
            return
        self.place[columns] = len(self.active) + np.arange(count)
        self.active = np.append(self.active, columns)
        each = np.full(len(self.u), -1)
        each[columns] = np.arange(count)
        row, column, times = self.entries
        some = each[column] >= 0
        u, v = self.u[columns], self.v[columns]
        column = np.concatenate((np.arange(count), np.arange(count), each[column[some]]))
        index = np.concatenate((u, v, self.nodes + row[some]))
        by_column = np.argsort(column, kind="stable")
        starts = np.searchsorted(column[by_column], np.arange(count)).astype(np.int32)
        index = index[by_column].astype(np.int32)
        value = np.concatenate((np.ones(2 * count), times[some]))[by_column]
        low, high = self.now[:, columns]
        self.highs.addCols(count, self.cost[columns], low, high, len(index), starts, index, value)

    def deactivate(self, inactive: Bools) -> None:
        """Let the program not use the columns that are marked until they are activated: they stay at 0."""
        drop = np.flatnonzero(inactive[self.active]).astype(np.int32)
        self.highs.deleteCols(len(drop), drop)
        self.active = self.active[~inactive[self.active]]
        self._find_places()

    def _find_places(self) -> None:
        self.place = np.full(len(self.u), -1)
        self.place[self.active] = np.arange(len(self.active))

    def drop_edges(self, gone: Bools) -> None:
        """Take the columns out that are marked."""
        self.deactivate(gone)
        self.known[self.u[gone], self.v[gone]] = self.known[self.v[gone], self.u[gone]] = False
        row, column, times = self.entries
        kept, new = ~gone[column], np.cumsum(~gone) - 1
        self.entries = row[kept], new[column[kept]], times[kept]
        self.active = new[self.active]
        self.u, self.v, self.cost = self.u[~gone], self.v[~gone], self.cost[~gone]
        self.low, self.high, self.now = self.low[~gone], self.high[~gone], self.now[:, ~gone]
        self._find_places()

    def limit(self, low: Floats, high: Floats) -> None:
        """Use each edge between ``low`` and ``high`` times from now on."""
        changed = np.flatnonzero(((low != self.now[0]) | (high != self.now[1])) & (self.place >= 0))
        self.highs.changeColsBounds(len(changed), self.place[changed].astype(np.int32), low[changed], high[changed])
        self.now = np.stack((low, high))
        self.activate(np.flatnonzero((low > 0) & (self.place < 0)))

    def add_cuts(self, cuts: list[Cut]) -> None:
        """A row for each cut."""
        first, count = len(self.cuts), len(cuts)
        owner = np.repeat(np.arange(count), [len(cut.sets) for cut in cuts])
        inside = np.zeros((len(owner), self.nodes), bool)
        for i, members in enumerate(members for cut in cuts for members in cut.sets):
            inside[i, members] = True
        met = self._ends_in(inside, self.u, self.v)
        # Fewer entries: the edges inside a set, or those that leave it.
        turned = np.bincount(met[0], np.where(met[2] == 2, 1.0, -1.0), len(inside)) > 0
        row, column, times = _counted(met, turned, owner, len(self.u))
        most = np.array([float(cut.most) for cut in cuts])
        most -= np.bincount(owner[turned], inside[turned].sum(axis=1), count)
        active = self.place[column] >= 0
        starts = np.searchsorted(row[active], np.arange(count)).astype(np.int32)
        index = self.place[column[active]].astype(np.int32)
        self.highs.addRows(count, np.full(count, -np.inf), most, len(index), starts, index, times[active])
        self.entries = _stacked(self.entries, (first + row, column, times))
        self.inside, self.owner = np.vstack((self.inside, inside)), np.append(self.owner, first + owner)
        self.turned = np.append(self.turned, turned)
        self.most, self.age = np.append(self.most, most), np.append(self.age, np.zeros(count, np.int64))
        self.sizes = np.append(self.sizes, np.bincount(owner, inside.sum(axis=1), count))
        self.cuts += cuts

    def _ends_in(self, inside: Bools, u: Ints, v: Ints) -> tuple[Ints, Ints, Counts]:
        """How many ends of each edge are in each set, where there are any: sets, edges and ends."""
        from scipy.sparse import csr_array

        each = np.arange(len(u))
        column, node = np.concatenate((each, each)), np.concatenate((u, v))
        ends = csr_array((np.ones(len(node), np.int8), (node, column)), shape=(self.nodes, len(u)))
        met = (csr_array(inside.astype(np.int8)) @ ends).tocoo()
        return met.coords[0].astype(np.int64), met.coords[1].astype(np.int64), met.data

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
        self.entries = place[row[kept]], column[kept], times[kept]
        self.inside, self.owner, self.turned = self.inside[sets], place[self.owner[sets]], self.turned[sets]
        self.most, self.age, self.sizes = self.most[~old], self.age[~old], self.sizes[~old]
        self.cuts = [cut for cut, gone in zip(self.cuts, old.tolist(), strict=True) if not gone]

    def run(self, stop: Stop, iterations: int | None = None) -> Floats | None:
        """How much the solution uses each edge; None when time or ``iterations`` are up, or nothing meets all rows.

        HiGHS pauses now and then, and goes on from where it was, so that Ctrl-C is handled.
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
        if state != status.kOptimal:
            return None
        x = np.zeros(len(self.u))
        x[self.active] = self.highs.getSolution().col_value
        return x

    def duals(self) -> Duals:
        """Of the last solution; zeros where it was stopped before there were any."""
        dual = np.array(self.highs.getSolution().row_dual)
        if len(dual) != self.nodes + len(self.cuts) or not np.all(np.isfinite(dual)):
            dual = np.zeros(self.nodes + len(self.cuts))
        node, of_cut = dual[: self.nodes], np.minimum(dual[self.nodes :], 0)
        constant = 2 * node.sum() + of_cut @ self.most
        weight = of_cut[self.owner]
        turned = self.turned & (weight < 0)
        # Half the edges that leave a set, less two for each of its nodes, are the edges inside.
        node = node - 0.5 * (weight[turned] @ self.inside[turned])
        used = weight < 0
        return Duals(node, self.inside[used], weight[used], float(constant))

    def reduced(self, dual: Floats, cost: Floats | float) -> Floats:
        """What using each edge adds to its cost under a dual of each row, inactive or not."""
        node, of_cut = dual[: self.nodes], np.minimum(dual[self.nodes :], 0)
        row, column, times = self.entries
        paid = np.bincount(column, of_cut[row] * times, len(self.u))
        return np.asarray(cost - node[self.u] - node[self.v] - paid)

    def bound(self, dual: Floats, low: Floats, high: Floats, reduced: Floats) -> float:
        """What no choice of the program's edges within these limits costs less than, from a dual of each row alone."""
        node, of_cut = dual[: self.nodes], np.minimum(dual[self.nodes :], 0)
        room = float(of_cut @ self.most)
        value = 2 * node.sum() + room + (low * reduced + (high - low) * np.minimum(reduced, 0)).sum()
        size = 2 * np.abs(node).sum() - of_cut @ self.sizes
        return float(value - 1e-14 * (self.nodes * size + abs(room)))


def solver() -> Any:
    """A silent HiGHS on one thread, so that the same input gives the same answer, and quick at many short runs."""
    import highspy

    highs = highspy.Highs()
    settings = {"output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0}
    # Weights that cost nothing to begin with: each run begins anew.
    for name, value in (settings | {"simplex_dual_edge_weight_strategy": _DEVEX}).items():
        highs.setOptionValue(name, value)
    return highs


def _nothing() -> tuple[Nodes, Nodes, Floats]:
    return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0)


def _counted(met: tuple[Ints, Ints, Counts], turned: Bools, owner: Ints, width: int) -> Entries:
    """How often edges count in cuts, ascending: once inside a set, or half of less than nothing where they leave it."""
    which, column, ends = met
    used = (ends == 1) == turned[which]
    which, column = which[used], column[used]
    key, place = np.unique(owner[which] * width + column, return_inverse=True)
    times = np.bincount(place, np.where(turned[which], -0.5, 1.0), len(key))
    kept = times != 0
    return key[kept] // width, key[kept] % width, times[kept]


def _stacked(first: Entries, second: Entries) -> Entries:
    (row, column, times), (row2, column2, times2) = first, second
    return np.concatenate((row, row2)), np.concatenate((column, column2)), np.concatenate((times, times2))
