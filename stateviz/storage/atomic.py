"""Writing without halves: everything is written beside, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stateviz.core.errors import FileError

if TYPE_CHECKING:
    from zipfile import ZipInfo

AnyPath = str | os.PathLike[str]


@contextmanager
def atomic(path: AnyPath, *, overwrite: bool = True) -> Iterator[Path]:
    """Write a file or a folder as a whole or not at all.

    Parameters
    ----------
    path
        What shall exist in the end; a link is followed.
    overwrite
        Replace what is at ``path``; without it, something there is an error.

    Yields
    ------
    Path
        ``X.partial`` beside ``path``; nothing is there when the block starts. What the block writes
        there is renamed to ``path`` when the block ends, and removed when it raises, so that a
        failure leaves what was at ``path`` before untouched.

    Raises
    ------
    FileError
        Before the block runs: the folder is missing or cannot be written, or ``path`` is there
        and ``overwrite`` was not given. After a failed write (a full disk): one line that names ``path``.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic(folder / "a.txt") as beside:
    ...     print(beside.name, beside.write_text("whole"))
    a.txt.partial 5
    >>> [p.name for p in folder.iterdir()]
    ['a.txt']
    """
    check_writable(path, overwrite=overwrite)
    target = Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)
    beside = target.with_name(target.name + ".partial")
    try:
        remove(beside)
        yield beside
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


def write_text(path: AnyPath, text: str, *, overwrite: bool = True) -> Path:
    """Write ``text`` as UTF-8, its newlines as they are, whole or not at all."""
    with atomic(path, overwrite=overwrite) as beside:
        beside.write_bytes(text.encode("utf-8"))
    return Path(path)


def check_writable(path: AnyPath, *, overwrite: bool = True) -> None:
    """Raise FileError when ``path`` could not be written; for a verb to call before a long run."""
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
    if not overwrite and os.path.lexists(target):
        raise FileError(f"{target} exists; choose another name, or --force (overwrite=True) to replace it")


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


def put(beside: Path, target: Path, *, overwrite: bool = True) -> None:
    """Rename what was written beside; without ``overwrite`` keep what came to be at ``target`` meanwhile."""
    if not overwrite and os.path.lexists(target):
        raise FileError(f"{target} exists; choose another name, or --force (overwrite=True) to replace it")
    if beside.is_dir() and target.exists():
        _swap(beside, target)
    elif target.is_dir():
        raise FileError(f"cannot write {target}: a folder of that name is there; choose another name")
    else:
        os.replace(beside, target)


def _swap(beside: Path, target: Path) -> None:
    """Replace what is at ``target`` by a folder, which no system does in one step: the old one steps aside first."""
    aside = target.with_name(target.name + ".old.partial")
    remove(aside)
    os.replace(target, aside)
    try:
        os.replace(beside, target)
    except OSError:
        os.replace(aside, target)
        raise
    remove(aside)
