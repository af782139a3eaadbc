"""Which codecs and types of Zarr, versions 2 and 3, are decoded: plain ones of bytes, numbers and text."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stateviz.core.errors import FileError

CODECS = frozenset(
    (
        *("bytes", "transpose", "gzip", "zlib", "zstd", "blosc", "lz4", "crc32c", "sharding_indexed"),
        *("shuffle", "delta", "fixedscaleoffset", "vlen-utf8"),
    )
)
"""Names in the metadata; zarr puts ``numcodecs.`` before some. ``vlen-utf8`` makes text of bytes, and nothing else."""
DOCUMENTS = ("zarr.json", ".zarray", ".zgroup", ".zmetadata")
_LARGEST = 2**26  # bytes of metadata
_TYPES = re.compile(
    "bool|u?int(8|16|32|64)|float(16|32|64)|complex(64|128)|string|fixed_length_utf32|null_terminated_bytes"
    r"|numpy\.(datetime64|timedelta64)"
)
_DESCRIBING = frozenset(("codecs", "compressor", "filters", "dtype", "data_type"))
"""Keys that only the metadata of an array has."""


def check_codecs(path: Path) -> dict[str, Any]:
    """Every document of metadata by its name, once it is sure that nothing but CODECS would decode an array.

    Parameters
    ----------
    path
        A Zarr folder, or one in a zip file.

    Raises
    ------
    FileError
        When an array names another codec, or holds objects; before any of it is decoded.
    """
    found = {}
    for name, text in _documents(path):
        try:
            found[name] = json.loads(text)
            arrays = list(_arrays(found[name], name))
        except (ValueError, RecursionError):
            raise FileError(f"{path} is damaged: {name} is not JSON") from None
        for part, metadata in arrays:
            if name.endswith("zarr.json") and metadata.get("zarr_format", 3) != 3:
                raise FileError(f"{path}: {part} is of another version than the metadata it is in, and is not decoded")
            for codec in _codecs(metadata):
                if codec.removeprefix("codec ") not in CODECS:
                    known = "plain codecs of bytes, numbers and text are"
                    raise FileError(f"{path}: {part} has {codec[:80]}, which is not decoded; {known}")
    return found


def _documents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for folder, _, names in os.walk(path):
            for name in sorted(set(names) & set(DOCUMENTS)):
                file = Path(folder) / name
                if file.stat().st_size > _LARGEST:
                    raise FileError(f"{path} is damaged: {name} has {file.stat().st_size:,} bytes")
                yield file.relative_to(path).as_posix(), file.read_bytes()
        return
    from zipfile import ZipFile, is_zipfile

    if not is_zipfile(path):
        return
    with ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.filename.rpartition("/")[2] in DOCUMENTS:
                if entry.file_size > _LARGEST:
                    raise FileError(f"{path} is damaged: {entry.filename} claims {entry.file_size:,} bytes")
                yield entry.filename, archive.read(entry)


def _arrays(document: Any, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The metadata of every array that a document describes, at whatever depth; attributes are a user's own."""
    if isinstance(document, list):
        for number, part in enumerate(document):
            yield from _arrays(part, f"{name}[{number}]")
    if not isinstance(document, dict):
        return
    if not _DESCRIBING.isdisjoint(document):
        yield name, document
        return
    for key, part in document.items():
        if key != "attributes" and not key.endswith(".zattrs"):
            yield from _arrays(part, key if key not in ("metadata", "consolidated_metadata") else name)


def _codecs(metadata: Mapping[str, Any]) -> Iterator[str]:
    """``codec x`` for each codec of an array, and ``type x`` for types that are neither numbers nor text.

    Whatever version it says it is of, nothing in it is passed over.
    """
    filters = _listed(metadata.get("filters"))
    for one in (*filters, *_listed(metadata.get("compressor"))):
        yield from _named(one)
    yield from _chain(metadata.get("codecs"))
    yield from _chain(metadata.get("storage_transformers"))
    if "data_type" in metadata:
        names = _names(metadata["data_type"])
        yield from (f"type {name}" for name in names if _TYPES.fullmatch(name) is None)
    numeric = [one.get(key) for one in filters if isinstance(one, dict) for key in ("dtype", "astype")]
    for dtype in (metadata.get("dtype", "|b1"), *(one for one in numeric if one is not None)):
        if not (_is_plain(dtype) or (dtype == "|O" and [_names(one) for one in filters] == [["vlen-utf8"]])):
            yield f"type {dtype}"


def _listed(codecs: Any) -> list[Any]:
    return [one for one in (codecs if isinstance(codecs, list) else [codecs]) if one]


def _chain(codecs: Any) -> Iterator[str]:
    """As ``_codecs``, with those inside of shards."""
    for codec in _listed(codecs):
        yield from _named(codec)
        inner = codec.get("configuration") if isinstance(codec, dict) else None
        if isinstance(inner, dict):
            yield from _chain(inner.get("codecs"))
            yield from _chain(inner.get("index_codecs"))


def _named(codec: Any) -> Iterator[str]:
    yield from (f"codec {name}" for name in _names(codec))


def _names(codec: Any) -> list[str]:
    """All that a codec or a type is called: version 2 looks at its id, version 3 at its name."""
    given = [codec[key] for key in ("name", "id") if key in codec] if isinstance(codec, dict) else [codec]
    return [str(name).removeprefix("numcodecs.") for name in given or ["without a name"]]


def _is_plain(dtype: Any) -> bool:
    try:
        return isinstance(dtype, str) and np.dtype(dtype).kind in "biufcSUMm"
    except TypeError:
        return False
