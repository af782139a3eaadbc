"""Recipe: everything that decides how a model is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from stateviz.core.checks import check_real, check_whole
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.table import unknown
from stateviz.models.cells import CellRow, cell_of

JSONValue = str | int | float | bool | None

OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSProp with a memory of 0.95"}
SCHEDULES = {
    "constant": "the rate stays",
    "cosine": "it falls to 0 along a half cosine",
    "decay": "it falls by a factor each pass over the text",
}
WINDOWS = {
    "random": "from random offsets, each from the start state",
    "consecutive": "one after another, the state carried over",
    "lines": "whole lines, each from the start state",
}
PRECISIONS = {"float32": "", "bfloat16": "faster where the processor has it"}


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
    init
        The deviation of the normal draws that all weights begin with (biases begin at 0); None leaves each layer its
        own.
    steps, batch, length
        Updates, sequences an update, characters a sequence.
    epochs
        Passes over the training text, in place of steps.
    windows
        Where sequences come from: ``"random"`` offsets, each from the start state; ``"consecutive"``, so many streams
        through the text with their states carried over; or ``"lines"``, whole lines, each from the start state.
    optimizer
        ``"adam"`` or ``"rmsprop"``.
    rate
        The learning rate at its highest.
    warmup
        Steps over which the rate rises from 0.
    schedule
        What the rate does then: it stays ``"constant"``, falls to 0 along a half ``"cosine"``, or is multiplied by
        ``factor`` after each pass over the text from pass ``after`` on (``"decay"``).
    factor, after
        Of the schedule ``"decay"``.
    clip, clip_value
        Largest norm of the gradient, and largest magnitude of any number in it; None leaves gradients alone.
    dropout
        Share of what each layer gives to what is above it, and of the blocks' hidden units, that an update leaves out;
        the states that a layer goes on from are never thinned.
    decay
        Weight decay, decoupled from the gradient (Loshchilov & Hutter 2019); Adam only.
    precision
        Of the products: float32, or bfloat16, which is faster where the processor has it. Weights, gradients and the
        recurrence of the binary and highway cells stay float32.

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
    init: float | None = None
    steps: int = 10_000
    epochs: float | None = None
    batch: int = 32
    length: int = 512
    windows: str = "random"
    optimizer: str = "adam"
    rate: float = 1e-3
    warmup: int = 0
    schedule: str = "constant"
    factor: float = 0.97
    after: int = 10
    clip: float | None = None
    clip_value: float | None = None
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

    def rate_at(self, step: int, epoch: float = 0.0) -> float:
        """The learning rate of an update.

        Parameters
        ----------
        step : int
            Which update, from 0 on.
        epoch : float
            How many passes over the text were made before it.

        Examples
        --------
        >>> Recipe("", rate=1.0, steps=12, warmup=2, schedule="cosine").rate_at(7)
        0.5
        >>> Recipe("", rate=1.0, schedule="decay", factor=0.5, after=2).rate_at(100, epoch=3.7)
        0.25
        """
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        if self.schedule == "decay":
            return float(self.rate * self.factor ** max(0, int(epoch) + 1 - self.after))
        if self.schedule == "constant":
            return self.rate
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.rate * 0.5 * (1 + math.cos(math.pi * done))


def recipe_of(base: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """A recipe with ``changes`` to its fields, checked; None changes nothing."""
    known = [one.name for one in fields(base)]
    strange = sorted(set(changes) - set(known))
    if strange:
        raise InputError(f"unknown option {strange[0]!r}; a recipe has {', '.join(known)}")
    given = {name: value for name, value in changes.items() if value is not None}
    if {"steps", "epochs"} <= set(given):
        raise InputError("steps and epochs both say how long; give one of them")
    if "steps" in given:
        base = replace(base, epochs=None)
    result = replace(base, **given)
    _check(result)
    return result


def _check(recipe: Recipe) -> None:
    for name in ("steps", "batch", "length", "width", "layers", "hidden"):
        check_whole(name, getattr(recipe, name))
    for name in ("warmup", "blocks", "after"):
        check_whole(name, getattr(recipe, name), 0)
    for name in ("rate", "factor", "clip", "clip_value", "init", "epochs"):
        if getattr(recipe, name) is not None:
            check_real(name, getattr(recipe, name))
    check_real("decay", recipe.decay, inclusive=True)
    if check_real("dropout", recipe.dropout, inclusive=True) >= 1:
        raise InputError(f"dropout is {recipe.dropout}; give a share of 0 or more and below 1")
    choices = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES, "windows": WINDOWS, "precision": PRECISIONS}
    for name, rows in choices.items():
        if getattr(recipe, name) not in rows:
            raise UnknownNameError(unknown(name, getattr(recipe, name), rows))
    if recipe.decay and recipe.optimizer != "adam":
        raise InputError(f"decay is of adam; with {recipe.optimizer} leave it out")
    if not isinstance(recipe.tied, bool):
        raise InputError(f"tied is {recipe.tied!r}; give True or False")
