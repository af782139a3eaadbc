"""Numbers as states: checked, binary or real, read-only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError

States = NDArray[np.int8] | NDArray[np.float32]
"""What a StateMatrix holds: int8 in {-1, +1}, or float32."""


def coerce_values(values: ArrayLike) -> States:
    """``values`` checked, copied and made read-only: int8 in {-1, +1}, or float32."""
    array = as_matrix(values)
    if array.ndim != 2:
        raise InputError(f"expected a matrix of units x steps, got {array.ndim} dimensions {array.shape}")
    if array.size == 0:
        raise InputError(f"the matrix is empty: {array.shape[0]} units x {array.shape[1]} steps")
    if array.dtype.kind not in "biuf":
        raise InputError(f"expected numbers, got {array.dtype}")
    if _is_frozen(array):
        binary = array.dtype == np.int8 and _is_binary(array) and not np.any(array == 0)
        if binary or (array.dtype == np.float32 and not _is_binary(array) and _is_finite(array)):
            return array  # already what it should be, and nobody can write to it: gigabytes are not copied
    result: States = _binary(array) if _is_binary(array) else _real(array)
    result.flags.writeable = False
    return result


def _is_frozen(array: NDArray[Any]) -> bool:
    """Whether neither ``array`` nor the memory it views can be written to."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    return base is None


def as_matrix(values: ArrayLike) -> NDArray[Any]:
    """``values`` as an array, with one clear line where its rows differ in length."""
    try:
        return np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise InputError(f"expected a matrix of units x steps: {str(error).splitlines()[0]}") from None


def _is_binary(array: NDArray[Any]) -> bool:
    if array.dtype.kind == "b":
        return True
    if not np.isin(np.abs(array.flat[:64]), (0, 1)).all():
        return False  # the first few mostly tell, and spare two looks at all of them
    magnitudes_are_one = bool(np.all(np.abs(array) == 1))
    return magnitudes_are_one or bool(np.all((array == 0) | (array == 1)))


def _binary(array: NDArray[Any]) -> NDArray[np.int8]:
    return np.where(array > 0, np.int8(1), np.int8(-1))


def _real(array: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        result = array.astype(np.float32)
    if _is_finite(result):
        return result
    bad = np.argwhere(~np.isfinite(result))
    if len(bad):
        unit, step = bad[0]
        raise InputError(
            f"{len(bad)} values are not finite in float32, the first {array[unit, step]} at unit {unit}, step {step}; "
            "remove or replace them"
        )
    return result


def _is_finite(array: NDArray[Any]) -> bool:
    """Whether no value is NaN or infinite, without an array of answers as large as ``array``."""
    return bool(np.isfinite(array.min()) and np.isfinite(array.max()))
