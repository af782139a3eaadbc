"""What a user has in memory, as states."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix, plain_name
from stateviz.core.table import unknown
from stateviz.core.values import as_matrix

StatesLike = StateMatrix | Recording | ArrayLike
"""What ``coerce_states`` takes; torch.Tensor and pandas.DataFrame are among what NumPy takes for an array."""


def coerce_states(obj: StatesLike, *, site: str | None = None, transpose: bool = False) -> StateMatrix:
    """A StateMatrix from what a user has in memory.

    Parameters
    ----------
    obj : StateMatrix, Recording, array-like, torch.Tensor or pandas.DataFrame
        Arrays and tensors are units x steps. A DataFrame holds one row a step and one column a
        unit, as data frames do.
    site
        Which site of a Recording; needed where it has more than one.
    transpose
        Arrays are steps x units.
    """
    if isinstance(obj, Recording):
        return obj[obj.only(site)]
    if isinstance(obj, StateMatrix):
        if site is not None and site != obj.site:
            raise UnknownNameError(unknown("site", site, {obj.site: None}))
        return obj
    if hasattr(obj, "columns") and hasattr(obj, "to_numpy"):
        return _from_table(obj, site or "table")
    if hasattr(obj, "detach"):
        tensor: Any = obj
        tensor = tensor.detach().cpu()
        obj = plain_floats(tensor).numpy()
    return StateMatrix(as_matrix(obj).T if transpose else obj, site=site or "array")


def plain_floats(tensor: Any) -> Any:
    """A torch.Tensor of floats of fewer than 4 bytes as float32, which NumPy knows; any other as it is."""
    return tensor.float() if tensor.is_floating_point() and tensor.element_size() < 4 else tensor


def _from_table(table: Any, site: str) -> StateMatrix:
    """A data frame's columns as units; a column named ``token`` is the text of the steps."""
    tokens = None
    if "token" in table.columns:
        tokens, table = tuple(map(str, table["token"])), table.drop(columns="token")
    for name, kind in zip(table.columns, table.dtypes, strict=True):
        if getattr(kind, "kind", "O") not in "biuf":
            raise InputError(
                f"column {name!r} holds {kind}, and states are numbers; leave it out: df.drop(columns={name!r})"
            )
    units = tuple(c if isinstance(c, int) else str(c) for c in map(plain_name, table.columns))
    # Booleans beside numbers are read as 0 and 1.
    values = np.stack([np.asarray(table.iloc[:, i], None) for i in range(len(units))]) if units else np.zeros((0, 0))
    return StateMatrix(values, units=units, tokens=tokens, site=site)
