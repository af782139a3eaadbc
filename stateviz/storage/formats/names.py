"""Names in files: which of several sites is meant, and which names are numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stateviz.core.errors import UnknownNameError
from stateviz.core.grids import Names
from stateviz.core.table import unknown

MOST_SHOWN = 30
"""Names in an error, however many there are."""


def named_site(path: Path, what: str, site: str | None, found: Mapping[str, object]) -> str:
    """The ``site`` of a file that holds several ``what``, or its only one.

    Raises
    ------
    UnknownNameError
        When there are several and none is named, or there is none of that name.
    """
    if site is None and len(found) > 1:
        shown = ", ".join(list(found)[:MOST_SHOWN])
        raise UnknownNameError(f"{path} holds {len(found)} {what}; name one as the site: {shown}")
    if site is not None and site not in found:
        raise UnknownNameError(f"{path}: {unknown('site', site, found)}")
    return next(iter(found)) if site is None else site


def parse_names(texts: list[str]) -> Names:
    """Names as text, or as whole numbers where all of them are plain ones.

    Examples
    --------
    >>> parse_names(["0", "12"]), parse_names(["0", "012"])
    ((0, 12), ('0', '012'))
    """
    if all(text.isascii() and text.isdigit() and str(int(text[:18])) == text for text in texts):
        return tuple(int(text) for text in texts)
    return tuple(texts)
