"""AnnData (.h5ad): observations x variables, which are steps x units, with the names of both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.grids import Grid
from stateviz.storage.formats.hdf5.sets import plain_text, set_texts, set_values
from stateviz.storage.formats.names import named_site
from stateviz.storage.limits import check_growth


def is_anndata(sets: Mapping[str, Any]) -> bool:
    """Whether a file of these sets is one of AnnData."""
    tables = [any(name == table or name.startswith(f"{table}/") for name in sets) for table in ("obs", "var")]
    return all(tables) and any(name == "X" or name.startswith(("X/", "layers/")) for name in sets)


def anndata_grid(path: Path, site: str | None, sets: Mapping[str, Any]) -> Grid:
    """``X``, or the layer that ``site`` names; sparse ones written out."""
    found = {name: one for name, one in sets.items() if (name == "X" or name.startswith("layers/")) and one.ndim == 2}
    for name in sets:
        group, _, part = name.rpartition("/")
        if part == "indptr" and (group == "X" or group.startswith("layers/")):
            found[group] = sets[name].parent
    if not found:
        raise FileError(f"{path} holds no matrix of observations x variables")
    name = "X" if site is None and "X" in found else named_site(path, "matrices", site, found)
    chosen = found[name]
    values = set_values(path, chosen) if hasattr(chosen, "dtype") else _dense(path, name, chosen)
    rows, columns = values.shape
    return Grid(values.T, name, _names(path, sets, "var", columns), _names(path, sets, "obs", rows), None, "var", "obs")


def _dense(path: Path, name: str, group: Any) -> NDArray[Any]:
    """A sparse matrix, compressed by rows (csr) or by columns (csc), with all its zeros."""
    from scipy.sparse import csc_matrix, csr_matrix

    kind = str(group.attrs.get("encoding-type", "csr_matrix"))
    if kind not in ("csr_matrix", "csc_matrix") or "shape" not in group.attrs:
        raise FileError(f"{path}: {name} is a {kind}; a dense, csr or csc matrix was expected")
    rows, columns = (int(size) for size in group.attrs["shape"])
    data, indices, indptr = (set_values(path, group[part]) for part in ("data", "indices", "indptr"))
    check_growth(f"{path}: {name}", rows * columns * data.dtype.itemsize, path.stat().st_size)
    matrix = (csr_matrix if kind == "csr_matrix" else csc_matrix)((data, indices, indptr), shape=(rows, columns))
    matrix.check_format()
    return np.asarray(matrix.toarray())


def _names(path: Path, sets: Mapping[str, Any], table: str, size: int) -> tuple[str, ...] | None:
    """The index of the table of observations or of variables."""
    if table in sets:  # before version 0.7 a table was one set of records
        records = sets[table]
        field = next((name for name in ("index", "_index") if name in (records.dtype.names or ())), None)
        if field is None:
            return None
        names = tuple(map(plain_text, records[field].tolist()))
    else:
        parent = next(one.parent for name, one in sets.items() if name.startswith(f"{table}/"))
        while parent.name.strip("/") != table:
            parent = parent.parent
        index = f"{table}/{plain_text(parent.attrs.get('_index', '_index'))}"
        if f"{index}/values" in sets:  # text of which some may be missing
            index = f"{index}/values"
        if index not in sets:
            return None
        text = sets[index].dtype.kind in "OS"
        names = set_texts(path, sets[index]) if text else tuple(map(str, set_values(path, sets[index]).tolist()))
    if len(names) != size:
        raise FileError(f"{path} is damaged: {len(names)} names in {table} for {size}")
    return names
