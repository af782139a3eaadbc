"""Christofides' tree and matching, in the form for a path with free ends; networkx finds the matching."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.problem.ascent import least_tree
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """A shortest tree, the rows of odd degree matched but for two, and the walk through all of it with shortcuts.

    Christofides' (1976) tour cannot be had by a dummy row at distance 0: that breaks the triangle inequality, and the
    bound with it. Hoogeveen's (1991) form for paths needs no dummy: the least matching of the odd rows that leaves any
    two of them over makes the tree a walk from one to the other. In a true metric (hamming, euclidean) the order is at
    most 3/2 of the shortest; for correlation, cosine and dot, which are none, nothing is promised.

    Ties are broken by row index in the tree, and as networkx does in the matching.
    """
    if problem.size < 3:
        return np.arange(problem.size)
    pairs = _tree(problem)
    odd = np.flatnonzero(np.bincount(np.array(pairs).ravel(), minlength=problem.size) % 2)
    return _walk(problem.size, [*pairs, *_matching(problem, odd)])


def _tree(problem: Problem) -> list[tuple[int, int]]:
    """The edges of the least spanning tree."""
    u, v = least_tree(problem.distances, np.zeros(problem.size))
    return list(zip(u.tolist(), v.tolist(), strict=True))


def _matching(problem: Problem, odd: Rows) -> list[tuple[int, int]]:
    """The least matching of the odd rows that leaves two over."""
    import networkx

    if len(odd) < 3:
        return []
    graph = networkx.Graph()
    a, b = np.triu_indices(len(odd), 1)
    far = problem.distances[odd[a], odd[b]]
    # networkx takes distances off the largest plus 1, where very small ones would drown.
    far = far / (far.max() or 1.0)
    graph.add_weighted_edges_from(zip(odd[a].tolist(), odd[b].tolist(), far.tolist(), strict=True))
    # Two partners that cost nothing take the two rows that are left over; they may not take each other.
    graph.add_weighted_edges_from((partner, row, 0) for partner in (-1, -2) for row in odd.tolist())
    matched = networkx.min_weight_matching(graph)
    return sorted((min(pair), max(pair)) for pair in matched if min(pair) >= 0)


def _walk(size: int, pairs: list[tuple[int, int]]) -> Rows:
    """Each row where a walk along all pairs first meets it (Hierholzer 1873)."""
    links: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for name, (a, b) in enumerate(pairs):
        links[a].append((b, name))
        links[b].append((a, name))
    used = [False] * len(pairs)
    here = next((row for row in range(size) if len(links[row]) % 2), 0)
    stack, walk = [here], []
    while stack:
        here = stack[-1]
        while links[here] and used[links[here][-1][1]]:
            links[here].pop()
        if links[here]:
            row, name = links[here].pop()
            used[name] = True
            stack.append(row)
        else:
            walk.append(stack.pop())
    return np.array(list(dict.fromkeys(walk)))
