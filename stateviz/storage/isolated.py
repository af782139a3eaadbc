"""A second Python that meets a file first: what hangs, crashes or takes too much memory there ends that process alone.

It is started isolated (``-I``): no module of the current folder, and none that the environment names, is run in it.
"""

from __future__ import annotations

import json
import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

_SIZES = struct.Struct("<II")
STARTING = 120.0
"""Seconds for the other process to start in: on a busy machine it takes long to load what it needs."""
_PACKAGE = Path(__file__).resolve().parents[1]
_START = """\
import importlib.util, json, sys
folders, package, module = json.loads(sys.argv[1])
sys.path += folders
begin = package + "/__init__.py"
found = importlib.util.spec_from_file_location("stateviz", begin, submodule_search_locations=[package])
sys.modules["stateviz"] = importlib.util.module_from_spec(found)
found.loader.exec_module(sys.modules["stateviz"])
importlib.import_module(module).main()
"""
"""This very package, without its folder, in which other modules may lie: where one works on it, the current one."""


class HelperEnded(Exception):
    """The other process died, or did not answer in time; the text says which."""


class Helper:
    """Another process that answers one question at a time; used by one thread at a time.

    Parameters
    ----------
    module
        Whose ``main()`` it runs, which calls ``serve``.
    """

    def __init__(self, module: str) -> None:
        self.owner, self._ended = os.getpid(), False
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, json.dumps([module_folders(), str(_PACKAGE), module])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._answers: queue.Queue[tuple[dict[str, Any], bytes] | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._answer(STARTING)  # it has started

    @property
    def alive(self) -> bool:
        """Whether it runs, and is this process's own: after a fork it is the other's."""
        return self.owner == os.getpid() and not self._ended and self.process.poll() is None

    def ask(self, question: object, seconds: float) -> tuple[dict[str, Any], bytes]:
        """What it answers: plain values, and bytes.

        Raises
        ------
        HelperEnded
            When it died or took longer; then it is ended. Any other interruption, as by Ctrl-C, ends it, too: its
            answer would be taken for that to the next question.
        """
        assert self.process.stdin is not None
        try:
            with suppress(OSError):
                self.process.stdin.write(json.dumps(question).encode("ascii") + b"\n")
                self.process.stdin.flush()
            return self._answer(seconds)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End the process."""
        self._ended = True
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(1)

    def _answer(self, seconds: float) -> tuple[dict[str, Any], bytes]:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise HelperEnded("reading it does not end") from None
        if answer is None:
            raise HelperEnded("reading it crashes the library that decodes it, or takes too much memory")
        return answer

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        with suppress(Exception):  # what does not come whole is the end of it
            while len(head := stream.read(_SIZES.size)) == _SIZES.size:
                first, second = _SIZES.unpack(head)
                body, payload = stream.read(first), stream.read(second)
                if len(payload) != second:
                    break
                self._answers.put((json.loads(body), payload))
        self._answers.put(None)


def module_folders() -> list[str]:
    """Where a helper finds modules beside the standard library: as here, but not in the current folder."""
    here = os.path.realpath(os.getcwd())
    return [folder for folder in sys.path if folder and os.path.realpath(folder) != here]


def serve(answer: Callable[[Any], tuple[dict[str, Any], bytes]]) -> None:
    """In the other process: answer every line of stdin, until there are no more.

    What libraries print goes nowhere, and Ctrl-C is the first process's to handle.
    """
    import signal

    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _send(out, {"ready": True}, b"")
    for line in _lines():
        _send(out, *answer(json.loads(line)))


def _lines() -> Iterator[bytes]:
    yield from sys.stdin.buffer


def _send(out: BinaryIO, body: dict[str, Any], payload: bytes) -> None:
    head = json.dumps(body).encode("ascii")
    out.write(_SIZES.pack(len(head), len(payload)) + head)
    out.write(payload)
    out.flush()


def limit(memory: int, seconds: float) -> None:
    """In the other process: hold it to so many more bytes and seconds, where the system can (Unix)."""
    with suppress(ImportError, ValueError, OSError, AttributeError):
        import resource
        import signal

        signal.alarm(int(seconds) + 1)  # should nobody be there to end it
        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, resource.getrlimit(resource.RLIMIT_AS)[1]))


def rest() -> None:
    """In the other process: neither is limited while it waits."""
    with suppress(ImportError, ValueError, OSError, AttributeError):
        import resource
        import signal

        signal.alarm(0)
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
