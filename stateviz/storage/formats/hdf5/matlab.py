"""MATLAB: .mat files of version 7.3, which are HDF5, and those before, which SciPy reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stateviz.core.errors import FileError
from stateviz.core.grids import Grid, Names
from stateviz.storage.formats.hdf5.open import HDF5_MARK, open_hdf5
from stateviz.storage.formats.hdf5.sandbox import check_readable
from stateviz.storage.formats.hdf5.sets import kind_of, plain_text, set_values
from stateviz.storage.formats.names import named_site
from stateviz.storage.formats.numpy_files import damage
from stateviz.storage.limits import check_growth

UNITS, TOKENS = ("units", "unit"), ("tokens", "token")
"""Cell arrays of text of these names name the rows and the columns."""


def read_matlab(path: Path, site: str | None) -> Grid:
    """The only matrix of a .mat file, or the one that ``site`` names, as MATLAB shows it: rows are units."""
    with path.open("rb") as stream:
        start = stream.read(520)
    return _new(path, site) if HDF5_MARK in (start[:8], start[512:]) else _old(path, site)


def _new(path: Path, site: str | None) -> Grid:
    with open_hdf5(path) as sets:
        shown = {name: one for name, one in sets.items() if not name.startswith("#")}
        matrices = {
            name: one
            for name, one in shown.items()
            if one.ndim == 2 and kind_of(one) in "biufc" and _kind(one) != "char" and "MATLAB_empty" not in one.attrs
        }
        if not matrices:
            raise FileError(f"{path} holds no matrix of numbers; it holds {', '.join(shown) or 'nothing'}")
        name = named_site(path, "matrices", site, matrices)
        values = set_values(path, matrices[name]).T  # MATLAB goes down its columns first
        if _kind(matrices[name]) == "logical":
            values = values.astype(np.bool_)
        units, tokens = (_cells(path, shown, *one) for one in zip((UNITS, TOKENS), values.shape, strict=True))
    return Grid(values, name, units, tokens)


def _kind(found: Any) -> str:
    return plain_text(found.attrs.get("MATLAB_class", ""))


def _cells(path: Path, sets: Mapping[str, Any], names: tuple[str, ...], size: int) -> Names | None:
    """The texts of a cell array of as many as ``size``: references to sets of UTF-16 numbers."""
    found = next((sets[name] for name in names if name in sets and _kind(sets[name]) == "cell"), None)
    if found is None or found.size != size:
        return None
    texts = []
    for reference in np.asarray(found[...]).ravel():
        text = found.file[reference]
        empty = _kind(text) != "char" or "MATLAB_empty" in text.attrs
        texts.append("" if empty else set_values(path, text).astype("<u2").tobytes().decode("utf-16-le", "replace"))
    return tuple(texts)


def _old(path: Path, site: str | None) -> Grid:
    from scipy.io import loadmat, whosmat

    if check_readable(path):  # SciPy's reader crashes on damaged ones
        raise FileError(f"{path} takes too much memory, far more than its file has")
    with damage(path):
        known = {name: shape for name, shape, kind in whosmat(path) if len(shape) == 2 and kind in _NUMBERS}
        if not known:
            raise FileError(f"{path} holds no matrix of numbers")
        name = named_site(path, "matrices", site, known)
        check_growth(f"{path}: {name}", 8 * int(np.prod(known[name], dtype=float)), path.stat().st_size)
        names = [name, *UNITS, *TOKENS]
        found = loadmat(path, variable_names=names, chars_as_strings=True)
    values = np.asarray(found[name])
    if values.dtype.kind not in "biufc" or hasattr(found[name], "toarray"):
        raise FileError(f"{path}: {name} is no plain matrix of numbers; save it with full(...)")
    units, tokens = (_texts(found, names, size) for names, size in zip((UNITS, TOKENS), values.shape, strict=True))
    return Grid(values, name, units, tokens)


_NUMBERS = {"double", "single", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}


def _texts(found: Mapping[str, Any], names: tuple[str, ...], size: int) -> Names | None:
    cells = next((found[name] for name in names if name in found), None)
    if cells is None or cells.size != size or cells.dtype.kind not in "OU":
        return None
    return tuple("".join(np.asarray(cell).ravel().astype(str)) for cell in cells.ravel())
