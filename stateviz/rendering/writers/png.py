"""PNG: a streaming encoder of palette pictures, smallest bit depth first, the same bytes every time."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from stateviz.core.sheets import Sheet
from stateviz.rendering.canvas import stream
from stateviz.rendering.writers.streams import bit_depth, deflate, effort, filtered, runs

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"stateviz plan"


def save(sheet: Sheet, path: Path, *, profile: str | None = None) -> None:
    """Pixels as they are, with their physical size: what a printer takes.

    Written row by row: memory holds a few rows, never the picture.

    The file carries pHYs (pixels a metre), sRGB or an ICC profile, a palette, and the layout's plan as
    iTXt. Neither time nor software is named, so that equal sheets give equal bytes.

    Parameters
    ----------
    profile : str, optional
        Embed an ICC profile (a name such as "srgb", or a file) instead of the sRGB mark; the colours stay.
    """
    width, height = sheet.canvas
    colors = sheet.palette.colors
    depth = bit_depth(len(colors))
    icc = None if profile is None else rgb_profile(profile)
    with open(path, "wb") as file:
        file.write(SIGNATURE)
        _chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 3, 0, 0, 0))
        if icc is None:
            _chunk(file, b"sRGB", b"\x01")  # relative colorimetric: keep in-gamut colours as they are
        else:
            _chunk(file, b"iCCP", _profile_name(profile) + b"\0\0" + zlib.compress(icc, 9))
        _chunk(file, b"PLTE", bytes(value for color in colors for value in color))
        if sheet.transparent is not None:
            _chunk(file, b"tRNS", b"\xff" * sheet.transparent + b"\0")  # opaque below and, unsaid, above it
        pixels_a_metre = round(sheet.dpi / 0.0254)
        _chunk(file, b"pHYs", struct.pack(">IIB", pixels_a_metre, pixels_a_metre, 1))
        if sheet.plan:
            text = json.dumps(sheet.plan, ensure_ascii=False).encode()
            _chunk(file, b"iTXt", KEYWORD + b"\0\0\0\0\0" + text)
        for block in deflate(filtered(runs(stream(sheet), depth)), effort(width, height, depth)):
            _chunk(file, b"IDAT", block)
        _chunk(file, b"IEND", b"")


def rgb_profile(profile: str) -> bytes:
    """The ICC profile of that name or file; InputError where its colours are not RGB."""
    from stateviz.core.errors import InputError
    from stateviz.rendering.color.profiles import profile_bytes

    data = profile_bytes(profile)
    if data[16:20] != b"RGB ":
        space = data[16:20].decode("latin-1").strip()
        raise InputError(f"profile {profile!r} is for {space}; a PNG holds RGB, write a .tif or .pdf for CMYK")
    return data


def _profile_name(profile: str | None) -> bytes:
    """1 to 79 Latin characters, as iCCP takes them."""
    return Path(str(profile)).stem.encode("ascii", "replace")[:79] or b"profile"


def _chunk(file: BinaryIO, kind: bytes, body: bytes) -> None:
    file.write(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
