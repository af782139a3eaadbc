"""What no order can be shorter than, for any method and size."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from stateviz.ordering.bounds.spanning_tree import shorter_pairs, slack_of
from stateviz.ordering.exact.relaxation import Relaxation
from stateviz.ordering.problem.arrays import Floats, Ints
from stateviz.ordering.problem.ascent import ascend, dummy_ends, least_tree, pairs_once, spanning_tree
from stateviz.ordering.problem.neighbours import OutOfTime, near_pairs
from stateviz.ordering.problem.problem import Problem, contracted
from stateviz.ordering.problem.row_problem import RowProblem
from stateviz.ordering.problem.stop import Stop

RELAXATION_ROWS = 5000
"""Up to here the subtour relaxation takes seconds, and is nearly tight."""

COMB_ROWS = 2500
"""Up to here combs take seconds, too, and leave half of the gap."""

TREE_PRODUCTS = 5 * 10**11
"""Without a matrix of distances a bound takes rows squared times steps: a minute for 20,000 rows of 1,000 steps."""

_SHARE = 0.6  # of the time that the relaxation may take
_ROUNDS = 60
_NEIGHBOURS = 8
_PASSES = 4  # over all pairs, without their matrix, for penalties that suit them


def lower_bound(problem: Problem, rows: ArrayLike, *, stop: Stop | None = None) -> float | None:
    """No order of ``problem`` with its fixed ends is shorter than this.

    The subtour relaxation up to 5,000 rows, with combs up to 2,500; above that the 1-tree bound. All are priced over
    every pair of rows. Each ends by itself, so that the bound does not depend on the machine, unless ``stop`` says so
    before.

    Parameters
    ----------
    rows : array of int, shape (n,)
        A good order: the better it is, the sooner the bound is found.
    stop
        The bound is safe whenever it is stopped, and the better the later.

    Returns
    -------
    float or None
        None where pricing every pair would take longer than ordering the rows (TREE_PRODUCTS), so many rows have a
        metric without a compiled cost, or time is up before one pass over all pairs is done.

    Examples
    --------
    >>> problem = Problem(np.abs(np.subtract.outer([5, 1, 4, 2], [5, 1, 4, 2])))
    >>> lower_bound(problem, [0, 1, 2, 3])
    4
    """
    stop = Stop() if stop is None else stop
    if not problem.square and (problem.states is None or problem.size * problem.states.size > TREE_PRODUCTS):
        return None
    if isinstance(problem, RowProblem) and not problem.searchable:
        return None
    small, members = problem.merge_duplicates()
    order = small.with_fixed_ends(contracted(rows, members))
    bound = small.round_up((small.size - 1) * float(small.granularity[0]))
    if small.size < 3 or small.proves(small.length(order), bound):
        return small.length(order) if small.size < 3 else bound
    if small.size <= RELAXATION_ROWS and small.square:
        relaxation = Relaxation(small, order)
        # Stopped early it may show nothing yet: what is left of the time is for trees, which always show something.
        relaxation.solve(_part(stop), small.length(order), tighten=small.size <= COMB_ROWS)
        bound = max(bound, small.round_up(relaxation.bound))
        if relaxation.solved:
            return bound
    trees = one_tree_bound(small, order, stop=stop)
    return max(bound, small.round_up(trees)) if trees > -math.inf else None


def _part(stop: Stop) -> Stop:
    """``stop``, or where it has a limit, one that comes before it."""
    if stop.seconds is None:
        return stop
    return Stop(max(_SHARE * stop.remaining(), 1e-3), watch=stop.watch, progress=stop.progress)


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

    Returns
    -------
    float
        Minus infinity where there is no matrix of distances and time was up before all pairs were looked at.

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
    try:
        u, v = _candidates(problem, rows, stop)
        best, penalty = _climb(problem, rows, u, v, rounds, stop)
    except OutOfTime:
        return -math.inf
    return best - 1e-12 * (abs(best) + 2 * float(np.abs(penalty).sum()))


def _climb(problem: Problem, rows: Ints, u: Ints, v: Ints, rounds: int, stop: Stop) -> tuple[float, Floats]:
    """The best bound, and penalties: found on the pairs given, then on those that the trees over all pairs use."""
    best, penalty = -math.inf, np.zeros(problem.size)
    length = problem.length(rows)
    if isinstance(problem, RowProblem):
        for _ in range(_PASSES - 1):
            penalty = ascend(problem, u, v, penalty, length, rounds // 2, stop)
            u, v = _grown(problem, penalty, u, v, stop)
        penalty = ascend(problem, u, v, penalty, length, rounds // 2, stop)
        return _least_tree(problem, penalty, u, v, stop)[0], penalty
    for _ in range(3):
        penalty = ascend(problem, u, v, penalty, length, rounds, stop)
        total, a, b = _least_tree(problem, penalty, u, v, stop)
        best = max(best, total)
        pairs = pairs_once(problem.size, np.concatenate((u, a)), np.concatenate((v, b)))[:2]
        if len(pairs[0]) == len(u) or stop():  # the tree over all pairs uses no pair that was left out
            break
        u, v = pairs
        rounds //= 2
    return best, penalty


def _candidates(problem: Problem, rows: Ints, stop: Stop) -> tuple[Ints, Ints]:
    """Near pairs, and those of an order, which connect all."""
    if problem.square:
        u, v = near_pairs(problem, _NEIGHBOURS)
    else:
        from stateviz.ordering.problem.neighbours import Neighbours

        near, _ = Neighbours(problem, stop).lists(_NEIGHBOURS)
        u, v = np.repeat(np.arange(problem.size), near.shape[1]), near.ravel().astype(np.int64)
    return pairs_once(problem.size, np.concatenate((u, rows[:-1])), np.concatenate((v, rows[1:])))[:2]


def _least_tree(problem: Problem, penalty: Floats, u: Ints, v: Ints, stop: Stop) -> tuple[float, Ints, Ints]:
    """The bound under these penalties from the least tree over all pairs, and the tree's edges."""
    a, b = (
        _proven_tree(problem, penalty, u, v, stop)
        if isinstance(problem, RowProblem)
        else least_tree(problem.distances, penalty)
    )
    lengths = problem.pairwise(a, b) + penalty[a] + penalty[b]
    total = float(lengths.sum())
    if isinstance(problem, RowProblem):
        total -= 2 * problem.size * slack_of(problem, lengths, penalty)
    return total + float(penalty[dummy_ends(problem, penalty)].sum() - 2 * penalty.sum()), a, b


def _proven_tree(problem: RowProblem, penalty: Floats, u: Ints, v: Ints, stop: Stop) -> tuple[Ints, Ints]:
    """The least tree over all pairs, guessed from the pairs given; what the proof finds missing joins them."""
    known = 0
    while len(u) > known:
        known = len(u)
        u, v = _grown(problem, penalty, u, v, stop)
    used = spanning_tree(problem.size, u, v, problem.pairwise(u, v) + penalty[u] + penalty[v])
    return u[used], v[used]


def _grown(problem: RowProblem, penalty: Floats, u: Ints, v: Ints, stop: Stop) -> tuple[Ints, Ints]:
    """The pairs given, and those that make a shorter tree than theirs."""
    used = spanning_tree(problem.size, u, v, problem.pairwise(u, v) + penalty[u] + penalty[v])
    more = shorter_pairs(problem, penalty, u[used], v[used], stop)
    return pairs_once(problem.size, np.concatenate((u, more[0])), np.concatenate((v, more[1])))[:2]
