"""Tables of numbers as text, Markdown and comma-separated values."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name
        Its head.
    values
        Text or numbers; None where there is none.
    show
        How a number is written for people; None for a column of text.
    better
        ``"lower"`` or ``"higher"`` where the best value is to be marked.
    """

    name: str
    values: Sequence[Any]
    show: Callable[[float], str] | None = None
    better: str | None = None

    def best(self) -> list[bool]:
        """Which values are the best; none where all are equal, or one is alone."""
        defined = [value for value in self.values if self.better and value is not None and not math.isnan(value)]
        if len(set(defined)) < 2:
            return [False] * len(self.values)
        best = min(defined) if self.better == "lower" else max(defined)
        return [value == best for value in self.values]

    def shown(self) -> list[str]:
        """The values as text."""
        if self.show is None:
            return ["" if value is None else str(value) for value in self.values]
        return ["-" if value is None or math.isnan(value) else self.show(value) for value in self.values]


def as_text(columns: Sequence[Column]) -> str:
    """Aligned columns, numbers to the right; ``*`` after the best, empty columns of text left out.

    Examples
    --------
    >>> from stateviz.core.number_wording import table_amount
    >>> print(as_text([Column("method", ["a", "bc"]), Column("length", [9.0, 10.0], table_amount, "lower")]))
    method  length
    a           9*
    bc         10
    """
    parts = []
    for column in columns:
        cells, marks = column.shown(), column.best()
        if column.show is None:
            if not any(cells):
                continue
            width = max(map(len, (column.name, *cells)))
            parts.append([text.ljust(width) for text in (column.name, *cells)])
            continue
        mark = any(marks)
        cells = [cell + ("*" if best else " ") * mark for cell, best in zip(cells, marks, strict=True)]
        width = max(map(len, (column.name, *cells)))
        # The mark hangs out on the right, so that digits stay under digits.
        parts.append([text.rjust(width) for text in (column.name, *cells)])
    return "\n".join("  ".join(line).rstrip() for line in zip(*parts, strict=True))


def as_markdown(columns: Sequence[Column]) -> str:
    """A table of GitHub's Markdown; the best in bold, empty columns of text left out.

    Examples
    --------
    >>> from stateviz.core.number_wording import table_amount
    >>> print(as_markdown([Column("method", ["a", "b"]), Column("length", [9.0, 10.0], table_amount, "lower")]))
    | method | length |
    | --- | ---: |
    | a | **9** |
    | b | 10 |
    """
    kept = [column for column in columns if column.show is not None or any(column.shown())]
    body = [
        [f"**{cell}**" if best else cell.replace("|", "\\|") for cell, best in zip(c.shown(), c.best(), strict=True)]
        for c in kept
    ]
    lines = [[c.name for c in kept], ["---" if c.show is None else "---:" for c in kept], *zip(*body, strict=True)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_csv(columns: Sequence[Column]) -> str:
    """Comma-separated values with a head, numbers in full, nothing where there is none.

    Examples
    --------
    >>> from stateviz.core.number_wording import table_amount
    >>> as_csv([Column("method", ["a", "b"]), Column("length", [9.5, None], table_amount)])
    'method,length\\na,9.5\\nb,\\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows(zip(*(column.values for column in columns), strict=True))
    return text.getvalue()
