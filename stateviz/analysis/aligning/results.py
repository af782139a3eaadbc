"""Alignment: which unit of one model is which of another, and how alike both are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from stateviz.analysis.tables import as_text, write_table
from stateviz.core.errors import InputError, MismatchError
from stateviz.core.interop import pandas_module
from stateviz.core.noun import Noun
from stateviz.core.states import StateMatrix
from stateviz.storage.atomic import AnyPath

if TYPE_CHECKING:
    from pandas import DataFrame

MARK = "stateviz_alignment"


@dataclass(frozen=True)
class Partner:
    """A unit and its partner in the other model.

    Parameters
    ----------
    unit, partner : int or str
        Their names in the one and in the other; by regression ``partner`` is the unit of largest correlation alone.
    correlation : float
        Of both over the text.
    z : float
        Standard deviations by which it differs from what circular shifts show.
    p : float
        The probability that chance alone gives any pair so large a z; by regression any unit so large an R2.
    r2 : float or None
        By regression: the share of the unit's variance that all units of the other account for, on the half of the
        text that the weights were not fitted on.
    significant : bool

    Examples
    --------
    >>> Partner(0, 7, -0.9, -12.0, 0.005, None, True).partner
    7
    """

    unit: int | str
    partner: int | str
    correlation: float
    z: float
    p: float
    r2: float | None
    significant: bool

    def to_row(self) -> dict[str, Any]:
        """The fields by name, as a row of a table; without R2 where there is none."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, repr=False, eq=False)
class Alignment(Noun, Sequence[Partner]):
    """Which unit of one model is which of another: a sequence of Partner, in the order of the first's units.

    Parameters
    ----------
    rows : tuple of Partner
        One to one and with fewer units in the other, only those that have a partner.
    method : str
        A name of ALIGNMENTS.
    one, other : str
        The sites, with the model where it is known.
    other_units : tuple of int or str
        The names of all units of the other.
    cka : float
        Centred kernel alignment, linear: how alike both are as a whole, whatever the rotation; from 0 to 1.
    cka_chance : float
        The level that chance alone passes with a probability of ``alpha``, by circular shifts.
    alpha : float

    Examples
    --------
    >>> from stateviz.analysis.aligning.models import align
    >>> states = np.random.default_rng(0).normal(size=(3, 400))
    >>> [one.partner for one in align(states, states[[2, 0, 1]])]
    [1, 2, 0]
    """

    rows: tuple[Partner, ...]
    method: str
    one: str
    other: str
    other_units: tuple[int | str, ...]
    cka: float
    cka_chance: float
    alpha: float

    def __post_init__(self) -> None:
        self._hold(rows=tuple(self.rows), other_units=tuple(self.other_units))

    @overload
    def __getitem__(self, index: int) -> Partner: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Partner, ...]: ...

    def __getitem__(self, index: int | slice) -> Partner | tuple[Partner, ...]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Partner]:
        return iter(self.rows)

    @property
    def significant(self) -> Alignment:
        """Those that are more than chance."""
        return replace(self, rows=tuple(one for one in self.rows if one.significant))

    def reorder(self, other: StateMatrix) -> StateMatrix:
        """The other's states with each unit at the place of its partner, those of negative correlation flipped.

        Parameters
        ----------
        other : StateMatrix
            What was aligned, or other states of the same units; units without a partner come last.

        Raises
        ------
        InputError
            When partners are not one to one.
        MismatchError
            When the units are others.
        """
        if self.method != "assignment":
            raise InputError(f"partners by {self.method} are not one to one; align with method='assignment'")
        if other.units != self.other_units:
            raise MismatchError("these are not the units that were aligned; give states of the same units")
        place = {unit: row for row, unit in enumerate(other.units)}
        rows = [place[one.partner] for one in self.rows]
        signs = [-1 if one.correlation < 0 else 1 for one in self.rows]
        rest = sorted(set(range(len(place))) - set(rows))
        return other.reorder(rows + rest, signs + [1] * len(rest))

    def to_pandas(self) -> DataFrame:
        """A data frame: one row a unit, its fields as columns.

        Raises
        ------
        MissingExtraError
            When pandas is not installed.
        """
        frame: DataFrame = pandas_module().DataFrame([one.to_row() for one in self])
        return frame

    def to_text(self, k: int | None = 20) -> str:
        """A table of the strongest.

        Parameters
        ----------
        k : int, optional
            How many; None for all.
        """
        ranked = sorted(self.rows, key=lambda one: -abs(one.correlation if one.r2 is None else one.r2))
        return as_text([one.to_row() for one in ranked[:k]])

    def save(self, path: AnyPath, *, overwrite: bool = False) -> Path:
        """Write it as .json or .csv.

        Parameters
        ----------
        path : str or Path
        overwrite : bool
            Replace what is there; an alignment in .json is replaced unasked.

        Returns
        -------
        Path
            Where the file lies.

        Raises
        ------
        InputError, FileError
            When it has another ending, or cannot be written.
        """
        head = {name: getattr(self, name) for name in ("method", "one", "other", "cka", "cka_chance", "alpha")}
        return write_table([one.to_row() for one in self], path, MARK, head, "partners", overwrite=overwrite)

    def __repr__(self) -> str:
        count = sum(one.significant for one in self)
        return (
            f"Alignment({count} of {len(self)} units of {self.one} have a partner in {self.other}, by {self.method}; "
            f"CKA {self.cka:.3f}, by chance {self.cka_chance:.3f})"
        )

    def _facts(self) -> dict[str, object]:
        middle = float(np.median([abs(one.correlation) for one in self])) if len(self) else 0.0
        return {"partners": f"{len(self.significant)} of {len(self)}", "median |r|": f"{middle:.2f}", "CKA": self.cka}
