"""The three streams of a process: closed ones, those of another encoding, and what is written to them."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from stateviz.core.errors import FileError
from stateviz.core.escapes import printable


class ClosedOutput(io.TextIOBase):
    """In place of a stdout that was closed: a result that goes there is an error, not lost."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        """Refuse."""
        raise FileError("stdout is closed, and the result would go there; name a file with -o, or open it")

    def fileno(self) -> int:
        """There is none."""
        raise OSError("stdout is closed")


@contextmanager
def standing_streams() -> Iterator[None]:
    """stdin, stdout and stderr that can be relied on; as they were when the block ends.

    A closed stderr takes what is said and keeps nothing, a closed stdout refuses results, and characters that the
    encoding of one lacks are written as escapes.
    """
    _fill_descriptors()
    before = sys.stdout, sys.stderr
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = ClosedOutput()
    strict = [
        (stream, stream.errors)
        for stream in (sys.stdout, sys.stderr)
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape")
    ]
    for stream, _ in strict:
        stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream, errors in strict:
            with suppress(ValueError, OSError):  # closed meanwhile
                stream.reconfigure(errors=errors)
        sys.stdout, sys.stderr = before


def _fill_descriptors() -> None:
    """Open what is closed of the first three descriptors, so that no file becomes stdout by its number."""
    descriptor = 0
    while descriptor <= 2:
        try:
            os.fstat(descriptor)
            descriptor += 1
        except OSError:
            if os.open(os.devnull, os.O_RDWR) > descriptor:  # another thread took the number
                return


def out(text: str = "", *, end: str = "\n", raw: bool = False) -> None:
    """Write a result to stdout; ``raw`` where its controls are wanted, as a picture's colours are."""
    print(text if raw else printable(text), end=end)


def check_stdout(to_stdout: bool) -> None:
    """Refuse, before any computing, a result that would go to a stdout that is closed."""
    if to_stdout and isinstance(sys.stdout, ClosedOutput):
        sys.stdout.write("")


def silence_stdout() -> None:
    """Nobody reads stdout any more, or it is full: what is in its buffer goes nowhere, not into an error at exit."""
    with suppress(OSError, ValueError):  # a stdout without a file, under a test or in a notebook
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
