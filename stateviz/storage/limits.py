"""Limits that every file is held to before memory is taken: how far it may grow, how much memory there is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from stat import S_ISBLK, S_ISCHR, S_ISDIR, S_ISFIFO, S_ISREG

from stateviz.core.errors import FileError, InputError

GROWN, MOST_GROWTH = 10**9, 200
"""Bytes, and times its file: what is larger by both is refused before memory is taken."""
UNKNOWN_MEMORY = 1 << 62
"""Where the system does not say how much there is."""

_GROUPS = (
    ("/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Where Linux says what a container may take, versions 2 and 1 of its groups."""

_allowed: ContextVar[bool] = ContextVar("allow_large", default=False)


@contextmanager
def allow_large(allow: bool = True) -> Iterator[None]:
    """Read files that grow beyond the limits, as long as the block lasts; ``--allow-large`` of the command line.

    A file that would take over 1 GB and over 200 times its own size, or more memory than there is, is refused by name
    before memory is taken: it is more often a trap, or damaged, than meant.

    Parameters
    ----------
    allow : bool
        False leaves the limits as they are.

    Returns
    -------
    context manager
        For a ``with`` block; it gives nothing.

    Examples
    --------
    >>> import stateviz as sv
    >>> with sv.allow_large():
    ...     recording = sv.shipped_recording()
    """
    token = _allowed.set(allow or _allowed.get())
    try:
        yield
    finally:
        _allowed.reset(token)


def is_allowed() -> bool:
    """Whether ``allow_large`` is in force."""
    return _allowed.get()


def check_growth(what: str, claimed: float, size: int) -> None:
    """Raise FileError where ``what`` would take ``claimed`` bytes out of a file of ``size``, far more than it holds.

    Examples
    --------
    >>> check_growth("a.npz: h", 10**12, 10**7)
    Traceback (most recent call last):
    ...
    stateviz.core.errors.FileError: a.npz: h would take 1,000,000,000,000 bytes, and its file has 10,000,000; it...
    """
    if _allowed.get():
        return
    held = f"would take {int(min(claimed, 1e30)):,} bytes"
    anyway = "it is not read; where it is meant, give --allow-large (stateviz.allow_large())"
    if claimed > GROWN and claimed > MOST_GROWTH * size:
        raise FileError(f"{what} {held}, and its file has {size:,}; {anyway}")
    if claimed > GROWN and claimed > (left := memory_left()):
        raise FileError(f"{what} {held}, and {left:,} bytes of memory are free; {anyway}")


def check_room(what: str, needed: float, instead: str) -> None:
    """Raise InputError where ``what`` needs more bytes than there is memory, before any is taken.

    Examples
    --------
    >>> check_room("a model of width 4", 1000.0, "give a smaller width")
    >>> check_room("a model of width 10,000,000", 1e15, "give a smaller width")
    Traceback (most recent call last):
    ...
    stateviz.core.errors.InputError: a model of width 10,000,000 needs 1,000,000.0 GB of memory, and ...
    """
    if needed > (left := memory_left()):
        raise InputError(f"{what} needs {needed / 1e9:,.1f} GB of memory, and {left / 1e9:,.1f} GB are free; {instead}")


def most_memory(size: int) -> int:
    """Bytes that a file of ``size`` may take."""
    left = memory_left()
    return left if _allowed.get() else max(GROWN, min(MOST_GROWTH * size, left))


def memory_left() -> int:
    """Bytes of memory that this process may still take, as far as the system says: free ones, and its own limit."""
    free = [UNKNOWN_MEMORY]
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        free += [1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    for folder, most, used, cached in _GROUPS:
        with suppress(OSError, ValueError):
            lines = Path(folder, "memory.stat").read_text("ascii").splitlines()
            cache = sum(int(line.split()[1]) for line in lines if line.split()[0] == cached)  # given back when needed
            limit, taken = (int(Path(folder, name).read_text("ascii")) for name in (most, used))
            free.append(limit - taken + cache)
    with suppress(ImportError, OSError, ValueError):
        import resource

        most_here = resource.getrlimit(resource.RLIMIT_AS)[0]
        if most_here != resource.RLIM_INFINITY:
            free.append(
                most_here - int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
            )
    return max(0, min(free))


def check_regular(path: str | os.PathLike[str], *, folder: bool = False) -> None:
    """Raise FileError where ``path`` is a device or a named pipe, which may never end; nothing there is fine.

    What a shell hands over (``/dev/stdin``, ``/dev/fd/63``) is one that ends.

    Parameters
    ----------
    folder
        A folder is fine, too.
    """
    name = os.fspath(path)
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:  # a loop of links, a name with a zero in it
        raise FileError(f"cannot read {name!r}: {getattr(error, 'strerror', None) or error}") from None
    if S_ISREG(mode) or (folder and S_ISDIR(mode)):
        return
    if S_ISDIR(mode):
        raise FileError(f"{name} is a folder; give a file")
    handed = os.path.dirname(os.path.abspath(name)) in ("/dev/fd", "/proc/self/fd") or name in ("/dev/stdin", "-")
    if not handed or S_ISBLK(mode):
        kind = "a pipe" if S_ISFIFO(mode) else "a device" if S_ISCHR(mode) or S_ISBLK(mode) else "no file"
        raise FileError(f"{name} is {kind}, which may never end, and is not read; give a file")
