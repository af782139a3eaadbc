"""Table: named rows that everything listed in stateviz lives in."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from stateviz.core.errors import UnknownNameError

Row = TypeVar("Row")

_DIGITS = {"2": "two-", "3": "three-"}
_MOST_LISTED, _FEW = 30, 8  # an error stays one readable line, however long the table


class Table(Mapping[str, Row], Generic[Row]):
    """Read-only mapping from a name to a row, whose failed look-up helps.

    Parameters
    ----------
    kind
        What a row is, in the singular: ``"method"``, ``"palette"``.
    rows
        The rows in the order they are listed.

    Examples
    --------
    >>> sizes = Table("size", {"small": 1, "large": 2})
    >>> sizes["large"]
    2
    >>> sizes["smal"]
    Traceback (most recent call last):
    ...
    stateviz.core.errors.UnknownNameError: unknown size 'smal'; choose from small, large (did you mean 'small'?)
    """

    def __init__(self, kind: str, rows: Mapping[str, Row]) -> None:
        self.kind = kind
        self._rows = dict(rows)

    def with_row(self, row: Row, name: str | None = None) -> Table[Row]:
        """A table of these rows and one more, which takes the place of a row of its name.

        Parameters
        ----------
        row
            What is added. Verbs take such rows as they take names: ``order(states, metric=row)``.
        name
            Its name in the table; by default the row's own ``name``.

        Examples
        --------
        >>> Table("size", {"small": 1}).with_row(2, "large")["large"]
        2
        """
        return Table(self.kind, {**self._rows, (str(getattr(row, "name", "")) if name is None else name): row})

    def __getitem__(self, name: str) -> Row:
        try:
            return self._rows[name]
        except (KeyError, TypeError):
            raise UnknownNameError(unknown(self.kind, name, self._rows)) from None

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"Table({self.kind!r}: {', '.join(self._rows)})"


def unknown(kind: str, name: object, choices: Mapping[str, object]) -> str:
    """The one-line message for a name that is not among ``choices``."""
    names = list(choices)
    spelled = "".join(_DIGITS.get(letter, letter) for letter in str(name))  # 2opt is meant as two-opt
    near = difflib.get_close_matches(spelled, names, n=1, cutoff=0.5)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    shown = names if len(names) <= _MOST_LISTED else [*names[:_FEW], f"... ({len(names)} in all)"]
    return f"unknown {kind} {str(name)!r}; choose from {', '.join(shown)}{hint}"
