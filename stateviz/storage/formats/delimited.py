"""CSV and TSV: as a data frame (a header, one row a step), or bare (one row a unit)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.grids import Grid
from stateviz.storage.formats.names import parse_names

TOKEN_HEADERS = ("token", "tokens")
INDEX_HEADERS = ("step", "steps")


def read_csv(path: Path, site: str | None) -> Grid:
    """The matrix of a file separated by commas."""
    return _grid(path, ",")


def read_tsv(path: Path, site: str | None) -> Grid:
    """The matrix of a file separated by tabs."""
    return _grid(path, "\t")


def _grid(path: Path, separator: str) -> Grid:
    rows = _rows(path, separator)
    header = rows[0][1] if _is_header(path, rows[0][1]) or _counts_columns(rows) else None
    body = rows[1:] if header is not None else rows
    if not body:
        raise FileError(f"{path} holds a header and no numbers")
    labels, first = _labels([cells for _, cells in body], header)
    values, gap = _numbers(path, body, first)
    names = None if labels is None else parse_names(labels) if header is None else tuple(labels)
    if header is None:  # one row a unit
        return Grid(values, "table", names, None, gap)
    return Grid(values.T, "table", parse_names(header[first:]), names, gap, "columns")


def _rows(path: Path, separator: str) -> list[tuple[int, list[str]]]:
    """(line number, cells) of each row, all of the same width."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=separator, strict=True)
            rows = [(reader.line_num, cells) for cells in reader if cells]
    except UnicodeDecodeError:
        raise FileError(f"{path} is not text in UTF-8; a table of numbers was expected") from None
    except csv.Error as error:
        raise FileError(f"{path} is not a table ({error})") from None
    if not rows:
        raise FileError(f"{path} is empty")
    width = len(rows[0][1])
    for line, cells in rows:
        if len(cells) != width:
            raise FileError(f"{path}, line {line}: {len(cells)} cells, and the first row has {width}")
    return rows


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


def _labels(body: list[list[str]], header: list[str] | None) -> tuple[list[str] | None, int]:
    """The names of the rows, if the first column holds them, and the column at which the numbers start."""
    column = [cells[0] for cells in body]
    head = None if header is None else header[0].strip().lower()
    if head in INDEX_HEADERS:
        return None, 1
    if head == "":  # the index of a data frame; counting steps, it says nothing
        return (None if column == [str(i) for i in range(len(column))] else column), 1
    if head in TOKEN_HEADERS or not _are_numbers(column):
        # A single column is the numbers themselves, and one that is none will be named.
        return (column, 1) if len(body[0]) > 1 else (None, 0)
    return None, 0


def _are_numbers(cells: list[str]) -> bool:
    """Whether cells are numbers, or empty for want of one."""
    given = [cell for cell in cells if cell.strip()]
    return bool(given) and all(_is_number(cell) for cell in given)


def _numbers(path: Path, body: list[tuple[int, list[str]]], first: int) -> tuple[NDArray[np.float64], str | None]:
    """The numbers, NaN for an empty cell, and where the first of those is."""
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
    return values, gap


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
