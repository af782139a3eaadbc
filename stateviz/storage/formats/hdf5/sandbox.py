"""Whether an HDF5 file or a Zarr group can be read at all: isolates hangs and crashes in a subprocess.

The HDF5 library is not made for damaged files: there are some on which it never returns; the Blosc library of Zarr
believes what a damaged chunk says of its size. A helper process (sandboxed.py) reads all of a file before this one
does; it is started at the first file, and again after each that ended it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection
from pathlib import Path

from stateviz.core.errors import FileError
from stateviz.storage.isolated import Helper, HelperEnded
from stateviz.storage.limits import is_allowed, most_memory

PATIENCE, SPEED = 30.0, 5e6
"""Seconds a file may take, and bytes a second after that."""

_helper: Helper | None = None
_lock = threading.Lock()


def check_readable(path: Path) -> Collection[str]:
    """Which sets or arrays of ``path`` could not be read; a FileError when one ends the process that tries, or hangs.

    They may have been too large for it, and are not to be tried again.
    """
    global _helper
    if not sys.executable:
        return ()  # inside another program: there is no Python to start
    with _lock:
        try:
            if _helper is None or not _helper.alive:
                _helper = Helper("stateviz.storage.formats.sandboxed")
            size = stored_bytes(path)
            question = {"path": str(path.resolve()), "large": is_allowed(), "memory": most_memory(size)}
            answer, _ = _helper.ask(question, PATIENCE + size / SPEED)
            return frozenset(answer["undecoded"])
        except HelperEnded as error:
            raise FileError(f"{path} is damaged: {error}") from None


def stored_bytes(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size
