"""Circular shifts: what unrelated units that change as slowly as these would show by chance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError


def shifted_maxima(rows: NDArray[np.float64], shifts: int, guard: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """The largest absolute dot product of two rows, each turned round by a random number of steps.

    Parameters
    ----------
    rows : array, shape (units, steps)
        Of norm 1, so that dot products are correlations.
    shifts
        How many draws.
    guard
        Pairs whose turns differ by at most this many steps (either way round) are left out of a draw.

    Returns
    -------
    array, shape (shifts,)
        0 in a draw that leaves out every pair.
    """
    units, steps = rows.shape
    narrow = rows.astype(np.float32)  # a quantile of chance needs no more digits, and takes half the time
    columns = np.arange(steps)
    maxima = np.zeros(max(shifts, 0))
    for draw in range(len(maxima)):
        turns = rng.integers(steps, size=(units,))
        turned = np.take_along_axis(narrow, (columns + turns[:, None]) % steps, axis=1)
        apart = np.abs(turns[:, None] - turns)
        near = np.minimum(apart, steps - apart) <= guard
        maxima[draw] = np.where(near, 0, np.abs(turned @ turned.T)).max()
    return maxima


def upper_quantile(draws: NDArray[np.float64], alpha: float) -> float:
    """The value that a further draw exceeds with probability ``alpha`` at most.

    Of ``n`` draws and one more, the one more is equally likely to have any rank, so it is above the
    draw of rank ``ceil((1 - alpha)(n + 1))`` with probability ``alpha`` at most (Davison and Hinkley
    1997, section 4.2).

    Examples
    --------
    >>> upper_quantile(np.arange(1.0, 20.0), 0.05)
    19.0
    """
    rank = math.ceil((1 - alpha) * (len(draws) + 1) - 1e-9)
    if rank > len(draws):
        needed = math.ceil(1 / alpha - 1)
        raise InputError(f"{len(draws)} shifts are too few to tell 1 in {1 / alpha:.0f}; give at least {needed}")
    return float(np.sort(draws)[rank - 1])
