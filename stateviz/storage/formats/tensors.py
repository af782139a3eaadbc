"""Tensors: .safetensors, read without any package, and .pt, through torch and never unpickled freely."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.grids import Grid
from stateviz.core.states import StateMatrix
from stateviz.core.values import plain_floats
from stateviz.storage.formats.names import named_site
from stateviz.storage.formats.numpy_files import damage

DTYPES = {
    "BOOL": "?", "U8": "<u1", "I8": "<i1", "I16": "<i2", "U16": "<u2", "F16": "<f2", "BF16": "<u2",
    "I32": "<i4", "U32": "<u4", "F32": "<f4", "I64": "<i8", "U64": "<u8", "F64": "<f8",
}  # fmt: skip
MOST_HEADER = 100_000_000
"""Bytes; the format itself allows no more."""
MOST_ENTRIES, _DEEPEST = 100_000, 8
"""Of a file of torch: entries of all its lists and dicts together, and how deep they are looked into."""


def read_safetensors(path: Path, site: str | None) -> Grid:
    """The only tensor of a .safetensors file, or the one that ``site`` names; units x steps."""
    size = path.stat().st_size
    with damage(path), path.open("rb") as stream:
        head = stream.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else size
        if length > min(size - 8, MOST_HEADER):
            raise FileError(
                f"{path} is damaged, or no safetensors file: its header claims {length:,} bytes of {size:,}"
            )
        header = json.loads(stream.read(length).decode("utf-8"))
        notes = header.pop("__metadata__", {})
        name = _chosen(path, site, header)
        values = _tensor(path, name, header[name], stream, 8 + length, size)
    units = _noted(notes, "units", len(values)) if values.ndim == 2 else None
    tokens = _noted(notes, "tokens", values.shape[1]) if values.ndim == 2 else None
    return Grid(values, name, units, tokens)


def write_safetensors(states: StateMatrix, path: Path) -> None:
    """Write one tensor, units x steps, named after the site; the names as JSON in the metadata."""
    kind = {"int8": "I8", "float32": "F32", "float64": "F64"}[states.values.dtype.name]
    data = np.ascontiguousarray(states.values).astype(DTYPES[kind]).tobytes()
    units = [unit if isinstance(unit, str) else int(unit) for unit in states.units]
    notes = {"units": json.dumps(units, ensure_ascii=False)}
    if states.tokens is not None:
        notes["tokens"] = json.dumps(list(states.tokens), ensure_ascii=False)
    name = states.site if states.site and states.site != "__metadata__" else "states"
    body = {"__metadata__": notes, name: {"dtype": kind, "shape": list(states.shape), "data_offsets": [0, len(data)]}}
    header = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    header += b" " * (-len(header) % 8)
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", len(header)))
        stream.write(header)
        stream.write(data)


def read_torch(path: Path, site: str | None) -> Grid:
    """The only tensor of a .pt file, or the one that ``site`` names; units x steps.

    Only tensors in plain containers are read (``weights_only=True``). Anything that would have to be unpickled, which
    can run any program, is refused.
    """
    _check_archive(path)
    import torch

    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # damaged archives raise whatever they meet first
        if "weights_only" in str(error) or "Unsupported" in str(error):
            raise FileError(
                f"{path} holds Python objects, which stateviz never unpickles; save tensors alone"
            ) from None
        first = (str(error).splitlines() or [""])[0][:120]
        raise FileError(f"{path} is damaged ({type(error).__name__}: {first})") from None
    tensors = {"tensor": found} if isinstance(found, torch.Tensor) else _flat(path, found)
    name = _chosen(path, site, {key: value for key, value in tensors.items() if isinstance(value, torch.Tensor)})
    return Grid(_array_of(path, name, tensors[name]), name)


def _check_archive(path: Path) -> None:
    """Refuse what is no archive of torch, or packed so that it could grow when it is read."""
    from zipfile import ZIP_STORED, ZipFile, is_zipfile

    with damage(path):
        if not is_zipfile(path):
            raise FileError(
                f"{path} is a bare pickle or damaged, which stateviz never opens; save it again with torch.save"
            )
        with ZipFile(path) as archive:
            if any(entry.compress_type != ZIP_STORED for entry in archive.infolist()):
                raise FileError(f"{path} is packed, which torch.save never does; save it again with torch.save")


def _array_of(path: Path, name: str, tensor: Any) -> NDArray[Any]:
    import torch

    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_meta or tensor.is_complex():
        raise FileError(f"{path}: {name} is no plain tensor of real numbers ({tensor.dtype}, {tensor.layout})")
    if tensor.numel() * tensor.element_size() > path.stat().st_size:
        raise FileError(f"{path}: {name} claims shape {tuple(tensor.shape)}, more than the file holds")
    tensor = tensor.detach()
    return np.asarray(plain_floats(tensor).numpy())


def _flat(path: Path, found: Any) -> dict[str, Any]:
    """The entries of nested dicts and lists, by dotted names."""
    flat: dict[str, Any] = {}
    pending: list[tuple[str, Any, int]] = [("", found, 0)]
    looked_at = 0
    while pending:
        prefix, holder, depth = pending.pop()
        if isinstance(holder, Mapping):
            items = [(str(key), value) for key, value in holder.items()]
        elif isinstance(holder, list | tuple):
            items = [(str(key), value) for key, value in enumerate(holder)]
        else:
            flat[prefix.rstrip(".")] = holder
            continue
        # A list may hold one list a thousand times, and that another: few bytes, and no end of entries.
        looked_at += len(items)
        if looked_at > MOST_ENTRIES:
            raise FileError(f"{path} holds more than {MOST_ENTRIES:,} entries; save its tensors alone")
        if depth <= _DEEPEST:
            pending += [(f"{prefix}{key}.", value, depth + 1) for key, value in reversed(items)]
    return flat


def _chosen(path: Path, site: str | None, tensors: Mapping[str, Any]) -> str:
    if not tensors:
        raise FileError(f"{path} holds no tensor")
    return named_site(path, "tensors", site, tensors)


def _tensor(path: Path, name: str, entry: Any, stream: Any, start: int, size: int) -> NDArray[Any]:
    kind, shape, (first, last) = entry["dtype"], [int(length) for length in entry["shape"]], entry["data_offsets"]
    if kind not in DTYPES:
        raise FileError(f"{path}: {name} holds {kind}; numbers were expected ({', '.join(DTYPES)})")
    dtype = np.dtype(DTYPES[kind])
    claimed = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or not 0 <= first <= last <= size - start or claimed != last - first:
        raise FileError(f"{path} is damaged: {name} claims shape {tuple(shape)} of {kind} in {last - first:,} bytes")
    stream.seek(start + first)
    raw = np.frombuffer(stream.read(claimed), dtype).reshape(shape)
    return (raw.astype(np.uint32) << 16).view(np.float32) if kind == "BF16" else raw


def _noted(notes: Any, key: str, count: int) -> tuple[int | str, ...] | None:
    """Names that were written beside the tensor, where they are for it."""
    try:
        names = json.loads(notes[key])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    if not isinstance(names, list) or len(names) != count:
        return None
    return tuple(name if isinstance(name, int) else str(name) for name in names)
