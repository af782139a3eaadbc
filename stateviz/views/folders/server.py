"""A server for the page of one folder: on this machine alone, its files alone, whole or by ranges."""

from __future__ import annotations

import mimetypes
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from stateviz.core.errors import InputError

LOOPBACK = "127.0.0.1"
_PIECE = 2**20
_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


class FolderServer(ThreadingHTTPServer):
    """Serves the files of a folder on the loopback address; ``with`` closes it.

    Parameters
    ----------
    folder : pathlib.Path
        What is served; nothing beside it is.
    port : int
        0 takes one that is free.

    Raises
    ------
    InputError
        When the port is in use, or may not be used.

    Examples
    --------
    >>> import tempfile
    >>> with FolderServer(Path(tempfile.mkdtemp()), 0) as server:
    ...     server.address.startswith("http://127.0.0.1:")
    True
    """

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder.resolve()
        if not 0 <= port < 2**16:
            raise InputError(f"port {port} is none; give 1 to 65535, or leave it out for one that is free")
        try:
            super().__init__((LOOPBACK, port), _Files)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise InputError(
                f"port {port} cannot be used ({why}); give another, or leave it out for one that is free"
            ) from error

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names by which a browser of this machine asks; by others asks a page of someone else."""
        port = self.server_address[1]
        return f"{LOOPBACK}:{port}", f"localhost:{port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that went away in the middle of an answer is no error."""


class _Files(BaseHTTPRequestHandler):
    server: FolderServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A file, or the part of it that is asked for."""
        path = self._asked()
        if path is None:
            return
        size = path.stat().st_size
        first, last, status = 0, size - 1, HTTPStatus.OK
        if (words := self.headers.get("Range")) is not None:
            part = _part(words, size)
            if part is None:
                self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
                self.send_header("Content-Range", f"bytes */{size}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            (first, last), status = part, HTTPStatus.PARTIAL_CONTENT
        self.send_response(status)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        if status is HTTPStatus.PARTIAL_CONTENT:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        if self.command != "HEAD":
            self._send(path, first, last + 1)

    do_HEAD = do_GET

    def _send(self, path: Path, first: int, end: int) -> None:
        with path.open("rb") as file:
            file.seek(first)
            while first < end:
                piece = file.read(min(_PIECE, end - first))
                if not piece:
                    self.close_connection = True
                    return
                self.wfile.write(piece)
                first += len(piece)

    def _asked(self) -> Path | None:
        """The file that is asked for; of what is not there, or not ours to give, an answer is sent and None given."""
        if self.headers.get("Host") not in self.server.hosts:
            self.send_error(HTTPStatus.FORBIDDEN, "asked for by another name")
            return None
        name = unquote(urlsplit(self.path).path).lstrip("/") or "index.html"
        try:
            path = (self.server.folder / name).resolve()
            inside = path.is_relative_to(self.server.folder) and path.is_file()
        except (OSError, ValueError):
            inside = False
        if not inside:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return path

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is told of what a browser asks for."""


def _part(words: str, size: int) -> tuple[int, int] | None:
    """The first and the last byte that a Range header asks for; None where the file has none of them.

    Examples
    --------
    >>> _part("bytes=2-3", 10), _part("bytes=-3", 10), _part("bytes=8-99", 10), _part("bytes=10-", 10)
    ((2, 3), (7, 9), (8, 9), None)
    """
    found = _RANGE.match(words)
    if found is None or found[1] == found[2] == "":
        return None
    if not found[1]:
        count = min(size, int(found[2]))
        return (size - count, size - 1) if count else None
    first, last = int(found[1]), min(size - 1, int(found[2] or size))
    return (first, last) if first <= last else None
