"""RECIPES: everything that decides how a model is trained, by name."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from stateviz.core.table import Table
from stateviz.models.cells import CellRow, cell_of

JSONValue = str | int | float | bool | None


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Parameters
    ----------
    description
        One line for lists.
    cell
        The model's core: a name of CELLS, or a row of one's own.
    width, layers
        Its units a layer, and its layers.
    blocks, hidden
        Feed-forward blocks between core and head, and their hidden units; with 0 blocks the readout is linear.
    embedding, tied, start
        What the core reads of a character, whether the head shares it, and the state before the first character: see
        `CharModel`.
    steps, batch, length
        Updates, sequences an update, characters a sequence (from random offsets).
    rate
        Adam's learning rate at its highest.
    warmup
        Steps over which the rate rises from 0.
    cosine
        Whether the rate then falls to 0 along a half cosine; otherwise it stays.
    clip
        Largest gradient norm; None leaves gradients alone.
    dropout
        Share of what each layer gives to what is above it, and of the blocks' hidden units, that an update leaves out;
        the states that a layer goes on from are never thinned.
    decay
        Weight decay, decoupled from the gradient (Loshchilov & Hutter 2019).
    precision
        Of the readout's products: float32, or bfloat16 (faster where the processor has it).

    Examples
    --------
    >>> Recipe("a small GRU", cell="gru", width=15, steps=200).rate_at(0)
    0.001
    """

    description: str
    cell: str | CellRow = "binary"
    width: int = 128
    layers: int = 1
    blocks: int = 2
    hidden: int = 512
    embedding: int | str | None = None
    tied: bool = False
    start: str | None = None
    steps: int = 10_000
    batch: int = 32
    length: int = 512
    rate: float = 1e-3
    warmup: int = 0
    cosine: bool = False
    clip: float | None = None
    dropout: float = 0.0
    decay: float = 0.0
    precision: str = "float32"

    def as_json(self) -> dict[str, JSONValue]:
        """All of it as plain JSON values; a cell by its name.

        >>> Recipe("", steps=3).as_json()["steps"]
        3
        """
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return values | {"cell": cell_of(self.cell).name}

    def rate_at(self, step: int) -> float:
        """The learning rate of an update.

        Parameters
        ----------
        step : int
            Which update, from 0 on.

        Examples
        --------
        >>> Recipe("", rate=1.0, steps=12, warmup=2, cosine=True).rate_at(7)
        0.5
        """
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        if not self.cosine:
            return self.rate
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.rate * 0.5 * (1 + math.cos(math.pi * done))


RECIPES: Table[Recipe] = Table(
    "recipe",
    {
        "phone-case": Recipe(
            "the shipped 128-bit network: Adam at 3e-3, small batches, warm-up, cosine to 0, clipping",
            steps=32_000,
            batch=8,
            rate=3e-3,
            warmup=500,
            cosine=True,
            clip=1.0,
        ),
        "published": Recipe("the phone case as published in 2021: Adam at 1e-3, 10,000 steps"),
        "quick": Recipe(
            "a small binary network in about a minute, to try things out",
            width=64,
            steps=500,
            batch=16,
            length=256,
            rate=5e-3,
            warmup=20,
            cosine=True,
            clip=1.0,
        ),
    },
)
