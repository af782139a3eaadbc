"""Limits that several file formats share."""

from __future__ import annotations

from stateviz.core.errors import FileError

MOST_COMPRESSION = 100_000
"""No array of ours is this many times larger than its file; one that claims to be is damaged or a trap."""
GROWN, MOST_GROWTH = 10**9, 200
"""Bytes, and times its file: what is larger by both is refused before memory is taken."""


def check_growth(what: str, claimed: int, size: int) -> None:
    """Raise FileError where ``what`` would take ``claimed`` bytes out of a file of ``size``, far more than it holds."""
    if claimed > GROWN and claimed > MOST_GROWTH * size:
        raise FileError(f"{what} would take {claimed:,} bytes, and its file has {size:,}; it is not read")
