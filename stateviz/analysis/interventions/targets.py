"""Target: the units of a site, or directions in its space, that something is done to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from stateviz.analysis.interventions.kinds import INTERVENTIONS, Intervention, Usual
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.protocols import Editable
from stateviz.core.table import unknown

if TYPE_CHECKING:
    from torch import Tensor

UnitsGiven: TypeAlias = Any
"""A unit, several, or directions: an array of real numbers, shape (units of the site,) or (directions, units)."""


@dataclass(frozen=True, eq=False)
class Target:
    """Where a change is made.

    Parameters
    ----------
    site : str
    units : tuple of int
        Those that are changed; of directions their numbers.
    directions : Tensor, shape (directions, units of the site), optional
        In place of single units.
    """

    site: str
    units: tuple[int, ...]
    directions: Tensor | None = None

    def read(self, values: Tensor) -> Tensor:
        """What the units hold, or how far the state goes along each direction; shape (..., units)."""
        import torch

        if self.directions is None:
            return values[..., list(self.units)]
        along: Tensor = values @ torch.linalg.pinv(self.directions.to(values))
        return along

    def written(self, values: Tensor, new: Tensor) -> Tensor:
        """The values of the site with ``new`` in place of what ``read`` gives; what lies across stays."""
        if self.directions is not None:
            return values + (new - self.read(values)) @ self.directions.to(values)
        changed = values.clone()
        changed[..., list(self.units)] = new
        return changed


def target_of(model: Editable, site: str | None, units: UnitsGiven) -> Target:
    """Units or directions of a site, checked; by default of h of the topmost layer.

    Raises
    ------
    UnknownNameError
        When there is no such site.
    InputError
        When there is no such unit, or a direction is not of the site's size.
    """
    import torch

    sites = editable(model).edit_sites()
    if site is not None and site not in sites:
        raise UnknownNameError(unknown("site", site, sites))
    hidden = [name for name in sites if name.rpartition(".")[2] == "h"] or list(sites)
    name = site or hidden[-1]
    size = sites[name]
    try:
        given = np.asarray(units)
    except ValueError:
        raise InputError("directions are rows of unequal length; give an array (directions, units)") from None
    if given.dtype.kind == "f":
        rows = np.atleast_2d(given)
        if rows.ndim != 2 or rows.shape[1] != size or not np.isfinite(rows).all() or not np.any(rows, axis=1).all():
            raise InputError(
                f"directions have shape {given.shape}; {name} has {size} units: give finite rows of so many, none all 0"
            )
        if np.linalg.matrix_rank(rows) < len(rows):
            raise InputError(f"{len(rows)} directions are not independent; leave those out that follow from others")
        return Target(name, tuple(range(len(rows))), torch.tensor(rows, dtype=torch.float32))
    if given.dtype.kind not in "iu" or given.ndim > 1 or given.size == 0:
        raise InputError(f"units are {units!r}; give whole numbers from 0 to {size - 1}, or directions as real numbers")
    chosen = [int(unit) for unit in np.atleast_1d(given)]
    wrong = [unit for unit in chosen if not 0 <= unit < size]
    if wrong:
        raise InputError(f"{name} has units 0 to {size - 1}, and none of number {wrong[0]}")
    return Target(name, tuple(dict.fromkeys(chosen)))


def editable(model: object) -> Editable:
    """The model, which has to be one whose states can be changed."""
    if not isinstance(model, Editable):
        raise InputError(
            f"the states of a {type(model).__name__} cannot be changed; give a CharModel, as train and load_model do, "
            "or a torch module as sv.editable(module, encode=...)"
        )
    return model


def kind_of(how: str, value: Any, units: Sequence[int]) -> tuple[Intervention, Tensor]:
    """The row of INTERVENTIONS and its value, one a unit, checked."""
    import torch

    row = INTERVENTIONS[how]
    if row.takes_value != (value is not None):
        wanted = "wants a value, or one a unit" if row.takes_value else "takes no value; leave it out"
        raise InputError(f"how={how!r} {wanted}")
    try:
        numbers = np.asarray(0.0 if value is None else value, np.float64)
    except (TypeError, ValueError):
        numbers = np.array(np.nan)
    if numbers.shape not in ((), (len(units),)) or not np.isfinite(numbers).all():
        raise InputError(f"value is {value!r}; give a finite number, or one for each of {len(units)} units")
    return row, torch.as_tensor(numbers, dtype=torch.float32)


def change_of(target: Target, row: Intervention, value: Tensor, usual: Usual | None) -> Callable[[Tensor], Tensor]:
    """What becomes of the values of the target's site."""

    def change(values: Tensor) -> Tensor:
        return target.written(values, row.change(target.read(values), value, usual))  # type: ignore[arg-type]

    return change
