"""StateMatrix: what the hidden state at one site of a model did over a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from stateviz.core.errors import InputError
from stateviz.core.html import grey_levels
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.selection import Units, step_slice, unit_rows
from stateviz.core.values import States, coerce_values, flipped


@dataclass(frozen=True, eq=False, repr=False, init=False)
class StateMatrix(Noun):
    """Hidden states over a text: ``values[unit, step]``, read-only.

    Column ``t`` is the state after token ``t`` was read.

    Parameters
    ----------
    values : array, shape (units, steps)
        No number is changed. Binary ones (bool, 0/1 or -1/+1) are held as int8; real ones as float32, or as
        float64 where float32 would move one by more than 1e-6 of the range of its row.
    units : sequence of int or str, optional
        The name of each row; by default 0, 1, 2, ...
    tokens : sequence of str, optional
        The text of each step.
    site : str
        Where in the model the rows were captured, such as ``"core.h"``.
    source : mapping, optional
        Where the values came from (digests, versions); plain JSON values.
    row_breaks, column_breaks : sequence of int
        A break at ``i`` stands between ``i - 1`` and ``i``.
    flipped : array of bool, shape (units,), optional
        True where a row was flipped: on and off of a binary one exchanged, a real one multiplied by -1.
    binary : bool, optional
        Whether the values are two-valued. By default they are where all of them are -1 or +1, or all 0 or 1; this is
        decided once, and every part and order of the matrix is of the same kind, whatever values it holds.
    off : int, optional
        -1 or 0: the lower value of binary ones, the upper is 1. By default the one that is there. None of real ones.

    Raises
    ------
    InputError
        When ``values`` is not two-dimensional, is empty, holds NaN or infinity, or when units or
        tokens are not as many as rows or columns, or when ``binary`` values are others than two.

    Examples
    --------
    >>> states = StateMatrix([[0, 1, 1], [1, 1, 0]], tokens="abc")
    >>> states.binary, states.off, states.shape
    (True, 0, (2, 3))
    >>> states.reorder([1, 0], signs=[1, -1]).values.tolist()
    [[1, 1, 0], [1, 0, 0]]
    >>> StateMatrix([[0, 1, 2], [0, 1, 1]]).select(units=[1]).binary
    False
    """

    values: States
    units: tuple[int | str, ...]
    tokens: tuple[str, ...] | None
    site: str
    source: Mapping[str, Any]
    row_breaks: tuple[int, ...]
    column_breaks: tuple[int, ...]
    flipped: NDArray[np.bool_]
    binary: bool
    off: int | None

    def __init__(
        self,
        values: ArrayLike,
        units: Sequence[int | str] = (),
        tokens: Sequence[str] | None = None,
        site: str = "h",
        source: Mapping[str, Any] | None = None,
        row_breaks: Sequence[int] = (),
        column_breaks: Sequence[int] = (),
        flipped: ArrayLike | None = None,
        binary: bool | None = None,
        off: int | None = None,
    ) -> None:
        if off not in (None, -1, 0) or (off is not None and binary is False):
            raise InputError(f"off is {off!r}; give -1 or 0, and only for binary states")
        states, low = coerce_values(values, binary if off is None else True, off)
        rows, steps = states.shape
        names = tuple(map(plain_name, units)) if len(units) else tuple(range(rows))
        text = None if tokens is None else tuple(tokens)
        flips = np.zeros(rows, np.bool_) if flipped is None else np.array(flipped, np.bool_)
        if len(names) != rows or len(flips) != rows:
            raise InputError(f"{len(names)} unit names and {len(flips)} flips came for {rows} rows; give one each")
        if len(set(names)) != rows:
            raise InputError("two rows have the same unit name; unit names must differ")
        if text is not None and len(text) != steps:
            raise InputError(f"{len(text)} tokens came for {steps} steps; give one token a step")
        flips.flags.writeable = False
        self._hold(values=states, units=names, tokens=text, site=site, source=FrozenDict(source or {}), flipped=flips)
        self._hold(binary=low is not None, off=low)
        self._hold(row_breaks=_breaks(row_breaks, rows, "row"), column_breaks=_breaks(column_breaks, steps, "column"))

    @property
    def shape(self) -> tuple[int, int]:
        """(units, steps)."""
        rows, steps = self.values.shape
        return rows, steps

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype, copy=bool(copy)) if copy else np.asarray(self.values, dtype)

    def __repr__(self) -> str:
        kind = "binary" if self.binary else "real"
        return f"StateMatrix({self.site}: {self.shape[0]} units x {self.shape[1]} steps, {kind})"

    def _facts(self) -> Mapping[str, object]:
        kind = "real" if self.off is None else "binary (0, 1)" if self.off == 0 else "binary (-1, +1)"
        return {"site": self.site, "units": f"{self.shape[0]:,}", "steps": f"{self.shape[1]:,}", "values": kind}

    def _picture(self) -> NDArray[np.uint8]:
        return grey_levels(self.values)

    def select(self, steps: slice | None = None, *, units: Units | None = None) -> StateMatrix:
        """Some columns and rows.

        Parameters
        ----------
        steps : slice, optional
            The columns, without a stride; all of them by default.
        units : slice or sequence of int or str, optional
            A slice of the rows, or names of units in any order. Rows chosen by name or slice carry no row breaks.

        Returns
        -------
        StateMatrix

        Raises
        ------
        InputError
            When no column or no row is left.
        UnknownNameError
            When there is no such unit.
        """
        part = step_slice(steps, self.shape[1])
        chosen = replace(
            self,
            values=self.values[:, part],
            tokens=None if self.tokens is None else self.tokens[part],
            column_breaks=tuple(b - part.start for b in self.column_breaks if part.start < b < part.stop),
        )
        if units is None:
            return chosen
        rows = unit_rows(self.units, units)
        values = chosen.values[rows]
        values.flags.writeable = False
        return replace(
            chosen,
            values=values,
            units=tuple(self.units[row] for row in rows),
            row_breaks=(),
            flipped=chosen.flipped[rows],
        )

    def reorder(self, rows: ArrayLike, signs: ArrayLike | None = None, row_breaks: Sequence[int] = ()) -> StateMatrix:
        """The rows in another order, those of sign -1 flipped: on and off exchanged, or negated.

        Parameters
        ----------
        rows : array of int, shape (units,)
            A permutation: ``rows[i]`` is the row that comes to place i.
        signs : array of int, shape (units,), optional
            -1 or +1 for each row of the result.
        row_breaks : sequence of int
            Where groups of rows begin in the result.
        """
        rows = np.asarray(rows)
        if not np.array_equal(np.sort(rows), np.arange(self.shape[0])):
            raise InputError(f"rows must be a permutation of 0 to {self.shape[0] - 1}")
        signs = np.ones(len(rows), np.int8) if signs is None else np.asarray(signs, np.int8)
        values = flipped(self.values[rows], signs[:, None], self.off)
        turned = self.flipped[rows] ^ (signs < 0)
        units = tuple(self.units[i] for i in rows)
        return replace(self, values=values, units=units, flipped=turned, row_breaks=tuple(row_breaks))

    def reorder_steps(
        self, steps: ArrayLike, signs: ArrayLike | None = None, breaks: Sequence[int] = ()
    ) -> StateMatrix:
        """The columns in another order, those of sign -1 flipped; the tokens move with their columns.

        Parameters
        ----------
        steps : array of int, shape (steps,)
            A permutation: ``steps[t]`` is the column that comes to place t.
        signs : array of int, shape (steps,), optional
            -1 or +1 for each column of the result.
        breaks : sequence of int
            Where groups of columns begin in the result.
        """
        steps = np.asarray(steps)
        if not np.array_equal(np.sort(steps), np.arange(self.shape[1])):
            raise InputError(f"steps must be a permutation of 0 to {self.shape[1] - 1}")
        signs = np.ones(len(steps), np.int8) if signs is None else np.asarray(signs, np.int8)
        values = flipped(self.values[:, steps], signs, self.off)
        tokens = None if self.tokens is None else tuple(self.tokens[t] for t in steps)
        return replace(self, values=values, tokens=tokens, column_breaks=tuple(breaks))


def plain_name(name: int | str | np.integer | np.str_) -> int | str:
    """A NumPy scalar as Python's own int or str, so that it can be written as JSON."""
    return name.item() if isinstance(name, np.generic) else name


def _breaks(breaks: Sequence[int], size: int, axis: str) -> tuple[int, ...]:
    result = tuple(int(b) for b in breaks)
    if list(result) != sorted(set(result)) or any(not 0 < b < size for b in result):
        raise InputError(f"{axis} breaks {result} must rise and lie within 1 to {size - 1}")
    return result
