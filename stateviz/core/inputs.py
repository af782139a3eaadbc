"""What a user has in memory, as states."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.frames import frame_parts, is_frame
from stateviz.core.grids import Grid
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.table import unknown
from stateviz.core.values import as_matrix

StatesLike = StateMatrix | Recording | ArrayLike
"""What ``coerce_states`` takes; torch.Tensor and pandas.DataFrame are among what NumPy takes for an array."""


def coerce_states(obj: StatesLike, *, site: str | None = None, transpose: bool = False) -> StateMatrix:
    """A StateMatrix from what a user has in memory.

    Parameters
    ----------
    obj : StateMatrix, Recording, array-like, torch.Tensor or data frame
        Arrays and tensors are units x steps. A data frame (of pandas, polars or pyarrow) holds one row a step and one
        column a unit, as data frames do.
    site
        Which site of a Recording; needed where it has more than one.
    transpose
        Arrays are steps x units; data frames hold one row a unit.

    Examples
    --------
    >>> coerce_states([[0, 1, 1], [1, 1, 0]])
    StateMatrix(array: 2 units x 3 steps, from rows, binary)
    >>> coerce_states([[0, 1, 1], [1, 1, 0]], transpose=True)
    StateMatrix(array: 3 units x 2 steps, from columns, binary)
    """
    if not isinstance(obj, Recording | StateMatrix):
        return coerce_grid(obj, site=site, transpose=transpose).states()
    if transpose:
        raise InputError(f"a {type(obj).__name__} knows which axis is which; leave transpose out")
    if isinstance(obj, Recording):
        return obj[obj.only(site)]
    if site not in (None, obj.site):
        raise UnknownNameError(unknown("site", site, {obj.site: None}))
    return obj


def coerce_grid(obj: Any, *, site: str | None = None, transpose: bool = False) -> Grid:
    """The numbers of what ``coerce_states`` takes, empty cells as NaN, before they are known to be states."""
    if isinstance(obj, Recording | StateMatrix):
        states = coerce_states(obj, site=site, transpose=transpose)
        return Grid(states.values, states.site, states.units, states.tokens, None, states.units_from)
    if is_frame(obj):
        values, columns, rows = frame_parts(obj)
        grid, what = Grid(values, "table", columns, rows, None, "columns"), "a data frame"
    else:
        grid, what = Grid(plain_array(obj), "array"), "an array"
    check_no_site(site, grid.site, what)
    return grid.transposed() if transpose else grid


def check_no_site(site: str | None, own: str, what: str) -> None:
    """Refuse a ``site`` of what holds one matrix, unless it is the name that matrix goes by."""
    if site not in (None, own):
        raise UnknownNameError(f"{what} holds one matrix and no sites to choose from; leave site {site!r} out")


def plain_array(obj: Any) -> NDArray[Any]:
    """An array or a tensor as NumPy has it, masked cells as NaN.

    Raises
    ------
    InputError
        When its rows differ in length, or it is sparse, quantized or nested, or a tensor without numbers.
    """
    if hasattr(obj, "toarray"):
        raise InputError("a sparse matrix is not read cell by cell; give matrix.toarray()")
    if not hasattr(obj, "detach"):
        return as_matrix(obj)
    for what, there, instead in (
        ("a meta tensor, which holds no numbers", obj.is_meta, "a tensor that is computed"),
        ("a nested tensor", obj.is_nested, "one of its tensors, or torch.nested.to_padded_tensor"),
        ("a sparse tensor", str(obj.layout) != "torch.strided", "tensor.to_dense()"),
        ("a quantized tensor", obj.is_quantized, "tensor.dequantize()"),
    ):
        if there:
            raise InputError(f"expected a matrix of numbers, got {what}; give {instead}")
    tensor = obj.detach().cpu().resolve_conj().resolve_neg()
    return np.asarray(plain_floats(tensor).numpy())


def plain_floats(tensor: Any) -> Any:
    """A torch.Tensor of floats of fewer than 4 bytes as float32, which NumPy knows; any other as it is."""
    return tensor.float() if tensor.is_floating_point() and tensor.element_size() < 4 else tensor
