"""What a user has in memory, as states."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.frames import frame_parts, is_frame
from stateviz.core.grids import Grid
from stateviz.core.labels import Variable, is_matrix, labelled_grid
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
    elif hasattr(obj, "dims") and hasattr(obj, "coords"):
        return _labelled(obj, site, transpose)
    else:
        grid, what = Grid(as_matrix(obj), "array"), "an array"
    check_no_site(site, grid.site, what)
    return grid.transposed() if transpose else grid


def _labelled(obj: Any, site: str | None, transpose: bool) -> Grid:
    """A DataArray or Dataset of xarray; axes whose names do not tell are units x steps, as of an array."""
    parts = obj.data_vars if hasattr(obj, "data_vars") else {obj.name or "array": obj}

    def variable(name: object, part: Any) -> Variable:
        kind = "T" if part.dtype.kind in "OUST" else part.dtype.kind
        return Variable(str(name), tuple(map(str, part.dims)), part.shape, kind, lambda: np.asarray(part))

    known = {str(name): variable(name, part) for name, part in obj.coords.items()}
    matrices = {str(name): one for name, part in parts.items() if is_matrix(one := variable(name, part))}
    if not matrices:
        raise InputError("expected a matrix of units x steps, and no variable of the dataset has two axes of numbers")
    if site is None and len(matrices) > 1:
        raise InputError(f"the dataset has {len(matrices)} variables; name one as the site: {', '.join(matrices)}")
    if site is not None and site not in matrices:
        raise UnknownNameError(unknown("site", site, matrices))
    grid = labelled_grid(matrices[site or next(iter(matrices))], known, units_from="rows")
    return grid.transposed() if transpose else grid


def check_no_site(site: str | None, own: str, what: str) -> None:
    """Refuse a ``site`` of what holds one matrix, unless it is the name that matrix goes by."""
    if site not in (None, own):
        raise UnknownNameError(f"{what} holds one matrix and no sites to choose from; leave site {site!r} out")
