"""What a notebook shows of a noun: a line, a few facts, and a small picture as PNG."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

WIDEST, HIGHEST = 480, 160
"""Pixels of a small picture."""


def notebook_html(title: str, facts: Mapping[str, object], picture: NDArray[np.uint8] | None = None) -> str:
    """A title, a table of ``facts`` and a picture, everything that came as text escaped.

    Examples
    --------
    >>> notebook_html("a < b", {"site": "<h>"})
    '<div><code>a &lt; b</code><table><tr><th>site</th><td>&lt;h&gt;</td></tr></table></div>'
    """
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(fact))}</td></tr>" for name, fact in facts.items()
    )
    table = f"<table>{rows}</table>" if rows else ""
    image = "" if picture is None else f'<img alt="{html.escape(title)}" src="{png_uri(picture)}">'
    return f"<div><code>{html.escape(title)}</code>{table}{image}</div>"


def grey_levels(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """A matrix as grey levels, its largest value black, in no more than HIGHEST x WIDEST pixels.

    Of a larger matrix evenly spaced rows and columns are shown; those of a smaller one are repeated.

    Examples
    --------
    >>> grey_levels(np.array([[0.0, 1.0]]))[0, [0, -1]].tolist()
    [255, 0]
    """
    shown = values[np.ix_(*(_spaced(size, most) for size, most in zip(values.shape, (HIGHEST, WIDEST), strict=True)))]
    numbers = shown.astype(np.float64)
    low, high = float(numbers.min()), float(numbers.max())
    levels = np.rint(255 * (high - numbers) / ((high - low) or 1.0)).astype(np.uint8)
    return enlarged(levels)


def permutation_levels(rows: NDArray[np.int64], signs: NDArray[np.int8]) -> NDArray[np.uint8]:
    """An order as grey levels: row i has a dot where the row drawn at place i came from, a lighter one if negated.

    Examples
    --------
    >>> permutation_levels(np.array([1, 0]), np.array([1, -1], np.int8))[[0, -1]][:, [0, -1]].tolist()
    [[255, 0], [150, 255]]
    """
    shown = min(len(rows), HIGHEST)
    levels = np.full((shown, shown), 255, np.uint8)
    place = np.arange(len(rows)) * shown // len(rows)
    levels[place, rows * shown // len(rows)] = np.where(signs < 0, 150, 0)
    return enlarged(levels)


def enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels repeated as often as HIGHEST x WIDEST allows, at most eight times."""
    times = max(1, min(8, HIGHEST // pixels.shape[0], WIDEST // pixels.shape[1]))
    return pixels.repeat(times, axis=0).repeat(times, axis=1)


def png_uri(pixels: NDArray[np.uint8]) -> str:
    """Grey levels (height, width) or colours (height, width, 3) as a ``data:`` URI of a PNG."""
    height, width = pixels.shape[:2]
    lines = np.zeros((height, 1 + pixels[0].size), np.uint8)  # each line begins with its filter, 0: none
    lines[:, 1:] = pixels.reshape(height, -1)
    kind = 0 if pixels.ndim == 2 else 2
    body = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))
    body += _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)) + _chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode("ascii")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _spaced(size: int, most: int) -> NDArray[np.int64]:
    shown = min(size, most)
    return np.arange(shown) * size // shown
