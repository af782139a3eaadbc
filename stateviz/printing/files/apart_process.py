"""What the second process of apart.py does: it opens print files, and hands over their rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import StatevizError
from stateviz.printing.files.apart import PATIENCE, as_plain
from stateviz.printing.files.openers import OPENERS
from stateviz.printing.files.print_file import PrintFile
from stateviz.storage.isolated import limit, rest, serve

_AT_ONCE, _MOST_ROWS = 1 << 20, 4096
"""Bytes of pixels, and rows, of one answer."""

_numbers = count()
_files: dict[int, PrintFile] = {}
_streams: dict[int, tuple[int, Iterator[NDArray[np.uint8]]]] = {}


def _answer(question: Any) -> tuple[dict[str, Any], bytes]:
    for number in question["closed"]:
        _files.pop(number, None)
        for stream in [stream for stream, (file, _) in _streams.items() if file == number]:
            del _streams[stream]
    try:
        return _found(question)
    except StatevizError as error:
        kind = next(one.__name__ for one in type(error).__mro__ if one.__module__ == StatevizError.__module__)
        return {"error": kind, "text": str(error)}, b""
    except MemoryError:
        return {"error": "FileError", "text": "the picture takes more memory than it may"}, b""
    except Exception as error:  # what libraries raise of damaged bytes, wherever it is met
        first = (str(error).splitlines() or [""])[0][:120]
        return {"error": "FileError", "text": f"the picture is damaged ({type(error).__name__}: {first})"}, b""
    finally:
        rest()


def _found(question: Any) -> tuple[dict[str, Any], bytes]:
    number = next(_numbers)
    if "open" in question:
        limit(question["memory"], PATIENCE)
        _files[number] = OPENERS[question["kind"]](Path(question["open"]))
        return {"number": number, "file": as_plain(_files[number])}, b""
    limit(1 << 32, PATIENCE)
    if "rows" in question:
        _streams[number] = question["rows"], _files[question["rows"]].pixels.rows()
        return {"stream": number}, b""
    return _next(_streams[question["next"]][1])


def _next(rows: Iterator[NDArray[np.uint8]]) -> tuple[dict[str, Any], bytes]:
    """The next rows, each once with how often it is repeated."""
    counts: list[int] = []
    parts: list[bytes] = []
    held = 0
    before: NDArray[np.uint8] | None = None
    for row in rows:
        if row is before:
            counts[-1] += 1
        else:
            before = row
            counts.append(1)
            parts.append(np.ascontiguousarray(row, np.uint8).tobytes())
            held += len(parts[-1])
        if held >= _AT_ONCE or sum(counts) >= _MOST_ROWS:
            break
    return {"counts": counts}, b"".join(parts)


def main() -> None:
    """Answer what is asked on stdin."""
    serve(_answer)
