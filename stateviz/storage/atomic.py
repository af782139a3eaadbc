"""Writing without halves, and over nothing of the user's: everything is written beside, then renamed."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from stateviz.core.errors import FileError, InputError
from stateviz.storage.marks import carries

if TYPE_CHECKING:
    from zipfile import ZipInfo

AnyPath = str | os.PathLike[str]
_FEW = 4  # files, which no threads are started for


@contextmanager
def atomic(path: AnyPath, *, overwrite: bool = False, kind: str | None = None) -> Iterator[Path]:
    """Write a file or a folder as a whole or not at all.

    Parameters
    ----------
    path
        What shall exist in the end; a link is followed. A file that is replaced keeps its mode.
    overwrite
        Replace what is at ``path``, whatever it is.
    kind
        Of file, as ``carries`` knows it: without ``overwrite`` one of ours of this kind is replaced, and nothing else.

    Yields
    ------
    Path
        A name of its own beside ``path`` that ends in ``.partial``; nothing is there when the block starts, or an
        empty file where one is replaced. What the block writes there is put on the disk and renamed to ``path`` when
        the block ends, and removed when it raises, so that a failure leaves what was at ``path`` before untouched.
        Two processes that write to one ``path`` do not meet: it is that of the last.

    Raises
    ------
    FileError
        Before the block runs: the folder is missing or cannot be written, or ``path`` is there
        and is not to be replaced. After a failed write (a full disk): one line that names ``path``.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic(folder / "a.txt") as beside:
    ...     print(beside.suffix, beside.write_text("whole"))
    .partial 5
    >>> [p.name for p in folder.iterdir()]
    ['a.txt']
    """
    check_writable(path, overwrite=overwrite, kind=kind)
    target = Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)
    beside = name_beside(target)
    try:
        if target.is_file():  # what it holds is from the start no more readable than what it replaces
            os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield beside
        check_writable(path, overwrite=overwrite, kind=kind)
        put(beside, target)
    except FileError:
        raise
    except OSError as error:
        # Only failures of this output are ours to reword: an error about another file keeps its own words.
        if error.filename is not None and not str(error.filename).startswith(str(target)):
            raise
        raise FileError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        if os.path.lexists(beside):
            remove(beside)


def name_beside(target: Path) -> Path:
    """A name in the folder of ``target`` that nothing has: what lies there under any other is not ours to remove."""
    return target.with_name(f"{target.name}.{token_hex(4)}.partial")


def write_text(path: AnyPath, text: str, *, overwrite: bool = False, kind: str | None = None) -> Path:
    """Write ``text`` as UTF-8, its newlines as they are, whole or not at all."""
    with atomic(path, overwrite=overwrite, kind=kind) as beside:
        beside.write_bytes(text.encode("utf-8"))
    return Path(path)


def check_writable(path: AnyPath, *, overwrite: bool = False, kind: str | None = None) -> None:
    """Raise FileError when ``path`` could not be written; for a verb to call before a long run.

    Parameters
    ----------
    path
        Where something will be written.
    overwrite
        Whether what is there is replaced, whatever it is.
    kind
        What is written, as ``carries`` knows it: without ``overwrite`` a file of ours of this kind is replaced, too.
    """
    target = Path(path)
    folder = target.parent
    if not target.name:
        raise FileError(f"cannot write to {str(path)!r}: name a file in a folder")
    if not folder.is_dir():
        why = "is not a folder" if folder.exists() else "does not exist; make it first"
        raise FileError(f"cannot write {target}: the folder {folder} {why}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FileError(f"cannot write {target}: the folder {folder} cannot be written; choose another")
    if os.path.exists(target) and not (target.is_file() or target.is_dir()):
        raise FileError(f"cannot write {target}: it is a device or a pipe, and is not replaced; name a file")
    if overwrite or not os.path.lexists(target) or (kind is not None and carries(target, kind)):
        return
    if os.path.islink(target) and not os.path.exists(target):  # a link to where nothing is yet
        return
    what = "" if kind is None else f" and is no {_words(kind)} of stateviz"
    raise FileError(f"{target} exists{what}; choose another name, or --force (overwrite=True) to replace it")


def _words(kind: str) -> str:
    return kind.removeprefix("stateviz_")


def check_apart(output: AnyPath | None, given: object) -> None:
    """Refuse an output that is among the files that are read: it would be lost.

    Parameters
    ----------
    output
        What will be written; None for nothing.
    given
        What is read: a path, or a list or mapping of what is; whatever else names no file.
    """
    if isinstance(given, Mapping):
        given = tuple(given.values())
    for one in given if isinstance(given, list | tuple) else [given]:
        if output is not None and isinstance(one, os.PathLike) and same_file(output, one):
            raise InputError(f"{os.fspath(output)} is read and written, too, and would be lost; name another output")


def same_file(one: AnyPath, other: AnyPath) -> bool:
    """Whether two paths lead to one file or folder, or would."""
    with suppress(OSError, ValueError):
        return os.path.samefile(one, other)
    return os.path.realpath(one) == os.path.realpath(other)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all it holds; nothing there is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    """Write ``members`` uncompressed, sorted by name and without times: the same members give the same bytes."""
    from zipfile import ZIP_STORED, ZipFile

    with ZipFile(path, "w", ZIP_STORED) as archive:
        for name in sorted(members):
            archive.writestr(_entry(name), members[name])


def zip_folder(folder: Path, path: Path, *, leave_out: str = "") -> None:
    """Write the files of ``folder`` as ``write_zip`` does, a piece at a time."""
    from zipfile import ZIP_STORED, ZipFile

    names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for name in names:
            if name == leave_out:
                continue
            entry = _entry(name)
            entry.file_size = (folder / name).stat().st_size
            with (folder / name).open("rb") as source, archive.open(entry, "w") as member:
                shutil.copyfileobj(source, member, 2**20)


def _entry(name: str) -> ZipInfo:
    from zipfile import ZipInfo

    entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # as if from Unix, so that all systems write the same
    entry.external_attr = 0o644 << 16
    return entry


def put(beside: Path, target: Path, *, overwrite: bool = True, synced: bool = False) -> None:
    """Rename what was written beside, once it is on the disk, which it is already where it is ``synced``.

    Without ``overwrite`` what came to be at ``target`` meanwhile is kept.
    """
    if not overwrite and os.path.lexists(target):
        raise FileError(f"{target} exists; choose another name, or --force (overwrite=True) to replace it")
    if not synced:
        sync_all(beside)
    if target.exists() and target.is_dir() == beside.is_dir():
        os.chmod(beside, stat.S_IMODE(target.stat().st_mode))
    if beside.is_dir() and target.exists():
        _swap(beside, target)
    elif target.is_dir():
        raise FileError(f"cannot write {target}: a folder of that name is there; choose another name")
    else:
        os.replace(beside, target)
    sync_folder(target.parent)


def sync_all(path: Path) -> None:
    """Have a file, or all files of a folder, on the disk and not in memory alone when this returns."""
    if not path.is_dir():
        sync([path])
        return
    sync([Path(folder) / name for folder, _, names in os.walk(path) for name in names])
    for folder, *_ in os.walk(path):
        sync_folder(Path(folder))


def sync(files: Sequence[Path]) -> None:
    """Have what was written to files on the disk when this returns; many at a time, which a disk takes in few moves."""
    if len(files) < _FEW:
        for file in files:
            _sync(file)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(_sync, files))


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR)  # some systems refuse to sync what is open for reading alone
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can open folders."""
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):  # some network file systems cannot; a rename there is as safe as it can be
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _swap(beside: Path, target: Path) -> None:
    """Replace what is at ``target`` by a folder, which no system does in one step: the old one steps aside first."""
    aside = name_beside(target)
    os.replace(target, aside)
    try:
        os.replace(beside, target)
    except OSError:
        os.replace(aside, target)
        raise
    remove(aside)
