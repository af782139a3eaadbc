"""What a training starts from: a recipe that makes sense, a text split in parts, a model and its optimiser."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError, StatevizError
from stateviz.models.beginnings import initialize
from stateviz.models.char import CharModel
from stateviz.models.corpus import Corpus, Texts, encode, source_of
from stateviz.models.dataset import Dataset, Ids, dataset_of
from stateviz.models.training.batches import Batches
from stateviz.models.training.checkpoints import VERSION
from stateviz.models.training.recipe import Recipe
from stateviz.models.training.updates import optimizer_of, update
from stateviz.storage.limits import check_room

_SMALL = 100_000  # characters
_WIDE = 4096  # units, from which on a model may not fit into memory
_SHORT = 200  # updates for which nothing is measured


def data_of(
    text: Texts,
    hold_out: str | float | None,
    test: str | float | None,
    encoding: str,
    *,
    as_bytes: bool,
    folder: Path | None,
) -> Dataset:
    """The text that is meant as ids, in a memory map where it is long, split."""
    if not isinstance(text, Corpus):
        data = dataset_of(source_of(text, encoding, as_bytes=as_bytes), hold_out, test=test, folder=folder)
    elif as_bytes or test is not None:
        raise InputError("a Corpus is split already, in characters; leave bytes and test out")
    else:
        parts = (text.training, text.validation, text.test)
        ids = [np.array(encode(part, text.vocabulary)[1] if part else [], np.uint32) for part in parts]
        data = Dataset(text.vocabulary, ids[0], ids[1], ids[2], text.digest)
    return data


def check_text(data: Dataset, recipe: Recipe) -> None:
    """Refuse a text that no window fits into, or of one symbol; say where it is small."""
    have = len(data.training)
    if have and bool((data.training == data.training[0]).all()):
        raise InputError(f"the training text is one symbol, {data.text(data.training[:1])!r}, over and over")
    if have <= recipe.length and recipe.windows != "lines":
        raise InputError(
            f"the training text has {have:,} characters, and a sequence of {recipe.length} needs one more than that; "
            f"give a longer text{f', or a length of at most {have - 1}' * (have > 1)}"
        )
    for name, part in (("held-out", data.validation), ("test", data.test)):
        if len(part) == 1:
            raise InputError(
                f"the {name} text has one character, and at least 2 are needed; hold out more, or nothing (0)"
            )
    if have < _SMALL and recipe.init is None:  # recipes of toys begin small on purpose
        warnings.warn(
            f"the training text has {have:,} characters; under {_SMALL:,} a network mostly learns it by heart",
            UserWarning,
            stacklevel=3,
        )


def settled(recipe: Recipe, batches: Batches) -> Recipe:
    """The recipe with its passes over the text as steps."""
    if recipe.epochs is None:
        return recipe
    return replace(recipe, steps=max(1, math.ceil(recipe.epochs * batches.per_epoch)))


def new_model(recipe: Recipe, vocabulary: tuple[str, ...], seed: int) -> CharModel:
    """A model as a recipe and a seed begin it."""
    _check_size(recipe, vocabulary)
    torch.manual_seed(seed)
    model = _model(recipe, vocabulary)
    if recipe.init is not None:
        initialize(model, recipe.init)
    return model


def _model(recipe: Recipe, vocabulary: tuple[str, ...]) -> CharModel:
    return CharModel(
        vocabulary, cell=recipe.cell, width=recipe.width, layers=recipe.layers, blocks=recipe.blocks,
        hidden=recipe.hidden, embedding=recipe.embedding, tied=recipe.tied, start=recipe.start,
    )  # fmt: skip


def _check_size(recipe: Recipe, vocabulary: tuple[str, ...]) -> None:
    """Refuse a model whose weights, gradients and moments do not fit into memory, before any of it is taken."""
    if max(recipe.width, recipe.hidden or 0) < _WIDE:
        return
    try:
        with torch.device("meta"):  # shapes alone
            weights = sum(parameter.numel() for parameter in _model(recipe, vocabulary).parameters())
    except StatevizError:
        raise
    except Exception:  # a cell of the user's that computes while it is built
        return
    check_room(
        f"training a model of width {recipe.width:,} ({weights:,} weights)",
        4.0 * 4 * weights,
        "give a smaller width, fewer layers, or smaller blocks (hidden)",
    )


def moved(model: CharModel, device: str | None) -> CharModel:
    """The model on a device."""
    try:
        return model.to(device or "cpu")
    except (RuntimeError, AssertionError) as error:  # torch asserts where it was built without the device
        raise InputError(f"device {device!r} cannot be used here: {str(error).splitlines()[0]}") from None


def identity(recipe: Recipe, data: Dataset, seed: int) -> dict[str, str]:
    """What two runs have to share for one to go on from the other's checkpoint."""
    return {
        "version": VERSION,
        "text": data.digest + data.split_digest(),
        "vocabulary": hashlib.sha256(json.dumps(data.vocabulary).encode()).hexdigest(),
        "recipe": json.dumps(recipe.as_json(), sort_keys=True),
        "seed": str(seed),
    }


def newline_of(data: Dataset) -> int | None:
    """The id of a newline, where the text has one."""
    return data.vocabulary.index("\n") if "\n" in data.vocabulary else None


@contextmanager
def threads_of(count: int) -> Iterator[None]:
    """So many threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def choose_threads(given: int | None, model: CharModel, batches: Batches, recipe: Recipe) -> int:
    """How many threads a training takes: those given, or the faster of one and all, measured with a copy of the model.

    On a busy machine threads that wait for one another are many times slower than one. A short run takes one thread.
    """
    if given is not None:
        return check_whole("threads", given)
    most = torch.get_num_threads()
    if most == 1 or recipe.steps < _SHORT or model.device.type != "cpu":
        return most if model.device.type != "cpu" else 1
    trial = copy.deepcopy(model)
    optimizer, batch = optimizer_of(trial, recipe), batches.at(0)
    seconds: dict[int, list[float]] = {1: [], most: []}
    for turn in range(3):
        for count, seen in seconds.items():
            with threads_of(count):
                begun = time.perf_counter()
                update(trial, optimizer, batch, recipe, 0.0)
                if turn:  # the first compiles
                    seen.append(time.perf_counter() - begun)
    return most if min(seconds[most]) < 0.9 * min(seconds[1]) else 1


def provenance(
    recipe: Recipe,
    data: Dataset,
    seed: int,
    given: Mapping[str, Any],
    reached: Mapping[str, Any],
) -> dict[str, Any]:
    """What travels with the weights: text, recipe, what was reached, and versions; plain JSON values."""
    from stateviz.core.version import __version__

    parts: dict[str, Ids] = {"training": data.training, "held_out": data.validation, "test": data.test}
    counts = {f"{name}_characters": len(part) for name, part in parts.items() if name != "test" or len(part)}
    return {
        "text_sha256": data.digest,
        **counts,
        **given,
        "recipe": recipe.as_json(),
        "seed": seed,
        **reached,
        "versions": {"stateviz": __version__, "torch": str(torch.__version__)},
    }
