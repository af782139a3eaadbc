"""Improvement: one of the orders that a solver came by on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.noun import Noun
from stateviz.core.number_wording import amount


@dataclass(frozen=True, eq=False, repr=False)
class Improvement(Noun):
    """One of the orders that a solver came by, each shorter than the one before.

    Parameters
    ----------
    seconds : float
        Since the methods began.
    length : float
        Of this order.
    rows : array of int, shape (units,)
        ``rows[i]`` is the row at place i.

    Examples
    --------
    >>> Improvement(0.5, 12.0, [1, 0])
    Improvement(length 12 after 0.50 s)
    """

    seconds: float
    length: float
    rows: NDArray[np.int64]

    _measured: ClassVar[tuple[str, ...]] = ("seconds",)

    def __post_init__(self) -> None:
        rows = np.array(self.rows, np.int64)
        if rows.ndim != 1 or not np.array_equal(np.sort(rows), np.arange(len(rows))):
            raise InputError(f"rows must be a permutation of 0 to {rows.size - 1}")
        rows.flags.writeable = False
        self._hold(rows=rows)

    def to_json(self) -> dict[str, Any]:
        """What a file holds of it."""
        return {"seconds": self.seconds, "length": self.length, "rows": self.rows.tolist()}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Improvement:
        """Read back what ``to_json`` gave.

        Parameters
        ----------
        body : mapping of str to object
            What the JSON holds of it.

        Raises
        ------
        TypeError
            When a field is of another kind.
        """
        seconds, length, rows = body["seconds"], body["length"], body["rows"]
        numbers = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (seconds, length))
        if not numbers or not isinstance(rows, list) or not all(type(row) is int for row in rows):
            raise TypeError("an improvement is not two numbers and rows")
        return cls(seconds, length, np.array(rows, np.int64))

    def __repr__(self) -> str:
        return f"Improvement(length {amount(self.length)} after {self.seconds:.2f} s)"
