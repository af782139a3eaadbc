"""Which codecs and types of Zarr, versions 2 and 3, are decoded: plain ones of bytes, numbers and text."""

from __future__ import annotations

import json
import os
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
_TYPES = ("bool", "int", "uint", "float", "complex", "string", "fixed_length_utf32", "null_terminated_bytes", "numpy.")


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
        except (ValueError, RecursionError):
            raise FileError(f"{path} is damaged: {name} is not JSON") from None
        for part, metadata in _arrays(found[name], name):
            for codec in _codecs(metadata):
                if codec.removeprefix("codec ") not in CODECS:
                    known = "plain codecs of bytes, numbers and text are"
                    raise FileError(f"{path}: {part} has {codec}, which is not decoded; {known}")
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
    """The metadata of every array that a document describes, in the consolidated ones those of all below."""
    if not isinstance(document, dict):
        return
    if "codecs" in document or "compressor" in document or "dtype" in document:
        yield name, document
    consolidated = document.get("consolidated_metadata")
    inner = consolidated if isinstance(consolidated, dict) else document
    if isinstance(inner.get("metadata"), dict):
        for key, part in inner["metadata"].items():
            if not key.endswith(".zattrs"):
                yield from _arrays(part, key)


def _codecs(metadata: Mapping[str, Any]) -> Iterator[str]:
    """``codec x`` for each codec of an array, and ``type x`` for types that are neither numbers nor text."""
    if "dtype" in metadata:  # version 2
        filters = [one for one in (metadata.get("filters") or []) if one]
        codecs = [*filters, *([metadata["compressor"]] if metadata.get("compressor") else ())]
        yield from (f"codec {_name(one)}" for one in codecs)
        numeric = [one.get(key) for one in filters if isinstance(one, dict) for key in ("dtype", "astype")]
        for dtype in (metadata["dtype"], *(one for one in numeric if one is not None)):
            if not (_is_plain(dtype) or (dtype == "|O" and [_name(one) for one in filters] == ["vlen-utf8"])):
                yield f"type {dtype}"
        return
    kind = metadata.get("data_type", "bool")
    if not _name(kind).startswith(_TYPES):
        yield f"type {_name(kind)}"
    yield from _chain(metadata.get("codecs"))


def _chain(codecs: Any) -> Iterator[str]:
    """As ``_codecs``, with those inside of shards."""
    for codec in codecs or []:
        yield f"codec {_name(codec)}"
        inner = codec.get("configuration") if isinstance(codec, dict) else None
        if isinstance(inner, dict):
            yield from _chain(inner.get("codecs"))
            yield from _chain(inner.get("index_codecs"))


def _name(codec: Any) -> str:
    named = (codec.get("name") or codec.get("id")) if isinstance(codec, dict) else codec
    return str(named).removeprefix("numcodecs.")


def _is_plain(dtype: Any) -> bool:
    try:
        return isinstance(dtype, str) and np.dtype(dtype).kind in "biufcSUMm"
    except TypeError:
        return False
