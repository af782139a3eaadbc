"""The shortest order of the leaves of a tree, by a dynamic program over the rows at both ends of each branch."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError
from stateviz.ordering.problem.arrays import Numbers
from stateviz.ordering.problem.problem import Rows
from stateviz.ordering.problem.stop import Stop

Costs = NDArray[np.float64]
Span = tuple[int, int]

_CELLS, _FEW = 2**15, 32
"""How many sums are made at a time, so that they stay in the cache; terms that are few enough to take one by one."""


def optimal_leaf_order(tree: ArrayLike, distances: Numbers, *, stop: Stop | None = None) -> Rows:
    """The shortest of the 2 ** (n - 1) orders in which a binary tree can be drawn without crossings.

    ``least[i, j]`` is the length of the shortest order of a branch that begins with row i and ends with row j, which
    lie on its two sides. It is the min-plus product of what is known of the sides and of the distances between them
    (Bar-Joseph, Gifford & Jaakkola 2001). Every pair of rows parts in one branch only, so one n x n matrix holds all;
    the work is of order n ** 3. Branches are taken in the order of the merges, not by recursion: depth does no harm.
    Rows are numbered along the tree first, which makes every branch a slice.

    Parameters
    ----------
    tree : array, shape (n - 1, 2 or more)
        Merges as scipy's ``linkage`` has them: line k joins the branches in its first two columns into branch n + k.
    distances : array, shape (n, n)
    stop : Stop, optional
        When time is up, the leaves come in the order of the tree as it is.

    Returns
    -------
    array of int, shape (n,)

    Raises
    ------
    InputError
        When the merges are not those of one tree over all rows.

    Examples
    --------
    >>> at = np.array([3.0, 0.0, 4.0, 1.0])
    >>> optimal_leaf_order([[0, 2], [1, 3], [4, 5]], np.abs(at[:, None] - at)).tolist()
    [2, 0, 3, 1]
    """
    stop = Stop() if stop is None else stop
    sides = _sides(tree, len(distances))
    leaves, spans = _along(sides, len(distances))
    far = np.ascontiguousarray(np.asarray(distances, np.float64)[np.ix_(leaves, leaves)])
    least = np.full(far.shape, np.inf)
    np.fill_diagonal(least, 0)
    try:
        for left, right in sides:
            if stop():
                return leaves
            _join(least, far, _ends(sides, spans, left), _ends(sides, spans, right), stop)
    except TimeoutError:
        return leaves
    return leaves[_traced(least, far, sides, spans)] if sides else leaves


def _sides(tree: ArrayLike, size: int) -> list[tuple[int, int]]:
    """The two branches each merge joins, checked."""
    merges = np.asarray(tree)
    if size == 1 and merges.size == 0:
        return []
    if merges.ndim != 2 or merges.shape[0] != size - 1 or merges.shape[1] < 2:
        raise InputError(f"a tree over {size} rows has {size - 1} merges of two branches, got shape {merges.shape}")
    pairs = merges[:, :2].astype(np.int64)
    known = np.arange(size, 2 * size - 1)
    if not np.array_equal(np.sort(pairs, axis=None), np.arange(2 * size - 2)) or np.any(pairs.max(axis=1) >= known):
        raise InputError(f"the merges are not one tree over {size} rows: each branch is joined once, after it is made")
    return [(int(a), int(b)) for a, b in pairs]


def _along(sides: list[tuple[int, int]], size: int) -> tuple[Rows, list[Span]]:
    """The rows in the order of the tree as it is, and from which place to which each branch reaches."""
    count = [1] * size
    for left, right in sides:
        count.append(count[left] + count[right])
    begin = [0] * len(count)
    for branch in range(len(count) - 1, size - 1, -1):
        left, right = sides[branch - size]
        begin[left], begin[right] = begin[branch], begin[branch] + count[left]
    leaves = np.empty(size, np.int64)
    leaves[begin[:size]] = np.arange(size)
    return leaves, [(at, at + many) for at, many in zip(begin, count, strict=True)]


def _ends(sides: list[tuple[int, int]], spans: list[Span], branch: int) -> list[tuple[slice, slice]]:
    """(places of one end, places of the other) of a branch, both ways round; a leaf is its own other end."""
    own = branch - len(sides) - 1
    if own < 0:
        return [(slice(*spans[branch]), slice(*spans[branch]))]
    first, second = (slice(*spans[side]) for side in sides[own])
    return [(first, second), (second, first)]


def _join(
    least: Costs, far: Costs, left: list[tuple[slice, slice]], right: list[tuple[slice, slice]], stop: Stop
) -> None:
    """Fill in the least length from each place on the left side to each on the right, and back."""
    begin = min(outer.start for outer, _ in right)
    columns = slice(begin, max(outer.stop for outer, _ in right))
    for outer, inner in left:
        # From an end on the left to one in the middle, over to the right, and on to an end on the right.
        across = min_plus(least[outer, inner], far[inner, columns], stop)
        for end, facing in right:
            part = across[:, facing.start - begin : facing.stop - begin]
            least[outer, end] = min_plus(part, least[facing, end], stop)
            least[end, outer] = least[outer, end].T


def min_plus(a: Costs, b: Costs, stop: Stop | None = None) -> Costs:
    """``result[i, j] = min_k a[i, k] + b[k, j]``, in blocks that stay in the cache; TimeoutError when time is up.

    Examples
    --------
    >>> min_plus(np.array([[0.0, 3.0]]), np.array([[5.0, 9.0], [1.0, 1.0]])).tolist()
    [[4.0, 4.0]]
    """
    (rows, inner), columns = a.shape, b.shape[1]
    if columns > rows:
        return min_plus(b.T, a.T, stop).T
    stop = Stop() if stop is None else stop
    result = np.empty((rows, columns))
    if inner <= min(columns, _FEW):  # each term is added to all sums at once
        a, b, sums = np.ascontiguousarray(a), np.ascontiguousarray(b), np.empty_like(result)
        np.add(a[:, :1], b[:1], out=result)
        for k in range(1, inner):
            if stop():
                raise TimeoutError
            np.add(a[:, k : k + 1], b[k], out=sums)
            np.minimum(result, sums, out=result)
        return result
    block = max(1, _CELLS // inner)
    turned = np.ascontiguousarray(b.T)
    for begin in range(0, rows, block):
        part = np.ascontiguousarray(a[begin : begin + block])
        sums = np.empty(part.shape)
        for column in range(columns):
            if stop():
                raise TimeoutError
            np.add(part, turned[column], out=sums)
            sums.min(axis=1, out=result[begin : begin + block, column])
    return result


def _traced(least: Costs, far: Costs, sides: list[tuple[int, int]], spans: list[Span]) -> list[int]:
    """The places behind the least length: from the root down, the two that meet in the middle of each branch."""
    size = len(far)
    rows, columns = (slice(*spans[side]) for side in sides[-1])
    order: list[int] = []
    todo = [(2 * size - 2, *_argmin(least[rows, columns], rows.start, columns.start))]
    while todo:  # branches still to be laid out, the next one last
        branch, first, last = todo.pop()
        if branch < size:
            order.append(first)
            continue
        left, right = sides[branch - size]
        if not spans[left][0] <= first < spans[left][1]:
            left, right = right, left
        before, after = _facing(sides, spans, left, first), _facing(sides, spans, right, last)
        total = least[first, before][:, None] + far[before, after] + least[after, last]
        end, begin = _argmin(total, before.start, after.start)
        todo += [(right, begin, last), (left, first, end)]
    return order


def _argmin(total: Costs, row: int, column: int) -> tuple[int, int]:
    """Where the least entry is, counted from (row, column)."""
    i, j = divmod(int(np.argmin(total)), total.shape[1])
    return row + i, column + j


def _facing(sides: list[tuple[int, int]], spans: list[Span], branch: int, end: int) -> slice:
    """The places at which a branch with ``end`` at one end can end on the other."""
    return next(inner for outer, inner in _ends(sides, spans, branch) if outer.start <= end < outer.stop)
