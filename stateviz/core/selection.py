"""Parts of a recording: which steps and units are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.table import unknown

Units = slice | Sequence[int | str]
"""A slice of the rows, or names of units in any order."""


def step_slice(steps: slice | None, count: int) -> slice:
    """``steps`` with both ends, once it is sure that it holds a column of ``count``.

    Examples
    --------
    >>> step_slice(slice(2, None), 5)
    slice(2, 5, None)
    """
    if steps is not None and not isinstance(steps, slice):
        raise InputError(f"steps is {steps!r}; give a slice such as slice(0, 100)")
    start, stop, stride = (steps or slice(None)).indices(count)
    if stride != 1 or stop <= start:
        shown = steps or slice(None)
        raise InputError(f"steps {shown.start}:{shown.stop} hold no column of {count}; give A:B with A < B")
    return slice(start, stop)


def unit_rows(names: Sequence[int | str], units: Units | None) -> NDArray[np.int64]:
    """The rows that a slice or names of units stand for, where ``names`` are those of all rows.

    Examples
    --------
    >>> unit_rows(("a", "b", "c"), ["c", "a"]).tolist()
    [2, 0]
    """
    every = np.arange(len(names))
    if units is None or isinstance(units, slice):
        rows = every[units or slice(None)]
        if not len(rows):
            raise InputError(f"units {units} hold no row of {len(every)}")
        return rows
    where = {unit: row for row, unit in enumerate(names)}
    for unit in units:
        if unit not in where:
            same = next((name for name in where if str(name) == str(unit)), None)
            if same is not None:
                raise UnknownNameError(f"there is no unit {unit!r}, but one named {same!r}; give it so")
            raise UnknownNameError(unknown("unit", unit, {str(name): None for name in where}))
    return np.array([where[unit] for unit in units], np.int64)
