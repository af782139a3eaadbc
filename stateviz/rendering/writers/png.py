"""PNG: a streaming encoder of palette pictures, smallest bit depth first, the same bytes every time."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Sheet

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"stateviz plan"
_CHUNK = 1 << 20


def save(sheet: Sheet, path: Path) -> None:
    """Pixels as they are, with their physical size: what a printer takes.

    Written row by row: memory holds a few rows, never the picture.

    The file carries pHYs (pixels a metre), sRGB, a palette, and the layout's plan as iTXt. Neither
    time nor software is named, so that equal sheets give equal bytes.
    """
    width, height = sheet.canvas
    colors = sheet.grid.palette.colors
    depth = bit_depth(len(colors))
    with open(path, "wb") as file:
        file.write(SIGNATURE)
        _chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 3, 0, 0, 0))
        _chunk(file, b"sRGB", b"\x01")  # relative colorimetric: keep in-gamut colours as they are
        _chunk(file, b"PLTE", bytes(value for color in colors for value in color))
        pixels_a_metre = round(sheet.dpi / 0.0254)
        _chunk(file, b"pHYs", struct.pack(">IIB", pixels_a_metre, pixels_a_metre, 1))
        if sheet.plan:
            text = json.dumps(sheet.plan, ensure_ascii=False).encode()
            _chunk(file, b"iTXt", KEYWORD + b"\0\0\0\0\0" + text)
        for block in deflate(filtered(sheet.rows(), depth)):
            _chunk(file, b"IDAT", block)
        _chunk(file, b"IEND", b"")


def bit_depth(colors: int) -> int:
    """The fewest bits a pixel, out of 1, 2, 4, 8, that index ``colors`` colours.

    Examples
    --------
    >>> [bit_depth(n) for n in (1, 2, 3, 4, 16, 17, 256)]
    [1, 1, 2, 2, 4, 8, 8]
    """
    return next(bits for bits in (1, 2, 4, 8) if colors <= 1 << bits)


def pack(row: NDArray[np.uint8], depth: int) -> bytes:
    """Palette indices, shape (width,), packed ``depth`` bits each, the leftmost in the high bits.

    Examples
    --------
    >>> pack(np.array([1, 0, 1], np.uint8), 1)
    b'\\xa0'
    >>> pack(np.array([1, 2, 3], np.uint8), 4)
    b'\\x120'
    """
    if depth == 8:
        return row.tobytes()
    if depth == 1:
        return np.packbits(row).tobytes()
    each = 8 // depth
    padded = np.zeros(-(-len(row) // each) * each, np.uint8)
    padded[: len(row)] = row
    shifts = np.arange(8 - depth, -1, -depth, dtype=np.uint8)
    return np.bitwise_or.reduce(padded.reshape(-1, each) << shifts, axis=1).astype(np.uint8).tobytes()


def filtered(rows: Iterable[NDArray[np.uint8]], depth: int) -> Iterator[bytes]:
    """Packed rows, each behind its PNG filter byte.

    A row that repeats the one above becomes zeros (filter Up), which is all but the first row of a
    cell; others stay as they are (filter None), so that deflate finds equal rows further up.
    """
    last: NDArray[np.uint8] | None = None
    packed, zeros = b"", b""
    for row in rows:
        if row is last:  # a sheet yields the same array for every row of a cell
            yield zeros
            continue
        last, before = row, packed
        packed = pack(row, depth)
        zeros = zeros or b"\x02" + bytes(len(packed))
        yield zeros if packed == before else b"\x00" + packed


def deflate(rows: Iterable[bytes]) -> Iterator[bytes]:
    """The rows as one zlib stream, in blocks of about a mebibyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 15, 9)
    pending = bytearray()
    for row in rows:
        pending += packer.compress(row)
        if len(pending) >= _CHUNK:
            yield bytes(pending)
            pending.clear()
    yield bytes(pending) + packer.flush()


def _chunk(file: BinaryIO, kind: bytes, body: bytes) -> None:
    file.write(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
