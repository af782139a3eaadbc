"""What is told of the pairs that were found: effects, intervals, and which units are readable."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.decisions import Chance, Rule, decide
from stateviz.analysis.effects import areas, binned_r2
from stateviz.analysis.findings import Finding
from stateviz.analysis.intervals import FEW_STRETCHES, Lagged, drifts, intervals
from stateviz.analysis.parts import Narrow, Real, TextPart

Names = tuple[tuple[str, int | str], ...]
_SHOWN = 8


@dataclass(frozen=True, eq=False)
class Rows:
    """Units as they came, shape (units, all steps), and over both parts, of norm 1."""

    values: NDArray[np.generic]
    units: Narrow
    later: Narrow


@dataclass(frozen=True, eq=False)
class Search:
    """Units held to features, chosen on one part and told of another.

    Parameters
    ----------
    chance
        The null and the level.
    first
        Where pairs are chosen.
    second
        Where they are confirmed; None: they are told of the same.
    readable
        The R2 from which on a unit is.
    """

    chance: Chance
    first: TextPart
    second: TextPart | None
    readable: float

    @property
    def last(self) -> TextPart:
        """What is told of."""
        return self.first if self.second is None else self.second

    def rows(self, values: NDArray[np.generic]) -> Rows:
        """Units over both parts."""
        units = self.first.units(values)
        return Rows(values, units, units if self.second is None else self.second.units(values))

    def judged(self, rows: Rows) -> tuple[Real, Real, Rule]:
        """z of each part and what the rule says, shape (units, features) each."""
        return decide(self.chance, self.first, self.second, rows.units, rows.later)

    def r2(self, rows: Rows, unit: int, chosen: NDArray[np.int64]) -> Real:
        """R2 of the best function of a unit's value, of chosen features."""
        values, states = self.first.values[chosen], self.first.over(rows.values[unit : unit + 1])[0]
        if self.second is not None:
            return binned_r2(
                states, values, self.second.over(rows.values[unit : unit + 1])[0], self.last.values[chosen]
            )
        half = len(states) // 2  # found on one half and judged on the other, both ways round
        sides = ((slice(None, half), slice(half, None)), (slice(half, None), slice(None, half)))
        found = [binned_r2(states[a], values[:, a], states[b], values[:, b]) for a, b in sides]
        return np.asarray(np.mean(found, axis=0))

    def readable_units(self, rows: Rows) -> NDArray[np.bool_]:
        """Which units follow a feature more than chance does, and by so large an R2, shape (units,)."""
        significant = self.judged(rows)[2][2]
        best = (self.r2(rows, unit, np.flatnonzero(row)) if row.any() else None for unit, row in enumerate(significant))
        return np.array([r2 is not None and bool((r2 >= self.readable).any()) for r2 in best])

    def told(self, names: Names, rows: Rows) -> tuple[list[Finding], list[Finding]]:
        """The candidates, and the strongest of each unit without a significant one."""
        z, last_z, (p, candidates, significant) = self.judged(rows)
        strongest = np.zeros_like(candidates)
        alone = np.flatnonzero(~significant.any(axis=1))
        strongest[alone, np.abs(z[alone]).argmax(axis=1)] = True
        later, r = rows.later, self.last.correlations(rows.later)
        features = Lagged(self.last.rows, self.last.texts)
        drifting = drifts(self.last.rows), np.zeros(len(names), np.bool_)
        found: list[Finding] = []
        without: list[Finding] = []
        for unit, (site, name) in enumerate(names):
            chosen = np.flatnonzero(candidates[unit] | strongest[unit])
            if not len(chosen):
                continue
            drifting[1][unit] = bool(drifts(later[unit : unit + 1])[0])
            lagged = Lagged(later[unit : unit + 1], self.last.texts)
            sure = intervals(features, lagged, 0, chosen, r[unit, chosen])
            r2 = self.r2(rows, unit, chosen)
            area = self._areas(later[unit], chosen)
            for place, feature in enumerate(chosen):
                one = Finding(
                    site, name, self.last.names[feature], float(r[unit, feature]), sure[place].low, sure[place].high,
                    area[place], float(r[unit, feature] ** 2), float(r2[place]), float(last_z[unit, feature]),
                    float(p[unit, feature]), self.on_steps[feature], self.last.steps, sure[place].stretches,
                    bool(significant[unit, feature]), self.second is not None,
                    bool(drifting[1][unit] or drifting[0][feature]),
                )  # fmt: skip
                if candidates[unit, feature]:
                    found.append(one)
                if strongest[unit, feature]:
                    without.append(one)
        self._warn(found, drifting, names)
        return sorted(found, key=lambda one: (not one.significant, one.p > 0.01, -abs(one.z))), without

    @cached_property
    def on_steps(self) -> list[int | None]:
        """Steps at which each feature is on; None of those that are not on or off."""
        values = self.last.values
        flags = [np.isin(row, (0.0, 1.0)).all() for row in values]
        return [int(row.sum()) if flag else None for row, flag in zip(values, flags, strict=True)]

    def _areas(self, unit: Narrow, chosen: NDArray[np.int64]) -> list[float | None]:
        on_off = np.array([self.on_steps[feature] is not None for feature in chosen])
        found: list[float | None] = [None] * len(chosen)
        if on_off.any():
            known = areas(unit, self.last.values[chosen[on_off]] > 0)
            for place, area in zip(np.flatnonzero(on_off), known, strict=True):
                found[place] = float(area)
        return found

    def _warn(self, found: list[Finding], drifting: tuple[NDArray[np.bool_], NDArray[np.bool_]], names: Names) -> None:
        units = [f"{name[1]}" for name, drift in zip(names, drifting[1], strict=True) if drift]
        features = [name for name, drift in zip(self.last.names, drifting[0], strict=True) if drift]
        told = [f"{what} {_listed(names)}" for what, names in (("units", units), ("features", features)) if names]
        if told and self.chance.null != "passages":
            warnings.warn(
                f"{' and '.join(told)} drift over the text, and shifts are no fair comparison; null='passages' is",
                UserWarning,
                stacklevel=4,
            )
        few = [f"{one.unit} x {one.feature}" for one in found if one.significant and one.stretches < FEW_STRETCHES]
        if few:
            warnings.warn(
                f"fewer than {FEW_STRETCHES} independent stretches: intervals may be too narrow: {_listed(few)}",
                UserWarning,
                stacklevel=4,
            )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
