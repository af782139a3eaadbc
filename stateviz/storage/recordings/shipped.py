"""The recording that ships with the package: Romans 1:16-17 through the 128-bit phone-case model."""

from __future__ import annotations

from importlib.resources import as_file, files

from stateviz.core.errors import FileError
from stateviz.storage.recordings.stored import StoredRecording, open_recording

SHIPPED = "data/romans.zarr.zip"


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
