"""Opening a stored recording: what is checked before anything is read, and what damage is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError, StatevizError
from stateviz.core.tracks import TRACKS, WIDE_TRACKS
from stateviz.storage.limits import check_growth
from stateviz.storage.recordings.chunk_guard import GUARDED, SMALLEST_CHUNK, guarded
from stateviz.storage.recordings.leftovers import PROGRESS
from stateviz.storage.recordings.schema import FORMAT, Site


@dataclass(frozen=True)
class Header:
    """What a recording says of itself, without its states and text.

    Parameters
    ----------
    steps, source
        Of the recording.
    layout, groups : mapping of str
        What each site is, and the name of its group.
    tracks : mapping of str
        The path of the array of each track.
    """

    steps: int
    source: Mapping[str, Any]
    layout: Mapping[str, Site]
    groups: Mapping[str, str]
    tracks: Mapping[str, str]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say in our words, naming ``path``, what goes wrong while a recording is read."""
    try:
        yield
    except (InputError, MemoryError):
        raise  # about what was asked for, not about the file
    except FileError as error:  # said below, where the path is not known
        raise FileError(str(error) if str(path) in str(error) else f"{path} {error}") from error
    except PermissionError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from error
    except Exception as error:  # decoders of damaged bytes raise whatever they meet first
        first = (str(error).splitlines() or [""])[0][:120]
        raise FileError(f"{path} is damaged, or not a recording ({type(error).__name__}: {first})") from error


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The Zarr group at ``path``, a folder or a zip file."""
    from zipfile import is_zipfile

    import zarr

    if path.is_dir():
        if not (path / "zarr.json").exists():
            raise FileError("is a folder, but not a recording (it holds no zarr.json)")
        if (path / PROGRESS).exists():
            raise FileError("is a recording that was interrupted; finish it with stateviz record --resume")
        store = zarr.storage.LocalStore(path, read_only=True)
    else:
        with path.open("rb") as stream:
            if stream.read(2) != b"PK":
                raise FileError("is not a recording: neither a Zarr folder nor a .zarr.zip")
        if not is_zipfile(path):
            raise FileError("is damaged: its end is missing")
        store = zarr.storage.ZipStore(path, mode="r")
    try:
        yield zarr.open_group(guarded(store), mode="r", zarr_format=3)
    finally:
        store.close()


def stored_bytes(path: Path) -> int:
    """Bytes on disk."""
    if path.is_file():
        return path.stat().st_size
    return sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())


def read_header(root: Any, size: int) -> Header:
    """What a recording of ``size`` bytes on disk holds, once every array agrees with it."""
    version = root.attrs.get("stateviz_format")
    if not isinstance(version, int):
        raise FileError("is a Zarr group, but not a stateviz recording")
    if version > FORMAT:
        raise FileError(f"has format {version}, this version reads up to {FORMAT}; update stateviz")
    tokens = checked(root["tokens"], size)
    steps = int(tokens.shape[0])
    if not steps:
        raise FileError("is damaged: it holds no step")
    groups = {str(site): str(name) for site, name in dict(root.attrs["sites"]).items()}
    if not groups:
        raise FileError("is damaged: it names no site")
    layout = {site: _site(root[name], site, steps, size) for site, name in groups.items()}
    tracks = {name: name for name in TRACKS if name in root}
    for name in tracks:
        _agrees(checked(root[name], size), steps, (2,) if name in WIDE_TRACKS else (1,))
    for name, path in dict(root.attrs.get("tracks", {})).items():
        array = _agrees(checked(root[path], size), steps, (1, 2))
        if np.dtype(array.dtype).kind not in "biuf":
            raise FileError(f"is damaged: track {name} holds {array.dtype}")
        tracks[str(name)] = str(path)
    return Header(steps, dict(root.attrs["source"]), layout, groups, tracks)


def _site(group: Any, name: str, steps: int, size: int) -> Site:
    attributes = dict(group.attrs)
    states = _agrees(checked(group["states"], size), steps, (2,))
    kind = attributes["tokens"]
    if kind not in ("shared", "own", "none"):
        raise FileError(f"is damaged: {name} has {kind!r} tokens")
    if kind == "own":
        _agrees(checked(group["tokens"], size), steps, (1,))
    units = _units(group["unit"], attributes["integer_units"], size)
    if len(units) != states.shape[1] or len(set(units)) != len(units):
        raise FileError(f"is damaged: {len(set(units))} unit names of {name} for {states.shape[1]} units")
    return Site(
        name=name,
        units=units,
        dtype=str(np.dtype(states.dtype)),
        source=dict(attributes["source"]),
        row_breaks=tuple(attributes["row_breaks"]),
        column_breaks=tuple(attributes["column_breaks"]),
        flipped=tuple(int(row) for row in np.arange(len(units))[attributes["flipped"]])
        if attributes["flipped"]
        else (),
        tokens=kind,
        label=str(attributes["site"]),
    )


def _agrees(array: Any, steps: int, dimensions: tuple[int, ...]) -> Any:
    if array.ndim not in dimensions or array.shape[0] != steps:
        raise FileError(f"is damaged: {array.name} has shape {array.shape}, and the text {steps} tokens")
    return array


def _units(array: Any, integers: list[int], size: int) -> tuple[int | str, ...]:
    check_growth(f"{array.name}", array.nbytes, size)
    if np.dtype(array.dtype).kind == "i":
        return tuple(checked(array, size)[...].tolist())
    units: list[int | str] = list(texts(checked(array, size), slice(None)))
    for i in integers:
        units[i] = int(units[i])
    return tuple(units)


def texts(array: Any, steps: slice) -> tuple[str, ...]:
    """The text of some steps; equal tokens are one object, so that ten million take the room of their alphabet."""
    one: dict[str, str] = {}
    return tuple(one.setdefault(text, text) for text in map(str, np.asarray(array[steps]).tolist()))


def plain_states(states: NDArray[Any]) -> NDArray[Any]:
    """States of 0 and 1, which a file holds as bool, as int8; others as they are, those of float64 read-only."""
    if states.dtype == np.float64:  # a part of them is not narrowed, whatever it holds
        states = states.copy()
        states.flags.writeable = False
    return states.view(np.int8) if states.dtype == np.bool_ else states


def checked(array: Any, size: int) -> Any:
    """``array``, once it is sure that reading it brings neither a flood nor silent zeros."""
    if not hasattr(array, "nchunks"):
        raise StatevizError(f"{array.name} is no array")
    codecs = [type(codec).__name__ for codec in array.metadata.codecs]
    if len(codecs) > 2 or not GUARDED.issuperset(codecs):
        raise FileError(f"is damaged: {array.name} is packed by {', '.join(codecs)}")
    chunk = int(np.prod([min(2**62, length) for length in array.chunks], dtype=float)) * np.dtype(array.dtype).itemsize
    if array.nchunks * SMALLEST_CHUNK > size:
        raise FileError(f"is damaged: {array.name} claims {array.nbytes:,} bytes, and {size:,} are stored in all")
    check_growth(f"one chunk of {array.name}", chunk, size)  # of more, no more than a part is read at once
    missing = array.nchunks - array.nchunks_initialized
    if missing:
        raise FileError(f"is damaged: {missing} of {array.nchunks} chunks of {array.name} are missing")
    return array
