"""The tensors of a safetensors file, read whole: one that is cut short while it is read ends no process."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from stateviz.core.errors import FileError
from stateviz.storage.limits import check_growth, check_regular

MOST_HEADER = 100_000_000
"""Bytes; the format itself allows no more."""


def read_weights(path: Path, kind: Literal["torch", "numpy"] = "torch") -> tuple[dict[str, str], dict[str, Any]]:
    """The metadata and the tensors of a safetensors file.

    It is not mapped: what another program cuts off while it is mapped ends the process that reads it.

    Parameters
    ----------
    kind
        Tensors of torch, or arrays of NumPy.

    Raises
    ------
    FileError
        When it is a pipe or a device, or larger than the memory there is.
    ValueError, SafetensorError, OSError
        When it is no safetensors file.
    """
    check_regular(path)
    size = path.stat().st_size
    check_growth(str(path), 2 * size, size)
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else len(data)
    if length > min(len(data) - 8, MOST_HEADER):
        raise ValueError(f"its header claims {length:,} bytes of {len(data):,}")
    try:
        metadata = json.loads(data[8 : 8 + length]).get("__metadata__") or {}
    except (RecursionError, AttributeError):
        raise ValueError("its header is no table") from None
    if kind == "torch":
        from safetensors.torch import load
    else:
        from safetensors.numpy import load
    try:
        tensors = load(data)
    except (KeyError, TypeError, AttributeError, RuntimeError) as error:  # a type that the reader does not know
        raise ValueError(f"its tensors cannot be read ({type(error).__name__}: {error})") from None
    return {str(key): str(value) for key, value in dict(metadata).items()}, tensors


def check_sizes(path: str, config: Mapping[str, Any], weights: Mapping[str, Any]) -> None:
    """Refuse a configuration that asks for far more than a file's tensors hold, before a model of it is made."""
    held = sum(tensor.numel() for tensor in weights.values())
    for name in ("layers", "blocks"):
        if isinstance(config.get(name), int) and config[name] > len(weights):
            raise FileError(f"{path!r} is damaged: it names {config[name]:,} {name} and holds {len(weights)} tensors")
    for name in ("width", "hidden", "embedding"):
        if isinstance(config.get(name), int) and config[name] > max(held, 1) and config.get("blocks", 2):
            raise FileError(f"{path!r} is damaged: it names a {name} of {config[name]:,} and holds {held:,} weights")
    width, layers = config.get("width", 1), config.get("layers", 1)
    if isinstance(width, int) and isinstance(layers, int) and layers * width * width > MOST_ABOVE * max(held, 1):
        raise FileError(f"{path!r} is damaged: {layers:,} layers of {width:,} units are more than its {held:,} weights")


MOST_ABOVE = 64
"""A cell of one's own may have fewer weights than a full matrix between its units; not by more than this."""
