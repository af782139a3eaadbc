"""Numbers on their way to disk: checked step by step, in the type they are stored in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.tracks import TRACKS
from stateviz.storage.recordings.schema import StepArray


def column_values(values: NDArray[Any], column: StepArray, count: int, first: int) -> NDArray[Any]:
    """``values`` of ``count`` steps in the dtype of ``column``; the steps count from ``first`` in messages.

    Raises
    ------
    InputError
        When the shape is another, a state is not finite, or a number does not fit: the first is named.
    """
    expected = (count, *column.width)
    if values.shape != expected:
        raise InputError(f"{_named(column)} came with shape {values.shape}; expected {expected} (steps first)")
    if values.dtype.kind not in "biuf":
        raise InputError(f"{_named(column)} came as {values.dtype}; numbers were expected")
    if not column.is_states:
        return _track(values, column, first)
    if column.dtype in ("int8", "bool"):
        return _binary(values, column, first)
    with np.errstate(over="ignore"):
        stored = values.astype(column.dtype, copy=False)
    bad = ~np.isfinite(stored)
    if bad.any():
        if not np.isfinite(values[bad]).all():
            _refuse(values, ~np.isfinite(values), column, first, "is not finite; states are finite numbers")
        _refuse(values, bad, column, first, f"does not fit into {column.dtype}; record it as float32")
    return stored


def text_values(tokens: tuple[str, ...], count: int) -> NDArray[Any]:
    """``tokens`` as an array of Python text, once they can be encoded."""
    if len(tokens) != count:
        raise InputError(f"{len(tokens)} tokens came for {count} steps; give one a step")
    try:
        "".join(tokens).encode("utf-8")
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise InputError(f"tokens hold half a character ({half!r}); decode the text first") from None
    array = np.empty(count, object)
    array[:] = tokens
    return array


def _track(values: NDArray[Any], column: StepArray, first: int) -> NDArray[Any]:
    if column.path not in TRACKS:  # one that a user adds: stored as it came
        if values.dtype.name != column.dtype:
            raise InputError(f"{_named(column)} came as {values.dtype}, and as {column.dtype} before; give the same")
        return values.astype(column.dtype, copy=False)
    if column.dtype == "int32":
        info = np.iinfo(np.int32)
        wrong = (values != np.rint(values)) | (values < info.min) | (values > info.max)
        if wrong.any():
            _refuse(values, wrong, column, first, "is no id; whole numbers below 2,147,483,648 were expected")
    return values.astype(column.dtype)  # NaN stands where a surprisal is undefined


def _binary(values: NDArray[Any], column: StepArray, first: int) -> NDArray[Any]:
    off, other = (-1, "bool, of 0 and 1,") if column.dtype == "int8" else (0, "int8, of -1 and 1,")
    wrong = (values != off) & (values != 1)
    if wrong.any():
        _refuse(values, wrong, column, first, f"is not binary ({off} and 1); record it as {other} or as float32")
    return values.astype(column.dtype)


def _refuse(values: NDArray[Any], wrong: NDArray[np.bool_], column: StepArray, first: int, why: str) -> None:
    where = np.argwhere(wrong)[0]
    unit = f"unit {where[1]}, " if column.is_states else ""
    value = values[tuple(where)]
    raise InputError(f"{_named(column)}: {value} at {unit}step {first + int(where[0])} {why}")


def _named(column: StepArray) -> str:
    return column.path.removesuffix("/states") if column.is_states else column.path.rpartition("/")[2]
