"""CSV and TSV: as a data frame (a header, one row a step), or bare (one row a unit)."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.grids import Grid
from stateviz.core.values import warn_rounded
from stateviz.storage.formats.names import parse_names
from stateviz.storage.limits import GROWN, check_growth

TOKEN_HEADERS = ("token", "tokens")
INDEX_HEADERS = ("step", "steps", "index", "unnamed: 0", "level_0", "__index_level_0__")
"""What a column is called that numbers the steps: here, or by pandas where an index had no name."""


_A_CELL, _A_ROW = 65, 120
"""Bytes of memory, as text and as a number."""
_LONGEST = 2.0**53
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,20}\s*")


def read_csv(path: Path, site: str | None) -> Grid:
    """The matrix of a file separated by commas."""
    return _grid(path, ",")


def read_tsv(path: Path, site: str | None) -> Grid:
    """The matrix of a file separated by tabs."""
    return _grid(path, "\t")


def _grid(path: Path, separator: str) -> Grid:
    _check_size(path, separator)
    rows = _rows(path, separator)
    header = rows[0][1] if _is_header(path, rows[0][1]) or _counts_columns(rows) else None
    body = rows[1:] if header is not None else rows
    if not body:
        raise FileError(f"{path} holds a header and no numbers")
    labels, first = _labels([cells for _, cells in body], header)
    values, gap = _numbers(path, body, first)
    names = labels if labels is None or header is not None else parse_names(list(labels))
    if header is None:  # one row a unit
        return Grid(values, "table", names, None, gap)
    return Grid(values.T, "table", parse_names(header[first:]), names, gap, "columns")


def _check_size(path: Path, separator: str) -> None:
    """Refuse a table whose cells would take more memory than there is, before any is made."""
    size = path.stat().st_size
    if size * _A_CELL < GROWN:
        return
    cells = lines = 0
    with path.open("rb") as stream:
        while piece := stream.read(2**24):
            cells, lines = cells + piece.count(separator.encode("ascii")), lines + piece.count(b"\n")
    check_growth(str(path), 2 * size + _A_CELL * (cells + lines) + _A_ROW * lines, size)


def _rows(path: Path, separator: str) -> list[tuple[int, list[str]]]:
    """(line number, cells) of each row, all of the same width."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=separator, strict=True)
            rows = [(reader.line_num, cells) for cells in reader if cells]
    except UnicodeDecodeError:
        raise FileError(
            f"{path} is not text in UTF-8, as a table is read; save it as UTF-8, or give the frame that "
            "pandas.read_csv(path, encoding=...) makes of it"
        ) from None
    except csv.Error as error:
        raise FileError(f"{path} is not a table ({error})") from None
    if not rows:
        raise FileError(f"{path} is empty")
    _check_separator(path, separator, [cells for _, cells in rows])
    width = len(rows[0][1])
    for line, cells in rows:
        if len(cells) != width:
            raise FileError(f"{path}, line {line}: {len(cells)} cells, and the first row has {width}")
    return rows


def _check_separator(path: Path, separator: str, rows: list[list[str]]) -> None:
    """Refuse a file whose cells are parted by another sign than its ending says."""
    for other, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"), (",", "commas")):
        single = other == ";" or all(len(cells) == 1 for cells in rows)  # ; may have decimal commas beside it
        if other != separator and single and all(any(other in cell for cell in cells) for cells in rows[:9]):
            ours = "commas" if separator == "," else "tabs"
            raise FileError(
                f"{path}: {name} part its cells, and {path.suffix} has {ours}; save it with {ours} and points, "
                f"or give the frame that pandas.read_csv(path, sep={other!r}) makes of it"
            )


def _is_header(path: Path, cells: list[str]) -> bool:
    """Whether a first row is names: its first cell is empty or says what its column is, or the others are no numbers.

    The first cell by itself decides nothing else: it may be the name of a unit before its numbers.
    """
    head = cells[0].strip().lower()
    if head in ("", *TOKEN_HEADERS, *INDEX_HEADERS):
        return True
    others = cells[1:] or cells
    given = [cell for cell in others if cell.strip()]
    names = [cell for cell in given if not _is_number(cell)]
    if len(names) in (0, len(others)):
        return bool(names)
    # A typing error in the first row must not pass for a header: the row would be lost.
    shown = "an empty cell stands among names" if names == given else f"{names[0][:40]!r} stands among numbers"
    raise FileError(
        f"{path}, line 1: {shown}, so that the row is neither a header nor numbers; "
        "correct it, or let a header begin with a column named step or token"
    )


def _counts_columns(rows: list[tuple[int, list[str]]]) -> bool:
    """Whether a first row 0, 1, 2, ... is the header of a data frame without names, and no row of the matrix.

    It is where the rows below have other numbers than counts: fractions, negative ones, or only bits.
    """
    first, body = rows[0][1], rows[1:]
    if len(first) < 3 or not body or first != [str(i) for i in range(len(first))]:
        return False
    values = {cell.strip() for _, cells in body for cell in cells}
    return values <= {"0", "1"} or not all(value.isascii() and value.isdigit() for value in values)


def _labels(body: list[list[str]], header: list[str] | None) -> tuple[tuple[str, ...] | None, int]:
    """The names of the rows, if the first columns hold them, and the column at which the numbers start."""
    column = [cells[0] for cells in body]
    head = "token" if header is None else header[0].strip().lower()
    if head in INDEX_HEADERS:
        return (None if _are_numbers(column) else tuple(column)), 1
    if head == "":  # the index of a data frame, of several columns where several have no name
        width = next((i for i, cell in enumerate(header or ()) if cell.strip()), 1)
        return row_labels([[cells[i] for cells in body] for i in range(width)]), width
    if (header is not None and head in TOKEN_HEADERS) or not _are_numbers(column):
        # A single column is the numbers themselves, and one that is none will be named.
        return (tuple(column), 1) if len(body[0]) > 1 else (None, 0)
    return None, 0


def row_labels(columns: list[list[str]]) -> tuple[str, ...] | None:
    """What the columns of an index say of each row; one that only counts the rows says nothing.

    Examples
    --------
    >>> row_labels([["0", "1"]]), row_labels([["a", "a"], ["0", "1"]])
    (None, ('a, 0', 'a, 1'))
    """
    if not columns or columns == [[str(i) for i in range(len(columns[0]))]]:
        return None
    return tuple(", ".join(row) for row in zip(*columns, strict=True))


def _are_numbers(cells: list[str]) -> bool:
    """Whether cells are numbers, or empty for want of one."""
    given = [cell for cell in cells if cell.strip()]
    return bool(given) and all(_is_number(cell) for cell in given)


def _numbers(path: Path, body: list[tuple[int, list[str]]], first: int) -> tuple[NDArray[Any], str | None]:
    """The numbers, NaN for an empty cell, and where the first of those is; long whole ones stay whole."""
    values, gap = np.empty((len(body), len(body[0][1]) - first)), None
    for i, (line, cells) in enumerate(body):
        try:
            if not _is_plain("".join(cells[first:])):
                raise ValueError
            values[i] = [float(cell) for cell in cells[first:]]
        except ValueError:
            for column in range(first, len(cells)):
                place = f"{path}, line {line}, column {column + 1}"
                if not cells[column].strip():
                    gap = gap or f"{place}: an empty cell is not a number"
                elif not _is_number(cells[column]):
                    raise FileError(f"{place}: {cells[column][:40]!r} is not a number") from None
            values[i] = [float(cell) if cell.strip() else np.nan for cell in cells[first:]]
    long = np.abs(values, where=np.isfinite(values), out=np.zeros_like(values)) >= _LONGEST
    return (_with_long(values, long, [cells[first:] for _, cells in body]) if long.any() else values), gap


def _with_long(values: NDArray[np.float64], long: NDArray[np.bool_], body: list[list[str]]) -> NDArray[Any]:
    """``values`` of which some are beyond the whole numbers that floats hold: as whole ones, or with a warning."""
    if all(_WHOLE.fullmatch(cell) for cells in body for cell in cells):
        with suppress(OverflowError):
            return np.array([[int(cell) for cell in cells] for cells in body])
    exact = [(i, j) for i, j in np.argwhere(long) if _WHOLE.fullmatch(body[i][j])]
    moved = [place for place in exact if int(values[place]) != int(body[place[0]][place[1]])]
    if moved:
        row, column = moved[0]
        warn_rounded(len(moved), values.size, body[row][column].strip(), f"row {row}, column {column} of the numbers")
    return values


def _is_plain(text: str) -> bool:
    """Whether Python alone reads nothing in it as a number: neither ``0_1`` nor digits of other scripts."""
    return text.isascii() and "_" not in text


def _is_number(text: str) -> bool:
    if not _is_plain(text):
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True
