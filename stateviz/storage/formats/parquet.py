"""Parquet: one row a step, one column a unit, as .csv with a header; tokens in the column of that name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from stateviz.core.errors import FileError
from stateviz.core.grids import Grid
from stateviz.core.states import StateMatrix
from stateviz.core.values import stacked
from stateviz.storage.extras import extra
from stateviz.storage.formats.delimited import INDEX_HEADERS, TOKEN_HEADERS, row_labels
from stateviz.storage.formats.names import parse_names
from stateviz.storage.formats.numpy_files import damage
from stateviz.storage.limits import check_growth

_COPIES = 2
"""The numbers are held by column, and as the matrix that is made of them."""


def read_parquet(path: Path, site: str | None) -> Grid:
    """The matrix of a Parquet file."""
    pq = extra("pyarrow.parquet", "pyarrow", ".parquet")
    with damage(path):
        # Text stays one piece a word: a page of a few bytes may name a long one for each of a million rows.
        with pq.ParquetFile(path) as file:
            texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            _check_size(path, file.metadata)
            table = file.read(use_threads=False)
        return _grid(path, table)


def _check_size(path: Path, metadata: Any) -> None:
    """Refuse a file whose numbers, or whose pages once they are unpacked, are far more than it holds."""
    if min(metadata.num_rows, metadata.num_columns) < 0:
        raise FileError(f"{path} is damaged: it claims {metadata.num_rows:,} rows")
    pages = 0
    for group in range(metadata.num_row_groups):
        columns = metadata.row_group(group)
        pages += sum(max(0, columns.column(i).total_uncompressed_size) for i in range(metadata.num_columns))
    numbers = metadata.num_rows * max(1, metadata.num_columns) * 8
    check_growth(str(path), max(_COPIES * numbers, pages), path.stat().st_size)


def write_parquet(states: StateMatrix, path: Path) -> None:
    """Write a column of tokens (or steps), then one a unit."""
    pa = extra("pyarrow", "pyarrow", ".parquet")
    pq = extra("pyarrow.parquet", "pyarrow", ".parquet")
    first = "step" if states.tokens is None else "token"
    labels = pa.array(range(states.shape[1])) if states.tokens is None else pa.array(states.tokens, pa.string())
    columns = [labels, *(pa.array(row) for row in states.values)]
    names = [first, *(str(unit) for unit in states.units)]
    pq.write_table(pa.Table.from_arrays(columns, names=names), path)


def _grid(path: Path, table: Any) -> Grid:
    names = list(table.column_names)
    index = _index(table)
    kept = [i for i in range(len(names)) if i not in index]
    head = names[kept[0]].strip().lower() if kept else ""
    labels: list[int] = index
    if head in (*TOKEN_HEADERS, *INDEX_HEADERS) or (kept and not index and _is_text(table.column(kept[0]).type)):
        labels = [] if head in INDEX_HEADERS else kept[:1]
        kept = kept[1:]
    if not kept or not table.num_rows:
        raise FileError(f"{path} holds no column of numbers")
    rows, gap = [], None
    for i in kept:
        column = table.column(i)
        if column.null_count:
            gap = gap or f"{path}: column {names[i]!r} has {column.null_count} empty cells"
        numbers = np.asarray(column.to_numpy())
        if numbers.dtype.kind not in "biuf":
            raise FileError(f"{path}: column {names[i]!r} holds {column.type}; numbers were expected")
        rows.append(numbers)
    tokens = row_labels([_labels(table.column(i)) for i in labels])
    return Grid(stacked(rows), "table", parse_names([names[i] for i in kept]), tokens, gap, "columns")


def _labels(column: Any) -> list[str]:
    """What a column says of each row; equal words are one object."""
    labels: list[str] = []
    for chunk in column.chunks:
        if not hasattr(chunk, "dictionary"):
            labels += [str(label) for label in chunk.to_pylist()]
            continue
        words = [str(word) for word in chunk.dictionary.to_pylist()]
        labels += [str(None) if at is None else words[at] for at in chunk.indices.to_pylist()]
    return labels


def _index(table: Any) -> list[int]:
    """The columns that pandas marks as the index of its frame, or names as one."""
    try:
        marked = json.loads((table.schema.metadata or {})[b"pandas"])["index_columns"]
    except (KeyError, ValueError, TypeError):
        marked = []
    return [i for i, name in enumerate(table.column_names) if name in marked or name.startswith("__index_level_")]


def _is_text(kind: Any) -> bool:
    return str(kind) in ("string", "large_string", "string_view") or str(kind).startswith("dictionary<values=string")
