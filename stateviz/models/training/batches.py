"""Batches: what an update reads, a function of seed and step alone, so that resuming is exact."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stateviz.core.errors import InputError
from stateviz.models.dataset import Ids
from stateviz.models.training.recipe import Recipe

NOTHING = -100  # a target that is none; torch's cross entropy leaves it out


class Batch(NamedTuple):
    """Inputs and targets (length, batch), and whether they begin at the start state; otherwise at the state before."""

    inputs: Tensor
    targets: Tensor
    fresh: bool = True


class Batches:
    """The batches of a training.

    Parameters
    ----------
    data
        Ids of the training text.
    recipe
        Its batch, length and windows.
    seed
        Of the random offsets.
    newline
        The id of a newline, for lines; None where the text has none.
    """

    def __init__(self, data: Ids, recipe: Recipe, seed: int, newline: int | None = None) -> None:
        self.data, self.recipe, self.seed = data, recipe, seed
        self.length = min(recipe.length, len(data) - 1)
        self.newline = newline
        self.lines = line_starts(data, newline) if recipe.windows == "lines" else None
        self.rows = max(1, min(recipe.batch, (len(data) - 1) // self.length))
        self.stride = (len(data) - 1) // self.rows  # of consecutive windows: one stream's length

    @property
    def per_epoch(self) -> float:
        """Updates that one pass over the text takes."""
        if self.lines is not None:
            return len(self.lines) / self.recipe.batch
        if self.recipe.windows == "consecutive":
            return self.stride // self.length
        return (len(self.data) - 1) / (self.recipe.batch * self.length)

    @property
    def characters(self) -> float:
        """Characters that an update reads."""
        if self.lines is not None:
            return self.recipe.batch * len(self.data) / len(self.lines)
        return (self.rows if self.recipe.windows == "consecutive" else self.recipe.batch) * self.length

    def at(self, step: int) -> Batch:
        """The batch of an update, from 0 on."""
        if self.recipe.windows == "consecutive":
            turn = step % (self.stride // self.length)
            offsets = np.arange(self.rows) * self.stride + turn * self.length
            return Batch(*self._windows(offsets), fresh=turn == 0)
        rng = np.random.default_rng([self.seed, step])
        if self.lines is not None and self.newline is not None:
            chosen = self.lines[rng.integers(0, len(self.lines), self.recipe.batch)]
            return Batch(*padded_lines(self.data, chosen, self.newline, self.recipe.length))
        return Batch(*self._windows(rng.integers(0, len(self.data) - self.length, self.recipe.batch)))

    def _windows(self, offsets: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        both = torch.from_numpy(self.data[offsets + np.arange(self.length + 1)[:, None]].astype(np.int64))
        return both[:-1], both[1:]


def line_starts(data: Ids, newline: int | None) -> NDArray[np.int64]:
    """Where each line begins that is not empty."""
    if newline is None:
        raise InputError("windows='lines' needs a text of lines, and this one has no newline")
    ends = np.flatnonzero(data == newline)
    starts, ends = np.concatenate([[0], ends + 1]), np.append(ends, len(data))
    found = starts[ends > starts]
    if len(found) == 0:
        raise InputError("windows='lines' needs a text of lines, and all of this one's are empty")
    return found


def padded_lines(data: Ids, starts: NDArray[np.int64], newline: int, longest: int) -> tuple[Tensor, Tensor]:
    """Lines side by side: a newline is read first, then the line; the last target is the newline that ends it."""
    lines = []
    for start in starts.tolist():
        stretch = data[start : start + longest]
        end = np.flatnonzero(stretch == newline)
        lines.append(stretch[: end[0]] if len(end) else stretch)
    steps = max(map(len, lines)) + 1
    inputs, targets = (torch.full((steps, len(lines)), fill) for fill in (newline, NOTHING))
    for column, line in enumerate(lines):
        ids = torch.from_numpy(line.astype(np.int64))
        inputs[1 : len(line) + 1, column] = targets[: len(line), column] = ids
        targets[len(line), column] = newline
    return inputs, targets
