"""Modules: units that go together whatever the sign, turned so that they agree, and what each does as one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.measures import standardized
from stateviz.core.errors import InputError
from stateviz.core.noun import Noun
from stateviz.core.states import StateMatrix
from stateviz.core.values import flipped


@dataclass(frozen=True, repr=False, eq=False)
class UnitModule(Noun):
    """Units that go together, each with the sign by which it agrees with the others; made by ``Correlations.modules``.

    Parameters
    ----------
    units : tuple of int or str
        The one that stands for the others best first.
    signs : tuple of int
        1, or -1 for a unit that goes against the others.

    Examples
    --------
    >>> UnitModule((3, 1), (1, -1))
    UnitModule(3 -1)
    """

    units: tuple[int | str, ...]
    signs: tuple[int, ...]

    def __post_init__(self) -> None:
        self._hold(units=tuple(self.units), signs=tuple(map(int, self.signs)))
        if len(self.units) < 2 or len(self.units) != len(self.signs) or set(self.signs) - {-1, 1}:
            raise InputError(f"a module is two units or more, each with a sign; got {self.units} and {self.signs}")

    def __len__(self) -> int:
        return len(self.units)

    def __repr__(self) -> str:
        return f"UnitModule({' '.join(self.names())})"

    def names(self) -> tuple[str, ...]:
        """The units as text, those that are turned with a minus."""
        return tuple(f"{'-' if sign < 0 else ''}{unit}" for unit, sign in zip(self.units, self.signs, strict=True))

    def rows(self, states: StateMatrix) -> StateMatrix:
        """Its units as rows of the states, those that go against the others turned round.

        Parameters
        ----------
        states : StateMatrix
            Of the same units.
        """
        signs = np.array(self.signs)[:, None]
        values = flipped(states.values[places_of(self.units, states.units)], signs, states.off)
        return StateMatrix(
            values, units=self.names(), tokens=states.tokens, site=states.site, column_breaks=states.column_breaks,
            off=states.off,
        )  # fmt: skip


def module_rows(states: StateMatrix, modules: Sequence[UnitModule]) -> StateMatrix:
    """What each module does, as one row: the mean of its units, each standardised and turned to agree.

    Parameters
    ----------
    states : StateMatrix
        Of the same units.
    modules : sequence of UnitModule
        As ``Correlations.modules`` gives them.

    Returns
    -------
    StateMatrix
        Real, its units named ``module 1``, ``module 2``; ``find`` tells what each follows.

    Raises
    ------
    InputError
        When there is no module, or a unit that the states lack.

    Examples
    --------
    >>> states = StateMatrix([[0, 0, 1, 1], [1, 1, 0, 0]])
    >>> module_rows(states, [UnitModule((0, 1), (1, -1))]).values.tolist()
    [[-1.0, -1.0, 1.0, 1.0]]
    """
    if not modules:
        raise InputError("there is no module; give those that modules() finds")
    rows = []
    for one in modules:
        values = standardized(states.values[places_of(one.units, states.units)]) * np.sqrt(states.shape[1])
        rows.append((values * np.array(one.signs)[:, None]).mean(axis=0))
    return StateMatrix(
        np.stack(rows).astype(np.float32), units=[f"module {number}" for number in range(1, len(rows) + 1)],
        tokens=states.tokens, site=states.site, column_breaks=states.column_breaks, source=states.source, binary=False,
    )  # fmt: skip


def aligned(units: Sequence[int | str], values: NDArray[np.float64]) -> UnitModule:
    """Units with the signs that the first eigenvector of their correlations has, its largest entries first.

    The sign of the first unit is 1: which of the two ways all of them are turned is no property of the state.

    Examples
    --------
    >>> aligned("ab", np.array([[1, -0.5], [-0.5, 1]]))
    UnitModule(a -b)
    """
    leading = np.linalg.eigh(values)[1][:, -1]
    # Rounded, so that equal entries keep the order of the units whatever the last digit.
    order = np.argsort(-np.abs(leading).round(9), kind="stable")
    signs = np.where(leading[order] * leading[order[0]] < 0, -1, 1)
    return UnitModule(tuple(units[place] for place in order), tuple(signs.tolist()))


def places_of(units: Sequence[int | str], known: Sequence[int | str]) -> NDArray[np.int64]:
    """The row of each of some units among those that are known."""
    place = {unit: row for row, unit in enumerate(known)}
    missing = [unit for unit in units if unit not in place]
    if missing:
        raise InputError(f"unit {missing[0]!r} of a module is not among these {len(known)} units")
    return np.array([place[unit] for unit in units], np.int64)
