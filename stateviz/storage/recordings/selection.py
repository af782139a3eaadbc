"""Parts of a stored recording: which steps and units are asked for, and a block of everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.table import unknown
from stateviz.storage.recordings.schema import Site

Units = slice | Sequence[int | str]


@dataclass(frozen=True)
class Block:
    """Some steps of a recording as its file holds them; ``states[site]`` is steps x units."""

    tokens: tuple[str, ...]
    states: dict[str, NDArray[Any]]
    tracks: dict[str, NDArray[Any]]
    own_tokens: dict[str, tuple[str, ...]] = field(default_factory=dict)


def step_slice(steps: slice | None, count: int) -> slice:
    """``steps`` with both ends, once it is sure that it holds a column of ``count``."""
    start, stop, stride = (steps or slice(None)).indices(count)
    if stride != 1 or stop <= start:
        shown = steps or slice(None)
        raise InputError(f"steps {shown.start}:{shown.stop} hold no column of {count}; give A:B with A < B")
    return slice(start, stop)


def unit_rows(layout: Site, units: Units | None) -> NDArray[np.int64]:
    """The rows that a slice or names of units stand for."""
    every = np.arange(len(layout.units))
    if units is None or isinstance(units, slice):
        rows = every[units or slice(None)]
        if not len(rows):
            raise InputError(f"units {units} hold no row of {len(every)}")
        return rows
    where = {unit: row for row, unit in enumerate(layout.units)}
    for unit in units:
        if unit not in where:
            raise UnknownNameError(unknown("unit", unit, {str(name): None for name in where}))
    return np.array([where[unit] for unit in units], np.int64)
