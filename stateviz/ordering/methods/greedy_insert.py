"""Greedy insertion as published with the phone case: between the units of lowest and highest mean."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stateviz.core.checks import check_whole
from stateviz.core.errors import UnknownNameError
from stateviz.core.table import unknown
from stateviz.ordering.problem.arrays import Numbers
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

Choice = Callable[[NDArray[np.int64]], int]
"""Chooses one of several equally good places, which are given in ascending order."""
TIES = {"index": "the first", "last": "the last", "random": "by chance"}


def solve(
    problem: Problem,
    *,
    start: Rows | None,
    rng: np.random.Generator,
    stop: Stop,
    ties: str = "index",
    tries: int = 1,
) -> Rows:
    """Put each row where it adds least to the length, both ends fixed.

    The row of lowest mean comes first, that of highest mean last. The others follow in ascending ``|mean|``, each
    where ``s(before, x) + s(x, after) - s(before, after)`` is greatest: in distances, where the same sum is least.
    Without rows, the mean distance to the other rows stands for the mean. Ends that the problem fixes are the ends.

    Parameters
    ----------
    ties
        Which of several is taken: rows of equal mean, and places of equal gain. ``"index"`` is the row of lowest index
        and the first place; ``"last"`` the row of highest index and the last place; ``"random"`` any, by chance.
    tries
        How many orders to make: the first breaks ties as ``ties`` says, the others by chance, and the shortest is kept.
    """
    check_whole("tries", tries)
    if ties not in TIES:
        raise UnknownNameError(unknown("way to break ties", ties, TIES))
    best = insert(problem, *_rule(ties, problem.size, rng))
    length = problem.length(best)
    for _ in range(tries - 1 if problem.size > 2 else 0):
        if stop():
            break
        other = insert(problem, *_rule("random", problem.size, rng))
        if (now := problem.length(other)) < length:
            best, length = other, now
    return best


def _rule(ties: str, size: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], Choice]:
    """A rank of each row among its equals, and the choice of a place."""
    if ties == "index":
        return np.arange(size), _first
    if ties == "last":
        return np.arange(size)[::-1], _last
    return rng.permutation(size), lambda places: int(places[0] if len(places) == 1 else rng.choice(places))


def _first(places: NDArray[np.int64]) -> int:
    return int(places[0])


def _last(places: NDArray[np.int64]) -> int:
    return int(places[-1])


def insert(problem: Problem, rank: NDArray[np.int64], choose: Choice) -> Rows:
    """One order; of rows of equal mean the one of lower ``rank`` comes in first, of equal places ``choose`` takes one.

    Lengths of all steps of the order so far are kept, so that an insertion costs one look at its row of distances.
    """
    size, means = problem.size, problem.means
    if size < 3:
        return problem.with_fixed_ends(np.argsort(means, kind="stable"))
    first, last = _ends(problem, rank)
    others = np.lexsort((rank, np.abs(means)))
    path = np.empty(size, np.int64)
    steps = np.empty(size - 1, problem.distances.dtype)
    path[:2] = first, last
    steps[0] = problem.distances[first, last]
    for count, row in enumerate(others[(others != first) & (others != last)], start=2):
        away = problem.distances[row].take(path[:count])
        added = gains(away, steps[: count - 1])
        at = choose(np.flatnonzero(added == added.min()))
        path[at + 2 : count + 1] = path[at + 1 : count]
        path[at + 1] = row
        steps[at + 2 : count] = steps[at + 1 : count - 1]
        steps[at], steps[at + 1] = away[at], away[at + 1]
    return path


def gains(away: Numbers, steps: Numbers) -> Numbers:
    """What a row adds to an order at each place: its distances to the rows there, and the steps of the order."""
    return away[:-1] + away[1:] - steps


def _ends(problem: Problem, rank: NDArray[np.int64]) -> tuple[int, int]:
    """The fixed ends; in place of a free one the row of lowest mean comes first, that of highest mean last."""
    lowest, highest = (np.lexsort((rank, sign * problem.means)) for sign in (1, -1))
    first, last = problem.first, problem.last
    if first is None:
        first = int(lowest[lowest != last][0] if last is not None else lowest[0])
    return first, int(highest[highest != first][0]) if last is None else last
