"""Mutual information of pairs of rows, over bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.core.checks import check_whole

Matrix = NDArray[np.float64]

BINS = 8
"""Into how many bins a row is cut, unless another number is asked for."""
_STEPS = 2**13
_COLUMNS = 2**10


def bin_codes(values: NDArray[np.generic], bins: int = BINS) -> NDArray[np.int64]:
    """In which bin each value of a row is, shape (rows, steps).

    A row of no more than ``bins`` different values has a bin a value; others are cut where equally many steps fall into
    each, equal values together.

    Examples
    --------
    >>> bin_codes(np.array([[-1, 1, 1, -1], [0.1, 0.2, 0.3, 0.9]]), 2).tolist()
    [[0, 1, 1, 0], [0, 0, 1, 1]]
    """
    check_whole("bins", bins, 2)
    codes = np.empty(values.shape, np.int64)
    for row, line in enumerate(values):
        known, places, counts = np.unique(line, return_inverse=True, return_counts=True)
        if len(known) > bins:
            middle = np.cumsum(counts) - counts / 2
            known_codes = np.minimum((middle * bins / len(line)).astype(np.int64), bins - 1)
            places = np.unique(known_codes, return_inverse=True)[1][places]
        codes[row] = places
    return codes


def mutual_information(values: NDArray[np.generic], bins: int = BINS) -> Matrix:
    """Bits that each row tells of each other, shape (rows, rows); the diagonal is the entropy of a row's bins.

    Of few steps the estimate is too large, by about (b - 1)^2 / (2 T ln 2) bits for b bins and T steps.

    Parameters
    ----------
    values : array, shape (rows, steps)
    bins
        As ``bin_codes`` takes.

    Examples
    --------
    >>> mutual_information(np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 0, 1, 1]])).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    codes = bin_codes(values, bins)
    rows, steps = codes.shape
    group = max(1, _COLUMNS // bins)  # rows whose bins make a block of columns
    starts = range(0, rows, group)
    found = np.zeros((rows, rows))
    for a in starts:
        for b in range(a, rows, group):
            counts = np.zeros((min(group, rows - a) * bins, min(group, rows - b) * bins))
            for t in range(0, steps, _STEPS):
                one, two = (_marks(codes[k : k + group, t : t + _STEPS], bins) for k in (a, b))
                counts += one @ two.T
            block = _information(counts.reshape(min(group, rows - a), bins, -1, bins), steps)
            found[a : a + group, b : b + group] = block
            found[b : b + group, a : a + group] = block.T
    return found


def _marks(codes: NDArray[np.int64], bins: int) -> NDArray[np.float32]:
    """1 where a row is in a bin, shape (rows * bins, steps); counts below 2**24 are exact in float32."""
    marks = codes[:, None] == np.arange(bins)[:, None]
    return np.asarray(marks.astype(np.float32).reshape(-1, codes.shape[1]))


def _information(counts: Matrix, steps: int) -> Matrix:
    """From joint counts, shape (rows, bins, rows, bins)."""
    joint = counts / steps
    expected = joint.sum(axis=3, keepdims=True) * joint.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(joint > 0, joint * np.log2(joint / expected), 0)
    return np.asarray(np.maximum(terms.sum(axis=(1, 3)), 0))
