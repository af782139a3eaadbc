"""TEXT arguments: files, or - for stdin."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from stateviz.core.errors import InputError


def read_texts(paths: Sequence[str]) -> str:
    """All files one after another, as one text; between two files there is one newline.

    Raises
    ------
    FileError
        When a file cannot be read or is not UTF-8 text.
    InputError
        When there is nothing in them.
    """
    text = "\n".join(_read(path) for path in paths)
    if not text:
        raise InputError(f"the text is empty ({', '.join(paths)}); give at least one character")
    return text


def _read(path: str) -> str:
    """Without the newline that ends the file: it belongs to the file, not to what is written in it."""
    from stateviz.models.text import decode, read_text

    text = decode(sys.stdin.buffer.read(), "stdin") if path == "-" else read_text(path)
    return text.removesuffix("\n")
