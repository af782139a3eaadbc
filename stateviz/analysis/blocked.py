"""Correlations of a recording that is too large to hold: in one pass, block by block, in memory that does not grow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.measures import Measure
from stateviz.core.errors import InputError
from stateviz.core.recordings import Recording
from stateviz.core.statistics import Statistics
from stateviz.storage import StoredRecording

LARGEST = 2**30
"""A site of more bytes, as float32, is correlated block by block."""
_STEPS = 2**13
ONE_PASS = ("pearson", "phi", "partial")
"""Measures that follow from means and products of the steps."""


def is_too_large(recording: Recording, site: str) -> bool:
    """Whether the states of a site are left on disk."""
    units, steps = recording.shape(site)
    return isinstance(recording, StoredRecording) and not recording.whole and 4 * units * steps > LARGEST


def streamed(recording: Recording, site: str, measure: Measure, *, steps: int = _STEPS) -> Statistics:
    """Means and covariances of a site, read ``steps`` at a time; of ``phi`` those of on and off.

    Products are of float32, about the mean of the first block, and add up in float64.

    Raises
    ------
    InputError
        When the measure needs all states at once.
    """
    if measure.name not in ONE_PASS:
        raise InputError(
            f"measure {measure.name!r} needs all states at once, and {site} has over {LARGEST / 2**30:g} GB of them; "
            f"choose {', '.join(ONE_PASS)}, or give some steps"
        )
    first = recording.select(site, steps=slice(0, 1))
    units = len(first.units)
    sums, products, count = np.zeros(units), np.zeros((units, units)), 0
    low, high, origin = np.full(units, np.inf), np.full(units, -np.inf), np.zeros(units, np.float32)
    for block in recording.blocks(site, steps=steps):
        part: NDArray[np.float32] = np.asarray(block > 0 if measure.name == "phi" else block, np.float32)
        origin = part.mean(axis=0) if count == 0 else origin
        low, high = np.minimum(low, part.min(axis=0)), np.maximum(high, part.max(axis=0))
        centred = part - origin
        sums += centred.sum(axis=0, dtype=np.float64)
        products += centred.T @ centred
        count += len(part)
    mean = sums / count
    covariance = products / count - np.outer(mean, mean)
    return Statistics(first.units, count, origin + mean, covariance, low, high, site=first.site, source=first.source)
