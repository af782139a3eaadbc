"""Grid: a matrix as it came, before it is known to be states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from stateviz.core.states import StateMatrix

Names = tuple[int | str, ...]


@dataclass(frozen=True, eq=False)
class Grid:
    """Numbers laid out as units x steps unless the user says otherwise; names where they came with some.

    Parameters
    ----------
    values
        Empty cells are NaN.
    site, units, tokens
        As of StateMatrix.
    gap
        Where the first empty cell is, in words: states have none.
    units_from
        ``"rows"`` or ``"columns"`` of what came, or the name of an axis; None where there is no question.
    steps_from
        The name of the other axis, where they have names.
    """

    values: NDArray[Any]
    site: str
    units: Names | None = None
    tokens: Names | None = None
    gap: str | None = None
    units_from: str | None = "rows"
    steps_from: str | None = None

    def transposed(self) -> Grid:
        """The same with units and steps exchanged."""
        turned = {"rows": "columns", "columns": "rows"}.get(self.units_from or "", self.steps_from)
        return Grid(self.values.T, self.site, self.tokens, self.units, self.gap, turned, self.units_from)

    def states(self) -> StateMatrix:
        """As states; StateMatrix raises InputError where the numbers cannot be states."""
        tokens = None if self.tokens is None else tuple(str(token) for token in self.tokens)
        return StateMatrix(self.values, self.units or (), tokens, self.site, units_from=self.units_from)
