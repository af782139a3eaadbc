"""What ships to be read: a recording of two verses by the 128-bit phone-case model, and the book they are from."""

from __future__ import annotations

from importlib.resources import as_file, files

from stateviz.core.errors import FileError
from stateviz.core.table import Table
from stateviz.storage.recordings.stored import StoredRecording, open_recording

SHIPPED = "data/romans.zarr.zip"
TEXTS: Table[str] = Table("text", {"romans": "data/romans-book.txt"})


def shipped_recording() -> StoredRecording:
    """The recording shipped with the package: Romans 1:16-17, read by the shipped network.

    Returns
    -------
    StoredRecording
        128 binary units x 274 steps, with surprisal and entropy.

    Raises
    ------
    FileError
        When this installation lacks it.

    Examples
    --------
    >>> shipped_recording().shape()
    (128, 274)
    """
    resource = files("stateviz").joinpath(SHIPPED)
    if not resource.is_file():
        raise FileError(f"this installation lacks stateviz/{SHIPPED}; reinstall stateviz, or give a recording")
    with as_file(resource) as path:
        return open_recording(path)


def shipped_text(name: str = "romans") -> str:
    """A text shipped with the package.

    Parameters
    ----------
    name
        ``"romans"``: the Epistle to the Romans in the King James Version (public domain), its verses joined by
        newlines. The shipped phone-case model was trained on all other books.

    Returns
    -------
    str
        50,226 characters.

    Raises
    ------
    UnknownNameError
        When no text of that name ships.
    FileError
        When this installation lacks it.

    Examples
    --------
    >>> len(shipped_text()), shipped_text()[:48]
    (50226, 'Paul, a servant of Jesus Christ, called to be an')
    """
    resource = files("stateviz").joinpath(TEXTS[name])
    if not resource.is_file():
        raise FileError(f"this installation lacks stateviz/{TEXTS[name]}; reinstall stateviz")
    return resource.read_text(encoding="utf-8").removesuffix("\n")
