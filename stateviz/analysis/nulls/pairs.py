"""What chance alone would show between each pair of units: one null for z, thresholds and p."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.measures import Matrix, Measure, measured, rows_of
from stateviz.analysis.nulls.shifts import joined, long_texts, powers, random_turns, text_dots, turned
from stateviz.core.checks import check_seed
from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix

SHIFTS = 199
"""Draws of random shifts, unless another number is asked for: as good as all, which was measured."""
_LEAST = 40


@dataclass(frozen=True, eq=False)
class PairNull:
    """Rows that are turned round against each other.

    Parameters
    ----------
    measure
        How alike two rows are.
    values : array, shape (units, steps)
        Of norm 1 where the measure is a correlation of rows, else prepared states; of the texts that are long enough.
    texts
        Where each text is.
    lags
        By how many steps the second unit of a pair comes later.
    shifts, guard, seed
        Draws of random shifts, as ``random_turns`` takes them.
    """

    measure: Measure
    values: NDArray[np.generic]
    texts: tuple[slice, ...]
    lags: tuple[int, ...] = (0,)
    shifts: int = SHIFTS
    guard: int | None = None
    seed: int = 0

    @classmethod
    def of(cls, states: StateMatrix, measure: Measure, lags: tuple[int, ...] = (0,), **draws: Any) -> PairNull:
        """The null of states, shape (units, steps), whose texts are shifted inside themselves."""
        units, steps = states.shape
        if units < 2 or steps < _LEAST:
            raise InputError(f"what chance shows needs 2 units and {_LEAST} steps or more, got {units} and {steps}")
        prepared = states if measure.prepare is None else measure.prepare(states)
        values, texts = joined(prepared.values, long_texts(prepared.column_breaks, prepared.shape[1]))
        null = cls(measure, rows_of(measure, values) if measure.spectral else values, texts, lags, **draws)
        smallest = min(text.stop - text.start for text in texts)
        if null.guard is not None and not 0 <= null.guard < smallest // 4:
            raise InputError(f"guard must be 0 to {smallest // 4 - 1} for {smallest} steps, got {null.guard}")
        return null

    @cached_property
    def moments(self) -> tuple[Matrix, Matrix]:
        """Mean and standard deviation of the measure of each pair under shifts, shape (units, units) each.

        Of a correlation of rows over all shifts, by power spectra; of any other measure over random ones, which are
        others than those of ``maxima``. A standard deviation of 0, of a pair with a constant unit, is infinite.
        """
        if self.measure.spectral:
            power = powers(self._rows, self.texts)
            mean, variance = text_dots(self._rows, self._rows, self.texts), power @ power.T
        else:
            count, total, squares = (np.zeros(2 * (len(self.values),)) for _ in range(3))
            for found, near in self._draws(max(self.shifts, SHIFTS), 1):
                count += ~near
                total += np.where(near, 0, found)
                squares += np.where(near, 0, found**2)
            mean = total / np.maximum(count, 1)
            variance = np.maximum(squares / np.maximum(count, 1) - mean**2, 0)
        return mean, np.asarray(np.where(variance > 1e-18, np.sqrt(np.maximum(variance, 1e-18)), np.inf))

    def spread(self, lag: NDArray[np.int64]) -> Matrix:
        """The standard deviation of each pair at its lag, which leaves fewer steps."""
        steps = self.values.shape[1]
        return np.asarray(self.moments[1] * np.sqrt(steps / np.maximum(steps - len(self.texts) * np.abs(lag), 1)))

    def z(self, values: Matrix, lag: NDArray[np.int64]) -> Matrix:
        """Standard deviations by which ``values`` differ from what shifts show; 0 on the diagonal."""
        found = (values - self.moments[0]) / self.spread(lag)
        np.fill_diagonal(found, 0)
        return np.asarray(found)

    @cached_property
    def maxima(self) -> NDArray[np.float64]:
        """The largest absolute z over all pairs and lags in each draw of random shifts, shape (shifts,)."""
        mean, spread = self.moments
        maxima = [float(np.where(near, 0, np.abs(found - mean) / spread).max()) for found, near in self._draws()]
        return np.asarray(np.array(maxima).reshape(max(self.shifts, 0), -1).max(axis=1))

    def _draws(self, shifts: int | None = None, stream: int = 0) -> Iterator[tuple[Matrix, NDArray[np.bool_]]]:
        """The measure of turned rows, and which pairs are left out; of several lags one after the other."""
        seed = check_seed(self.seed)
        rng = np.random.default_rng([seed, stream] if stream else seed)
        count = self.shifts if shifts is None else shifts
        if not self.measure.spectral:
            for values, near in random_turns(self.values, self.texts, count, self.guard, rng):
                yield measured(self.measure, values), near
            return
        narrow = self._rows.astype(np.float32)  # a quantile of chance needs no more digits, and takes half the time
        for rows, near in random_turns(narrow, self.texts, count, self.guard, rng):
            for lag in self.lags:
                later = rows if lag == 0 else turned(rows, self.texts, np.full((len(rows), len(self.texts)), lag))
                yield (rows @ later.T).astype(np.float64), near

    @property
    def _rows(self) -> Matrix:
        return np.asarray(self.values, np.float64)
