"""The numbered objects that a PDF is made of, written one after another."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import BinaryIO


class Objects:
    """A PDF while it is written: its objects, and in the end the table that says where each begins.

    Parameters
    ----------
    file
        Empty, open for writing.
    version
        Of PDF: ``"1.6"``.
    """

    def __init__(self, file: BinaryIO, version: str) -> None:
        self._file = file
        self._offsets: list[int] = []
        self._hash = hashlib.sha256()
        self._length = 0
        self._write(f"%PDF-{version}\n".encode() + b"%\xe2\xe3\xcf\xd3\n")

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self._length += len(data)

    def reserve(self, count: int) -> list[int]:
        """Numbers for objects that others point at before they are written."""
        first = len(self._offsets) + 1
        self._offsets += [0] * count
        return list(range(first, first + count))

    def add(self, number: int, text: str) -> None:
        """Write a reserved object, which is ASCII."""
        self._begin(number)
        self._write(text.encode("ascii") + b"\nendobj\n")

    def stream(self, entries: str, data: bytes, *, packed: bool = False) -> int:
        """Write ``data`` with these entries of its dictionary, deflated on request; returns the number."""
        (number,) = self.reserve(1)
        if packed:
            data, entries = zlib.compress(data, 9), f"{entries} /Filter /FlateDecode".strip()
        self._begin(number)
        self._write(f"<< {entries} /Length {len(data)} >>\nstream\n".encode("ascii") + data + b"\nendstream\nendobj\n")
        return number

    def long_stream(self, entries: str, blocks: Iterable[bytes]) -> int:
        """Write blocks as they come; their length stands behind them, in an object of its own."""
        number, length = self.reserve(2)
        self._begin(number)
        self._write(f"<< {entries} /Length {length} 0 R >>\nstream\n".encode("ascii"))
        begin = self._length
        for block in blocks:
            self._write(block)
        size = self._length - begin
        self._write(b"\nendstream\nendobj\n")
        self.add(length, str(size))
        return number

    def digest(self) -> str:
        """SHA-256 of what was written until now, in hexadecimal: equal files, equal digests."""
        return self._hash.hexdigest()

    def finish(self, trailer: str) -> None:
        """The table of objects, and what ends a PDF."""
        identity = self.digest()[:32]
        begin, count = self._length, len(self._offsets) + 1
        entries = "".join(f"{offset:010d} 00000 n \n" for offset in self._offsets)
        self._write(
            f"xref\n0 {count}\n0000000000 65535 f \n{entries}trailer\n"
            f"<< /Size {count} {trailer} /ID [<{identity}> <{identity}>] >>\nstartxref\n{begin}\n%%EOF\n".encode()
        )

    def _begin(self, number: int) -> None:
        self._offsets[number - 1] = self._length
        self._write(f"{number} 0 obj\n".encode())


def num(value: float) -> str:
    """A number as PDF writes it, without an exponent.

    Examples
    --------
    >>> num(1.5), num(3), num(0.000001)
    ('1.5', '3', '0.000001')
    """
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def string(text: str) -> str:
    """A text string: as it is where it is ASCII, else in UTF-16 (PDF 32000-1, 7.9.2).

    Examples
    --------
    >>> string("a (b)"), string("é")
    ('(a \\\\(b\\\\))', '<feff00e9>')
    """
    if not text.isascii():
        return f"<feff{text.encode('utf-16-be').hex()}>"
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return "(" + escaped.replace("\r", r"\r").replace("\n", r"\n") + ")"
