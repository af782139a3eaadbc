"""Simulated annealing: a schedule, and kernels that try changes at a temperature, compiled at first use."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from stateviz.ordering.problem.arrays import Floats, Ints, Numbers
from stateviz.ordering.problem.stop import Stop


def schedule(
    total: int, first_temperature: float, last_temperature: float, stop: Stop, most: int = 4096
) -> Iterator[tuple[int, float]]:
    """(changes to try, temperature), the temperature falling geometrically (Kirkpatrick, Gelatt & Vecchi 1983).

    With a time limit the temperature falls with the clock where that is faster, to be lowest when time is up; without
    one a seed gives the same answer on any machine.

    Examples
    --------
    >>> [(count, round(heat, 2)) for count, heat in schedule(512, 1.0, 0.01, Stop())]
    [(256, 0.1), (256, 0.01)]
    """
    batch = max(256, min(most, total // 200))
    done = 0
    while done < total and not stop():
        count = min(batch, total - done)
        done += count
        clock = 0.0 if stop.seconds is None else stop.elapsed() / stop.seconds
        yield count, first_temperature * (last_temperature / first_temperature) ** min(1.0, max(done / total, clock))


def nearest_rows(distances: Numbers, count: int) -> Ints:
    """The ``count`` nearest other rows of each, nearest first, ties by row index.

    Examples
    --------
    >>> nearest_rows(np.array([[0, 2, 1], [2, 0, 2], [1, 2, 0]]), 2).tolist()
    [[2, 1], [0, 2], [0, 1]]
    """
    result = np.empty((len(distances), count), np.int64)
    for row, far in enumerate(distances):
        away = far.astype(np.float64)
        away[row] = np.inf
        near = np.flatnonzero(away <= np.partition(away, count - 1)[count - 1])
        result[row] = near[np.argsort(away[near], kind="stable")[:count]]
    return result


def turn_stretches(
    distances: Numbers, near: Ints, path: Ints, place: Ints, draws: Floats, temperature: float, low: int, high: int
) -> None:
    """Try one turn of a stretch a line of ``draws``, and keep it with the probability of Metropolis et al. (1953).

    A row and one of its nearest become neighbours by turning what lies between them around, with one of the two.

    Parameters
    ----------
    near : array of int, shape (n, k)
        The nearest of each row.
    path, place : arrays of int, shape (n,)
        The order, and the place of each row in it; changed.
    draws : array, shape (changes, 4)
        Uniform in [0, 1): which row, which of its nearest, which of the two is turned, whether to keep it.
    temperature
        A change that adds ``temperature`` is kept with probability 1 / e.
    low, high
        The first and the last place that may change.
    """
    size = path.shape[0]
    for t in range(draws.shape[0]):
        i = low + int(draws[t, 0] * (high - low + 1))
        k = place[near[path[i], int(draws[t, 1] * near.shape[1])]]
        first, last = (i, k) if i < k else (k, i)
        if draws[t, 2] < 0.5:
            first += 1
        else:
            last -= 1
        if first < low or last > high or first >= last:
            continue
        change = 0.0
        if first > 0:
            before = path[first - 1]
            change += distances[before, path[last]] - distances[before, path[first]]
        if last < size - 1:
            after = path[last + 1]
            change += distances[path[first], after] - distances[path[last], after]
        if change > -temperature * math.log(1.0 - draws[t, 3]):
            continue
        while first < last:
            path[first], path[last] = path[last], path[first]
            place[path[first]], place[path[last]] = first, last
            first += 1
            last -= 1


def move_stretches(
    distances: Numbers, near: Ints, path: Ints, place: Ints, draws: Floats, temperature: float, low: int, high: int
) -> None:
    """Try one move of a stretch of up to three rows a line of ``draws``; the rest as for ``turn_stretches``.

    The stretch ends with a row that comes to stand beside one of its nearest.

    Parameters
    ----------
    draws : array, shape (changes, 5)
        Uniform in [0, 1): which row, which of its nearest, on which side, whether to keep it, how many rows.
    """
    size = path.shape[0]
    held = np.empty(3, path.dtype)
    for t in range(draws.shape[0]):
        i = low + int(draws[t, 0] * (high - low + 1))
        k = place[near[path[i], int(draws[t, 1] * near.shape[1])]]
        count = 1 + int(draws[t, 4] * 3)
        # Either the neighbour comes right before the stretch, or right after it.
        forward = draws[t, 2] < 0.5
        first = i if forward else i - count + 1
        last = first + count - 1
        gap = k if forward else k - 1  # the stretch goes between the places gap and gap + 1
        if first < low or last > high or first - 1 <= gap <= last or gap + 1 < low or gap > high:
            continue
        change = 0.0
        if first > 0:
            change -= distances[path[first - 1], path[first]]
        if last < size - 1:
            change -= distances[path[last], path[last + 1]]
        if first > 0 and last < size - 1:
            change += distances[path[first - 1], path[last + 1]]
        if gap >= 0:
            change += distances[path[gap], path[first]]
        if gap + 1 < size:
            change += distances[path[last], path[gap + 1]]
        if gap >= 0 and gap + 1 < size:
            change -= distances[path[gap], path[gap + 1]]
        if change > -temperature * math.log(1.0 - draws[t, 3]):
            continue
        for m in range(count):
            held[m] = path[first + m]
        begin = gap + 1 if gap < first else gap - count + 1
        step = count if gap > last else -count
        p = first if gap > last else last
        while p != (begin if gap > last else begin + count - 1):
            path[p] = path[p + step]
            place[path[p]] = p
            p += 1 if gap > last else -1
        for m in range(count):
            path[begin + m] = held[m]
            place[held[m]] = begin + m


def change_keys(distances: Numbers, path: Ints, keys: Floats, draws: Floats, temperature: float, reach: float) -> None:
    """Try one change of a key a line of ``draws``; rows follow their keys.

    Parameters
    ----------
    path : array of int, shape (n,)
        Rows by ascending key; changed.
    keys : array, shape (n,)
        Ascending, in [0, 1]; changed.
    draws : array, shape (changes, 4)
        Uniform in [0, 1): which row; two whose sum says how far its key moves; whether to keep it.
    reach
        The farthest a key moves, by a triangular distribution.
    """
    size = path.shape[0]
    for t in range(draws.shape[0]):
        i = int(draws[t, 0] * size)
        key = abs(keys[i] + reach * (draws[t, 1] + draws[t, 2] - 1.0))
        key = 2.0 - key if key > 1.0 else key
        left, right = 0, size
        while left < right:  # how many keys are at most this one
            middle = (left + right) // 2
            if keys[middle] <= key:
                left = middle + 1
            else:
                right = middle
        gap = left - 1  # the row goes between the places gap and gap + 1
        if gap in (i, i - 1):
            keys[i] = key
            continue
        row = path[i]
        change = 0.0
        if i > 0:
            change -= distances[path[i - 1], row]
        if i < size - 1:
            change -= distances[row, path[i + 1]]
        if 0 < i < size - 1:
            change += distances[path[i - 1], path[i + 1]]
        if gap >= 0:
            change += distances[path[gap], row]
        if gap + 1 < size:
            change += distances[row, path[gap + 1]]
        if gap >= 0 and gap + 1 < size:
            change -= distances[path[gap], path[gap + 1]]
        if change > -temperature * math.log(1.0 - draws[t, 3]):
            continue
        if gap > i:
            for p in range(i, gap):
                path[p], keys[p] = path[p + 1], keys[p + 1]
            path[gap], keys[gap] = row, key
        else:
            for p in range(i, gap + 1, -1):
                path[p], keys[p] = path[p - 1], keys[p - 1]
            path[gap + 1], keys[gap + 1] = row, key
