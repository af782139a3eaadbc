"""HDF5: plain sets of steps x units, and what is exported here; which layout a file has is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stateviz.core.errors import FileError
from stateviz.core.grids import Grid
from stateviz.core.labels import is_matrix, labelled_grid
from stateviz.core.recordings import Recording
from stateviz.storage.formats.hdf5.anndata import anndata_grid, is_anndata
from stateviz.storage.formats.hdf5.neurox import INDEX_SETS, read_neurox_hdf5
from stateviz.storage.formats.hdf5.open import open_hdf5
from stateviz.storage.formats.hdf5.sets import set_texts, set_values, variable_of
from stateviz.storage.formats.hdf5.write import MARK, unescaped
from stateviz.storage.formats.names import named_site
from stateviz.storage.formats.netcdf_classic import read_classic


def read_hdf5(path: Path, site: str | None) -> Recording | Grid:
    """The states of an HDF5 file: exported here, of NeuroX, of AnnData, or a set (or the one that ``site`` names)."""
    with open_hdf5(path) as sets:
        if any(name in sets for name in INDEX_SETS):
            return read_neurox_hdf5(path, site, sets)
        if "states" in sets and MARK in sets["states"].attrs:
            return _exported(path, sets)
        if is_anndata(sets):
            return anndata_grid(path, site, sets)
        variables = {name: variable_of(path, name, found) for name, found in sets.items()}
        matrices = {name: one for name, one in variables.items() if is_matrix(one)}
        if not matrices:
            raise FileError(f"{path} holds no set of steps x units; its sets: {', '.join(sets) or 'none'}")
        return labelled_grid(matrices[named_site(path, "sets", site, matrices)], variables, units_from="columns")


def read_netcdf(path: Path, site: str | None) -> Recording | Grid:
    """A variable of a NetCDF file: of NetCDF-4, which is HDF5, or of the classic format."""
    with path.open("rb") as stream:
        classic = stream.read(3) == b"CDF"
    return read_classic(path, site) if classic else read_hdf5(path, site)


def _exported(path: Path, sets: Mapping[str, Any]) -> Grid:
    values = set_values(path, sets["states"])
    units: tuple[int | str, ...] | None = None
    if "unit" in sets:
        names = [unescaped(text) for text in set_texts(path, sets["unit"])]
        integers = np.asarray(sets["unit"].attrs.get("integers", [False] * len(names))).tolist()
        units = tuple(int(name) if whole else name for name, whole in zip(names, integers, strict=True))
    tokens = tuple(unescaped(text) for text in set_texts(path, sets["tokens"])) if "tokens" in sets else None
    return Grid(values.T, str(sets["states"].attrs.get("site", "states")), units, tokens, units_from=None)
