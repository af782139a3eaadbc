"""INTERVENTIONS: what can be done to units on the way, one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stateviz.core.table import Table

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Usual:
    """What units hold on a text.

    Parameters
    ----------
    mean : Tensor, shape (units,)
        Over the steps.
    drawn : Tensor, shape (steps, units)
        At some of the steps, chosen at random.
    generator
        Of further draws.
    """

    mean: Tensor
    drawn: Tensor
    generator: torch.Generator

    def draw(self, like: Tensor) -> Tensor:
        """Values of random steps, all units of a step together, in the shape of ``like``."""
        import torch

        rows = torch.randint(len(self.drawn), like.shape[:-1], generator=self.generator)
        return self.drawn.to(like)[rows.to(like.device)]


@dataclass(frozen=True)
class Intervention:
    """A row of INTERVENTIONS.

    Parameters
    ----------
    name, description
        What it is called, and what it does.
    change
        ``change(values, value, usual)``: what becomes of the units' values, shape (..., units).
    takes_value
        Whether it takes a number, or one a unit.
    reads_text
        Whether it has to know what the units hold on a text.

    Examples
    --------
    >>> import torch
    >>> INTERVENTIONS["scale"].change(torch.tensor([2.0]), torch.tensor(0.5), None)
    tensor([1.])
    """

    name: str
    description: str
    change: Callable[[Tensor, Tensor, Usual], Tensor]
    takes_value: bool = False
    reads_text: bool = False


INTERVENTIONS: Table[Intervention] = Table(
    "intervention",
    {
        row.name: row
        for row in (
            Intervention("mean", "ablate: each unit holds its mean over the text",
                         lambda values, value, usual: usual.mean.to(values).expand_as(values), reads_text=True),
            Intervention("zero", "ablate: each unit holds 0", lambda values, value, usual: values * 0),
            Intervention("resample", "ablate: what the units held at a random step of the text, drawn anew each step",
                         lambda values, value, usual: usual.draw(values), reads_text=True),
            Intervention("clamp", "each unit holds the given value",
                         lambda values, value, usual: value.to(values).expand_as(values), takes_value=True),
            Intervention("flip", "each unit is negated: on becomes off", lambda values, value, usual: -values),
            Intervention("scale", "each unit is multiplied by the given value",
                         lambda values, value, usual: values * value.to(values), takes_value=True),
            Intervention("steer", "the given value is added to each unit, or along each direction",
                         lambda values, value, usual: values + value.to(values), takes_value=True),
        )
    },
)  # fmt: skip
