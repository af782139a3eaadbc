"""Rows of a result as a table: aligned text, CSV, JSON; whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stateviz.core.errors import InputError
from stateviz.storage import check_writable, write_text
from stateviz.storage.atomic import AnyPath

Row = Mapping[str, Any]
ENDINGS = (".json", ".csv")


def as_text(rows: Sequence[Row]) -> str:
    """Aligned columns, numbers to the right with three digits.

    Examples
    --------
    >>> print(as_text([{"unit": 3, "effect": 0.51234}, {"unit": 12, "effect": -0.4}]))
    unit  effect
       3   0.512
      12  -0.400
    """
    if not rows:
        return ""
    names = list(rows[0])
    columns = []
    for name in names:
        values = [row[name] for row in rows]
        cells = [name, *map(_shown, values)]
        width = max(map(len, cells))
        left = any(isinstance(value, str) for value in values)
        columns.append([cell.ljust(width) if left else cell.rjust(width) for cell in cells])
    return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}" if value == 0 or 0.001 <= abs(value) < 1000 else f"{value:.2g}"
    if isinstance(value, str):
        return value.encode("unicode_escape").decode("ascii") if not value.isprintable() else value
    return str(value)


def as_csv(rows: Sequence[Row]) -> str:
    """A header of names and a line a row, every digit kept; None is an empty cell.

    Examples
    --------
    >>> as_csv([{"unit": "a,b", "p": 0.5}])
    'unit,p\\n"a,b",0.5\\n'
    """
    stream = io.StringIO()
    if rows:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return stream.getvalue()


def check_table(path: AnyPath, mark: str, *, overwrite: bool = False) -> Path:
    """Refuse, before any computing, a file that could not be written: another ending, or what is there already.

    A .json with our ``mark`` in it is replaced; a .csv carries none, and is not without ``overwrite``.
    """
    target = Path(path)
    if not target.name.lower().endswith(ENDINGS):
        raise InputError(f"{target} has none of the endings {', '.join(ENDINGS)}")
    check_writable(target, overwrite=overwrite, kind=_kind(target, mark))
    return target


def _kind(target: Path, mark: str) -> str | None:
    return mark if target.name.lower().endswith(".json") else None


def write_table(rows: Sequence[Row], path: AnyPath, mark: str, head: Row, key: str, *, overwrite: bool = False) -> Path:
    """Write rows as .csv, or as .json: the mark with the version of the schema, ``head``, the rows under ``key``."""
    target = check_table(path, mark, overwrite=overwrite)
    if target.name.lower().endswith(".csv"):
        return write_text(target, as_csv(rows), overwrite=overwrite)
    data = {mark: 1, **head, key: list(rows)}
    text = json.dumps(data, indent=1, allow_nan=False) + "\n"
    return write_text(target, text, overwrite=overwrite, kind=mark)
