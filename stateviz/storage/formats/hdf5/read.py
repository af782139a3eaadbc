"""HDF5: plain sets of steps x units, and what is exported here; nothing that a file points to elsewhere is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, UnknownNameError
from stateviz.core.states import Recording, StateMatrix
from stateviz.core.table import unknown
from stateviz.storage.extras import extra
from stateviz.storage.formats.grid import Grid
from stateviz.storage.formats.hdf5.neurox import INDEX_SETS, read_neurox_hdf5
from stateviz.storage.formats.hdf5.sandbox import check_readable
from stateviz.storage.formats.numpy_files import damage

MARK = "stateviz_format"
MOST_COMPRESSION = 100_000
DEEPEST, MOST_SETS = 8, 1_000_000


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
        if site is None and len(matrices) > 1:
            raise UnknownNameError(f"{path} holds {len(matrices)} sets; name one as the site: {', '.join(matrices)}")
        if site is not None and site not in matrices:
            raise UnknownNameError(f"{path}: {unknown('site', site, matrices)}")
        name = next(iter(matrices)) if site is None else site
        return Grid(set_values(path, matrices[name]).T, name)


def write_hdf5(states: StateMatrix, path: Path) -> None:
    """Write ``states`` (step, unit), ``unit`` and ``tokens``; the same states give the same bytes."""
    h5py = extra("h5py", "h5py", ".hdf5")
    text = h5py.string_dtype("utf-8")
    with h5py.File(path, "w", track_order=False) as file:
        found = file.create_dataset("states", data=np.ascontiguousarray(states.values.T), track_times=False)
        found.attrs[MARK] = 1
        found.attrs["site"] = states.site
        found.dims[0].label, found.dims[1].label = "step", "unit"
        names = np.array([_sealed(str(unit)) for unit in states.units], object)
        file.create_dataset("unit", data=names, dtype=text, track_times=False)
        file["unit"].attrs["integers"] = [isinstance(unit, int | np.integer) for unit in states.units]
        if states.tokens is not None:
            tokens = np.array([_sealed(token) for token in states.tokens], object)
            file.create_dataset("tokens", data=tokens, dtype=text, track_times=False)


@contextmanager
def open_hdf5(path: Path) -> Iterator[Mapping[str, Any]]:
    """Every set of an HDF5 file by its path, as long as the file is open, once it is sure that it can be read."""
    extra("h5py", "h5py", path.suffix.lower() or ".hdf5")
    with path.open("rb") as stream:
        if stream.read(8) != b"\x89HDF\r\n\x1a\n":
            raise FileError(f"{path} is damaged, or not an HDF5 file (it lacks the mark of one)")
    check_readable(path)
    with sets_of(path) as sets:
        yield sets


@contextmanager
def sets_of(path: Path) -> Iterator[Mapping[str, Any]]:
    """As ``open_hdf5``, unprotected; links to elsewhere are left out."""
    h5py = extra("h5py", "h5py", path.suffix.lower() or ".hdf5")
    with damage(path), h5py.File(path, "r") as file:
        sets: dict[str, Any] = {}
        _collect(h5py, file, "", sets, 0)
        yield sets


def set_values(path: Path, found: Any) -> NDArray[Any]:
    """The numbers of a set, once it is sure that they are in this file and as many as it says."""
    what = f"{path}: set {found.name.strip('/')}"
    if found.is_virtual or found.external:
        raise FileError(f"{what} is in another file, and is not followed; copy it into this one")
    if found.dtype.kind not in "biuf":
        raise FileError(f"{what} holds {found.dtype}; numbers were expected")
    size = path.stat().st_size
    largest = max(found.nbytes, int(np.prod(found.chunks or (1,), dtype=float)) * found.dtype.itemsize)
    if largest > MOST_COMPRESSION * size or (found.size and not found.id.get_storage_size()):
        raise FileError(f"{what} is damaged: it claims {largest:,} bytes, and the file has {size:,}")
    return np.asarray(found[...])


def set_texts(path: Path, found: Any) -> tuple[str, ...]:
    """The text of a set of one dimension."""
    if found.ndim != 1 or found.dtype.kind not in "OS" or found.nbytes > MOST_COMPRESSION * path.stat().st_size:
        raise FileError(f"{path}: set {found.name.strip('/')} is no list of text")
    return tuple(str(text) for text in found.asstr()[...].tolist())


def _exported(path: Path, sets: Mapping[str, Any]) -> Grid:
    values = set_values(path, sets["states"])
    units: tuple[int | str, ...] | None = None
    if "unit" in sets:
        names = [_unsealed(text) for text in set_texts(path, sets["unit"])]
        integers = np.asarray(sets["unit"].attrs.get("integers", [False] * len(names))).tolist()
        units = tuple(int(name) if whole else name for name, whole in zip(names, integers, strict=True))
    tokens = tuple(_unsealed(text) for text in set_texts(path, sets["tokens"])) if "tokens" in sets else None
    return Grid(values.T, str(sets["states"].attrs.get("site", "states")), units, tokens)


def _sealed(text: str) -> str:
    """``text`` without the zero character, which ends a text in HDF5."""
    return text.replace("\\", "\\\\").replace("\0", "\\0")


def _unsealed(text: str) -> str:
    return re.sub(r"\\([\\0])", lambda match: "\0" if match[1] == "0" else "\\", text)


def _collect(h5py: Any, group: Any, prefix: str, sets: dict[str, Any], depth: int) -> None:
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        if len(sets) > MOST_SETS:
            raise FileError(f"{group.file.filename} holds more than {MOST_SETS:,} sets")
        member = group[name]
        if isinstance(member, h5py.Dataset):
            sets[prefix + name] = member
        elif isinstance(member, h5py.Group) and depth < DEEPEST:
            _collect(h5py, member, f"{prefix}{name}/", sets, depth + 1)
