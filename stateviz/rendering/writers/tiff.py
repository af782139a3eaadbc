"""TIFF: CMYK with its profile, strip by strip, for presses that take no PDF.

The directory is written here and not by tifffile, which streams as well but refuses LZW, even of strips that are packed
already, without imagecodecs; some older software reads LZW alone.
"""

from __future__ import annotations

import json
import struct
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.sheets import Sheet
from stateviz.core.table import Table
from stateviz.rendering.canvas import stream
from stateviz.rendering.color.profiles import BLACK, COATED_INK
from stateviz.rendering.writers.cells import plan_in_colors
from stateviz.rendering.writers.streams import blackened

_STRIP = 1 << 20
_LARGEST = (1 << 32) - 1
_SHORT, _LONG, _ASCII, _RATIO, _BYTES = 3, 4, 2, 5, 7


def save(
    sheet: Sheet, path: Path, *, profile: str = "fogra39", compression: str = "deflate", ink_limit: float = COATED_INK
) -> None:
    """Four inks a pixel, 0 to 255, their ICC profile, the size, and the layout's plan as description.

    Written strip by strip: memory holds a strip, never the picture. What is not to be printed has no ink; that a
    TIFF of inks has no transparency, which printers of shirts ask for, is told in a warning.

    Parameters
    ----------
    profile : str
        The printing condition: "fogra39", or an ICC file of a CMYK press.
    compression : {"deflate", "lzw"}
        Deflate is smaller; some older software reads LZW only.
    ink_limit : float
        Percent of ink, all four together, that no colour exceeds: 300 for coated paper, 280 for uncoated.
    """
    from stateviz.rendering.color.profiles import profile_bytes, to_cmyk

    if sheet.transparent is not None:
        warnings.warn(
            f"a TIFF of inks has no transparency, and the ground of {sheet.medium.name} is not to be printed: "
            "preflight and print shops refuse it; write a .png, .pdf or .svg",
            UserWarning,
            stacklevel=3,
        )
    code, encode = COMPRESSIONS[compression]
    inks = to_cmyk(np.array(sheet.palette.colors, np.uint8), profile=profile, limit=ink_limit)
    lettered = blackened(sheet, len(inks))
    icc = profile_bytes(profile)
    if sheet.transparent is not None:
        inks[sheet.transparent] = 0
    inks = np.vstack([inks, np.array(BLACK, np.uint8)])
    width, height = sheet.canvas
    rows_a_strip = max(1, _STRIP // (width * 4))
    with open(path, "wb") as file:
        file.write(b"II*\0\0\0\0\0")
        offsets, sizes = _write_strips(file, _strips(stream(lettered), inks, rows_a_strip), encode, width)
        tags: dict[int, tuple[int, Any]] = {
            256: (_LONG, [width]),
            257: (_LONG, [height]),
            258: (_SHORT, [8] * 4),
            259: (_SHORT, [code]),
            262: (_SHORT, [5]),  # separated: inks
            270: (_ASCII, json.dumps(plan_in_colors(sheet, inks)).encode("ascii") + b"\0"),
            273: (_LONG, offsets),
            277: (_SHORT, [4]),
            278: (_LONG, [rows_a_strip]),
            279: (_LONG, sizes),
            282: (_RATIO, [_ratio(sheet.dpi)]),
            283: (_RATIO, [_ratio(sheet.dpi)]),
            284: (_SHORT, [1]),  # samples of a pixel stand together
            296: (_SHORT, [2]),  # inches
            332: (_SHORT, [1]),  # cyan, magenta, yellow, black
            34675: (_BYTES, icc),
        }
        _write_directory(file, tags)


def _strips(rows: Iterable[NDArray[np.uint8]], inks: NDArray[np.uint8], height: int) -> Iterator[bytes]:
    held: list[bytes] = []
    last: NDArray[np.uint8] | None = None
    for row in rows:
        if row is not last:  # a sheet yields the same array for every row of a cell
            last, line = row, inks[row].tobytes()
        held.append(line)
        if len(held) == height:
            yield b"".join(held)
            held.clear()
    if held:
        yield b"".join(held)


def _write_strips(
    file: BinaryIO, strips: Iterable[bytes], encode: Callable[[bytes, int], bytes], width: int
) -> tuple[list[int], list[int]]:
    offsets, sizes = [], []
    before, packed = b"", b""
    for strip in strips:
        if strip != before:  # tall cells and margins repeat whole strips
            before, packed = strip, encode(strip, width * 4)
        offsets.append(file.tell())
        sizes.append(len(packed))
        file.write(packed)
        if file.tell() > _LARGEST:
            raise FileError("a TIFF cannot hold more than 4 GiB; write a .pdf or .png, or use a lower dpi")
    return offsets, sizes


def _deflate(strip: bytes, stride: int) -> bytes:
    return zlib.compress(strip, 6)


def _lzw(strip: bytes, stride: int) -> bytes:
    """One strip by libtiff, whose file holds it as it will lie in ours."""
    from io import BytesIO

    from PIL import Image

    # LZW does not know of pixels, so a row of bytes is what it is given, whatever they mean.
    picture = Image.frombytes("L", (stride, len(strip) // stride), strip)
    buffer = BytesIO()
    picture.save(buffer, "TIFF", compression="tiff_lzw", strip_size=len(strip), tiffinfo={317: 1})
    buffer.seek(0)
    with Image.open(buffer, formats=["TIFF"]) as made:
        (start,), (size,) = made.tag_v2[273], made.tag_v2[279]  # type: ignore[attr-defined]
    return buffer.getvalue()[start : start + size]


def unpack_lzw(strip: bytes, stride: int, rows: int) -> bytes:
    """A strip of ``rows`` rows of ``stride`` bytes, unpacked by libtiff."""
    from io import BytesIO

    from PIL import Image

    alone = BytesIO(b"II*\0\0\0\0\0" + strip)
    alone.seek(0, 2)
    tags = {256: stride, 257: rows, 258: 8, 259: 5, 262: 1, 273: 8, 277: 1, 278: rows, 279: len(strip)}
    _write_directory(alone, {tag: (_LONG, [value]) for tag, value in tags.items()})
    with Image.open(alone, formats=["TIFF"]) as made:
        return made.tobytes()


COMPRESSIONS: Table[tuple[int, Callable[[bytes, int], bytes]]] = Table(
    "compression", {"deflate": (8, _deflate), "lzw": (5, _lzw)}
)
"""Name -> (TIFF's code, encoder of a strip whose rows are of so many bytes)."""


def _ratio(dpi: float) -> tuple[int, int]:
    from fractions import Fraction

    exact = Fraction(dpi).limit_denominator(10_000)
    return exact.numerator, exact.denominator


def _write_directory(file: BinaryIO, tags: dict[int, tuple[int, Any]]) -> None:
    """The tags at the file's end, each value of over four bytes before them; the header points to them."""
    entries = []
    for tag, (kind, values) in sorted(tags.items()):
        body, count = _encoded(kind, values)
        if len(body) > 4:
            file.write(b"\0" * (file.tell() % 2))  # values begin at even places
            body, place = struct.pack("<I", file.tell()), body
            file.write(place)
        entries.append(struct.pack("<HHI", tag, kind, count) + body.ljust(4, b"\0"))
    file.write(b"\0" * (file.tell() % 2))
    begin = file.tell()
    if begin > _LARGEST:
        raise FileError("a TIFF cannot hold more than 4 GiB; write a .pdf or .png, or use a lower dpi")
    file.write(struct.pack("<H", len(entries)) + b"".join(entries) + b"\0\0\0\0")
    file.seek(4)
    file.write(struct.pack("<I", begin))


def _encoded(kind: int, values: Any) -> tuple[bytes, int]:
    if kind in (_ASCII, _BYTES):
        return bytes(values), len(values)
    if kind == _RATIO:
        return b"".join(struct.pack("<II", *ratio) for ratio in values), len(values)
    return struct.pack(f"<{len(values)}{'H' if kind == _SHORT else 'I'}", *values), len(values)
