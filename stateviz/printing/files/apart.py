"""Print files that libraries of C decode, opened in a second process: what hangs or crashes ends that one alone.

PDF, SVG, and rasters that other programs wrote may come from anyone. The second process (apart_process.py) opens one,
says what the file says of itself, and hands over its pixels row by row, as they are asked for.
"""

from __future__ import annotations

import sys
import threading
import weakref
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core import errors
from stateviz.core.errors import FileError
from stateviz.printing.files.print_file import KeptRows, Pixels, PrintFile
from stateviz.storage.isolated import Helper, HelperEnded
from stateviz.storage.limits import is_allowed, memory_left

PATIENCE = 120.0
"""Seconds until a file is opened, or the next of its rows are there."""
MOST_MEMORY = 4 * 2**30
"""Bytes that may be taken beside ten times the file: a poster's pixels, held three times."""
_PLAIN = ("format", "bytes", "pages", "space", "profile", "indexed", "most_ink", "condition", "transparent",
          "standard", "missing", "shapes", "faults", "dpi", "page", "fonts", "contours")  # fmt: skip
_KINDS = {name: getattr(errors, name) for name in ("FileError", "InputError", "MissingExtraError", "UnknownNameError")}

_helper: Helper | None = None
_lock = threading.Lock()
_closed: list[tuple[Helper, int]] = []


def open_apart(path: Path, kind: str) -> PrintFile:
    """The print file at ``path``, of a kind of OPENERS, its rows read from the other process.

    Raises
    ------
    StatevizError
        As the opener raises it, or FileError where the file ends the process that opens it.
    """
    helper, found = _ask(path, None, {"open": str(path.resolve()), "kind": kind, "memory": _memory(path)})
    rows = _Rows(path, kind, helper, found["number"])
    body = found["file"]
    pixels = Pixels(
        _tuples(body["size"]), _tuples(body["colors"]), KeptRows(rows), body["count"], body["other"]
    )  # fmt: skip
    inks = body["inks"]
    return PrintFile(
        path=path,
        pixels=pixels,
        boxes={name: _tuples(box) for name, box in body["boxes"].items()},
        inks=None if inks is None else np.frombuffer(b64decode(inks), np.uint8).reshape(-1, 4),
        icc=None if body["icc"] is None else b64decode(body["icc"]),
        plan=body["plan"],
        **{name: _tuples(body[name]) for name in _PLAIN},
    )


def as_plain(printed: PrintFile) -> dict[str, Any]:
    """A print file without its rows as plain values, for the other process to send."""
    inks, icc, pixels = printed.inks, printed.icc, printed.pixels
    return {
        **{field.name: getattr(printed, field.name) for field in fields(printed) if field.name in _PLAIN},
        "size": pixels.size,
        "colors": pixels.colors,
        "count": pixels.count,
        "other": pixels.other,
        "boxes": dict(printed.boxes),
        "inks": None if inks is None else b64encode(np.ascontiguousarray(inks).tobytes()).decode("ascii"),
        "icc": None if icc is None else b64encode(icc).decode("ascii"),
        "plan": dict(printed.plan),
    }


class _Rows:
    """Called to begin anew: the rows of a file that the other process holds open, or opens again."""

    def __init__(self, path: Path, kind: str, helper: Helper, number: int) -> None:
        self.path, self.kind, self.helper, self.number = path, kind, helper, number
        weakref.finalize(self, _closed.append, (helper, number))

    def __call__(self) -> Iterator[NDArray[np.uint8]]:
        helper, number = self.helper, self.number
        if not helper.alive:
            question = {"open": str(self.path.resolve()), "kind": self.kind, "memory": _memory(self.path)}
            helper, found = _ask(self.path, None, question)
            number = found["number"]
        _, begun = _ask(self.path, helper, {"rows": number})
        while True:
            _, found, payload = _ask_bytes(self.path, helper, {"next": begun["stream"]})
            if not found["counts"]:
                return
            width = len(payload) // len(found["counts"])
            for at, count in enumerate(found["counts"]):
                row = np.frombuffer(payload, np.uint8, width, at * width)
                for _ in range(count):
                    yield row


def _ask(path: Path, helper: Helper | None, question: dict[str, Any]) -> tuple[Helper, dict[str, Any]]:
    asked, answer, _ = _ask_bytes(path, helper, question)
    return asked, answer


def _ask_bytes(path: Path, helper: Helper | None, question: dict[str, Any]) -> tuple[Helper, dict[str, Any], bytes]:
    """Ask the process that is named, or the one there is; say in our words what became of it."""
    global _helper
    with _lock:
        try:
            if helper is None:
                if _helper is None or not _helper.alive:
                    _helper = Helper("stateviz.printing.files.apart_process")
                helper = _helper
            elif not helper.alive:
                raise HelperEnded("the process that reads it was ended")
            done = [number for owner, number in _closed if owner is helper]
            _closed.clear()
            answer, payload = helper.ask({**question, "closed": done}, PATIENCE)
        except HelperEnded as error:
            raise FileError(f"{path} is damaged: {error}") from None
    if "error" in answer:
        text = answer["text"].replace(str(path.resolve()), str(path))
        raise _KINDS.get(answer["error"], FileError)(text if str(path) in text else f"{path}: {text}")
    return helper, answer, payload


def _memory(path: Path) -> int:
    """Bytes that opening ``path`` may take."""
    left = memory_left()
    return left if is_allowed() else min(left, MOST_MEMORY + 10 * path.stat().st_size)


def _tuples(value: Any) -> Any:
    """Lists as tuples, at whatever depth: JSON has no tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def is_possible() -> bool:
    """Whether there is a Python to start: not within another program."""
    return bool(sys.executable)
