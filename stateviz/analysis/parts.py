"""TextPart: some steps of a text, on which units are held to features: where pairs are chosen, or confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.features import Values
from stateviz.analysis.measures import standardized
from stateviz.analysis.nulls.shifts import joined, long_texts, powers, text_dots
from stateviz.core.errors import InputError

Real = NDArray[np.float64]
Narrow = NDArray[np.float32]

LEAST_STEPS = 100
"""Of a part; of fewer steps nothing can be told."""
LEAST_ON = 20
"""Steps of a part at which a feature has to be another than it mostly is."""
_BLOCK = 64


@dataclass(frozen=True, eq=False)
class TextPart:
    """Features over some steps.

    Parameters
    ----------
    steps
        The first step, and the one after the last.
    columns
        Where each text is that is long enough to be shifted inside, in the whole.
    names
        Of the features.
    values : array, shape (features, steps)
        Over these columns side by side.
    """

    steps: tuple[int, int]
    columns: tuple[slice, ...]
    names: tuple[str, ...]
    values: Real

    @classmethod
    def of(cls, features: Mapping[str, Values], breaks: Sequence[int], steps: slice) -> TextPart:
        """The part of a text, whose texts begin at ``breaks``.

        Raises
        ------
        InputError
            When it has too few steps.
        """
        size = steps.stop - steps.start
        if size < LEAST_STEPS:
            raise InputError(
                f"a part has {size} steps, and findings need {LEAST_STEPS} or more in each; give a longer text, or "
                "confirm=None, which has one part"
            )
        inside = [b - steps.start for b in breaks if steps.start < b < steps.stop]
        columns = tuple(slice(text.start + steps.start, text.stop + steps.start) for text in long_texts(inside, size))
        rows = np.stack([np.asarray(one, np.float64) for one in features.values()])
        return cls(
            (steps.start, steps.stop), columns, tuple(features), np.asarray(joined(rows, columns)[0], np.float64)
        )

    @cached_property
    def texts(self) -> tuple[slice, ...]:
        """Where each text is, of those side by side."""
        return joined(np.zeros((1, self.columns[-1].stop)), self.columns)[1]

    @cached_property
    def rows(self) -> Real:
        """The features, of mean 0 and norm 1."""
        return standardized(self.values)

    @cached_property
    def power(self) -> Real:
        """Their power spectra."""
        return powers(self.rows, self.texts)

    @cached_property
    def uncommon(self) -> NDArray[np.int64]:
        """At how many steps each feature is another than it mostly is, shape (features,)."""
        most = [np.unique(row, return_counts=True)[1].max() for row in self.values]
        return np.asarray(self.values.shape[1] - np.array(most, np.int64))

    def units(self, values: NDArray[np.generic]) -> Narrow:
        """States, shape (units, all steps), over the steps of the part: of mean 0 and norm 1, as float32."""
        made = np.empty((len(values), self.values.shape[1]), np.float32)
        for first in range(0, len(values), _BLOCK):
            made[first : first + _BLOCK] = standardized(self.over(values[first : first + _BLOCK]))
        return made

    def over(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """States, shape (units, all steps), over the steps of the part."""
        return joined(values, self.columns)[0]

    def correlations(self, units: Narrow) -> Real:
        """The correlation of each unit with each feature, shape (units, features)."""
        return np.asarray(np.clip(units @ self.rows.astype(np.float32).T, -1, 1), np.float64)

    def spread(self, units: Narrow, power: Real | None = None) -> tuple[Real | float, Real]:
        """Mean and standard deviation of the correlations under all circular shifts; infinite where nothing changes."""
        power = self.power if power is None else power
        found = np.concatenate(
            [powers(units[k : k + _BLOCK], self.texts) @ power.T for k in range(0, len(units), _BLOCK)]
        ).astype(np.float64)
        mean = text_dots(units, self.rows, self.texts) if len(self.texts) > 1 else 0.0
        return mean, np.where(found > 1e-18, np.sqrt(np.maximum(found, 1e-18)), np.inf)


def split(steps: int, confirm: float | None) -> tuple[slice, slice]:
    """Where pairs are chosen, and where they are confirmed: a fiftieth of the steps between them belongs to neither.

    Examples
    --------
    >>> split(1000, 0.5), split(1000, None)
    ((slice(0, 490, None), slice(510, 1000, None)), (slice(0, 1000, None), slice(0, 1000, None)))
    """
    if confirm is None:
        return slice(0, steps), slice(0, steps)
    if isinstance(confirm, bool) or not isinstance(confirm, int | float) or not 0 < confirm < 1:
        raise InputError(f"confirm is {confirm!r}; give the share of the steps that confirms, such as 0.5, or None")
    guard = steps // 100
    cut = round(steps * (1 - confirm))
    return slice(0, max(cut - guard, 0)), slice(min(cut + guard, steps), steps)


def rare(parts: Sequence[TextPart], steps: int) -> dict[str, str]:
    """Why features are left out: they are one and the same at all but a few steps of a part."""
    found = {}
    least = np.min([part.uncommon for part in parts], axis=0)
    for name, count in zip(parts[0].names, least.tolist(), strict=True):
        if count < LEAST_ON:
            needed = f", some {-(-steps * LEAST_ON // count):,} steps as it occurs here" if count else ""
            found[name] = f"it is {_seldom(parts, name)} at {count} steps of a part, and {LEAST_ON} are needed; " + (
                f"give a longer text{needed}"
            )
    return found


def _seldom(parts: Sequence[TextPart], name: str) -> str:
    """What a feature is at few steps: on, off, or another number than it mostly is."""
    values = np.concatenate([part.values[part.names.index(name)] for part in parts])
    if not np.isin(values, (0.0, 1.0)).all():
        return "another number than it mostly is"
    return "on" if values.mean() < 0.5 else "off"
