"""Intervals of correlations of rows that are alike from step to step, and how far a row drifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]

FEW_STRETCHES = 50
"""Of fewer independent stretches no interval can be relied on."""
_NORMAL = 1.959964
_SLOWEST, _SLOW, _QUICKER = slice(1, 5), slice(1, 4), slice(4, 17)


@dataclass(frozen=True)
class Interval:
    """A 95% interval of a correlation, and of how many independent stretches it is."""

    low: float
    high: float
    stretches: float


class Lagged:
    """Autocovariances of rows, and of pairs of them, to a fifth of the shortest text, with triangular weights.

    Parameters
    ----------
    rows : array, shape (rows, steps)
        Of norm 1.
    texts
        Where each text is; no lag crosses from one to the next.
    """

    def __init__(self, rows: NDArray[np.floating], texts: Sequence[slice]) -> None:
        from scipy.fft import next_fast_len, rfft

        self.steps = rows.shape[1]
        self.most = max(1, min(text.stop - text.start for text in texts) // 5)
        self.sizes = [int(next_fast_len(text.stop - text.start + self.most, real=True)) for text in texts]
        self.spectra = [rfft(rows[:, text], size, axis=1) for text, size in zip(texts, self.sizes, strict=True)]
        self.own = self._covariances([abs(one) ** 2 for one in self.spectra])

    @property
    def weights(self) -> Real:
        """Of each lag from -most to most."""
        return np.asarray(1 - np.abs(np.arange(-self.most, self.most + 1)) / (self.most + 1))

    def with_row(self, other: Lagged, row: int, chosen: NDArray[np.int64]) -> Real:
        """Covariances of chosen rows with a row of another, which comes later by each lag from -most to most."""
        return self._covariances([a[chosen].conj() * b[row] for a, b in zip(self.spectra, other.spectra, strict=True)])

    def _covariances(self, products: list[NDArray[np.complexfloating]]) -> Real:
        from scipy.fft import irfft

        total: Real = np.zeros((len(products[0]), 2 * self.most + 1))
        for product, size in zip(products, self.sizes, strict=True):
            found = irfft(product, size, axis=1)
            total += np.concatenate([found[:, -self.most :], found[:, : self.most + 1]], axis=1)
        return total


def intervals(features: Lagged, units: Lagged, unit: int, chosen: NDArray[np.int64], r: Real) -> list[Interval]:
    """95% intervals of the correlations of a unit with some features, by Bartlett's variance through Fisher's z.

    The full variance of a correlation of two stationary rows (Bartlett 1955) holds the products of autocovariances, how
    far chance alone goes, **and** terms of r and the covariances across, how well r is known where it is not 0.

    Parameters
    ----------
    features, units
        Rows of the same steps.
    unit
        Row of the unit.
    chosen
        Rows of the features.
    r : array, shape (chosen,)
        The correlations.
    """
    weights = features.weights
    cross = features.with_row(units, unit, chosen)
    own, other = features.own[chosen], units.own[unit]
    alone = own * other
    r2, column = r**2, r[:, None]
    terms = alone + cross * cross[:, ::-1] - 2 * column * cross * (own + other)
    terms += column**2 * (own**2 / 2 + other**2 / 2 + cross**2)
    steps = features.steps
    variance = (terms @ weights) / steps
    chance = np.maximum(alone @ weights, 1) / steps
    # No less than if every step were independent.
    variance = np.maximum(variance, (1 - r2) ** 2 / steps)
    spread = np.sqrt(variance) / np.maximum(1 - r2, 1e-9)
    middle = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    ends = np.tanh(np.stack([middle - _NORMAL * spread, middle + _NORMAL * spread]))
    return [Interval(float(low), float(high), float(1 / one)) for low, high, one in zip(*ends, chance, strict=True)]


def drifts(rows: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Which rows drift: a trend, a step or a random walk, against which no shift is a fair comparison.

    A row drifts where its four slowest cosine components hold over 0.55 of its variance; or its three slowest hold a
    twentieth, and each of them twelve times as much as one of the next thirteen. Of 20,000 steps that is so of nine
    random walks in ten, and of one row in twenty whose memory is 0.999.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(2, 2000))
    >>> drifts(np.stack([noise[0], noise[1] + np.linspace(0, 2, 2000)])).tolist()
    [False, True]
    """
    from scipy.fft import dct

    found = np.zeros(len(rows), np.bool_)
    for row, values in enumerate(rows):
        centred = values.astype(np.float64) - values.mean(dtype=np.float64)
        power = dct(centred, norm="ortho")[: _QUICKER.stop] ** 2
        slow, quicker = power[_SLOW], power[_QUICKER]
        whole = max(float(centred @ centred), 1e-300)
        jump = slow.sum() > 0.05 * whole and slow.mean() > 12 * quicker.mean()
        found[row] = jump or power[_SLOWEST].sum() > 0.55 * whole
    return found
