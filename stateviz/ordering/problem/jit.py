"""When and how numba compiles: for problems of more than some 200 rows, where it pays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

COMPILED_ROWS = 200
"""Above this many rows compiled kernels take over; up to it nothing waits for a compiler."""


def kernel(*, internal: bool = False, **settings: Any) -> Callable[..., Any]:
    """Compile at first use and keep the result on disk, where there is a folder to keep it in.

    No entry for C is made, which nobody asks for, and none for Python where a function is ``internal``, called by other
    kernels alone: each takes an eighth of the compiler's time.
    """
    from numba import njit

    settings |= {"nogil": True, "no_cfunc_wrapper": True, "no_cpython_wrapper": internal}

    def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            return njit(function, cache=True, **settings)  # type: ignore[no-any-return]
        except RuntimeError:  # no folder to keep it in
            return njit(function, **settings)  # type: ignore[no-any-return]

    return compiled


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` compiled by numba, once in a process; kept on disk for the next where the folder can be written."""
    return kernel()(function)  # type: ignore[no-any-return]
