"""Matrices whose axes have names, as NetCDF, xarray and Zarr keep them: which axis is the steps, and what is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.grids import Grid, Names

STEPS = ("step", "time", "token", "position", "char", "word", "sample", "frame", "obs")
UNITS = ("unit", "neuron", "hidden", "channel", "feature", "cell", "dim", "node", "electrode", "var", "component")
"""What names of axes contain, in small letters: those of xarray's unnamed ones, ``dim_0``, count as none."""
PACKING = ("scale_factor", "add_offset", "_FillValue", "missing_value", "dtype")
"""Attributes that say how numbers are packed (the CF conventions; ``dtype``: xarray)."""
_LINEAR = (("scale_factor", 1), ("add_offset", 0))
TOKENS = ("token", "tokens", "word", "words", "text", "char", "chars")


@dataclass(frozen=True, eq=False)
class Variable:
    """An array with names of its axes.

    Parameters
    ----------
    name
        What it is called.
    dimensions
        A name for each axis; empty where it has none.
    shape, kind
        Of the array; the kind as of a dtype, ``"T"`` for text.
    read
        Gives its numbers as they are stored, or its text.
    attributes
        Those of PACKING.
    """

    name: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    kind: str
    read: Callable[[], NDArray[Any]]
    attributes: Mapping[str, Any] = field(default_factory=dict)


def is_matrix(variable: Variable) -> bool:
    """Whether it may be states: two axes of numbers (complex ones are refused by name)."""
    return len(variable.shape) == 2 and variable.kind in "biufc"


def labelled_grid(variable: Variable, others: Mapping[str, Variable], *, units_from: str) -> Grid:
    """A matrix as units x steps, its names from the ``others`` that run along the same axes.

    Parameters
    ----------
    units_from
        ``"rows"`` or ``"columns"``: what units are where the names of the axes do not tell.

    Examples
    --------
    >>> values = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
    >>> found = labelled_grid(Variable("x", ("time", "neuron"), (2, 3), "f", lambda: values), {}, units_from="rows")
    >>> found.values.shape, found.units_from
    ((3, 2), 'neuron')
    """
    axis = _steps_axis(variable.dimensions)
    values = unpacked(variable)
    named = axis is not None
    axis = axis if axis is not None else 1 if units_from == "rows" else 0
    steps, units = (variable.dimensions[i] if any(variable.dimensions) else "" for i in (axis, 1 - axis))
    gaps = int(np.isnan(values).sum()) if values.dtype.kind == "f" else 0
    return Grid(
        values.T if axis == 0 else values,
        variable.name,
        _along(units, variable.shape[1 - axis], others, ()),
        _along(steps, variable.shape[axis], others, TOKENS),
        f"{variable.name} has {gaps} empty cell{'s' * (gaps > 1)}" if gaps else None,
        units if named else units_from,
        steps if named else None,
    )


def unpacked(variable: Variable) -> NDArray[Any]:
    """The numbers that are meant: packed ones unpacked, missing ones NaN."""
    values, attributes = variable.read(), variable.attributes
    if values.dtype.kind == "c":
        raise InputError(f"{variable.name} holds {values.dtype}; give real and imaginary parts as rows of their own")
    if str(attributes.get("dtype", "")) == "bool" and np.isin(values, (0, 1)).all():  # as xarray writes them
        return values.astype(np.bool_)
    missing = [attributes[name] for name in ("_FillValue", "missing_value") if name in attributes]
    holes = np.zeros(values.shape, np.bool_)
    for value in missing:
        holes |= np.isin(values, np.asarray(value))
    scale, offset = (np.asarray(attributes.get(name, usual)).item() for name, usual in _LINEAR)
    if (scale, offset) != (1, 0):
        values = values.astype(np.float64) * scale + offset
    return np.where(holes, np.nan, values) if holes.any() else values


def _steps_axis(dimensions: tuple[str, ...]) -> int | None:
    """Which of two axes is the steps, by their names; None where these do not tell."""
    if len(dimensions) != 2 or not all(dimensions) or all(name.startswith("dim_") for name in dimensions):
        return None
    first, second = (_leaning(name) for name in dimensions)
    return None if first == second else 0 if first > second else 1


def _leaning(name: str) -> int:
    """1 for a name of steps, -1 for one of units, 0 for neither or both."""
    word = name.lower()
    return (word == "t" or any(part in word for part in STEPS)) - any(part in word for part in UNITS)


def _along(dimension: str, size: int, others: Mapping[str, Variable], first: tuple[str, ...]) -> Names | None:
    """Names along an axis: of a variable called as ``first`` says, of the axis itself, or of the only text along it."""
    usable = {name.rpartition("/")[2]: one for name, one in others.items() if one.kind in "biufT"}
    along = {name: one for name, one in usable.items() if dimension and one.dimensions == (dimension,)}
    texts = [name for name, one in along.items() if one.kind == "T"]
    wanted = [name for name in (*first, dimension) if name in along] or texts[:1]
    if not wanted:
        return None
    values = along[wanted[0]].read()
    if values.dtype.kind in "iu":
        numbers = tuple(int(value) for value in values)
        return None if numbers == tuple(range(size)) else numbers
    return tuple(str(value) for value in values.tolist())
