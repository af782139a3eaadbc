"""HDF5: plain sets of steps x units, and what is exported here; which layout a file has is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stateviz.core.errors import FileError
from stateviz.core.grids import Grid
from stateviz.core.recordings import Recording
from stateviz.storage.formats.hdf5.neurox import INDEX_SETS, read_neurox_hdf5
from stateviz.storage.formats.hdf5.open import open_hdf5
from stateviz.storage.formats.hdf5.sets import set_texts, set_values
from stateviz.storage.formats.hdf5.write import MARK, unescaped
from stateviz.storage.formats.names import named_site


def read_hdf5(path: Path, site: str | None) -> Recording | Grid:
    """The states of an HDF5 file: exported here, by NeuroX, or a plain set (or the one that ``site`` names)."""
    with open_hdf5(path) as sets:
        if any(name in sets for name in INDEX_SETS):
            return read_neurox_hdf5(path, site, sets)
        if "states" in sets and MARK in sets["states"].attrs:
            return _exported(path, sets)
        matrices = {name: found for name, found in sets.items() if found.ndim == 2 and found.dtype.kind in "biuf"}
        if not matrices:
            raise FileError(f"{path} holds no set of steps x units; its sets: {', '.join(sets) or 'none'}")
        name = named_site(path, "sets", site, matrices)
        return Grid(set_values(path, matrices[name]).T, name, units_from="columns")


def _exported(path: Path, sets: Mapping[str, Any]) -> Grid:
    values = set_values(path, sets["states"])
    units: tuple[int | str, ...] | None = None
    if "unit" in sets:
        names = [unescaped(text) for text in set_texts(path, sets["unit"])]
        integers = np.asarray(sets["unit"].attrs.get("integers", [False] * len(names))).tolist()
        units = tuple(int(name) if whole else name for name, whole in zip(names, integers, strict=True))
    tokens = tuple(unescaped(text) for text in set_texts(path, sets["tokens"])) if "tokens" in sets else None
    return Grid(values.T, str(sets["states"].attrs.get("site", "states")), units, tokens, units_from=None)
