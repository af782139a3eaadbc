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
from stateviz.storage.limits import MOST_COMPRESSION


def read_parquet(path: Path, site: str | None) -> Grid:
    """The matrix of a Parquet file."""
    pq = extra("pyarrow.parquet", "pyarrow", ".parquet")
    with damage(path):
        with pq.ParquetFile(path) as file:
            claimed = file.metadata.num_rows * max(1, file.metadata.num_columns) * 8
            size = path.stat().st_size
            if not 0 <= claimed <= MOST_COMPRESSION * size:
                raise FileError(f"{path} is damaged: it claims {claimed:,} bytes of numbers, and has {size:,}")
            table = file.read(use_threads=False)
        return _grid(path, table)


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
    tokens = row_labels([[str(label) for label in table.column(i).to_pylist()] for i in labels])
    return Grid(stacked(rows), "table", parse_names([names[i] for i in kept]), tokens, gap, "columns")


def _index(table: Any) -> list[int]:
    """The columns that pandas marks as the index of its frame, or names as one."""
    try:
        marked = json.loads((table.schema.metadata or {})[b"pandas"])["index_columns"]
    except (KeyError, ValueError, TypeError):
        marked = []
    return [i for i, name in enumerate(table.column_names) if name in marked or name.startswith("__index_level_")]


def _is_text(kind: Any) -> bool:
    return str(kind) in ("string", "large_string", "string_view") or str(kind).startswith("dictionary<values=string")
