"""Numbers as states: checked, binary or real, read-only; a number that came is never changed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError

ROUNDING = 1e-6
"""Real numbers are held as float32 where that moves none by more than this share of its own row's range, and of the
largest difference of two rows at a step."""
_MISSING = ", or order them with missing='pairwise' (--missing pairwise)"
_WHOLE = 2**53  # float64 holds every whole number up to here
_BLOCK = 2**20  # values looked at at a time

States = NDArray[np.int8] | NDArray[np.float32] | NDArray[np.float64]
"""What a StateMatrix holds: int8 in {-1, +1} or {0, 1}, or real numbers."""


def coerce_values(values: ArrayLike, binary: bool | None = None, off: int | None = None) -> tuple[States, int | None]:
    """``values`` checked, copied and made read-only, and what stands for off in them; None where they are real.

    Parameters
    ----------
    values : array, shape (units, steps)
    binary
        Whether they are two-valued; None: they are where all of them are in {-1, +1} or in {0, 1}.
    off
        Which of -1 and 0 is the lower value of binary ones; None: the one that is found, -1 where neither is.
    """
    array = as_matrix(values)
    if array.ndim != 2:
        raise InputError(f"expected a matrix of units x steps, got {array.ndim} dimensions {array.shape}")
    if array.size == 0:
        raise InputError(f"the matrix is empty: {array.shape[0]} units x {array.shape[1]} steps")
    if array.dtype.kind not in "biuf":
        complex_ones = "; give real and imaginary parts as rows of their own" if array.dtype.kind == "c" else ""
        raise InputError(f"expected numbers, got {array.dtype}{complex_ones}")
    low = None if binary is False else _lower(array, off)
    if binary and low is None:
        kinds = "-1 and 1, or 0 and 1" if off is None else f"{off} and 1"
        wrong = np.argwhere(~np.isin(array, (off, 1) if off is not None else (-1, 0, 1)))
        unit, step = wrong[0] if len(wrong) else np.argwhere(array == 0)[0]
        raise InputError(f"binary states are {kinds}; {array[unit, step]} came at unit {unit}, step {step}")
    if _is_frozen(array) and (array.dtype == np.int8 if low is not None else _is_kept(array)):
        return array, low  # already what it should be, and nobody can write to it: gigabytes are not copied
    result: States = _real(array) if low is None else array.astype(np.int8)
    result.flags.writeable = False
    return result, low


def _is_frozen(array: NDArray[Any]) -> bool:
    """Whether neither ``array`` nor the memory it views can be written to."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    return base is None


def _is_kept(array: NDArray[Any]) -> bool:
    """Whether real numbers are of a kind that states are held in, and finite."""
    return array.dtype in (np.float32, np.float64) and _is_finite(array)


def as_matrix(values: ArrayLike) -> NDArray[Any]:
    """``values`` as an array, with one clear line where its rows differ in length."""
    try:
        return as_array(values)
    except ValueError as error:  # rows of different lengths
        raise InputError(f"expected a matrix of units x steps: {str(error).splitlines()[0]}") from None


def as_array(values: object) -> NDArray[Any]:
    """``values`` as an array in which the masked cells of numpy.ma are NaN; of a torch.Tensor its numbers.

    Raises
    ------
    InputError
        When it is sparse, quantized or nested, or a tensor without numbers.

    Examples
    --------
    >>> as_array(np.ma.array([1, 2], mask=[False, True])).tolist()
    [1.0, nan]
    """
    given: Any = values
    if hasattr(given, "toarray"):
        raise InputError("a sparse matrix is not read cell by cell; give matrix.toarray()")
    if hasattr(given, "detach"):
        return _tensor_array(given)
    if isinstance(given, list | tuple) and any(isinstance(row, np.ma.MaskedArray) for row in given):
        given = np.ma.array(given)
    if not isinstance(given, np.ma.MaskedArray) or not np.ma.is_masked(given):
        return np.asarray(given)
    floats: Any = given if given.dtype.kind in "fc" else given.astype(np.float64)
    return np.asarray(floats.filled(np.nan))


def stacked(rows: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Rows of any kinds as one matrix; where whole numbers become floats, a warning names what that moves.

    Examples
    --------
    >>> stacked([np.array([2**53 + 1, 0]), np.array([1, 0])]).dtype.name
    'int64'
    """
    matrix = np.stack(rows)
    if matrix.dtype.kind == "f":
        lost = {i: _rounded(row) for i, row in enumerate(rows) if row.dtype.kind in "iu"}
        moved = [i for i, row in lost.items() if row.any()]
        if moved:
            unit, step = moved[0], int(np.argmax(lost[moved[0]]))
            count = sum(int(lost[i].sum()) for i in moved)
            warn_rounded(count, matrix.size, rows[unit][step], f"unit {unit}, step {step}")
    return matrix


def as_float64(values: NDArray[Any]) -> NDArray[np.float64]:
    """A matrix of numbers as float64, with a warning where that moves one."""
    return values if values.dtype == np.float64 else _wide(values)


def _tensor_array(tensor: Any) -> NDArray[Any]:
    for what, there, instead in (
        ("a meta tensor, which holds no numbers", tensor.is_meta, "a tensor that is computed"),
        ("a nested tensor", tensor.is_nested, "one of its tensors, or torch.nested.to_padded_tensor"),
        ("a sparse tensor", str(tensor.layout) != "torch.strided", "tensor.to_dense()"),
        ("a quantized tensor", tensor.is_quantized, "tensor.dequantize()"),
    ):
        if there:
            raise InputError(f"expected a matrix of numbers, got {what}; give {instead}")
    return np.asarray(plain_floats(tensor.detach().cpu().resolve_conj().resolve_neg()).numpy())


def plain_floats(tensor: Any) -> Any:
    """A torch.Tensor of floats of fewer than 4 bytes as float32, which NumPy knows; any other as it is."""
    return tensor.float() if tensor.is_floating_point() and tensor.element_size() < 4 else tensor


def as_real(values: ArrayLike) -> NDArray[np.float64]:
    """``values`` as float64, masked cells as NaN; complex numbers are refused, not halved."""
    array = as_array(values)
    if array.dtype.kind == "c":
        raise InputError(f"expected numbers, got {array.dtype}; give real and imaginary parts as rows of their own")
    return np.array(array, np.float64)


def signed(values: NDArray[Any], off: int | None) -> NDArray[Any]:
    """Binary values of which 0 is off as -1 and +1, where a flip is a negation; all others as they are.

    Examples
    --------
    >>> signed(np.array([[0, 1]], np.int8), 0).tolist(), signed(np.array([[0.5]]), None).tolist()
    ([[-1, 1]], [[0.5]])
    """
    return values if off != 0 else np.where(values > 0, np.int8(1), np.int8(-1))


def flipped(values: NDArray[Any], signs: NDArray[np.int8], off: int | None) -> NDArray[Any]:
    """``values`` where ``signs`` are +1; where they are -1 on and off exchanged, or a real number negated; read-only.

    Examples
    --------
    >>> flipped(np.array([[0, 1], [0, 1]], np.int8), np.array([[1], [-1]], np.int8), 0).tolist()
    [[0, 1], [1, 0]]
    """
    result = np.where(signs < 0, 1 - values, values) if off == 0 else values * signs.astype(values.dtype)
    result.flags.writeable = False
    return result


def _lower(array: NDArray[Any], off: int | None) -> int | None:
    """-1 or 0 where that and 1 are all values there are, else None; nothing but ones counts as -1 and +1."""
    if array.dtype.kind == "b":
        return None if off == -1 else 0
    if not np.isin(np.abs(array.flat[:64]), (0, 1)).all():
        return None  # the first few mostly tell, and spare two looks at all of them
    if off != 0 and bool(np.all(np.abs(array) == 1)):
        return -1
    return 0 if off != -1 and bool(np.all((array == 0) | (array == 1))) else None


def _real(array: NDArray[Any]) -> NDArray[np.float32] | NDArray[np.float64]:
    with np.errstate(over="ignore"):
        result = array.astype(np.float32)
    if _is_finite(result):
        exact = np.can_cast(array.dtype, np.float32, "safe")
        return result if exact or not _moves(array, result) else _wide(array)
    bad = np.argwhere(~np.isfinite(result))
    if len(bad):
        unit, step = bad[0]
        raise InputError(
            f"{len(bad)} values are not finite in float32, the first {array[unit, step]} at unit {unit}, step {step}; "
            f"remove or replace them{_MISSING if np.isnan(array[unit, step]) else ''}"
        )
    return result


def _moves(array: NDArray[Any], narrow: NDArray[np.float32]) -> bool:
    """Whether float32 moves a number by more than ROUNDING of its row's range, or of what parts the rows at any step.

    Whole numbers count as moved where one of them is, however little: they are ids, counts or times, told apart by one.
    """
    rows = max(1, _BLOCK // array.shape[1])
    low, high, most = np.full(array.shape[1], np.inf), np.full(array.shape[1], -np.inf), 0.0
    for start in range(0, len(array), rows):
        part = array[start : start + rows]
        wide = part.astype(np.float64)
        moved = np.abs(narrow[start : start + rows] - wide).max(axis=1)
        whole = bool(moved.any()) and (part.dtype.kind in "iu" or bool(np.all(wide == np.rint(wide))))
        if whole or np.any(moved > ROUNDING * np.ptp(wide, axis=1)) or _rounded(part).any():
            return True
        low, high, most = np.minimum(low, wide.min(axis=0)), np.maximum(high, wide.max(axis=0)), max(most, moved.max())
    return bool(len(array) > 1 and most > ROUNDING * (high - low).max())


def _wide(array: NDArray[Any]) -> NDArray[np.float64]:
    """``array`` as float64, with a warning where even that moves numbers."""
    wide = array.astype(np.float64)
    lost = _rounded(array)
    if lost.any():
        unit, step = np.argwhere(lost)[0]
        warn_rounded(int(lost.sum()), array.size, array[unit, step], f"unit {unit}, step {step}")
    return wide


def warn_rounded(count: int, size: int, first: Any, place: str) -> None:
    """Warn that ``count`` of ``size`` numbers are moved, and name the first."""
    warnings.warn(
        f"{count} of {size} numbers have more digits than float64 holds, the first: {first} at {place} is held as "
        f"{float(first):.0f}; take off what they have in common before they come",
        UserWarning,
        stacklevel=6,
    )


def _rounded(array: NDArray[Any]) -> NDArray[np.bool_]:
    """Where float64 does not hold a number exactly: whole ones of more than 53 binary digits, or longer floats."""
    if array.dtype.kind == "f":
        return np.asarray(array.astype(np.float64) != array)
    if array.dtype.itemsize < 8:
        return np.zeros(array.shape, np.bool_)
    size = np.where(array < 0, -array.astype(np.int64), array).astype(np.uint64) if array.dtype.kind == "i" else array
    lowest = np.maximum(size & (~size + np.uint64(1)), np.uint64(1))  # the lowest binary digit that is 1
    return np.asarray(size // lowest >= np.uint64(_WHOLE))


def _is_finite(array: NDArray[Any]) -> bool:
    """Whether no value is NaN or infinite, without an array of answers as large as ``array``."""
    return bool(np.isfinite(array.min()) and np.isfinite(array.max()))
