"""The pixels of a TIFF strip by strip, so that memory holds a strip and never the picture."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.rendering.writers.tiff import unpack_lzw

_PIECE = 1 << 22
_RAW, _LZW = 1, 5
_KINDS = ((2, 3), (2, 4), (5, 4))
"""(photometric interpretation, samples a pixel) of RGB, RGB with transparency, and inks."""


def strip_rows(path: Path, tags: Any) -> Callable[[], Iterator[NDArray[np.uint8]]] | None:
    """What yields the rows of a TIFF, each of shape (width, channels), by its tags; None where it is no plain one.

    Plain are 8 bits a channel, RGB or inks, the channels of a pixel together, in strips that are not packed, or by
    Deflate or LZW.
    """
    width, height, kind, samples = (int(tags.get(tag, 1)) for tag in (256, 257, 262, 277))
    code, layout, predictor = int(tags.get(259, 1)), int(tags.get(284, 1)), int(tags.get(317, 1))
    offsets, sizes, tall = tags.get(273, ()), tags.get(279, ()), min(int(tags.get(278, height)), height)
    plain = (
        (kind, samples) in _KINDS
        and set(tags.get(258, ())) == {8}
        and code in (_RAW, _LZW, 8, 32946)
        and layout == 1
        and predictor in (1, 2)
        and set(tags.get(339, (1,))) == {1}
        and int(tags.get(274, 1)) == 1
        and 322 not in tags
        and min(width, height, tall) > 0
        and len(offsets) == len(sizes) == -(-height // max(tall, 1))
    )
    if not plain:
        return None

    stride = width * samples

    def rows() -> Iterator[NDArray[np.uint8]]:
        with open(path, "rb") as file:
            for index, (offset, size) in enumerate(zip(offsets, sizes, strict=True)):
                file.seek(offset)
                left = min(tall, height - index * tall)
                read = _reader(file, code, size, stride, left)
                while left:
                    count = min(left, max(1, _PIECE // stride))
                    data = read(count * stride)
                    if len(data) != count * stride:
                        raise FileError(f"{path} is damaged: a strip of its pixels ends early")
                    piece = np.frombuffer(data, np.uint8).reshape(count, width, samples)
                    yield from piece if predictor == 1 else np.cumsum(piece, axis=1, dtype=np.uint8)
                    left -= count

    return rows


def _reader(file: BinaryIO, code: int, size: int, stride: int, rows: int) -> Callable[[int], bytes]:
    """What reads on in a strip of ``size`` bytes, unpacked: a strip may be the whole picture."""
    if code == _RAW:
        return file.read
    if code == _LZW:
        return BytesIO(unpack_lzw(file.read(size), stride, rows)).read
    unpacker, packed, left = zlib.decompressobj(), b"", size

    def read(count: int) -> bytes:
        nonlocal packed, left
        made = b""
        while len(made) < count:
            if not packed:
                packed = file.read(min(left, _PIECE))
                left -= len(packed)
            more = unpacker.decompress(packed, count - len(made))
            if not more and not packed:
                break
            made, packed = made + more, unpacker.unconsumed_tail
        return made

    return read
