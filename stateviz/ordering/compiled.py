"""When and how numba compiles: for problems of more than some 200 rows, where it pays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

COMPILED_ROWS = 200
"""Above this many rows compiled kernels take over; up to it nothing waits for a compiler."""


@cache
def compiled(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """``kernel`` compiled by numba, once in a process; kept on disk for the next where the folder can be written."""
    from numba import njit

    try:
        return njit(cache=True, nogil=True)(kernel)  # type: ignore[no-any-return]
    except RuntimeError:  # no folder to keep it in
        return njit(nogil=True)(kernel)  # type: ignore[no-any-return]
