"""Recording <-> disk: a Zarr v3 group that any Zarr reader opens, as a folder or in one file.

The layout, format 1::

    /                      attributes: stateviz_format, source, sites {name: group}
      tokens    (step,)    UTF-8 text of each step
      surprisal (step,)    float32, bits; only where recorded
      entropy   (step,)    float32, bits; only where recorded
      <site>/              attributes: site, source, row_breaks, column_breaks, flipped, integer_units, tokens
        states  (step, unit)  int8 in {-1, +1}, or float32
        unit    (unit,)    names: int64, or UTF-8 text
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError, StatevizError
from stateviz.core.states import Recording, StateMatrix
from stateviz.storage.encoding import FORMAT, TRACKS, root_attributes, write_group
from stateviz.storage.files import AnyPath, atomic, check_writable, write_zip

MOST_COMPRESSION = 100_000
"""No array of ours is this many times larger than its file; one that claims to be is damaged or a trap."""


def save_recording(recording: Recording, path: AnyPath, *, force: bool = False) -> Path:
    """Write a recording as a folder (``.zarr``) or one file (``.zarr.zip``), whole or not at all.

    Parameters
    ----------
    recording
        Its ``source`` must be plain JSON values.
    path
        Where; the ending decides the kind. The same recording gives the same bytes.
    force
        Replace a recording that is there.

    Raises
    ------
    InputError
        When the ending is another, or the source is not plain JSON, or a token is not valid Unicode.
    FileError
        When ``path`` is there without ``force``, is a folder of something else, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> states = StateMatrix([[0, 1, 1], [1, 1, 0]], tokens="abc", site="core.h")
    >>> path = save_recording(Recording(tuple("abc"), {"core.h": states}), tempfile.mkdtemp() + "/a.zarr")
    >>> open_recording(path)
    Recording(3 steps; StateMatrix(core.h: 2 units x 3 steps, binary))
    """
    import zarr

    target = Path(path)
    if not target.name.lower().endswith((".zarr", ".zarr.zip")):
        raise InputError(f"a recording is written to a name that ends in .zarr or .zarr.zip, not {target.name!r}")
    check_writable(target, force=force)
    if target.is_dir() and any(target.iterdir()) and not (target / "zarr.json").exists():
        raise FileError(f"{target} is a folder of something else, and is not replaced; choose another name")
    attributes = root_attributes(recording)
    with atomic(target, force=force) as beside:
        if target.name.lower().endswith(".zip"):
            members: dict[str, Any] = {}
            write_group(zarr.storage.MemoryStore(members), recording, attributes)
            write_zip(beside, {name: buffer.to_bytes() for name, buffer in members.items()})
        else:
            write_group(zarr.storage.LocalStore(beside), recording, attributes)
    return target


def open_recording(path: AnyPath) -> Recording:
    """Read what ``save_recording`` wrote.

    Raises
    ------
    FileError
        When there is nothing at ``path``, or it is damaged, not a recording, or of a newer format.
    """
    source = Path(path)
    if not source.exists():
        raise FileError(f"there is no recording at {source}; make one with stateviz record")
    try:
        size = _stored_bytes(source)
        with _opened(source) as group:
            return _read(group, size)
    except FileError as error:  # said below, where the path is not known
        raise FileError(f"{source} {error}") from error
    except StatevizError as error:
        raise FileError(f"{source} is damaged: {error}") from error
    except PermissionError as error:
        raise FileError(f"cannot read {source}: {error.strerror}") from error
    except Exception as error:  # decoders of damaged bytes raise whatever they meet first
        first = (str(error).splitlines() or [""])[0][:120]
        raise FileError(f"{source} is damaged, or not a recording ({type(error).__name__}: {first})") from error


def _stored_bytes(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import zarr

    if path.is_dir():
        if not (path / "zarr.json").exists():
            raise FileError("is a folder, but not a recording (it holds no zarr.json)")
        store = zarr.storage.LocalStore(path, read_only=True)
    else:
        with path.open("rb") as stream:
            if stream.read(2) != b"PK":
                raise FileError("is not a recording: neither a Zarr folder nor a .zarr.zip")
        store = zarr.storage.ZipStore(path, mode="r")
    try:
        yield zarr.open_group(store, mode="r", zarr_format=3)
    finally:
        store.close()


def _read(root: Any, size: int) -> Recording:
    version = root.attrs.get("stateviz_format")
    if not isinstance(version, int):
        raise FileError("is a Zarr group, but not a stateviz recording")
    if version > FORMAT:
        raise FileError(f"has format {version}, this version reads up to {FORMAT}; update stateviz")
    tokens = _text(root["tokens"], size)
    tracks = {name: _numbers(root[name], size, len(tokens)) for name in TRACKS if name in root}
    sites = {}
    for site, name in root.attrs["sites"].items():
        sites[site] = _read_site(root[name], tokens, size)
    return Recording(tokens, sites, dict(root.attrs["source"]), **tracks)


def _read_site(group: Any, tokens: tuple[str, ...], size: int) -> StateMatrix:
    attributes = dict(group.attrs)
    kind = attributes["tokens"]
    values = _numbers(group["states"], size, len(tokens)).T
    flipped = np.zeros(len(values), bool)
    flipped[attributes["flipped"]] = True
    return StateMatrix(
        np.ascontiguousarray(values),
        units=_units(group["unit"], attributes["integer_units"], size),
        tokens=tokens if kind == "shared" else _text(group["tokens"], size) if kind == "own" else None,
        site=attributes["site"],
        source=attributes["source"],
        row_breaks=tuple(attributes["row_breaks"]),
        column_breaks=tuple(attributes["column_breaks"]),
        flipped=flipped,
    )


def _units(array: Any, integers: list[int], size: int) -> tuple[int | str, ...]:
    if np.dtype(array.dtype).kind == "i":
        return tuple(_checked(array, size)[...].tolist())
    units: list[int | str] = list(_text(array, size))
    for i in integers:
        units[i] = int(units[i])
    return tuple(units)


def _text(array: Any, size: int) -> tuple[str, ...]:
    return tuple(str(text) for text in _checked(array, size)[...].tolist())


def _numbers(array: Any, size: int, steps: int) -> NDArray[Any]:
    if array.shape[0] != steps:
        raise FileError(f"is damaged: {array.name} holds {array.shape[0]} steps, the text {steps} tokens")
    return np.asarray(_checked(array, size)[...])


def _checked(array: Any, size: int) -> Any:
    """``array``, once it is sure that reading it brings neither a flood nor silent zeros."""
    if array.nbytes > MOST_COMPRESSION * size:
        raise FileError(f"is damaged: {array.name} claims {array.nbytes:,} bytes, and {size:,} are stored in all")
    missing = array.nchunks - array.nchunks_initialized
    if missing:
        raise FileError(f"is damaged: {missing} of {array.nchunks} chunks of {array.name} are missing")
    return array
