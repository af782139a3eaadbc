"""Nearest neighbours of every row: from the square matrix, or from blocked products and ranked exactly."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from stateviz.ordering.problem.arrays import Floats, Ints, Nodes, Singles
from stateviz.ordering.problem.problem import Problem
from stateviz.ordering.problem.row_problem import RowProblem, check_compiled, compiled_costs
from stateviz.ordering.problem.stop import Stop
from stateviz.similarity.pairs import ProductPairs

AXES = 160
"""Rows are shortened to this many numbers to find candidates among many: products take a fraction of the time."""

_EXACT = 2e11  # multiply-adds up to which rows are not shortened
_SAMPLE = 1500  # rows that the axes are taken from
_CANDIDATES = 3  # found by shortened rows for each neighbour wanted
_ROUNDS = 1  # of offering nearest neighbours of nearest neighbours
_BLOCK = 256  # rows whose products with all others are held at a time, by each thread
_RANKED = 2048  # rows ranked at a time
_ROWS_AT_ONCE = 512


class OutOfTime(Exception):
    """Time was up before nearest neighbours were found."""


class Neighbours:
    """Finds nearest neighbours, among all or among some.

    Parameters
    ----------
    problem
        Without a square matrix its rows are kept once more, as float32 or as packed bits; products take
        another 256 rows x n x 4 bytes a thread, and each list 12 bytes a neighbour.
    stop
        Asked between blocks of rows: nearest neighbours of 100,000 take a minute or two.

    Examples
    --------
    >>> at = np.array([0.0, 1.0, 5.0, 7.0])
    >>> near, away = Neighbours(Problem(np.abs(at[:, None] - at))).lists(2)
    >>> near.tolist(), away.tolist()
    ([[1, 2], [0, 2], [3, 1], [2, 1]], [[1.0, 5.0], [1.0, 4.0], [2.0, 4.0], [2.0, 6.0]])
    """

    def __init__(self, problem: Problem, stop: Stop | None = None) -> None:
        from stateviz.ordering.problem.kernels.costs import Costs

        self.stop = Stop() if stop is None else stop
        self.size = problem.size
        self.short: Singles | None = None
        if isinstance(problem, RowProblem):
            if problem.metric is not None:
                check_compiled(problem.metric)
            self.costs = compiled_costs(problem.products)
            self.flip = problem.flip
            self.short, self.norms = _shortened(problem.products)
        else:
            square = np.ascontiguousarray(problem.distances, np.float64)
            empty = np.zeros((0, 0), np.float32), np.zeros((0, 0), np.uint64)
            self.costs = Costs(square, *empty, np.zeros(self.size + 1), (0.0, 0.0, 1.0, 0.0))

    def lists(self, count: int, among: Ints | None = None) -> tuple[Nodes, Floats]:
        """The ``count`` nearest rows of each row and their distances, ascending; both of shape (rows, count).

        Parameters
        ----------
        among : array of int, optional
            Only these rows, and only nearest neighbours among them; the lists name places in ``among``.
        """
        size = self.size if among is None else len(among)
        near, away = np.empty((size, min(count, size - 1)), np.int32), np.empty((size, min(count, size - 1)))
        if self.short is None:
            from stateviz.ordering.problem.kernels.nearest import nearest_in_square

            square = self.costs.square
            square = square if among is None else np.ascontiguousarray(square[np.ix_(among, among)])
            nearest_in_square(square, np.zeros(size), near, away)
            return near, away
        return self._ranked(near, away, among)

    def _ranked(self, near: Nodes, away: Floats, among: Ints | None) -> tuple[Nodes, Floats]:
        """The nearest by shortened rows, ranked by true distance, and made better by their own nearest neighbours."""
        from stateviz.ordering.problem.kernels.nearest import rank, refine

        size, width = near.shape
        found = self._candidates(min(_CANDIDATES * width, size - 1), among)
        costs = self.costs
        if among is not None:
            bits = costs.bits[among] if len(costs.bits) else costs.bits
            rows = costs.rows[among] if len(costs.rows) else costs.rows
            costs = costs._replace(rows=rows, bits=bits, penalty=np.zeros(size + 1))
        in_blocks(size, _RANKED, lambda i, j: rank(costs, found, i, j, near, away), self.stop)
        for _ in range(_ROUNDS if among is None else 0):
            old = near.copy()

            def refined(i: int, j: int, old: Nodes = old) -> None:
                refine(costs, old, i, j, near, away)

            in_blocks(size, _RANKED, refined, self.stop)
        return near, away

    def _candidates(self, width: int, among: Ints | None) -> Nodes:
        from stateviz.ordering.problem.kernels.nearest import nearest_in_products

        assert self.short is not None
        short, norms = (self.short, self.norms) if among is None else (self.short[among], self.norms[among])
        found = np.empty((len(short), width), np.int32)

        def search(i: int, j: int) -> None:
            keys = np.empty((j - i, width), np.float32)
            nearest_in_products(short[i:j] @ short.T, norms, i, self.flip, found[i:j], keys)

        in_blocks(len(short), _BLOCK, search, self.stop)
        return found


def in_blocks(size: int, block: int, work: Callable[[int, int], None], stop: Stop) -> None:
    """Call ``work(begin, end)`` for blocks of rows, on all processors; each writes what is its own.

    Raises
    ------
    OutOfTime
        When ``stop`` says so before all are done.
    """
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        for done, _ in enumerate(pool.map(lambda i: work(i, min(i + block, size)), range(0, size, block)), 1):
            stop.tell(done=min(1.0, done * block / size))
            if stop():
                raise OutOfTime
    finally:  # also on Ctrl-C
        pool.shutdown(cancel_futures=True)


def _shortened(pairs: ProductPairs) -> tuple[Singles, Singles]:
    """Rows on their principal axes, float32, and what to add to -2 times their products to rank by distance.

    The axes are those of a sample of the rows. Where that takes no longer, rows are left as they are.
    """
    size, steps = pairs.values.shape
    blocks = [np.arange(i, min(i + 4096, size)) for i in range(0, size, 4096)]
    axes = None
    if steps > AXES and float(size) ** 2 * steps > _EXACT:
        sample = pairs.prepared(np.linspace(0, size - 1, _SAMPLE).astype(np.int64))
        values, vectors = np.linalg.eigh(sample @ sample.T)
        kept = values[-AXES:] > 1e-12 * values[-1]
        axes = (sample.T @ vectors[:, -AXES:][:, kept] / np.sqrt(values[-AXES:][kept])).astype(np.float32)
    short = np.empty((size, steps if axes is None else axes.shape[1]), np.float32)
    norms = np.zeros(size, np.float32)
    for rows in blocks:
        block = pairs.prepared(rows)
        if pairs.cost.kind == "root":
            norms[rows] = np.einsum("ij,ij->i", block, block)
        short[rows] = block if axes is None else block.astype(np.float32) @ axes
    return short, norms


def near_pairs(problem: Problem, count: int) -> tuple[Ints, Ints]:
    """Each row, ``count`` times, and its nearest others, in no order.

    Examples
    --------
    >>> u, v = near_pairs(Problem(np.abs(np.subtract.outer([5, 1, 4, 2], [5, 1, 4, 2]))), 1)
    >>> u.tolist(), v.tolist()
    ([0, 1, 2, 3], [2, 3, 0, 1])
    """
    size = problem.size
    count = min(count, size - 1)
    near = np.empty((size, count), np.int64)
    for i in range(0, size, _ROWS_AT_ONCE):
        away = problem.distances[i : i + _ROWS_AT_ONCE].astype(np.float64)
        away[np.arange(len(away)), i + np.arange(len(away))] = np.inf
        near[i : i + _ROWS_AT_ONCE] = np.argpartition(away, count - 1, axis=1)[:, :count]
    return np.repeat(np.arange(size), count), near.ravel()
