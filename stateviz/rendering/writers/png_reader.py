"""Read back the PNG files this package writes: palette indices, the plan, the matrix."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.sheets import Color, Palette, PixelGrid
from stateviz.rendering.writers.png import KEYWORD, SIGNATURE


@dataclass(frozen=True)
class _Picture:
    indices: NDArray[np.uint8]
    colors: tuple[Color, ...]
    plan: dict[str, Any]


def decode_png(path: str | Path) -> NDArray[np.uint8]:
    """Palette index of every pixel, shape (height, width), of a PNG that ``write`` made.

    Raises
    ------
    FileError
        When the file is missing, damaged, or was written by something else (interlaced, true
        colour, or with other row filters).
    """
    return _read(path).indices


def read_plan(path: str | Path) -> dict[str, Any]:
    """The layout's plan out of the PNG's metadata; empty where there is none."""
    return _read(path).plan


def read_grid(path: str | Path) -> PixelGrid:
    """The grid that was printed, one cell a value, turned back to units x steps.

    Raises
    ------
    FileError
        Also when the file holds no plan, or a cell is not of one colour (the picture was altered).
    """
    picture = _read(path)
    plan = picture.plan
    try:
        (x, y), cell, (rows, columns) = plan["origin_px"], plan["cell_px"], plan["grid_cells"]
        name, turned = plan["palette"], plan.get("time") == "down"
    except (KeyError, TypeError, ValueError):
        raise FileError(f"{path} holds no layout plan to read the matrix back by; write it with stateviz") from None
    field = picture.indices[y : y + rows * cell, x : x + columns * cell]
    cells = field[::cell, ::cell]
    if cells.shape != (rows, columns) or not np.array_equal(field, cells.repeat(cell, 0).repeat(cell, 1)):
        raise FileError(f"{path}: a cell is not of one colour; the picture was altered after it was written")
    return PixelGrid(cells.T if turned else cells, Palette(str(name), picture.colors))


def _read(path: str | Path) -> _Picture:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
    if not data.startswith(SIGNATURE):
        raise FileError(f"{path} is not a PNG file")
    try:
        return _decode(data)
    except (struct.error, zlib.error, IndexError, KeyError, ValueError) as error:
        raise FileError(f"{path} is damaged, or not a PNG written by stateviz ({error})") from error


def _decode(data: bytes) -> _Picture:
    parts: dict[bytes, list[bytes]] = {}
    for kind, body in _chunks(data):
        parts.setdefault(kind, []).append(body)
    width, height, depth, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", parts[b"IHDR"][0])
    if colour_type != 3 or interlace:
        raise ValueError("it is not a plain palette picture")
    stride = -(-width * depth // 8)
    # Bounded by the stated size, so that a small hostile file cannot fill the memory.
    raw = zlib.decompressobj().decompress(b"".join(parts[b"IDAT"]), height * (stride + 1))
    if len(raw) != height * (stride + 1):
        raise ValueError("it ends early")
    lines = np.frombuffer(raw, np.uint8).reshape(height, stride + 1)
    indices = _unpack(_unfilter(lines), depth)[:, :width]
    palette = np.frombuffer(parts[b"PLTE"][0], np.uint8).reshape(-1, 3)
    colors = tuple((int(r), int(g), int(b)) for r, g, b in palette)
    start = KEYWORD + b"\0\0\0\0\0"
    texts = [body[len(start) :] for body in parts.get(b"iTXt", []) if body.startswith(start)]
    return _Picture(indices, colors, json.loads(texts[0]) if texts else {})


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        (crc,) = struct.unpack_from(">I", data, at + 8 + size)
        if zlib.crc32(kind + body) != crc:
            raise ValueError(f"the checksum of its {kind.decode('latin-1')} chunk is wrong")
        yield kind, body
        at += 12 + size


def _unfilter(lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if not np.isin(lines[:, 0], (0, 2)).all():
        raise ValueError("it uses row filters that stateviz does not write")
    # Between two unfiltered rows, Up sums the differences down the column, modulo 256.
    result = np.array(lines[:, 1:])
    for row in np.flatnonzero(lines[:, 0] == 2):
        if row:
            result[row] += result[row - 1]
    return result


def _unpack(packed: NDArray[np.uint8], depth: int) -> NDArray[np.uint8]:
    if depth == 8:
        return packed
    shifts = np.arange(8 - depth, -1, -depth, dtype=np.uint8)
    return ((packed[:, :, None] >> shifts) & ((1 << depth) - 1)).reshape(len(packed), -1).astype(np.uint8)
