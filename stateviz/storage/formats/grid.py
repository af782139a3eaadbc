"""Grid: a matrix as a file holds it, before it is known to be states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from stateviz.core.errors import UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.core.table import unknown

MOST_SHOWN = 30
"""Names in an error, however many there are."""

Names = tuple[int | str, ...]


@dataclass(frozen=True, eq=False)
class Grid:
    """Numbers laid out as units x steps unless the user says otherwise; names where the file has them.

    Empty cells are NaN, and ``gap`` says where the first of them is: states have none.
    """

    values: NDArray[Any]
    site: str
    units: Names | None = None
    tokens: Names | None = None
    gap: str | None = None

    def transposed(self) -> Grid:
        """The same with units and steps exchanged."""
        return Grid(self.values.T, self.site, self.tokens, self.units, self.gap)

    def states(self) -> StateMatrix:
        """As states; StateMatrix raises InputError where the numbers cannot be states."""
        tokens = None if self.tokens is None else tuple(str(token) for token in self.tokens)
        return StateMatrix(self.values, units=self.units or (), tokens=tokens, site=self.site)


def named_site(path: Path, what: str, site: str | None, found: Mapping[str, object]) -> str:
    """The ``site`` of a file that holds several ``what``, or its only one.

    Raises
    ------
    UnknownNameError
        When there are several and none is named, or there is none of that name.
    """
    if site is None and len(found) > 1:
        shown = ", ".join(list(found)[:MOST_SHOWN])
        raise UnknownNameError(f"{path} holds {len(found)} {what}; name one as the site: {shown}")
    if site is not None and site not in found:
        raise UnknownNameError(f"{path}: {unknown('site', site, found)}")
    return next(iter(found)) if site is None else site


def parse_names(texts: list[str]) -> Names:
    """Names as text, or as whole numbers where all of them are plain ones.

    Examples
    --------
    >>> parse_names(["0", "12"]), parse_names(["0", "012"])
    ((0, 12), ('0', '012'))
    """
    if all(text.isascii() and text.isdigit() and str(int(text[:18])) == text for text in texts):
        return tuple(int(text) for text in texts)
    return tuple(texts)
