"""Pictures of ours are told from files of the user's by what they carry; only ours are replaced unasked."""

from __future__ import annotations

import os
from pathlib import Path

from stateviz.core.errors import FileError
from stateviz.storage.atomic import AnyPath, check_writable

_ENDS = 65_536
"""Bytes that are looked at, at the beginning and at the end, where the facts of a picture stand."""
_MARKS = {
    ".png": (b"Software\0stateviz", b"stateviz plan"),
    ".apng": (b"Software\0stateviz",),
    ".gif": (b"stateviz",),
    ".mp4": (b"stateviz",),
    ".svg": (b"<dc:title>stateviz</dc:title>", b"cells_sha256"),
    ".pdf": (b"/Creator (stateviz)", b"<xmp:CreatorTool>stateviz<"),
    ".tif": (b"stateviz\0", b"cells_sha256"),
    ".tiff": (b"stateviz\0", b"cells_sha256"),
}


def is_our_picture(path: AnyPath) -> bool:
    """Whether a file carries the mark of a picture that stateviz wrote.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     theirs = Path(folder) / "a.png"
    ...     _ = theirs.write_bytes(b"not a picture of ours")
    ...     is_our_picture(theirs)
    False
    """
    path = Path(path)
    marks = _MARKS.get(path.suffix.lower(), ())
    if not marks or not path.is_file():
        return False
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        held = file.read(_ENDS)
        file.seek(max(0, size - _ENDS))
        held += b"\n" + file.read(_ENDS)
    return any(mark in held for mark in marks)


def check_picture_place(path: AnyPath, *, overwrite: bool = False) -> None:
    """Raise FileError where a picture cannot be written, or a file is there that is no picture of ours."""
    check_writable(path)
    if not overwrite and os.path.lexists(path) and not is_our_picture(path):
        raise FileError(
            f"{path} exists and is no picture of stateviz; choose another name, or --force (overwrite=True)"
        )
