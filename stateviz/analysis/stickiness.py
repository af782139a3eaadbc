"""How long units stay as they are: runs, switches and autocorrelation times, beside what shuffled steps would show."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stateviz.core.noun import Noun
from stateviz.core.states import StateMatrix
from stateviz.similarity.switches import later_steps

Real = NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class Stickiness(Noun):
    """How long each unit stays, shape (units,) each; real units are taken as on above their median.

    Parameters
    ----------
    switching, shuffled_switching
        The share of steps at which a unit switches, and the one that shuffled steps show.
    run, shuffled_run
        Steps that a unit stays as it is, on average.
    time
        The integrated autocorrelation time in steps: 1 for steps that know nothing of each other, as shuffled ones.

    Examples
    --------
    >>> found = stickiness_of(StateMatrix([[0, 0, 0, 1, 1, 1, 0, 0]]))
    >>> found.switching.round(3).tolist(), found.run.tolist(), found.shuffled_switching.round(3).tolist()
    ([0.286], [2.6666666666666665], [0.536])
    """

    switching: Real
    shuffled_switching: Real
    run: Real
    shuffled_run: Real
    time: Real

    def __post_init__(self) -> None:
        for name in ("switching", "shuffled_switching", "run", "shuffled_run", "time"):
            array = np.array(getattr(self, name), np.float64)
            array.flags.writeable = False
            self._hold(**{name: array})

    def __repr__(self) -> str:
        return (
            f"Stickiness(units switch at {self.switching.mean():.1%} of steps, {self.shuffled_switching.mean():.1%} if "
            f"shuffled; {np.median(self.time):.1f} steps)"
        )


def stickiness_of(states: StateMatrix) -> Stickiness:
    """How long units stay, inside each text."""
    values = states.values
    on = values > (0 if states.binary else np.median(values, axis=1, keepdims=True))
    later = later_steps(states)
    switched = (on[:, later] != on[:, later - 1]).sum(axis=1)
    count, steps = on.sum(axis=1), values.shape[1]
    shuffled = 2 * count * (steps - count) / (steps * max(steps - 1, 1))
    texts = 1 + len(states.column_breaks)
    return Stickiness(
        switched / len(later),
        shuffled,
        steps / (switched + texts),
        steps / (shuffled * len(later) + texts),
        np.array([autocorrelation_time(row, states.column_breaks) for row in values]),
    )


def autocorrelation_time(row: NDArray[np.generic], breaks: tuple[int, ...] = ()) -> float:
    """The integrated autocorrelation time of a row in steps, 1 + 2 x the sum of its autocorrelations.

    The sum ends at the first lag that is six times the sum so far (Sokal 1997), as later ones are noise; no lag crosses
    from one text to the next. A row that never changes has none: 0.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> bool(0.9 < autocorrelation_time(rng.normal(size=10_000)) < 1.1)
    True
    """
    from scipy.fft import irfft, next_fast_len, rfft

    centred = row.astype(np.float64) - row.mean(dtype=np.float64)
    edges = [0, *breaks, len(centred)]
    longest = max(np.diff(edges))
    total: Real = np.zeros(longest)
    for first, last in pairwise(edges):
        part = centred[first:last]
        size = int(next_fast_len(2 * len(part), real=True))
        total[: len(part)] += irfft(np.abs(rfft(part, size)) ** 2, size)[: len(part)]
    if total[0] <= 1e-300 * len(centred):
        return 0.0
    sums = 2 * np.cumsum(total / total[0]) - 1
    window = np.flatnonzero(np.arange(longest) >= 6 * sums)
    return float(max(sums[window[0] if len(window) else -1], 0.0))
