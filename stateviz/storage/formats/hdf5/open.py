"""Opening an HDF5 file once the sandbox has read it to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stateviz.core.errors import FileError
from stateviz.storage.extras import extra
from stateviz.storage.formats.hdf5.sandbox import check_readable
from stateviz.storage.formats.hdf5.sets import leaving_out, sets_of

HDF5_MARK = b"\x89HDF\r\n\x1a\n"
"""At the head of a file, or behind 512 bytes of the user's, as MATLAB has it."""


@contextmanager
def open_hdf5(path: Path) -> Iterator[Mapping[str, Any]]:
    """Every set of an HDF5 file by its path, as long as the file is open, once it is sure that it can be read."""
    extra("h5py", "h5py", path.suffix.lower() or ".hdf5")
    with path.open("rb") as stream:
        start = stream.read(520)
        if HDF5_MARK not in (start[:8], start[512:]):
            raise FileError(f"{path} is damaged, or not an HDF5 file (it lacks the mark of one)")
    with leaving_out(check_readable(path)), sets_of(path) as sets:
        yield sets
