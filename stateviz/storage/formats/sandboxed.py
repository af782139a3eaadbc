"""What the process of the sandbox does: it reads every file that it is told of to its end, and says so."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from stateviz.core.errors import StatevizError
from stateviz.storage.formats.hdf5.open import HDF5_MARK
from stateviz.storage.formats.hdf5.sandbox import PATIENCE, SPEED, stored_bytes
from stateviz.storage.formats.hdf5.sets import labels_of, set_texts, set_values, sets_of
from stateviz.storage.formats.zarr_groups import arrays_of
from stateviz.storage.isolated import limit, rest, serve
from stateviz.storage.limits import allow_large

COPIES = 2
"""What is read may be held so many times while it is decoded."""
WHOLE = "*"
"""Stands for all of a file that is read as one."""


def _read_all(path: Path, undecoded: list[str]) -> None:
    """Read ``path``; what raises anything but our own errors, which are raised again where they are told, is named."""
    if path.is_dir() or path.name.lower().endswith(".zip"):
        with arrays_of(path) as arrays:
            for name, array in arrays.items():
                try:
                    _: Any = array[...]
                except Exception:
                    undecoded.append(name)
        return
    with path.open("rb") as stream:
        classic = HDF5_MARK not in (stream.read(8), stream.read(512)[504:])
    if classic:
        from scipy.io import loadmat

        try:
            loadmat(path)
        except MemoryError:
            undecoded.append(WHOLE)
        return
    with sets_of(path) as sets:
        for found in sets.values():
            with suppress(Exception):
                dict(found.attrs)
                labels_of(found)
            try:
                _ = set_values(path, found) if found.dtype.kind in "biuf" else set_texts(path, found)
            except StatevizError:
                continue
            except Exception:
                undecoded.append(found.name)


def _answer(question: Any) -> tuple[dict[str, Any], bytes]:
    path, undecoded = Path(question["path"]), list[str]()
    with suppress(Exception), allow_large(question["large"]):
        limit(COPIES * question["memory"], 2 * PATIENCE + stored_bytes(path) / SPEED)
        _read_all(path, undecoded)
    rest()
    return {"undecoded": undecoded}, b""


def main() -> None:
    """Read the files named on stdin, one a line, and say so."""
    with suppress(ImportError):
        import h5py  # noqa: F401 - loaded before time is taken

    serve(_answer)
