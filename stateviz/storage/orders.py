"""order.json on disk."""

from __future__ import annotations

from pathlib import Path

from stateviz.core.errors import FileError
from stateviz.core.orders import Ordering
from stateviz.storage.atomic import AnyPath, write_text
from stateviz.storage.readers import check_file


def read_order(path: AnyPath) -> Ordering:
    """The order in ``path``.

    Raises
    ------
    FileError
        When the file is missing, is not text, or is not an order of a known schema.
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


def write_order(ordering: Ordering, path: AnyPath, *, overwrite: bool = True) -> Path:
    """Write ``ordering`` as order.json, whole or not at all."""
    return write_text(path, ordering.to_json(), overwrite=overwrite)
