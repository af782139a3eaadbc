"""Nearest neighbours, compiled: from a square or products, ranked by cost, refined by neighbours of neighbours."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.problem.arrays import Floats, Nodes, Singles, Whole
from stateviz.ordering.problem.jit import kernel
from stateviz.ordering.problem.kernels.costs import Costs, cost


@kernel(internal=True)
def sift(keys: Floats | Singles, nodes: Nodes, row: int, count: int, key: float, node: Whole) -> int:
    """Insert into a row of ascending keys that holds ``count``; how many it holds now. Ties: who came first."""
    if count == keys.shape[1]:
        if key >= keys[row, count - 1]:
            return count
        count -= 1
    k = count
    while k > 0 and keys[row, k - 1] > key:
        keys[row, k], nodes[row, k] = keys[row, k - 1], nodes[row, k - 1]
        k -= 1
    keys[row, k], nodes[row, k] = key, node
    return count + 1


@kernel()
def nearest_in_square(square: Floats, penalty: Floats, near: Nodes, away: Floats) -> None:
    """The nearest other rows of each row under the penalties, ascending; ties: the next by index, round the end.

    Copies of a row fill at most half of its list, or a crowd of copies would have no way out. A row at
    distance 0 from most rows is no copy of them.
    """
    size, width = near.shape
    for i in range(size):
        room = 0
        for j in range(size):
            room += square[i, j] == 0
        room = width // 2 if width // 2 < room < size // 2 else size
        count = 0
        for k in range(1, size):
            j = i + k if i + k < size else i + k - size
            key = square[i, j] + penalty[j]
            if count < width or key < away[i, width - 1]:
                if square[i, j] == 0:
                    if room == 0:
                        continue
                    room -= 1
                count = sift(away, near, i, count, key, j)
        for k in range(width):
            away[i, k] += penalty[i]


@kernel()
def nearest_in_products(
    products: Floats | Singles, norms: Floats | Singles, first: int, flip: bool, near: Nodes, keys: Floats | Singles
) -> None:
    """The rows of least ``norm - 2 * product`` for a block of rows that begins at ``first``."""
    size, width = near.shape
    for i in range(size):
        count = 0
        for j in range(products.shape[1]):
            product = abs(products[i, j]) if flip else products[i, j]
            key = norms[j] - 2 * product
            if (count < width or key < keys[i, width - 1]) and j != first + i:
                count = sift(keys, near, i, count, key, j)


@kernel()
def rank(costs: Costs, found: Nodes, begin: int, end: int, near: Nodes, away: Floats) -> None:
    """The cheapest of the nodes ``found`` for each row from ``begin`` to ``end``, ascending."""
    square, rows, bits, penalty, how = costs
    for i in range(begin, end):
        count = 0
        for k in range(found.shape[1]):
            node = np.int64(found[i, k])
            count = sift(away, near, i, count, cost(square, rows, bits, penalty, how, i, node), node)


@kernel()
def refine(costs: Costs, old: Nodes, begin: int, end: int, near: Nodes, away: Floats) -> None:
    """Offer to each row the nearest neighbours of its nearest neighbours (Dong, Moses & Li 2011)."""
    square, rows, bits, penalty, how = costs
    width = old.shape[1]
    seen = np.full(old.shape[0], -1, np.int32)
    for i in range(begin, end):
        seen[i] = i
        for k in range(width):
            seen[old[i, k]] = i
        for k in range(width):
            for m in range(width):
                node = np.int64(old[old[i, k], m])
                if seen[node] != i:
                    seen[node] = i
                    sift(away, near, i, width, cost(square, rows, bits, penalty, how, i, node), node)


@kernel()
def with_dummy(near: Nodes, away: Floats, link: Floats) -> None:
    """Put the dummy among the near nodes of each row, where its cost ``link`` belongs; the last of them goes."""
    size, width = near.shape
    for i in range(size - 1):
        if link[i] < away[i, width - 1]:
            sift(away, near, i, width, link[i], size - 1)
