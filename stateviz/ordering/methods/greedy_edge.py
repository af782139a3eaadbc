"""Short links first: the greedy matching of ends, as Kruskal grows a tree."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from stateviz.ordering.problem.arrays import Numbers
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

_BATCH = 4096
_ALL_PAIRS = 2048  # up to here all pairs of rows are sorted
_NEAR = 14  # nearest neighbours of each beyond that


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Take pairs of rows by ascending distance and link each that joins the ends of two pieces, until one is left.

    Also known as the multi-fragment heuristic (Bentley 1992). Ties: the pair of lower rows. It begins at the end of
    lower row index.

    Beyond 2,048 rows the pairs are those of each row with its 14 nearest, then of each end of a piece with the 14 ends
    nearest to it, and so on; the matrix of all distances is not needed. Out of time, or interrupted, pieces follow one
    another by their lower end.
    """
    pieces = _Pieces(problem.size)
    try:
        if problem.square and problem.size <= _ALL_PAIRS:
            _link_all(pieces, problem.distances)
        else:
            _link_near(pieces, problem, stop)
    except KeyboardInterrupt:
        stop.interrupted = True
    return pieces.rows()


class _Pieces:
    """Pieces of a path: only their ends can be linked, and an end knows the other end of its piece."""

    def __init__(self, size: int) -> None:
        self.other = list(range(size))
        self.beside: list[list[int]] = [[] for _ in range(size)]
        self.missing = size - 1

    def link(self, u: Iterable[int], v: Iterable[int]) -> None:
        """Link each pair in turn that are the ends of two pieces."""
        beside, other = self.beside, self.other
        for a, b in zip(u, v, strict=True):
            if len(beside[a]) == 2 or len(beside[b]) == 2 or other[a] == b or a == b:
                continue
            beside[a].append(b)
            beside[b].append(a)
            far, near = other[a], other[b]
            other[far], other[near] = near, far
            self.missing -= 1

    def ends(self) -> Rows:
        """The rows that have room for a link."""
        return np.flatnonzero([len(links) < 2 for links in self.beside])

    def rows(self) -> Rows:
        """All rows, piece by piece, each from its lower end."""
        path: list[int] = []
        seen = [False] * len(self.beside)
        for end in self.ends().tolist():
            before, here = -1, end
            while here >= 0 and not seen[here]:
                seen[here] = True
                path.append(here)
                before, here = here, next((row for row in self.beside[here] if row != before), -1)
        return np.array(path, np.int64)


def _link_all(pieces: _Pieces, distances: Numbers) -> None:
    """All pairs; those that met a full row are struck out in batches, so that few are looked at one by one."""
    u, v = np.triu_indices(len(distances), 1)
    by_length = np.argsort(distances[u, v], kind="stable")
    u, v = u[by_length].astype(np.int32), v[by_length].astype(np.int32)
    while pieces.missing > 0:
        batch = max(_BATCH, len(u) // 16)
        pieces.link(u[:batch].tolist(), v[:batch].tolist())
        full, other = np.array([len(links) == 2 for links in pieces.beside]), np.array(pieces.other)
        open_ = ~full[u[batch:]] & ~full[v[batch:]] & (other[u[batch:]] != v[batch:])
        u, v = u[batch:][open_], v[batch:][open_]


def _link_near(pieces: _Pieces, problem: Problem, stop: Stop) -> None:
    """Near pairs, then those of near ends, until one piece is left or time is up."""
    from stateviz.ordering.problem.neighbours import Neighbours, OutOfTime

    try:
        neighbours = Neighbours(problem, stop)
        rows: Rows | None = None
        while pieces.missing > 0 and not stop():
            # At least two: the other end of its own piece may be the nearest.
            near, away = neighbours.lists(_NEAR, rows)
            names = np.arange(problem.size) if rows is None else rows
            u, v = np.repeat(names, near.shape[1]), names[near.ravel()]
            by_length = np.lexsort((np.maximum(u, v), np.minimum(u, v), away.ravel()))
            pieces.link(u[by_length].tolist(), v[by_length].tolist())
            rows = pieces.ends()
    except OutOfTime:
        pass
