"""How well a model predicts a text, read as its recipe reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from stateviz.models.cells import LayerState
from stateviz.models.char import CharModel
from stateviz.models.dataset import Ids
from stateviz.models.training.batches import NOTHING, line_starts, padded_lines
from stateviz.models.training.recipe import Recipe
from stateviz.models.training.updates import readout_chunk

_BLOCK = 2**15  # characters read at once
_LINES = 64

Blocks = Iterator[tuple[Tensor, Tensor, bool]]
"""Inputs and targets (length, batch), and whether they go on from the state of the block before."""


def evaluate(model: CharModel, ids: Tensor | NDArray[np.generic], length: int | None = 512) -> float:
    """Nats a character on a text.

    Parameters
    ----------
    ids : integers, shape (characters,)
    length : int, optional
        Cut the text into sequences of this many characters, each from the start state (as
        published); None reads it in one pass.
    """
    return _nats(model, _pass(np.asarray(ids)) if length is None else _windows(np.asarray(ids), length))


def evaluate_as(
    recipe: Recipe, model: CharModel, ids: Ids, *, windows: int | None = None, between: Callable[[], None] | None = None
) -> float:
    """Nats a character on a text that is read as a recipe reads: in windows or lines from the start state, or at once.

    Parameters
    ----------
    windows
        So many of the recipe's windows are read, evenly spaced (of a text read at once: so much of its beginning);
        None reads all.
    between
        Called between blocks; it may raise.
    """
    if recipe.windows == "consecutive":
        blocks = _pass(ids if windows is None else ids[: windows * recipe.length + 1])
    elif recipe.windows == "lines":
        blocks = _lines(model, ids, recipe.length, windows)
    else:
        blocks = _windows(ids, recipe.length, windows)
    return _nats(model, blocks, between)


@torch.no_grad()
def _nats(model: CharModel, blocks: Blocks, between: Callable[[], None] | None = None) -> float:
    total, count, state = 0.0, 0, list[LayerState]()
    for inputs, targets, goes_on in blocks:
        if between is not None:
            between()
        inputs, goals = inputs.to(model.device), targets.to(model.device).flatten()
        before = state if goes_on else model.start(inputs.shape[1])
        states, state = model.core.fast_tokens(inputs, model.embedding.weight, before)
        flat = states.flatten(0, 1)
        for part, goal in zip(*(torch.split(x, readout_chunk(model, len(goals))) for x in (flat, goals)), strict=True):
            total += float(F.cross_entropy(model.readout(part), goal, reduction="sum"))
        count += int((goals != NOTHING).sum())
    return total / count


def _pass(ids: NDArray[np.generic]) -> Blocks:
    for begin in range(0, len(ids) - 1, _BLOCK):
        both = torch.from_numpy(ids[begin : begin + _BLOCK + 1].astype(np.int64))[:, None]
        yield both[:-1], both[1:], begin > 0


def _windows(ids: NDArray[np.generic], length: int, most: int | None = None) -> Blocks:
    """Sequences side by side, the last one filled up with what does not count."""
    count = len(ids) - 1
    length = min(length, count)
    starts = np.arange(0, count, length)
    if most is not None and most < len(starts):
        starts = starts[np.linspace(0, len(starts) - 1, most).astype(int)]
    rows = max(1, _BLOCK // length)
    for some in (starts[i : i + rows] for i in range(0, len(starts), rows)):
        places = some + np.arange(length + 1)[:, None]
        both = torch.from_numpy(ids[np.minimum(places, count)].astype(np.int64))
        yield both[:-1], both[1:].masked_fill(torch.from_numpy(places[1:] > count), NOTHING), False


def _lines(model: CharModel, ids: Ids, longest: int, most: int | None) -> Blocks:
    newline = model.vocabulary.index("\n")
    starts = line_starts(ids, newline)
    if most is not None and most < len(starts):
        starts = starts[np.linspace(0, len(starts) - 1, most).astype(int)]
    for some in (starts[i : i + _LINES] for i in range(0, len(starts), _LINES)):
        yield *padded_lines(ids, some, newline, longest), False
