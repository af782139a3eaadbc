"""Circular shifts: what unrelated rows that change as slowly as these would show by chance."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError

Real = NDArray[Any]
"""Rows of float64 or float32."""

LEAST_TEXT = 200
"""Of several texts, those of fewer steps are left out: too few shifts tell nothing."""


def long_texts(breaks: Sequence[int], steps: int, least: int = LEAST_TEXT) -> tuple[slice, ...]:
    """The texts that are long enough to be shifted inside; one text alone is taken as it is.

    Parameters
    ----------
    breaks
        The steps at which another text begins.
    steps
        How many there are in all.
    least
        Steps that each of several texts needs.

    Warns
    -----
    UserWarning
        Says how many texts and steps are left out.

    Raises
    ------
    InputError
        When no text is long enough.

    Examples
    --------
    >>> long_texts((300,), 600)
    (slice(0, 300, None), slice(300, 600, None))
    """
    ends = (0, *breaks, steps)
    texts = [slice(a, b) for a, b in pairwise(ends)]
    if len(texts) == 1:
        return tuple(texts)
    kept = tuple(text for text in texts if text.stop - text.start >= least)
    if not kept:
        raise InputError(f"each of {len(texts)} texts has fewer than {least} steps; circular shifts need longer ones")
    if len(kept) < len(texts):
        lost = steps - sum(text.stop - text.start for text in kept)
        warnings.warn(
            f"{len(texts) - len(kept)} of {len(texts)} texts have fewer than {least} steps and are left out of the "
            f"shifts ({lost:,} steps)",
            UserWarning,
            stacklevel=4,
        )
    return kept


def joined(values: NDArray[np.generic], texts: Sequence[slice]) -> tuple[NDArray[np.generic], tuple[slice, ...]]:
    """The columns of some texts side by side, and where each of them then is."""
    sizes = [text.stop - text.start for text in texts]
    ends = np.cumsum([0, *sizes]).tolist()
    places = tuple(slice(a, b) for a, b in pairwise(ends))
    if sum(sizes) == values.shape[1]:
        return values, places
    return np.concatenate([values[:, text] for text in texts], axis=1), places


def powers(rows: Real, texts: Sequence[slice]) -> Real:
    """Power spectra, shape (rows, any), whose dot product is the variance of two rows' dot product under all shifts.

    By Parseval the mean square of the dot product over all circular shifts inside a text of T steps is
    ``sum_f |U(f)|^2 |X(f)|^2 / T^2``, without the frequency 0, which no shift changes; those of several texts add.

    Parameters
    ----------
    rows : array, shape (rows, steps)
    texts
        Where each text is.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(2, 7))
    >>> dots = [rows[0] @ np.roll(rows[1], shift) for shift in range(7)]
    >>> power = powers(rows, [slice(0, 7)])
    >>> bool(np.isclose(power[0] @ power[1], np.var(dots)))
    True
    """
    from scipy.fft import rfft

    parts = []
    for text in texts:
        size = text.stop - text.start
        spectrum = rfft(rows[:, text], axis=1)
        power = (spectrum.real**2 + spectrum.imag**2) / size
        power[:, 0] = 0
        power[:, 1 : (size + 1) // 2] *= math.sqrt(2)  # each stands for itself and its mirror image
        parts.append(power)
    return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]


def text_dots(one: Real, two: Real, texts: Sequence[slice]) -> NDArray[np.float64]:
    """The mean of dot products of rows under all shifts: what their means inside each text give."""
    total = np.zeros((len(one), len(two)))
    for text in texts:
        size = text.stop - text.start
        total += size * (one[:, text].mean(axis=1)[:, None] * two[:, text].mean(axis=1))
    return total


def turned(rows: Real, texts: Sequence[slice], turns: NDArray[np.int64]) -> Real:
    """Each row turned round inside each text, by ``turns``, shape (rows, texts)."""
    found = np.empty_like(rows)
    for row, own in enumerate(turns % [text.stop - text.start for text in texts]):
        for text, turn in zip(texts, own, strict=True):
            first, last, turning = text.start, text.stop, int(turn)
            found[row, first : last - turning] = rows[row, first + turning : last]
            found[row, last - turning : last] = rows[row, first : first + turning]
    return found


def random_turns(
    rows: Real, texts: Sequence[slice], shifts: int, guard: int | None, rng: np.random.Generator
) -> Iterator[tuple[Real, NDArray[np.bool_]]]:
    """Draw by draw: all rows, each turned by a random number of steps, and which pairs still are as they were.

    Parameters
    ----------
    rows : array, shape (rows, steps)
    texts
        Where each text is; rows are turned inside each.
    shifts
        How many draws.
    guard
        Pairs whose turns differ by at most this many steps are as they were; by default a twentieth of each text. Of
        several texts it is those that hold half the steps that count.
    rng
        Of the turns.
    """
    sizes = np.array([text.stop - text.start for text in texts])
    guards = sizes // 20 if guard is None else np.full(len(sizes), guard)
    for _ in range(max(shifts, 0)):
        turns = np.stack([rng.integers(size, size=len(rows)) for size in sizes], axis=1)
        near = np.zeros((len(rows), len(rows)))
        for turn, size, least in zip(turns.T, sizes, guards, strict=True):
            apart = np.abs(turn[:, None] - turn)
            near += size * (np.minimum(apart, size - apart) <= least)
        yield turned(rows, texts, turns), 2 * near >= sizes.sum()


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


def corrected_p(draws: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of draws, and of the value itself among them, that reach each of ``values``.

    Examples
    --------
    >>> corrected_p(np.arange(1.0, 20.0), np.array([19.5, 19.0])).tolist()
    [0.05, 0.1]
    """
    below = np.searchsorted(np.sort(draws), values, side="left")
    return np.asarray((1 + len(draws) - below) / (len(draws) + 1))
