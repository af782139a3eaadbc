"""Moments: count, means, products about the means and ranges of units, gathered block by block in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError

Matrix = NDArray[np.float64]


class Moments:
    """What blocks of steps add up to, by the update of Chan, Golub and LeVeque (1983).

    ``products`` are sums over the steps of products of two units' deviations from their means, shape (units, units).

    Parameters
    ----------
    units : int
        How many.

    Examples
    --------
    >>> moments = Moments(1)
    >>> moments.add(np.array([[0.0], [2.0]], np.float32))
    >>> moments.count, moments.mean.tolist(), moments.products.tolist()
    (2, [1.0], [[2.0]])
    """

    def __init__(self, units: int) -> None:
        self.count = 0
        self.mean, self.products = np.zeros(units), np.zeros((units, units))
        self.minimum, self.maximum = np.full(units, np.inf), np.full(units, -np.inf)

    def add(self, block: NDArray[np.floating]) -> None:
        """Take in a block of one step or more, shape (steps, units)."""
        self._extend(block.min(axis=0), block.max(axis=0))
        # Measured from the first step, a unit that never changes is 0 throughout, without rounding.
        origin = block[0].astype(np.float64)
        centred = block - origin
        shift = centred.mean(axis=0)
        centred -= shift
        self._join(len(block), origin + shift, centred.T @ centred)

    def merge(self, other: Moments) -> None:
        """Take in what another gathered of the same units."""
        self._extend(other.minimum, other.maximum)
        self._join(other.count, other.mean, other.products)

    def _extend(self, minimum: NDArray[np.floating], maximum: NDArray[np.floating]) -> None:
        self.minimum, self.maximum = np.minimum(self.minimum, minimum), np.maximum(self.maximum, maximum)

    def _join(self, count: int, mean: Matrix, products: Matrix) -> None:
        if not count:
            return
        total = self.count + count
        step = mean - self.mean
        self.products += products + np.outer(step, step) * (self.count * count / total)
        self.mean = self.mean + step * (count / total)
        self.count = total


def checked_block(block: NDArray[Any], off: int | None, first: int) -> Matrix:
    """Steps x units as float64; the steps count from ``first`` in the message.

    Raises
    ------
    InputError
        When a value is not finite, or is neither ``off`` nor 1 where ``off`` is given: the first is named.
    """
    with np.errstate(over="ignore"):
        found = block.astype(np.float32, copy=False)
    wrong, why = ~np.isfinite(found), "a value that is not finite in float32 came"
    if off is not None and not wrong.any():
        wrong, why = (found != off) & (found != 1), f"another value than {off} and 1 came, and the units are binary:"
    if wrong.any():
        step, unit = np.argwhere(wrong)[0]
        raise InputError(f"{why} at unit {unit}, step {first + step}")
    return block.astype(np.float64, copy=False)
