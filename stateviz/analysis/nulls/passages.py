"""Draws of features that have nothing to do with the states: shifted, of other passages, of random phases, shuffled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.floating]

NULLS = {
    "shift": "features turned round inside each text by a random number of steps",
    "passages": "features of other passages of the same length against the same states",
    "phase": "features of the same spectrum with random phases",
    "shuffle": "features whose steps are shuffled: it knows nothing of time and fails; kept to show how",
}
"""What chance alone is taken to be."""


def shifted(features: Rows, texts: Sequence[slice], shifts: int, rng: np.random.Generator) -> Iterator[Rows]:
    """All features turned by the same number of steps in each text, so that they stay what they are together."""
    for _ in range(shifts):
        made = np.empty_like(features)
        for text in texts:
            size = text.stop - text.start
            made[:, text] = np.roll(features[:, text], -int(rng.integers(size // 20, size - size // 20)), axis=1)
        yield made


def of_random_phases(features: Rows, texts: Sequence[slice], shifts: int, rng: np.random.Generator) -> Iterator[Rows]:
    """Features of the same power spectra, all turned by the same random phase at each frequency."""
    from scipy.fft import irfft, rfft

    for _ in range(shifts):
        made = np.empty_like(features)
        for text in texts:
            size = text.stop - text.start
            spectrum = rfft(features[:, text], axis=1)
            phase = np.exp(2j * np.pi * rng.random(spectrum.shape[1]))
            phase[0] = 1
            if size % 2 == 0:
                phase[-1] = np.sign(phase[-1].real) or 1
            made[:, text] = irfft(spectrum * phase, size, axis=1)
        yield made


def shuffled(features: Rows, texts: Sequence[slice], shifts: int, rng: np.random.Generator) -> Iterator[Rows]:
    """The steps of all features in another order."""
    for _ in range(shifts):
        yield features[:, rng.permutation(features.shape[1])]


DRAWS = {"shift": shifted, "phase": of_random_phases, "shuffle": shuffled}
