"""Short links first: the greedy matching of ends, as Kruskal grows a tree."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.problem import Problem, Rows
from stateviz.ordering.stop import Stop

_BATCH = 4096


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Take pairs of rows by ascending distance and link each that joins the ends of two pieces, until one is left.

    Also known as the multi-fragment heuristic (Bentley 1992). Ties: the pair of lower rows. It begins at the end of
    lower row index.

    Only ends of pieces can be linked, and an end knows the other end of its piece: that is all there is to look up.
    Pairs that met a full row are struck out in batches, so that few of the n (n - 1) / 2 are looked at one by one.
    """
    size = problem.size
    u, v = np.triu_indices(size, 1)
    by_length = np.argsort(problem.distances[u, v], kind="stable")
    u, v = u[by_length].astype(np.int32), v[by_length].astype(np.int32)
    other = list(range(size))
    beside: list[list[int]] = [[] for _ in range(size)]
    missing = size - 1
    while missing:
        batch = max(_BATCH, len(u) // 16)
        for a, b in zip(u[:batch].tolist(), v[:batch].tolist(), strict=True):
            if len(beside[a]) == 2 or len(beside[b]) == 2 or other[a] == b:
                continue
            beside[a].append(b)
            beside[b].append(a)
            far, near = other[a], other[b]
            other[far], other[near] = near, far
            missing -= 1
        free = np.array([2 - len(links) for links in beside])
        ends = np.array(other)
        open_ = (free[u[batch:]] > 0) & (free[v[batch:]] > 0) & (ends[u[batch:]] != v[batch:])
        u, v = u[batch:][open_], v[batch:][open_]
    return _walk(beside)


def _walk(beside: list[list[int]]) -> Rows:
    """The rows of one path, given the one or two that each is linked to."""
    before, here = -1, next((row for row, links in enumerate(beside) if len(links) < 2), 0)
    path = [here]
    while len(path) < len(beside):
        before, here = here, next(row for row in beside[here] if row != before)
        path.append(here)
    return np.array(path)
