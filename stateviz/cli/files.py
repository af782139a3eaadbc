"""The files that a command names: stdin and stdout as ``-``, and no file that is read and written."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path

from stateviz.cli.streams import check_stdout
from stateviz.core.errors import InputError

STDIN = STDOUT = "-"
OUTPUTS = ("output", "picture", "curve", "truth", "proof", "mockup")
"""Destinations of the options that name a file to write."""
_READ = ("FILE", "MODEL", "TEXT", "TRAINING", "INPUT", "RECORDING", "ORDER", "SAMPLE")
_TEXTS = ("TEXT", "TRAINING", "SAMPLE")  # what reads text knows of stdin itself
_ENDINGS = {
    b"\x93NUMPY": ".npy", b"PAR1": ".parquet", b"\x89HDF": ".hdf5", b"CDF": ".nc", b"\x89PNG": ".png", b"II*\0": ".tif",
    b"MM\0*": ".tif", b"%PDF": ".pdf", b"\xff\xd8\xff": ".jpg", b"{": ".json", b"<": ".svg",
}  # fmt: skip


@contextmanager
def named_files(parser: argparse.ArgumentParser, args: argparse.Namespace) -> Iterator[None]:
    """Settle what the files of a command are, before it runs.

    ``-`` as an output is stdout where the verb writes there without one, ``-`` as an input stdin: what reads text takes
    it as it comes, of all else it becomes a file for as long as the block runs.

    Raises
    ------
    InputError
        When an output is read, too, or two outputs are one file; when stdin would be read twice, or ``-`` is named for
        what goes into a file.
    FileError
        When the result goes to a stdout that is closed.
    """
    outputs = [(name, path) for name in OUTPUTS for path in _words(getattr(args, name, None))]
    for name, path in outputs:
        if path == STDOUT:
            if name != "output" or not getattr(args, "to_stdout", False):
                raise InputError(f"- is stdout, and {_flag(name)} is written to a file; name one")
            args.output = None
    check_stdout(getattr(args, "output", None) is None and (getattr(args, "to_stdout", False) or "output" not in args))
    inputs = _inputs(parser, args)
    _check_apart(
        [(name, path) for name, path in outputs if path != STDOUT],
        [word for words in inputs.values() for word in words],
    )
    with _spooled(parser, args, inputs):
        yield


def _inputs(parser: argparse.ArgumentParser, args: argparse.Namespace) -> dict[str, list[str]]:
    """What each destination names that is read, by what its help calls it."""
    found: dict[str, list[str]] = {}
    for action in parser._actions:
        value = getattr(args, action.dest, None)
        if action.dest not in OUTPUTS and _reads(action):
            found[action.dest] = _words(value)
    return found


def _words(value: object) -> list[str]:
    """What an argument names, once or several times."""
    return [word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)]


def _reads(action: argparse.Action, of: tuple[str, ...] = _READ) -> bool:
    """Whether an argument names files; an option's TEXT is words."""
    called = str(action.metavar or "")
    return any(word in called for word in of) and not (action.option_strings and called == "TEXT")


def _check_apart(outputs: list[tuple[str, str]], inputs: list[str]) -> None:
    from stateviz.storage.atomic import check_apart, same_file

    for (one, first), (other, second) in combinations(outputs, 2):
        if same_file(first, second):
            raise InputError(f"{_flag(one)} and {_flag(other)} are both {first!r}; name two files")
    for _, path in outputs:
        check_apart(path, [Path(word) for word in inputs if word != STDIN and os.path.exists(word)])


def _flag(name: str) -> str:
    return "-o" if name == "output" else f"--{name}"


@contextmanager
def _spooled(parser: argparse.ArgumentParser, args: argparse.Namespace, inputs: dict[str, list[str]]) -> Iterator[None]:
    named = [dest for dest, words in inputs.items() for word in words if word == STDIN]
    if len(named) > 1:
        raise InputError("- is stdin, which is read once; it is named twice")
    texts = {action.dest for action in parser._actions if _reads(action, _TEXTS)}
    if not named or named[0] in texts:
        yield
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="stateviz-") as folder:
        path = str(_stdin_as_file(Path(folder)))
        value = getattr(args, named[0])
        setattr(
            args, named[0], [path if word == STDIN else word for word in value] if isinstance(value, list) else path
        )
        yield


def _stdin_as_file(folder: Path) -> Path:
    """What came on stdin as a file, whose ending is by its first bytes."""
    from shutil import copyfileobj

    from stateviz.storage.text_files import stdin

    source, path = stdin(), folder / "stdin"
    with path.open("wb") as file:
        copyfileobj(source, file, 2**20)
    return path.rename(path.with_name("stdin" + ending_of(path)))


def ending_of(path: Path) -> str:
    """The ending that a file would have by what it holds.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a"
    >>> _ = path.write_text("a,b\\n1,2\\n")
    >>> ending_of(path)
    '.csv'
    """
    from zipfile import ZipFile, is_zipfile

    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK") and is_zipfile(path):
        with ZipFile(path) as archive:
            names = set(archive.namelist())
        return ".zarr.zip" if "zarr.json" in names else ".stats.npz" if "header.npy" in names else ".npz"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < path.stat().st_size:
        return ".safetensors"
    for begin, ending in _ENDINGS.items():
        if head.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(begin) or head.startswith(begin):
            return ending
    return ".tsv" if b"\t" in head.partition(b"\n")[0] else ".csv"


def check_picture(path: str, *, overwrite: bool = False, kind: str = "picture") -> None:
    """Refuse, before any computing, a picture that could not be written: its folder, or its ending."""
    from stateviz.rendering import WRITERS
    from stateviz.storage import check_writable

    suffix = Path(path).suffix.lower()
    if not suffix:
        raise InputError(f"{path!r} has no ending to choose a format by; end it with {', '.join(WRITERS)}")
    _ = WRITERS[suffix]
    check_writable(path, overwrite=overwrite, kind=kind)
