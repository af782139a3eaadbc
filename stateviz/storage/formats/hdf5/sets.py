"""The sets of an HDF5 file: found, checked and read; nothing that a file points to elsewhere is followed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.labels import PACKING, Variable
from stateviz.storage.extras import extra
from stateviz.storage.formats.numpy_files import damage
from stateviz.storage.limits import check_growth

DEEPEST, MOST_SETS = 8, 1_000_000
_undecoded: ContextVar[Collection[str]] = ContextVar("undecoded", default=())


@contextmanager
def leaving_out(undecoded: Collection[str]) -> Iterator[None]:
    """Refuse to read these sets, by their paths, as long as the block lasts: they could not be read in the sandbox."""
    token = _undecoded.set(undecoded)
    try:
        yield
    finally:
        _undecoded.reset(token)


@contextmanager
def sets_of(path: Path) -> Iterator[Mapping[str, Any]]:
    """Every set of an HDF5 file by its path, as long as the file is open; links to elsewhere are left out."""
    h5py = extra("h5py", "h5py", path.suffix.lower() or ".hdf5")
    with damage(path), h5py.File(path, "r") as file:
        sets: dict[str, Any] = {}
        _collect(h5py, file, "", sets, {})
        yield sets


def set_values(path: Path, found: Any) -> NDArray[Any]:
    """The numbers of a set, once it is sure that they are in this file and as many as it says."""
    what = _checked(path, found)
    if kind_of(found) == "c":
        raise FileError(f"{what} holds complex numbers; give real and imaginary parts as sets of their own")
    if found.dtype.kind not in "biuf":
        raise FileError(f"{what} holds {found.dtype}; numbers were expected")
    return np.asarray(found[...])


def _checked(path: Path, found: Any) -> str:
    """What a set is called, once it is sure that it is in this file, and no larger than may be read."""
    what = f"{path}: set {found.name.strip('/')}"
    if found.is_virtual or found.external:
        raise FileError(f"{what} is in another file, and is not followed; copy it into this one")
    if found.name in _undecoded.get():
        raise FileError(f"{what} is damaged, takes too much memory, or is packed in a way that is not known here")
    size = path.stat().st_size
    if found.dtype.kind in "biuf" and found.size and not found.id.get_storage_size():
        raise FileError(f"{what} is damaged: it claims {found.nbytes:,} bytes, and the file has {size:,}")
    check_growth(
        what, max(found.nbytes, float(np.prod(found.chunks or (1,), dtype=float)) * found.dtype.itemsize), size
    )
    return what


def kind_of(found: Any) -> str:
    """The kind of a dtype, ``"T"`` for text; of MATLAB's pairs of real and imaginary parts that of complex numbers."""
    if found.dtype.names is not None:
        return "c" if set(found.dtype.names) in ({"real", "imag"}, {"r", "i"}) else "V"
    return "T" if found.dtype.kind in "OS" else str(found.dtype.kind)


def labels_of(found: Any) -> tuple[str, ...]:
    """The name of each axis of a set: its label, or the name of its scale, as NetCDF-4 has them; else empty."""
    if found.ndim == 1 and plain_text(found.attrs.get("CLASS")) == "DIMENSION_SCALE":
        return (found.name.rpartition("/")[2],)
    labels = []
    for axis in found.dims:
        scales = list(axis.values())
        labels.append(axis.label or (scales[0].name.rpartition("/")[2] if scales else ""))
    return tuple(labels)


def variable_of(path: Path, name: str, found: Any) -> Variable:
    """A set with the names of its axes."""
    kind = kind_of(found)
    if plain_text(found.attrs.get("NAME")).startswith("This is a netCDF dimension but not a netCDF variable"):
        kind = "V"  # it has a size, and no values
    attributes = {key: found.attrs[key] for key in PACKING if key in found.attrs}

    def read() -> NDArray[Any]:
        return np.array(set_texts(path, found), object) if kind == "T" else set_values(path, found)

    return Variable(name, labels_of(found), found.shape, kind, read, attributes)


def plain_text(value: object) -> str:
    """An attribute that is text, whether it is kept as bytes or not."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def set_texts(path: Path, found: Any) -> tuple[str, ...]:
    """The text of a set of one dimension."""
    what = _checked(path, found)
    if found.ndim != 1 or found.dtype.kind not in "OS":
        raise FileError(f"{what} is no list of text")
    return tuple(str(text) for text in found.asstr()[...].tolist())


def _collect(h5py: Any, group: Any, prefix: str, sets: dict[str, Any], seen: dict[Any, None]) -> None:
    """Add the sets of a group and of those below; a group that is linked to again, as from within, is not entered."""
    seen[h5py.h5o.get_info(group.id).addr] = None
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        if len(sets) + len(seen) > MOST_SETS:
            raise FileError(f"{group.file.filename} holds more than {MOST_SETS:,} sets")
        member = group[name]
        if isinstance(member, h5py.Dataset):
            sets[prefix + name] = member
        elif not isinstance(member, h5py.Group):
            continue
        elif prefix.count("/") < DEEPEST and h5py.h5o.get_info(member.id).addr not in seen:
            _collect(h5py, member, f"{prefix}{name}/", sets, seen)
