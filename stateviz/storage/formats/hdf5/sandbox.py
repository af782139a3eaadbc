"""Whether an HDF5 file or a Zarr group can be read at all: isolates hangs and crashes in a subprocess.

The HDF5 library is not made for damaged files: there are some on which it never returns; the Blosc library of Zarr
believes what a damaged chunk says of its size. A helper process (sandboxed.py) reads all of a file before this one
does; it is started at the first file, and again after each that ended it.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from stateviz.core.errors import FileError

PATIENCE, SPEED = 30.0, 5e6
"""Seconds a file may take, and bytes a second after that."""


class _Helper:
    """The other process; one a process, and used by one thread at a time."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stateviz.storage.formats.sandboxed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths},
            text=True,
        )
        self.answers: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._answer(PATIENCE)  # it has started

    def ask(self, path: Path) -> str:
        """What became of reading ``path``: ``read``, or that it ended or went on for too long."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.write(json.dumps(str(path.resolve())) + "\n")
            self.process.stdin.flush()
        return self._answer(PATIENCE + stored_bytes(path) / SPEED)

    def _answer(self, seconds: float) -> str:
        try:
            answer = self.answers.get(timeout=seconds).strip()
        except queue.Empty:
            self.process.kill()
            return "reading it does not end"
        return answer or "reading it crashes the HDF5 library"

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.answers.put(line)
        self.answers.put("")


_helper: _Helper | None = None
_lock = threading.Lock()


def check_readable(path: Path) -> None:
    """Raise FileError when reading ``path`` to its end hangs, crashes or takes too much memory."""
    global _helper
    if not sys.executable:
        return  # inside another program: there is no Python to start
    with _lock:
        if _helper is None or _helper.owner != os.getpid() or _helper.process.poll() is not None:
            _helper = _Helper()
        answer = _helper.ask(path)
        if answer != "read":
            _helper.process.kill()
            _helper = None
            raise FileError(f"{path} is damaged: {answer}")


def stored_bytes(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size
