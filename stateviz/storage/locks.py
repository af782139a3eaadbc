"""One writer at a time: a lock beside what is written for long, that names the process which holds it."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from stateviz.core.errors import FileError
from stateviz.storage.atomic import check_writable

if TYPE_CHECKING:
    from filelock import BaseFileLock

_WAIT = "wait until that has ended, or choose another name"


class Claim:
    """The right to write to one path, held by one writer of one process until it is released.

    Held by a lock of the system, so that it is free again when its process ends in whatever way.

    Parameters
    ----------
    path
        What will be written; a link is followed. The lock is a file ``.NAME.stateviz-lock`` beside it, which goes with
        the release.

    Raises
    ------
    FileError
        When another writer holds it; it is named by its process and machine.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.zarr"
    >>> claim = Claim(path)
    >>> Claim(path)
    Traceback (most recent call last):
    ...
    stateviz.core.errors.FileError: ...
    >>> claim.release()
    >>> list(path.parent.iterdir())
    []
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        check_writable(path, overwrite=True)
        target = Path(os.path.realpath(path))
        self._file = target.with_name(f".{target.name}.stateviz-lock")
        self._process = os.getpid()
        self._lock: BaseFileLock | None = _acquired(self._file, target)
        with suppress(OSError):  # without it the other is told of no process; the lock holds all the same
            self._file.write_text(json.dumps(_holder()), encoding="utf-8")

    def release(self) -> None:
        """Let others write; a second time, or in a process that was forked meanwhile, it does nothing."""
        if self._lock is not None and self._process == os.getpid():
            # While it is still held: who opened the file meanwhile finds that it is there no more, and begins anew.
            with suppress(OSError):
                self._file.unlink()
            self._lock.release()
            self._lock = None

    def __del__(self) -> None:
        """A writer that was dropped holds nobody up."""
        with suppress(Exception):  # such as of an interpreter that ends
            self.release()


@contextmanager
def claimed(path: str | os.PathLike[str] | None) -> Iterator[None]:
    """Hold the Claim of a path as long as the block lasts; of None nothing."""
    if path is None:
        yield
        return
    claim = Claim(path)
    try:
        yield
    finally:
        claim.release()


def _acquired(file: Path, target: Path) -> BaseFileLock:
    from filelock import FileLock, Timeout

    for _ in range(20):
        held_by = _words(file)  # before the attempt: older versions of filelock empty the file
        lock = FileLock(str(file), timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise FileError(f"{target} is being written by {held_by}") from None
        except OSError as error:
            raise FileError(f"cannot write {target}: {error.strerror or error}") from error
        if _still_there(lock, file):
            return lock
        lock.release()  # of a file that its last holder removed
    raise FileError(f"cannot write {target}: {file.name} beside it is removed again and again")


def _still_there(lock: BaseFileLock, file: Path) -> bool:
    """Whether what is locked is the file of that name, and not one that was removed after it had been opened."""
    descriptor = getattr(getattr(lock, "_context", None), "lock_file_fd", None)
    if not isinstance(descriptor, int):
        return True
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(file))
    except OSError:
        return False


def _holder() -> dict[str, object]:
    return {"pid": os.getpid(), "host": socket.gethostname()}


def _words(file: Path) -> str:
    """Who holds a lock, as far as its file says, and what to do."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        pid, host = int(found["pid"]), str(found["host"])
    except (OSError, ValueError, TypeError, KeyError):
        return f"another process; {_WAIT}"
    if host != socket.gethostname():
        return f"process {pid} on {host}; {_WAIT}"
    return "another writer of this process; close it first" if pid == os.getpid() else f"process {pid}; {_WAIT}"
