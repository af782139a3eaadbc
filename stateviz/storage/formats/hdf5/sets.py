"""The sets of an HDF5 file: found, checked and read; nothing that a file points to elsewhere is followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.storage.extras import extra
from stateviz.storage.formats.numpy_files import damage
from stateviz.storage.limits import MOST_COMPRESSION

DEEPEST, MOST_SETS = 8, 1_000_000


@contextmanager
def sets_of(path: Path) -> Iterator[Mapping[str, Any]]:
    """Every set of an HDF5 file by its path, as long as the file is open; links to elsewhere are left out."""
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
