"""How alike two sets of units are as a whole: centred kernel alignment, and what the one tells of the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError

Real = NDArray[np.float64]


def cka(one: Real, other: Real) -> float:
    """Linear centred kernel alignment (Kornblith et al. 2019): 1 where the one is the other, rotated and scaled.

    Parameters
    ----------
    one, other : array, shape (units, steps)
        Of the same steps.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(3, 50))
    >>> rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    >>> round(cka(rows, 2 * rotation @ rows), 9)
    1.0
    """
    one, other = (_scaled(rows) for rows in (one, other))
    own = np.linalg.norm(one @ one.T) * np.linalg.norm(other @ other.T)
    return float(np.linalg.norm(one @ other.T) ** 2 / own) if own > 0 else 0.0


def _scaled(rows: Real) -> Real:
    """Centred, the largest number 1, so that fourth powers neither vanish nor overflow."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred / max(float(np.abs(centred).max()), 1e-300))


class Regression:
    """Least squares from all units of one set, fitted on the first half of the steps and judged on the second.

    Parameters
    ----------
    given : array, shape (units, steps)

    Raises
    ------
    InputError
        When half the steps are no more than twice the units.
    """

    def __init__(self, given: NDArray[np.floating]) -> None:
        units, steps = given.shape
        self.half = steps // 2
        if self.half <= 2 * units:
            raise InputError(
                f"regression from {units} units needs more than {4 * units} steps, got {steps}; give a longer text"
            )
        early, late = given[:, : self.half].astype(np.float64), given[:, self.half :].astype(np.float64)
        self.middle = early.mean(axis=1, keepdims=True)
        self.early, self.late = early - self.middle, late - self.middle
        square = self.early @ self.early.T
        # Copies of units have no inverse: a millionth of the mean variance, which weighs as nothing, is added.
        square[np.diag_indices(units)] += 1e-6 * max(float(np.trace(square)) / units, 1e-300)
        self.inverse = np.linalg.inv(square)

    def r2(self, wanted: NDArray[np.floating]) -> Real:
        """The share of each row's variance that is accounted for, shape (rows,); at least 0.

        Parameters
        ----------
        wanted : array, shape (rows, steps)
        """
        early, late = wanted[:, : self.half].astype(np.float64), wanted[:, self.half :].astype(np.float64)
        middle = early.mean(axis=1, keepdims=True)
        weights = (early - middle) @ self.early.T @ self.inverse
        wrong = ((late - middle - weights @ self.late) ** 2).sum(axis=1)
        own = ((late - late.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
        return np.asarray(np.where(own > 0, np.maximum(1 - wrong / np.where(own > 0, own, 1), 0), 0))
