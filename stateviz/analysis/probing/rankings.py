"""RANKINGS: which units tell an on/off feature best, by rules that differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]
Flags = NDArray[np.bool_]

RANKINGS = {
    "mean-difference": "by how many standard deviations the means where the feature is on and off differ",
    "iou": "intersection over union of the feature and the steps above, or below, the best threshold",
    "l1": "the weight in a logistic probe of all units whose absolute weights cost",
}
"""How units are ranked; the first two look at one unit at a time."""


def mean_difference(states: NDArray[np.floating], on: Flags) -> Real:
    """How far the mean where the feature is on lies from that where it is off, shape (units,), without sign.

    Parameters
    ----------
    states : array, shape (steps, units)
        Of standard deviation 1.
    on : array of bool, shape (steps,)

    Examples
    --------
    >>> mean_difference(np.array([[1.0, 1], [-1, 1], [1, -1], [-1, -1]]), np.array([1, 0, 1, 0], bool)).tolist()
    [2.0, 0.0]
    """
    count = int(on.sum())
    above = on.astype(states.dtype) @ states
    found = above / count - (states.sum(axis=0) - above) / (len(on) - count)
    return np.asarray(np.abs(found), np.float64)


class Thresholds:
    """The best intersection over union of each unit with features, over all thresholds.

    Parameters
    ----------
    states : array, shape (steps, units)
        They are put in order once, for any number of features.

    Examples
    --------
    >>> Thresholds(np.array([[3.0], [1.0], [2.0], [0.0]])).iou(np.array([1, 0, 1, 0], bool)).tolist()
    [1.0]
    """

    def __init__(self, states: NDArray[np.floating]) -> None:
        steps = len(states)
        self.order = np.empty(states.shape[::-1], np.int32)
        self.last = np.empty(states.shape[::-1], np.bool_)  # of equal values only the last is a threshold
        for unit, values in enumerate(states.T):
            order = np.argsort(-values, kind="stable")
            self.order[unit] = order
            self.last[unit] = np.r_[np.diff(values[order]) != 0, steps > 0]

    def iou(self, on: Flags) -> Real:
        """The best of each unit, above a threshold or below one, shape (units,)."""
        steps, count = len(on), int(on.sum())
        above = np.arange(1, steps + 1)
        best = np.zeros(len(self.order))
        for unit, (order, last) in enumerate(zip(self.order, self.last, strict=True)):
            hits = np.cumsum(on[order])[last]
            cut = above[last]
            high = hits / (cut + count - hits)
            low = (count - hits[:-1]) / (steps - cut[:-1] + hits[:-1])  # what is below the same thresholds
            best[unit] = max(high.max(), low.max(initial=0))
        return best
