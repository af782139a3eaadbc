"""Files as text that shows what is promised of them and leaves out what a library underneath decides.

Deflate, Zarr's compressors and the container of a TIFF may give other bytes tomorrow for the same content, so the
content is what is compared: chunks, objects, arrays, pixels. Short content is written out, so that a difference can be
read; long content is its SHA-256.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_VALUES = 600
"""Arrays of more values are told by their digest."""
MOST_TEXT = 6_000
"""Streams of a PDF that are longer are told by their digest."""


def digest(data: bytes) -> str:
    """What stands for ``data`` that is too long to read."""
    return f"sha256 {hashlib.sha256(data).hexdigest()} of {len(data)} bytes"


def json_text(value: Any) -> str:
    """JSON with one field a line at the top, without versions of libraries and digests of Python's code."""
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) + "\n"
    lines = (f"  {json.dumps(key)}: {json.dumps(field, ensure_ascii=False)}" for key, field in value.items())
    return re.sub(r'("(?:torch|step_sha256)": ")[^"]*', r"\1-", "{\n" + ",\n".join(lines) + "\n}\n")


def array_text(name: str, values: NDArray[Any]) -> str:
    """An array by name, type and shape, and its values or their digest."""
    head = f"{name}: {values.dtype} {values.shape}"
    if values.size > MOST_VALUES:
        if values.dtype.kind == "f":  # the last digits depend on the processor; and no -0
            values = np.round(values, 9) + 0
        return f"{head}\n  {digest(np.ascontiguousarray(values).tobytes())}\n"
    rows = values.reshape(1, -1) if values.ndim < 2 else values.reshape(len(values), -1)
    return head + "\n" + "".join("  " + " ".join(map(_value, row.tolist())) + "\n" for row in rows)


def _value(value: Any) -> str:
    return f"{value:.8g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def png_text(data: bytes) -> str:
    """Every chunk of a PNG in its order; those of pixels together, inflated."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    place, lines, pixels = 8, [], b""
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind, body = data[place + 4 : place + 8].decode(), data[place + 8 : place + 8 + length]
        place += 12 + length
        if kind == "IDAT":
            pixels += body
            continue
        if pixels:
            lines.append(f"IDAT: {digest(zlib.decompress(pixels))}, inflated")
            pixels = b""
        if kind == "iCCP":
            name, _, packed = body.partition(b"\0")
            lines.append(f"iCCP: {name.decode()} {digest(zlib.decompress(packed[1:]))}, inflated")
        else:
            lines.append(f"{kind}: {body.decode('latin-1')!r}" if len(body) < MOST_TEXT else f"{kind}: {digest(body)}")
    return "\n".join(lines) + "\n"


def picture_text(data: bytes) -> str:
    """A raster as an independent reader decodes it: size, resolution, profile, colours, pixels."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        profile, dpi = picture.info.get("icc_profile"), picture.info.get("dpi", ())
        decoded = picture.convert("RGBA") if picture.mode == "P" else picture
        colours = decoded.getcolors(1 << 24) or []
        lines = [
            f"{picture.format} {decoded.mode} {picture.size[0]} x {picture.size[1]}",
            f"dpi {tuple(round(float(number), 1) for number in dpi)}",
            f"profile {digest(profile) if profile else None}",
            f"{len(colours)} colours, the most frequent "
            + ", ".join(f"{count} of {colour}" for count, colour in sorted(colours, reverse=True)[:4]),
            f"pixels {digest(decoded.tobytes())}",
        ]
    return "\n".join(lines) + "\n"


def pdf_text(data: bytes) -> str:
    """The objects of a PDF in the order they are written, streams inflated, without lengths, offsets and the ID."""
    place, parts = 0, []
    for found in re.finditer(rb"/Length (\d+)( 0 R)?[^\n]*>>\s*?\nstream\n", data):
        if found.start() < place:  # inside the stream before
            continue
        length = int(found[1])
        if found[2]:  # the length is an object of its own, behind the stream
            length = int(re.findall(rb"\n%d 0 obj\n(\d+)\n" % length, data)[-1])
        head, body = data[place : found.end()], data[found.end() : found.end() + length]
        place = found.end() + length
        # The dictionary of this stream is what stands after the last "obj".
        if b"/FlateDecode" in head[head.rindex(b" obj") :]:
            body = zlib.decompress(body)
        parts += [head, _readable(body)]
    text = b"".join([*parts, data[place:]]).decode("latin-1")
    text = re.sub(r"/Length \d+(?! 0 R)", "/Length -", text)
    text = re.sub(r" obj\n\d+\nendobj", " obj\n-\nendobj", text)
    text = re.sub(r"\nxref\n.*?\ntrailer", "\ntrailer", text, flags=re.DOTALL)
    text = re.sub(r"/ID \[.*?\]", "/ID -", text)
    return re.sub(r"startxref\n\d+", "startxref\n-", text)


def _readable(body: bytes) -> bytes:
    short = len(body) < MOST_TEXT and all(byte in b"\t\n\r\xef\xbb\xbf" or 32 <= byte < 127 for byte in body)
    return body if short else digest(body).encode()


def zarr_text(path: Path) -> str:
    """A recording in one file: its members, its metadata, and every array as zarr reads it."""
    import zarr
    from zarr.storage import ZipStore

    with zipfile.ZipFile(path) as file:
        # How a chunk's name is written is zarr's choice, and depends on its version.
        names = sorted(re.sub(r"/c\.[\d.]+$", lambda m: m[0].replace(".", "/"), name) for name in file.namelist())
    lines = [f"members: {', '.join(names)}\n"]
    store = ZipStore(path, mode="r")
    try:
        root = zarr.open_group(store, mode="r")
        lines.append(f"/ {json_text(dict(root.attrs))}")
        for name, member in sorted(root.members(max_depth=None)):
            lines.append(f"/{name} {json_text(dict(member.attrs))}")
            if isinstance(member, zarr.Array):
                lines.append(_layout(member) + array_text(name, _plain(np.asarray(member[...]))))
    finally:
        store.close()
    return "".join(lines)


def _layout(array: Any) -> str:
    meta = array.metadata.to_dict()
    codecs = [codec["name"] for codec in meta["codecs"]]
    return f"  chunks {array.chunks}, dimensions {meta.get('dimension_names')}, codecs {codecs}\n"


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Text of any NumPy type as plain strings: which type zarr gives depends on versions."""
    return values if values.dtype.kind in "biuf" else np.array([str(value) for value in values.flat], object)
