"""Whether an HDF5 file can be read at all: isolates hangs and crashes in a subprocess.

The HDF5 library is not made for damaged files: there are some on which it never returns. A helper process reads all
of a file before this one does; it is started at the first file, and again after each that ended it.
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
from typing import Any

from stateviz.core.errors import FileError
from stateviz.storage.extras import extra
from stateviz.storage.formats.hdf5.sets import set_texts, set_values, sets_of

PATIENCE, SPEED = 30.0, 5e6
"""Seconds a file may take, and bytes a second after that."""
MEMORY = 4 * 2**30
"""Bytes the helper may take beside twice the file."""


class _Helper:
    """The other process; one a process, and used by one thread at a time."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stateviz.storage.formats.hdf5.sandbox"],
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
        return self._answer(PATIENCE + path.stat().st_size / SPEED)

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


def _limit(size: int) -> None:
    """Hold this process to its memory and its time, where the system can (Unix), should nobody be there to end it."""
    with suppress(ImportError, ValueError, OSError, AttributeError):
        import resource
        import signal

        signal.alarm(int(2 * PATIENCE + size / SPEED) + 1)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY + 2 * size, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _read_all(path: Path) -> None:
    _limit(path.stat().st_size)
    with sets_of(path) as sets:
        for found in sets.values():
            with suppress(Exception):
                dict(found.attrs)
            with suppress(Exception):
                _: Any = set_values(path, found) if found.dtype.kind in "biuf" else set_texts(path, found)


def main() -> None:
    """Read the files named on stdin, one a line, and say so."""
    h5py = extra("h5py", "h5py", ".hdf5")  # loaded before time is taken

    print(f"h5py {h5py.__version__}", flush=True)
    for line in sys.stdin:
        with suppress(Exception):  # what raises here raises again where it can be told
            _read_all(Path(json.loads(line)))
        with suppress(ImportError, AttributeError):
            import signal

            signal.alarm(0)
        print("read", flush=True)


if __name__ == "__main__":
    main()
