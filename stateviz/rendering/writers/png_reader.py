"""Read back the PNG files this package writes: palette indices row by row, the plan, the matrix."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.sheets import Color, Palette, PixelGrid
from stateviz.rendering.writers.cells import cells_by_plan
from stateviz.rendering.writers.png import KEYWORD, SIGNATURE

_BLOCK = 1 << 18
_DAMAGE = (struct.error, zlib.error, IndexError, KeyError, ValueError, RecursionError)


@dataclass(frozen=True)
class PngFile:
    """What a palette PNG says before its pixels, and those as a stream.

    Parameters
    ----------
    size
        (width, height) in pixels.
    depth
        Bits a pixel.
    colors
        The palette, sRGB.
    dpi
        Pixels an inch, across and down; None where the file does not say.
    profile
        "sRGB", the name of an embedded ICC profile, or None.
    transparent
        Palette indices that are not wholly opaque.
    plan
        The layout's plan; empty where there is none.
    """

    path: Path
    size: tuple[int, int]
    depth: int
    colors: tuple[Color, ...]
    dpi: tuple[float, float] | None = None
    profile: str | None = None
    transparent: tuple[int, ...] = ()
    plan: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> Iterator[NDArray[np.uint8]]:
        """Palette indices row by row, shape (width,); a row that repeats the one above is the same array again.

        Raises
        ------
        FileError
            On the way, where the file is damaged or has row filters that stateviz does not write.
        """
        try:
            yield from _rows(self)
        except _DAMAGE as error:
            raise _damaged(self.path, error) from error

    def check_filters(self) -> None:
        """See that every row can be read by ``rows``; a FileError as there."""
        try:
            for line in _lines(self.path, *_lines_of(self)):
                if line[0] not in (0, 2):
                    raise ValueError("it uses row filters that stateviz does not write")
        except _DAMAGE as error:
            raise _damaged(self.path, error) from error


def open_png(path: str | Path) -> PngFile:
    """Read what stands before the pixels of a PNG that ``write`` made.

    Raises
    ------
    FileError
        When the file is missing, damaged, or was written by something else (interlaced, true colour).
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            if file.read(len(SIGNATURE)) != SIGNATURE:
                raise FileError(f"{path} is not a PNG file")
            parts: dict[bytes, list[bytes]] = {}
            for kind, body in _chunks(file):
                parts.setdefault(kind, []).append(body if kind != b"IDAT" else b"")
        return _head(path, parts)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def decode_png(path: str | Path) -> NDArray[np.uint8]:
    """Palette index of every pixel, shape (height, width), of a PNG that ``write`` made.

    Raises
    ------
    FileError
        When the file is missing, damaged, or was written by something else (interlaced, true
        colour, or with other row filters).
    """
    return np.array(list(open_png(path).rows()))


def read_plan(path: str | Path) -> dict[str, Any]:
    """The layout's plan out of the PNG's metadata; empty where there is none."""
    return open_png(path).plan


def read_grid(path: str | Path) -> PixelGrid:
    """The grid that was printed, one cell a value, turned back to units x steps.

    Raises
    ------
    FileError
        Also when the file holds no plan, or a cell is not of one colour (the picture was altered).
    """
    picture = open_png(path)
    if not picture.plan:
        raise FileError(f"{path} holds no layout plan to read the matrix back by; write it with stateviz")
    if picture.plan.get("halftone"):
        raise FileError(f"{path} shows real values as a halftone; stateviz.printing.read_back reads those")
    cells, altered = cells_by_plan(picture.rows(), picture.size, picture.plan, str(path))
    if altered:
        raise FileError(f"{path}: a cell is not of one colour; the picture was altered after it was written")
    return PixelGrid(cells, Palette(str(picture.plan.get("palette", "as printed")), picture.colors))


def _head(path: Path, parts: dict[bytes, list[bytes]]) -> PngFile:
    width, height, depth, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", parts[b"IHDR"][0])
    if colour_type != 3 or interlace:
        raise ValueError("it is not a plain palette picture")
    if depth not in (1, 2, 4, 8) or not (0 < width < 1 << 31 and 0 < height < 1 << 31):
        raise ValueError(f"it says {width} x {height} px of {depth} bits")
    if not parts[b"IDAT"]:
        raise ValueError("it has no pixels")
    palette = np.frombuffer(parts[b"PLTE"][0], np.uint8).reshape(-1, 3)
    start = KEYWORD + b"\0\0\0\0\0"
    texts = [body[len(start) :] for body in parts.get(b"iTXt", []) if body.startswith(start)]
    dpi = None
    if b"pHYs" in parts:
        across, down, unit = struct.unpack(">IIB", parts[b"pHYs"][0])
        dpi = (_dpi(across), _dpi(down)) if unit == 1 else None
    profile = "sRGB" if b"sRGB" in parts else None
    if b"iCCP" in parts:
        profile = parts[b"iCCP"][0].split(b"\0")[0].decode("latin-1")
    alpha = parts.get(b"tRNS", [b""])[0]
    if b"acTL" in parts or set(alpha) - {0, 255}:
        raise ValueError("it moves, or is half transparent")
    plan = json.loads(texts[0]) if texts else {}
    return PngFile(
        path,
        (width, height),
        depth,
        tuple((int(r), int(g), int(b)) for r, g, b in palette),
        dpi,
        profile,
        tuple(index for index, value in enumerate(alpha) if value < 255),
        plan if isinstance(plan, dict) else {},
    )


def _dpi(pixels_a_metre: int) -> float:
    """Pixels an inch: a whole number where that is what was rounded to pixels a metre."""
    exact = pixels_a_metre * 0.0254
    return float(round(exact)) if abs(exact - round(exact)) <= 0.0127 else exact


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while head := file.read(8):
        size, kind = struct.unpack(">I4s", head)
        if kind in (b"IHDR", b"PLTE", b"pHYs", b"sRGB", b"tRNS", b"acTL") and size > 1024:
            raise ValueError(f"its {kind.decode()} chunk is of {size} bytes")
        body = file.read(size)
        (crc,) = struct.unpack(">I", file.read(4))
        if zlib.crc32(kind + body) != crc:
            raise ValueError(f"the checksum of its {kind.decode('latin-1')} chunk is wrong")
        yield kind, body


def _rows(picture: PngFile) -> Iterator[NDArray[np.uint8]]:
    (width, height), (stride, _) = picture.size, _lines_of(picture)
    before, indices = np.zeros(stride - 1, np.uint8), None
    count = 0
    for line in _lines(picture.path, stride, height):
        kind, packed = line[0], np.frombuffer(line, np.uint8, offset=1)
        if kind not in (0, 2):
            raise ValueError("it uses row filters that stateviz does not write")
        same = not packed.any() if kind == 2 else np.array_equal(packed, before)
        if indices is None or not same:
            # Up holds differences to the row above, modulo 256.
            before = packed + before if kind == 2 else packed
            indices = _unpack(before[None], picture.depth)[0, :width]
            if int(indices.max()) >= len(picture.colors):
                raise ValueError("it uses colours that its palette has not")
        count += 1
        yield indices
    if count != height:
        raise ValueError("it ends early")


def _lines_of(picture: PngFile) -> tuple[int, int]:
    """Bytes a line, with that of its filter, and lines."""
    return -(-picture.size[0] * picture.depth // 8) + 1, picture.size[1]


def _lines(path: Path, stride: int, height: int) -> Iterator[bytes]:
    """Deflated lines; never more of them than the stated height, however much the file unpacks to."""
    unpacker, pending, left = zlib.decompressobj(), b"", height
    with open(path, "rb") as file:
        file.read(len(SIGNATURE))
        for kind, body in _chunks(file):
            data = body if kind == b"IDAT" else b""
            while left:
                made = unpacker.decompress(data, _BLOCK)
                data, pending = unpacker.unconsumed_tail, pending + made
                whole = min(len(pending) // stride, left)
                for i in range(whole):
                    yield pending[i * stride : (i + 1) * stride]
                pending, left = pending[whole * stride :], left - whole
                if not data and len(made) < _BLOCK:
                    break


def _unpack(packed: NDArray[np.uint8], depth: int) -> NDArray[np.uint8]:
    if depth == 8:
        return packed
    if depth == 1:
        return np.unpackbits(packed, axis=1)
    shifts = np.arange(8 - depth, -1, -depth, dtype=np.uint8)
    return ((packed[:, :, None] >> shifts) & ((1 << depth) - 1)).reshape(len(packed), -1).astype(np.uint8)


def _damaged(path: Path, error: Exception) -> FileError:
    return FileError(f"{path} is damaged, or not a PNG written by stateviz ({error})")
