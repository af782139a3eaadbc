"""StateMatrix: what the hidden state at one site of a model did over a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from stateviz.core.errors import InputError
from stateviz.core.html import grey_levels
from stateviz.core.interop import to_pandas
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.selection import Steps, Units, breaks_within, checked_breaks, permutation, step_slice, unit_rows
from stateviz.core.values import States, coerce_values, flipped

if TYPE_CHECKING:
    from pandas import DataFrame

Tokens = Sequence[str] | Callable[[], tuple[str, ...]] | None
"""The text of each step, or a function that reads it when it is asked for."""


@dataclass(frozen=True, eq=False, repr=False, init=False)
class StateMatrix(Noun):
    """Hidden states over a text: ``values[unit, step]``, read-only.

    Column ``t`` is the state after token ``t`` was read. ``len``, iteration and ``states[i, t]`` are those of
    ``values``, ``states["name"]`` is the row of a unit; ``np.asarray(states)`` and ``pandas.DataFrame(states)`` hold a
    row a unit, ``to_pandas()`` a column a unit.

    Parameters
    ----------
    values : array, shape (units, steps)
        No number is changed. Binary ones (bool, 0/1 or -1/+1) are held as int8; real ones as float32, or as
        float64 where float32 would move one by more than 1e-6 of the range of its row, or of the largest
        difference of two rows at a step, or a whole number of an integer type at all.
    units : sequence of int or str, optional
        The name of each row; by default 0, 1, 2, ...
    tokens : sequence of str, optional
        The text of each step; or a function without arguments that gives it, called once, when it is asked for.
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
    units_from : str, optional
        Of what came without names of its axes: whether its ``"rows"`` or its ``"columns"`` were read as units. Said
        by ``repr``, and no part of what is compared or written.

    Raises
    ------
    InputError
        When ``values`` is not two-dimensional, is empty, holds NaN or infinity, or when units or
        tokens are not as many as rows or columns, or when ``binary`` values are others than two.

    Examples
    --------
    >>> states = StateMatrix([[0, 1, 1], [1, 1, 0]], tokens="abc")
    >>> states.binary, states.off, states.shape, len(states), states[1, 2]
    (True, 0, (2, 3), 2, np.int8(0))
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
    units_from: str | None

    _measured: ClassVar[tuple[str, ...]] = ("units_from", "_read_tokens")

    def __init__(
        self,
        values: ArrayLike,
        units: Sequence[int | str] = (),
        tokens: Tokens = None,
        site: str = "h",
        source: Mapping[str, Any] | None = None,
        row_breaks: Sequence[int] = (),
        column_breaks: Sequence[int] = (),
        flipped: ArrayLike | None = None,
        binary: bool | None = None,
        off: int | None = None,
        units_from: str | None = None,
    ) -> None:
        if off not in (None, -1, 0) or (off is not None and binary is False):
            raise InputError(f"off is {off!r}; give -1 or 0, and only for binary states")
        states, low = coerce_values(values, binary if off is None else True, off)
        rows, steps = states.shape
        names = tuple(map(plain_name, units)) if len(units) else tuple(range(rows))
        text = None if tokens is None or callable(tokens) else tuple(tokens)
        flips = np.zeros(rows, np.bool_) if flipped is None else np.array(flipped, np.bool_)
        if len(names) != rows or len(flips) != rows:
            raise InputError(f"{len(names)} unit names and {len(flips)} flips came for {rows} rows; give one each")
        if len(set(names)) != rows:
            raise InputError("two rows have the same unit name; unit names must differ")
        if text is not None and len(text) != steps:
            raise InputError(f"{len(text)} tokens came for {steps} steps; give one token a step")
        flips.flags.writeable = False
        self._hold(**({"_read_tokens": tokens} if callable(tokens) else {"tokens": text}))
        self._hold(values=states, units=names, site=site, source=FrozenDict(source or {}), flipped=flips)
        self._hold(binary=low is not None, off=low, units_from=units_from)
        self._hold(
            row_breaks=checked_breaks(row_breaks, rows, "row"),
            column_breaks=checked_breaks(column_breaks, steps, "column"),
        )

    def __getattr__(self, name: str) -> Any:
        if name != "tokens" or "_read_tokens" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._hold(tokens=vars(self)["_read_tokens"]())
        return self.tokens

    def __getstate__(self) -> dict[str, object]:
        return self._content() | {"units_from": self.units_from}

    def _content(self) -> dict[str, object]:
        _ = self.tokens
        return super()._content()

    @property
    def shape(self) -> tuple[int, int]:
        """(units, steps)."""
        rows, steps = self.values.shape
        return rows, steps

    @property
    def extent(self) -> str:
        """How large it is, in words; of what came without names of its axes also where units were taken from."""
        came = f", from {self.units_from}" if self.units_from else ""
        return f"{self.shape[0]} units x {self.shape[1]} steps{came}"

    @property
    def T(self) -> NDArray[Any]:
        """The values as steps x units, a row a step, as scikit-learn takes them; read-only."""
        return self.values.T

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return iter(self.values)

    def __getitem__(self, place: Any) -> Any:
        return self.values[unit_rows(self.units, place)[0] if isinstance(place, str) else place]

    def to_numpy(self, dtype: DTypeLike | None = None) -> NDArray[Any]:
        """The values as an array of one's own, which can be written to.

        Parameters
        ----------
        dtype : dtype, optional
            Of the array; by default that of ``values``.

        Returns
        -------
        array, shape (units, steps)
        """
        return np.array(self.values, dtype)

    def to_pandas(self) -> DataFrame:
        """A pandas.DataFrame of one row a step: its token where there is one, then one column a unit.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        MissingExtraError
            When pandas is not installed.
        """
        return to_pandas(self)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype, copy=bool(copy)) if copy else np.asarray(self.values, dtype)

    def __repr__(self) -> str:
        kind = "binary" if self.binary else "real"
        return f"StateMatrix({self.site}: {self.extent}, {kind})"

    def _facts(self) -> Mapping[str, object]:
        kind = "real" if self.off is None else "binary (0, 1)" if self.off == 0 else "binary (-1, +1)"
        return {"site": self.site, "units": f"{self.shape[0]:,}", "steps": f"{self.shape[1]:,}", "values": kind}

    def _picture(self) -> NDArray[np.uint8]:
        return grey_levels(self.values)

    def select(self, steps: Steps | None = None, *, units: Units | None = None) -> StateMatrix:
        """Some columns and rows.

        Parameters
        ----------
        steps : slice or int, optional
            The columns, all of them by default: a slice, with a stride of 1 or more, or one step (-1 is the last).
        units : slice, sequence of int or str, int or str, optional
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
            column_breaks=breaks_within(self.column_breaks, part),
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
        rows, signs = permutation("rows", rows, signs, self.shape[0])
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
        steps, signs = permutation("steps", steps, signs, self.shape[1])
        values = flipped(self.values[:, steps], signs, self.off)
        tokens = None if self.tokens is None else tuple(self.tokens[t] for t in steps)
        return replace(self, values=values, tokens=tokens, column_breaks=tuple(breaks))


def plain_name(name: int | str | np.integer | np.str_) -> int | str:
    """A NumPy scalar as Python's own int or str, so that it can be written as JSON."""
    return name.item() if isinstance(name, np.generic) else name
