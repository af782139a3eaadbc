"""What the process of the sandbox does: it reads every file that it is told of to its end, and says so."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from stateviz.storage.formats.hdf5.open import HDF5_MARK
from stateviz.storage.formats.hdf5.sandbox import PATIENCE, SPEED, stored_bytes
from stateviz.storage.formats.hdf5.sets import labels_of, set_texts, set_values, sets_of
from stateviz.storage.formats.zarr_groups import arrays_of

MEMORY = 4 * 2**30
"""Bytes the helper may take beside twice the file."""


def _limit(size: int) -> None:
    """Hold this process to its memory and its time, where the system can (Unix), should nobody be there to end it."""
    with suppress(ImportError, ValueError, OSError, AttributeError):
        import resource
        import signal

        signal.alarm(int(2 * PATIENCE + size / SPEED) + 1)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY + 2 * size, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _read_all(path: Path) -> None:
    _limit(stored_bytes(path))
    if path.is_dir() or path.name.lower().endswith(".zip"):
        with arrays_of(path) as arrays:
            for array in arrays.values():
                with suppress(Exception):
                    _: Any = array[...]
        return
    with path.open("rb") as stream:
        if HDF5_MARK not in (stream.read(8), stream.read(512)[504:]):
            from scipy.io import loadmat

            loadmat(path)
            return
    with sets_of(path) as sets:
        for found in sets.values():
            with suppress(Exception):
                dict(found.attrs)
                labels_of(found)
            with suppress(Exception):
                _ = set_values(path, found) if found.dtype.kind in "biuf" else set_texts(path, found)


def main() -> None:
    """Read the files named on stdin, one a line, and say so."""
    with suppress(ImportError):
        import h5py  # noqa: F401 - loaded before time is taken

    print("ready", flush=True)
    for line in sys.stdin:
        with suppress(Exception):  # what raises here raises again where it can be told
            _read_all(Path(json.loads(line)))
        with suppress(ImportError, AttributeError):
            import signal

            signal.alarm(0)
        print("read", flush=True)


if __name__ == "__main__":
    main()
