"""Parts of a recording: which steps and units are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.table import unknown

Units = slice | Sequence[int | str] | int | str
"""A slice of the rows, names of units in any order, or one name."""


Steps = slice | int
"""A slice of the columns, its stride 1 or more, or one of them; -1 is the last."""


def step_slice(steps: Steps | None, count: int) -> slice:
    """``steps`` with both ends and its stride, once it is sure that it holds a column of ``count``.

    Examples
    --------
    >>> step_slice(slice(2, None), 5), step_slice(slice(0, 5, 2), 5), step_slice(-1, 5)
    (slice(2, 5, 1), slice(0, 5, 2), slice(4, 5, 1))
    """
    if isinstance(steps, int | np.integer) and not isinstance(steps, bool):
        if not -count <= steps < count:
            raise InputError(f"there is no step {steps}: the {count} steps count from 0, or from -1 backwards")
        return slice(int(steps) % count, int(steps) % count + 1, 1)
    if steps is None:
        steps = slice(None)
    bounds = (steps.start, steps.stop, steps.step) if isinstance(steps, slice) else (steps,)
    if not isinstance(steps, slice) or any(not isinstance(b, int | np.integer | None) for b in bounds):
        raise InputError(f"steps is {steps!r}; give a slice such as slice(0, 100) or slice(0, 100, 2), or one step")
    if steps.step is not None and steps.step < 1:
        raise InputError(f"steps have stride {steps.step}; give 1 or more: steps stay in the order of the text")
    start, stop, stride = steps.indices(count)
    if stop <= start:
        raise InputError(f"steps {steps.start}:{steps.stop} hold no column of {count}; give A:B with A < B")
    return slice(start, stop, stride)


def breaks_within(breaks: Sequence[int], part: slice) -> tuple[int, ...]:
    """Where breaks between columns lie among those of ``part``.

    Examples
    --------
    >>> breaks_within((3, 4, 8), slice(2, 8, 1)), breaks_within((3, 4, 8), slice(0, 10, 2))
    ((1, 2), (2, 4))
    """
    first = {-((part.start - b) // part.step) for b in breaks}  # the first chosen column that is no earlier
    return tuple(sorted(place for place in first if 0 < place < len(range(part.start, part.stop, part.step))))


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
    units = [units] if isinstance(units, int | str | np.integer) else units
    for unit in units:
        if unit not in where:
            same = next((name for name in where if str(name) == str(unit)), None)
            if same is not None:
                raise UnknownNameError(f"there is no unit {unit!r}, but one named {same!r}; give it so")
            raise UnknownNameError(unknown_unit(unit, names))
    return np.array([where[unit] for unit in units], np.int64)


def unknown_unit(unit: object, names: Sequence[int | str]) -> str:
    """The one-line message for a unit that is not among ``names``.

    Examples
    --------
    >>> unknown_unit(999, range(128))
    "unknown unit '999'; the 128 units are 0 to 127"
    """
    if tuple(names) == tuple(range(len(names))):
        return f"unknown unit {str(unit)!r}; the {len(names)} units are 0 to {len(names) - 1}"
    return unknown("unit", unit, dict.fromkeys(map(str, names)))


def checked_breaks(breaks: Sequence[int], size: int, axis: str) -> tuple[int, ...]:
    """``breaks`` between ``size`` rows or columns, once it is sure that they rise."""
    result = tuple(int(b) for b in breaks)
    if list(result) != sorted(set(result)) or any(not 0 < b < size for b in result):
        raise InputError(f"{axis} breaks {result} must rise and lie within 1 to {size - 1}")
    return result


def permutation(
    what: str, order: ArrayLike, signs: ArrayLike | None, size: int
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """``order`` and ``signs`` (none flipped by default) as arrays, once every place of ``size`` is in it."""
    places = np.asarray(order)
    if not np.array_equal(np.sort(places), np.arange(size)):
        raise InputError(f"{what} must be a permutation of 0 to {size - 1}")
    return places, np.ones(size, np.int8) if signs is None else np.asarray(signs, np.int8)
