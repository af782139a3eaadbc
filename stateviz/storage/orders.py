"""order.json on disk."""

from __future__ import annotations

from pathlib import Path

from stateviz.core.errors import FileError
from stateviz.core.orders import Ordering
from stateviz.storage.atomic import AnyPath, write_text
from stateviz.storage.readers import check_file


def read_order(path: AnyPath) -> Ordering:
    """Read an order.json.

    Parameters
    ----------
    path : str or Path
        What ``write_order`` wrote.

    Returns
    -------
    Ordering
        The order as it was written.

    Raises
    ------
    FileError
        When the file is missing, is not text, or is not an order of a known schema.

    Examples
    --------
    >>> import tempfile
    >>> found = Ordering([1, 0], [1, 1], 3.0, 3.0, True, False, "exact", "hamming", units=("a", "b"))
    >>> read_order(write_order(found, tempfile.mkdtemp() + "/order.json")) == found
    True
    """
    source = Path(path)
    check_file(source)
    try:
        text = source.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FileError(f"{source} is not an order: it is not text; give an order.json") from None
    except OSError as error:
        raise FileError(f"cannot read {source}: {error.strerror}") from error
    try:
        return Ordering.from_json(text)
    except FileError as error:
        raise FileError(f"{source}: {error}") from error


def write_order(ordering: Ordering, path: AnyPath, *, overwrite: bool = False) -> Path:
    """Write an order as order.json, whole or not at all.

    Parameters
    ----------
    ordering : Ordering
        As ``order`` finds it.
    path : str or Path
        Where the file goes.
    overwrite : bool
        Replace whatever file is there; without it, only an order is.

    Returns
    -------
    Path
        Where the file lies.

    Raises
    ------
    FileError
        When the file cannot be written, or one that is no order is there without ``overwrite``.

    Examples
    --------
    >>> import tempfile
    >>> found = Ordering([1, 0], [1, 1], 3.0, 3.0, True, False, "exact", "hamming", units=("a", "b"))
    >>> write_order(found, tempfile.mkdtemp() + "/order.json").name
    'order.json'
    """
    return write_text(path, ordering.to_json(), overwrite=overwrite, kind="order")
