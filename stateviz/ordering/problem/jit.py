"""When and how numba compiles: for problems of more than some 200 rows, where it pays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, ParamSpec, TypeVar, cast

COMPILED_ROWS = 200
"""Above this many rows compiled kernels take over; up to it nothing waits for a compiler."""

P = ParamSpec("P")
R = TypeVar("R")


def kernel(*, internal: bool = False, **settings: object) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile at first use and keep the result on disk, where there is a folder to keep it in.

    No entry for C is made, which nobody asks for, and none for Python where a function is ``internal``, called by other
    kernels alone: each takes an eighth of the compiler's time.
    """
    from numba import njit

    settings |= {"nogil": True, "no_cfunc_wrapper": True, "no_cpython_wrapper": internal}

    def compiled(function: Callable[P, R]) -> Callable[P, R]:
        try:
            dispatcher = njit(function, cache=True, **settings)
            dispatcher._cache = _ForgivingCache(dispatcher._cache)
        except RuntimeError:  # no folder to keep it in
            dispatcher = njit(function, **settings)
        return cast("Callable[P, R]", dispatcher)  # njit is untyped; what it returns is called like the function

    return compiled


class _ForgivingCache:
    """The cache of one kernel, of numba: what cannot be read is compiled, and what cannot be kept is not kept.

    numba itself ends on a file that was cut short, and on a full disk.
    """

    def __init__(self, cache: Any) -> None:
        self._of_numba = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of_numba, name)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """What was kept for a signature; None where that is nothing, or damaged."""
        try:
            return self._of_numba.load_overload(signature, target)
        except Exception:  # a pickle that was cut short raises whatever it meets first
            return None

    def save_overload(self, signature: Any, made: Any) -> None:
        """Keep what was compiled; where the index of what is kept is damaged, begin it anew."""
        try:
            self._of_numba.save_overload(signature, made)
        except Exception:
            with suppress(Exception):
                self._of_numba.flush()
                self._of_numba.save_overload(signature, made)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """``function`` compiled by numba, once in a process; kept on disk for the next where the folder can be written."""
    return cast("Callable[P, R]", _compiled_once(function))  # cache forgets the signature


@cache
def _compiled_once(function: Callable[..., object]) -> Callable[..., object]:
    return kernel()(function)
