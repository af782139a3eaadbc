"""NumPy files: .npy and .npz, never unpickled, and never larger than they are."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from stateviz.core.errors import FileError, StatevizError
from stateviz.core.grids import Grid
from stateviz.storage.formats.names import named_site
from stateviz.storage.limits import check_growth

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo


def read_npy(path: Path, site: str | None) -> Grid:
    """The array of an .npy file."""
    with damage(path), path.open("rb") as stream:
        return Grid(_array(stream, path.stat().st_size, str(path)), "array")


def read_npz(path: Path, site: str | None) -> Grid:
    """The only array of an .npz file, or the one named ``site``."""
    with _archive(path) as archive:
        members = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
        if not members:
            raise FileError(f"{path} holds no array")
        name = named_site(path, "arrays", site, members)
        return Grid(_member(archive, members[name], f"{path}: {name}"), name)


def npz_members(path: Path) -> dict[str, NDArray[Any]]:
    """Every array of an .npz file."""
    with _archive(path) as archive:
        entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
        check_growth(str(path), sum(entry.file_size for entry in entries.values()), path.stat().st_size)
        return {name: _member(archive, entry, f"{path}: {name}") for name, entry in entries.items()}


def npy_bytes(array: NDArray[Any]) -> bytes:
    """``array`` as an .npy file, version 1.0: the same numbers give the same bytes."""
    stream = io.BytesIO()
    npy.write_array(stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return stream.getvalue()


@contextmanager
def _archive(path: Path) -> Iterator[ZipFile]:
    from zipfile import ZipFile, is_zipfile

    with damage(path):
        if not is_zipfile(path):
            with path.open("rb") as stream:
                start = stream.read(8)
            cut = "damaged: its end is missing" if start[:2] == b"PK" else None
            raise FileError(f"{path} is {cut or _disguise(start) or 'damaged, or not an .npz file'}")
        with ZipFile(path) as archive:
            yield archive


def _member(archive: ZipFile, entry: ZipInfo, what: str) -> NDArray[Any]:
    check_growth(what, entry.file_size, entry.compress_size)
    with archive.open(entry) as member:
        return _array(member, entry.file_size, what)


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """Say in our words, naming ``path``, what the decoders of a damaged file raise."""
    try:
        yield
    except (StatevizError, MemoryError):
        raise
    except Exception as error:  # decoders of damaged bytes raise whatever they meet first
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's, not a decoder's
        first = (str(error).splitlines() or [""])[0][:120]
        raise FileError(f"{path} is damaged ({type(error).__name__}: {first})") from error


def _array(stream: IO[bytes], size: int, what: str) -> NDArray[Any]:
    """The array that ``stream`` of ``size`` bytes holds, its header checked before anything is allocated."""
    magic = stream.read(8)
    if magic[:6] != npy.MAGIC_PREFIX:
        raise FileError(f"{what} is {_disguise(magic) or 'not a NumPy array (it lacks the mark of one)'}")
    version = (magic[6], magic[7]) if len(magic) == 8 else (0, 0)
    headers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in headers:
        raise FileError(f"{what} is an .npy file of version {version[0]}.{version[1]}; 1.0 and 2.0 are read")
    shape, fortran, dtype = headers[version](stream)
    if dtype.hasobject:
        raise FileError(f"{what} holds pickled Python objects, which stateviz never opens; save numbers instead")
    if dtype.kind not in "biuf":
        parts = "; give real and imaginary parts as rows of their own" if dtype.kind == "c" else ""
        raise FileError(f"{what} holds {dtype}; numbers were expected{parts}")
    count = math.prod(shape)
    if any(length < 0 for length in shape) or count * dtype.itemsize > size - stream.tell():
        raise FileError(f"{what} is damaged: its header claims {shape} of {dtype}, and the file has {size:,} bytes")
    data = stream.read(count * dtype.itemsize)
    if len(data) < count * dtype.itemsize:
        raise FileError(f"{what} is cut off: {len(data):,} of {count * dtype.itemsize:,} bytes of numbers are there")
    if not count:
        return np.empty(shape, dtype)
    return np.frombuffer(data, dtype, count).reshape(shape, order="F" if fortran else "C")


def _disguise(start: bytes) -> str | None:
    """What a file really is that is not what its name says."""
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a pickle, which stateviz never opens; save the array with numpy.save(path, array)"
    if start[:2] == b"PK":
        return "a zip archive (.npz by its content?); give it its own ending"
    if start[:6] == npy.MAGIC_PREFIX:
        return "an .npy file by its content; give it its own ending"
    return None
