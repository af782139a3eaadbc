"""Rows of palette indices, packed, filtered and deflated: what PNG and PDF have in common."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Sheet

_CHUNK = 1 << 20
_WINDOW = 1 << 15
"""How far back deflate can refer (RFC 1951)."""
_LARGE = 1 << 22
_MODULUS = 65_521
"""The largest prime below 2**16, by which Adler-32 sums (RFC 1950)."""


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
    packed: NDArray[np.uint8] = np.bitwise_or.reduce(padded.reshape(-1, each) << shifts, axis=1).astype(np.uint8)
    return packed.tobytes()


def blackened(sheet: Sheet, colors: int) -> Sheet:
    """A sheet whose small text and rules are of palette index ``colors``, the one after the last, for a file of inks.

    Where a byte holds no index more they keep their colour.
    """
    if colors > 255 or not (any(run.black for run in sheet.texts) or any(rule.black for rule in sheet.rules)):
        return sheet
    texts = (replace(run, palette_index=colors) if run.black else run for run in sheet.texts)
    rules = (replace(rule, palette_index=colors) if rule.black else rule for rule in sheet.rules)
    return replace(sheet, texts=tuple(texts), rules=tuple(rules))


def runs(rows: Iterable[NDArray[np.uint8]], depth: int) -> Iterator[tuple[bytes, int]]:
    """Each packed row that differs from the one above, and how many rows in a row are like it.

    Examples
    --------
    >>> row = np.array([1, 0, 1], np.uint8)
    >>> list(runs([row, row, row.copy(), 1 - row], 1))
    [(b'\\xa0', 3), (b'@', 1)]
    """
    last: NDArray[np.uint8] | None = None
    held, count = b"", 0
    for row in rows:
        if row is last:  # a sheet yields the same array for every row of a cell
            count += 1
            continue
        last, packed = row, pack(row, depth)
        if packed == held:
            count += 1
            continue
        if count:
            yield held, count
        held, count = packed, 1
    if count:
        yield held, count


def filtered(row_runs: Iterable[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """(bytes, how often they come): packed rows behind their PNG filter byte.

    A row that repeats the one above becomes zeros (filter Up), which is all but the first row of a
    cell; others stay as they are (filter None), so that deflate finds equal rows further up.

    Examples
    --------
    >>> list(filtered([(b"\\xa0", 3), (b"@", 1)]))
    [(b'\\x00\\xa0', 1), (b'\\x02\\x00', 2), (b'\\x00@', 1)]
    """
    zeros = b""
    for packed, count in row_runs:
        yield b"\0" + packed, 1
        if count > 1:
            zeros = zeros or b"\x02" + bytes(len(packed))
            yield zeros, count - 1


def deflate(pieces: Iterable[tuple[bytes, int]], level: int = 9) -> Iterator[bytes]:
    """The pieces, each as often as it comes, as one zlib stream in blocks of about a mebibyte.

    What repeats for longer than deflate can refer back (32 KiB) is compressed once and copied: after it
    nothing that came before could be referred to anyway, so little is lost, and a poster of
    gigapixels takes the time of its distinct rows.

    Source: RFC 1950 and 1951; a full flush ends a block at a whole byte and forgets what came before.
    """
    stream = _Stream(level)
    for piece, count in pieces:
        if count > 1 and len(piece) * count > _WINDOW:
            stream.repeat(piece, count)
        else:
            stream.add(piece * count)
        if len(stream.done) >= _CHUNK:
            yield stream.take()
    stream.end()
    yield stream.take()


class _Stream:
    """A zlib stream into which deflated pieces can be copied."""

    def __init__(self, level: int) -> None:
        self.level = level
        self.packer = self._packer()
        self.done = bytearray(b"\x78\xda" if level == 9 else b"\x78\x5e")  # deflate, 32 KiB, how hard it was tried
        self.adler = 1
        self.copies: dict[tuple[bytes, int], tuple[bytes, int]] = {}

    def add(self, data: bytes) -> None:
        self.done += self.packer.compress(data)
        self.adler = zlib.adler32(data, self.adler)

    def repeat(self, piece: bytes, count: int) -> None:
        self.done += self.packer.flush(zlib.Z_FULL_FLUSH)
        block = max(1, _CHUNK // len(piece))  # never more than a mebibyte in memory
        for size, times in ((block, count // block), (count % block, 1)):
            if size and times:
                copy, adler = self._copy(piece, size)
                for _ in range(times):
                    self.done += copy
                    self.adler = join_adler(self.adler, adler, size * len(piece))

    def _copy(self, piece: bytes, size: int) -> tuple[bytes, int]:
        key = (piece, size)
        if key not in self.copies:
            if len(self.copies) >= 64:
                self.copies.clear()
            packer, data = self._packer(), piece * size
            self.copies[key] = packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH), zlib.adler32(data)
        return self.copies[key]

    def _packer(self) -> zlib._Compress:
        return zlib.compressobj(self.level, zlib.DEFLATED, -15, 9)

    def take(self) -> bytes:
        block = bytes(self.done)
        self.done.clear()
        return block

    def end(self) -> None:
        self.done += self.packer.flush() + self.adler.to_bytes(4, "big")


def effort(width: int, height: int, depth: int) -> int:
    """zlib's level for a picture: 9, and from 4 MiB of packed rows on 4, which is 4% larger in a quarter of the time.

    Examples
    --------
    >>> effort(916, 1813, 1), effort(31_755, 44_770, 1)
    (9, 4)
    """
    return 9 if width * height * depth < _LARGE * 8 else 4


def join_adler(first: int, second: int, length: int) -> int:
    """Adler-32 of two byte strings put together, from that of each and the ``length`` of the second.

    With a = 1 + sum of the bytes and b = sum of every a on the way, both modulo 65,521: the second
    string's sums start at a of the first instead of 1, for each of its ``length`` bytes.

    Examples
    --------
    >>> join_adler(zlib.adler32(b"state"), zlib.adler32(b"viz"), 3) == zlib.adler32(b"stateviz")
    True
    """
    a, b = first & 0xFFFF, first >> 16
    more_a, more_b = second & 0xFFFF, second >> 16
    return (b + more_b + length * (a - 1)) % _MODULUS << 16 | (a + more_a - 1) % _MODULUS
