"""Text files: bytes as text by one set of rules, for every verb that reads text, from Python or the command line."""

from __future__ import annotations

import difflib
import os
import re
import sys
from pathlib import Path
from typing import BinaryIO

from stateviz.core.errors import FileError, InputError
from stateviz.storage.limits import check_regular

STDIN = "-"
_BYTE_ORDER_MARK = "\ufeff"
_LONGEST_NAME = 256  # a longer str is taken for a text unasked
_NAME = re.compile(r"[^\s\0]{1,200}\.(txt|text|md|rst|csv|tsv|json|jsonl|html?|xml|tex)", re.IGNORECASE)


def read_text(path: str | Path, encoding: str = "utf-8") -> str:
    """The text of a file, or of stdin for ``-``, as `text_of` decodes it.

    Raises
    ------
    FileError
        When it cannot be read, or is no text in ``encoding``, which is never guessed.
    InputError
        When there is no such encoding.
    """
    return text_of(read_bytes(path), name_of(path), encoding)


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file, or of stdin for ``-``."""
    if str(path) == STDIN:
        return stdin().read()
    with open_bytes(path) as file:
        return file.read()


def stdin() -> BinaryIO:
    """The bytes that come on stdin, or a FileError where it is closed."""
    if sys.stdin is None or getattr(sys.stdin, "closed", False):
        raise FileError("stdin is closed, and - reads it; name a file, or open it")
    return sys.stdin.buffer


def open_bytes(path: str | Path) -> BinaryIO:
    """A file to read bytes from, or a FileError of one line."""
    check_regular(path)
    try:
        return Path(path).open("rb")
    except OSError as error:
        name = str(path) if len(str(path)) <= 80 else str(path)[:77] + "..."
        raise FileError(f"cannot read {name!r}: {error.strerror or error}{meant(Path(path))}") from None


def meant(path: Path) -> str:
    """A hint at what is beside a file that is not there, under a similar name; else nothing."""
    folder = path.parent
    try:
        beside = [] if path.exists() or not folder.is_dir() else sorted(one.name for one in folder.iterdir())
    except OSError:  # a name that is too long, a folder that may not be read
        return ""
    near = difflib.get_close_matches(path.name, beside, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def text_of(data: bytes, name: str, encoding: str = "utf-8") -> str:
    r"""``data`` as text.

    A byte order mark at the head is dropped, CR LF becomes LF, and the one newline that ends a file is left out: it
    belongs to the file, not to what is written in it. NUL bytes mean that it is no text.

    Examples
    --------
    >>> text_of(b"one\r\ntwo\r\n", "example")
    'one\ntwo'
    """
    try:
        text = data.decode(encoding).removeprefix(_BYTE_ORDER_MARK)
    except LookupError:
        raise InputError(f"unknown encoding {encoding!r}; such as utf-8, utf-16, latin-1, cp1252, shift_jis") from None
    except UnicodeDecodeError as error:
        at = f"byte {error.start} is 0x{data[error.start]:02x}" if error.start < len(data) else error.reason
        raise FileError(f"{name!r} is not {_shown(encoding)} text ({at}); {_other(data)}") from None
    except UnicodeError as error:
        raise FileError(f"{name!r} is not {_shown(encoding)} text ({error}); {_other(data)}") from None
    if "\0" in text:
        raise FileError(f"{name!r} is a binary file (it holds NUL bytes), not text")
    return text.replace("\r\n", "\n").removesuffix("\n")


def _other(data: bytes) -> str:
    """How to name another encoding: that of its byte order mark, or those that are common."""
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    return (
        f"name the encoding it is in by --encoding (encoding=), such as {'utf-16' if marked else 'latin-1 or cp1252'}"
    )


def check_no_file_name(text: str) -> None:
    """Refuse a ``str`` that names a file, there or not: a str is the text itself, and a Path is a file.

    Raises
    ------
    InputError
        When there is such a file, or the text is nothing but the name of a text file.

    Examples
    --------
    >>> check_no_file_name("In the beginning")
    """
    if len(text) < _LONGEST_NAME and os.path.isfile(text):
        raise InputError(
            f"{text!r} is a file's name, and a str is read as the text itself; give pathlib.Path({text!r})"
        )
    if _NAME.fullmatch(text):
        raise InputError(
            f"{text!r} reads like the name of a file, which is not there, and a str is read as the text itself; give "
            "pathlib.Path of a file, or the text"
        )


def given_text(text: str | Path, encoding: str) -> str:
    """A text that came as itself, or that of a file; a ``str`` that names a file is refused.

    Examples
    --------
    >>> given_text("In the beginning", "utf-8")
    'In the beginning'
    """
    if isinstance(text, Path):
        return read_text(text, encoding)
    check_no_file_name(text)
    return text


def name_of(path: str | Path) -> str:
    """What a text is called: its path, or ``stdin``."""
    return "stdin" if str(path) == STDIN else str(path)


def _shown(encoding: str) -> str:
    return "UTF-8" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
