"""What tells a file of ours from a file of the user's: a field, a tag or an element that names us, by kind.

A verb replaces unasked what carries the mark of the kind that it writes. Kinds without a row (recordings, models,
statistics, CSV, arrays, text) have no mark that would do: they are replaced only where that is asked for.
"""

from __future__ import annotations

import json
import os
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from stateviz.core.table import Table

SOFTWARE = "stateviz"
"""What pictures name as the program that made them."""
_HEAD = 2**16
_LONGEST_ORDER = 2**28


def carries(path: str | os.PathLike[str], kind: str) -> bool:
    """Whether the file at ``path`` is one of ours, of this ``kind``, or empty.

    Parameters
    ----------
    path : str or Path
        A file; of what is no file, or cannot be read, the answer is no.
    kind : str
        A row of MARKS, or the name of the field that the JSON of a table begins with.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.json"
    >>> _ = file.write_text('{"stateviz_findings": 1}')
    >>> carries(file, "stateviz_findings"), carries(file, "order")
    (True, False)
    """
    place = Path(path)
    try:
        if not place.is_file():
            return False
        if not place.stat().st_size:
            return True
        if kind not in MARKS:
            with place.open("rb") as file:
                return re.match(rb'\s*\{\s*"%s"\s*:' % re.escape(kind.encode()), file.read(_HEAD)) is not None
        return MARKS[kind](place)
    except (OSError, ValueError, RecursionError, struct.error):
        return False


def is_our_picture(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a picture, or a print, that stateviz wrote."""
    return carries(path, "picture") or carries(path, "print")


def _order(path: Path) -> bool:
    """The four fields that an order of every schema has."""
    if path.stat().st_size > _LONGEST_ORDER:
        return False
    body = json.loads(path.read_text(encoding="utf-8"))
    return isinstance(body, dict) and {"schema", "rows", "signs", "length"} <= set(body)


def _page(path: Path) -> bool:
    with path.open("rb") as file:
        return b'<meta name="generator" content="stateviz">' in file.read(2048)


def _demo(path: Path) -> bool:
    body = json.loads(path.read_text(encoding="utf-8"))
    return isinstance(body, dict) and body.get("kind") == "stateviz demo"


def _picture(path: Path) -> bool:
    plan = _plan(path)
    return plan is not None and not _of_a_medium(plan)


def _print(path: Path) -> bool:
    plan = _plan(path)
    return plan is not None and _of_a_medium(plan)


def _of_a_medium(plan: bytes) -> bool:
    """Whether a plan is of a sheet for a thing to print on, and not of a picture alone."""
    return re.search(rb'"medium"\s*:|&quot;medium&quot;\s*:', plan) is not None


def _plan(path: Path) -> bytes | None:
    """The plan that a picture of ours carries; SOFTWARE of one that names us alone; None of all others."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(0)
        if head.startswith(b"GIF8") or head[4:8] == b"ftyp":
            return _in_film(file)
        for begin, find in _FINDERS.items():
            if head.startswith(begin):
                return find(file)
        return _in_svg(head) if b"<svg" in head else None


def _in_png(file: BinaryIO) -> bytes | None:
    """From the text chunks before the pixels."""
    file.seek(8)
    for _ in range(100):
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind in (b"IDAT", b"IEND"):
            break
        if kind not in (b"tEXt", b"iTXt") or length > 2**24:
            file.seek(length + 4, os.SEEK_CUR)
            continue
        keyword, _, text = file.read(length).partition(b"\0")
        if keyword == b"stateviz plan" or (keyword == b"Software" and text == SOFTWARE.encode()):
            return text
        file.seek(4, os.SEEK_CUR)
    return None


def _in_pdf(file: BinaryIO) -> bytes | None:
    """From the facts about the document, which are not packed."""
    for block in _overlapping(file):
        found = re.search(rb"/Creator \(stateviz\)([^>]*)", block)
        if found:
            return found[1] or SOFTWARE.encode()
    return None


def _overlapping(file: BinaryIO, size: int = 2**20) -> Iterator[bytes]:
    kept = b""
    while block := file.read(size):
        yield kept + block
        kept = block[-(2**16) :]


def _in_tiff(file: BinaryIO) -> bytes | None:
    """From the description (270) or the software (305) in the first directory."""
    order = "<" if file.read(4)[:2] == b"II" else ">"
    (place,) = struct.unpack(f"{order}I", file.read(4))
    file.seek(place)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    entries = [struct.unpack(f"{order}HHI4s", file.read(12)) for _ in range(count)]
    for tag, kind, length, value in entries:
        if tag not in (270, 305) or kind != 2 or length > 2**24:
            continue
        if length > 4:
            file.seek(struct.unpack(f"{order}I", value)[0])
            value = file.read(length)
        text: bytes = value[:length].rstrip(b"\0")
        if (tag == 270 and b'"grid_cells"' in text) or text == SOFTWARE.encode():
            return text
    return None


def _in_svg(head: bytes) -> bytes | None:
    """From its metadata: a plan, or the name of the creator as matplotlib writes it."""
    plan = re.search(rb"<metadata>(\{.{0,65536})", head, re.DOTALL)
    if plan and b"grid_cells" in plan[1]:
        return plan[1].partition(b"</metadata>")[0]
    creator = re.search(rb"<dc:creator>\s*<cc:Agent>\s*<dc:title>([^<]*)</dc:title>", head)
    if creator and creator[1] == SOFTWARE.encode():
        return SOFTWARE.encode()
    return None


def _in_film(file: BinaryIO) -> bytes | None:
    """From the comment of a GIF, the tool of an MP4: at the beginning or at the end."""
    size = file.seek(0, os.SEEK_END)
    for place in (0, max(0, size - _HEAD)):
        file.seek(place)
        if SOFTWARE.encode() in file.read(_HEAD):
            return SOFTWARE.encode()
    return None


_FINDERS: dict[bytes, Callable[[BinaryIO], bytes | None]] = {
    b"\x89PNG\r\n\x1a\n": _in_png,
    b"%PDF-": _in_pdf,
    b"II*\0": _in_tiff,
    b"MM\0*": _in_tiff,
}

MARKS: Table[Callable[[Path], bool]] = Table(
    "kind of file", {"order": _order, "page": _page, "picture": _picture, "print": _print, "demo": _demo}
)
"""Kind -> whether a file that is not empty is of that kind and ours."""
