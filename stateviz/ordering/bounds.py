"""What no order can be shorter than, for any method and size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.ordering.problem import Problem
from stateviz.ordering.stop import Stop
from stateviz.ordering.subtour import Relaxation, near_pairs

RELAXATION_ROWS = 5000
"""Up to here the subtour relaxation takes seconds, and is nearly tight."""

COMB_ROWS = 2500
"""Up to here combs take seconds, too, and leave half of the gap."""

_ROUNDS = 60
_NEIGHBOURS = 8
Array = NDArray[Any]


def lower_bound(problem: Problem, rows: ArrayLike, *, stop: Stop | None = None) -> float | None:
    """No order of ``problem`` with its fixed ends is shorter than this.

    The subtour relaxation up to 5,000 rows, with combs up to 2,500; above that the 1-tree bound. All are priced over
    every pair of rows. Each
    ends by itself, so that the bound does not depend on the machine, unless ``stop`` says so before.

    Parameters
    ----------
    rows : array of int, shape (n,)
        A good order: the better it is, the sooner the bound is found.
    stop
        The bound is safe whenever it is stopped, and the better the later.

    Returns
    -------
    float or None
        None without a matrix of distances: pricing every pair would take longer than ordering them.

    Examples
    --------
    >>> problem = Problem(np.abs(np.subtract.outer([5, 1, 4, 2], [5, 1, 4, 2])))
    >>> lower_bound(problem, [0, 1, 2, 3])
    4
    """
    if not problem.square:
        return None
    stop = Stop() if stop is None else stop
    small, members = problem.collapse()
    place = np.empty(problem.size, np.int64)
    place[np.asarray(rows)] = np.arange(problem.size)
    order = small.pinned(np.argsort([place[m].min() for m in members]))
    bound = small.round_up((small.size - 1) * float(small.lattice[0]))
    if small.size < 3 or small.proves(small.length(order), bound):
        return small.length(order) if small.size < 3 else bound
    if small.size <= RELAXATION_ROWS:
        relaxation = Relaxation(small, order)
        relaxation.solve(stop, small.length(order), tighten=small.size <= COMB_ROWS)
        bound = max(bound, small.round_up(relaxation.bound))
        if relaxation.solved:
            return bound
    return max(bound, small.round_up(one_tree_bound(small, order, stop=stop)))


def one_tree_bound(problem: Problem, rows: ArrayLike, *, stop: Stop | None = None, rounds: int = _ROUNDS) -> float:
    """The 1-tree bound of Held & Karp (1970, 1971): a spanning tree of the rows under node penalties.

    Whatever the penalties, a fixed end is an end.

    A path through all rows is a spanning tree that meets each row twice but for its ends. Penalties on rows met too
    often, refunds on the others, leave the order of paths as it is and make the least tree more like a path. They
    are found on near neighbours; the bound is then the least tree over all pairs.

    Parameters
    ----------
    rows : array of int, shape (n,)
        A good order: its length sets the steps, and its edges keep the neighbours connected.
    rounds
        Steps of the ascent.

    Examples
    --------
    >>> problem = Problem(np.abs(np.subtract.outer([5, 1, 4, 2], [5, 1, 4, 2])))
    >>> one_tree_bound(problem, [0, 1, 2, 3]) <= 4
    True
    """
    stop = Stop() if stop is None else stop
    rows = np.asarray(rows)
    if problem.size < 3:
        return problem.length(rows)
    u, v = _candidates(problem, rows)
    best = -math.inf
    penalty = np.zeros(problem.size)
    for _ in range(3):
        penalty = _ascend(problem, u, v, penalty, problem.length(rows), rounds, stop)
        total, a, b = _least_tree(problem, penalty)
        best = max(best, total)
        key = np.unique(np.concatenate((u, a)) * problem.size + np.concatenate((v, b)))
        if len(key) == len(u) or stop():  # the tree over all pairs uses no pair that was left out
            break
        u, v = key // problem.size, key % problem.size
        rounds //= 2
    return best - 1e-12 * (abs(best) + 2 * float(np.abs(penalty).sum()))


def _candidates(problem: Problem, rows: Array) -> tuple[Array, Array]:
    u, v = near_pairs(problem, _NEIGHBOURS)
    u, v = np.concatenate((u, rows[:-1])), np.concatenate((v, rows[1:]))
    key = np.unique(np.minimum(u, v) * problem.size + np.maximum(u, v))
    return key // problem.size, key % problem.size


def _ascend(problem: Problem, u: Array, v: Array, penalty: Array, upper: float, rounds: int, stop: Stop) -> Array:
    """Penalties under which the least 1-tree of the pairs given is as long as found (subgradient ascent)."""
    if stop():
        return penalty
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    size = problem.size
    cost = problem.distances[u, v].astype(np.float64)
    best, chosen, before = -math.inf, penalty, np.zeros(size)
    scale = 1.0
    since = 0
    for _ in range(rounds):
        if stop():
            break
        weight = cost + penalty[u] + penalty[v]
        least = weight.min()
        # scipy takes a weight of 0 for a missing edge: all are lifted above it.
        lift = 1.0 + abs(least) - least
        tree = minimum_spanning_tree(csr_array((weight + lift, (u, v)), shape=(size, size))).tocoo()
        low = _ends(problem, penalty)
        degree = np.bincount(tree.row, minlength=size) + np.bincount(tree.col, minlength=size)
        degree[low] += 1
        value = float(tree.data.sum() - (size - 1) * lift + penalty[low].sum() - 2 * penalty.sum())
        off = degree - 2
        if value > best:
            best, chosen, since = value, penalty, 0
        else:
            since += 1
            if since == 4:
                scale, since = scale / 2, 0
        square = float((off**2).sum())
        if square == 0:
            break
        direction = 0.7 * off + 0.3 * before  # a share of the last step steadies the ascent (Volgenant & Jonker 1982)
        penalty = penalty + scale * max(upper - value, 1e-6 * abs(upper)) / square * direction
        before = off.astype(np.float64)
    return chosen


def _ends(problem: Problem, penalty: Array) -> Array:
    """The two cheapest edges of the dummy: to the fixed ends, then to the least penalties."""
    key = penalty.copy()
    key[list(problem.fixed)] = -np.inf
    return np.argpartition(key, 1)[:2]


def _least_tree(problem: Problem, penalty: Array) -> tuple[float, Array, Array]:
    """The bound under these penalties from the least tree over all pairs (Prim 1957), and the tree's edges."""
    size = problem.size
    closed = penalty.copy()  # infinite where a row is in the tree
    key = np.full(size, np.inf)
    link = np.zeros(size, np.int64)
    total, here = 0.0, 0
    ends = np.empty((size - 1, 2), np.int64)
    for i in range(size - 1):
        closed[here] = key[here] = np.inf
        reach = problem.distances[here] + (closed + penalty[here])
        nearer = reach < key
        link[nearer] = here
        np.minimum(key, reach, out=key)
        here = int(key.argmin())
        total += float(key[here])
        ends[i] = link[here], here
    ends.sort(axis=1)
    total += float(penalty[_ends(problem, penalty)].sum() - 2 * penalty.sum())
    return total, ends[:, 0], ends[:, 1]
