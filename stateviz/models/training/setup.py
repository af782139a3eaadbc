"""What a training starts from: a recipe that makes sense, a text split in two, a model and its optimiser."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stateviz.core.checks import check_real, check_whole
from stateviz.core.errors import FileError, InputError
from stateviz.models.char import CharModel
from stateviz.models.corpus import Corpus, read_corpus, split
from stateviz.models.training.checkpoints import TrainingState, checkpoint_path, load_checkpoint
from stateviz.models.training.recipes import RECIPES, Recipe
from stateviz.storage.atomic import check_writable
from stateviz.storage.text_files import check_no_file_name

Texts = str | Path | Sequence[str | Path] | Corpus


def recipe_of(recipe: str | Recipe, changes: Mapping[str, Any]) -> Recipe:
    """The recipe that is meant, with ``changes`` to its fields, checked."""
    base = RECIPES[recipe] if isinstance(recipe, str) else recipe
    known = [one.name for one in fields(base)]
    strange = sorted(set(changes) - set(known))
    if strange:
        raise InputError(f"unknown option {strange[0]!r}; a recipe has {', '.join(known)}")
    result = replace(base, **{name: value for name, value in changes.items() if value is not None})
    for name in ("steps", "batch", "length", "width", "layers", "hidden"):
        check_whole(name, getattr(result, name))
    for name in ("warmup", "blocks"):
        check_whole(name, getattr(result, name), 0)
    if result.clip is not None:
        check_real("clip", result.clip)
    check_real("rate", result.rate)
    check_real("decay", result.decay, inclusive=True)
    if check_real("dropout", result.dropout, inclusive=True) >= 1:
        raise InputError(f"dropout is {result.dropout}; give a share of 0 or more and below 1")
    if result.precision not in ("float32", "bfloat16"):
        raise InputError(f"unknown precision {result.precision!r}; choose float32 or bfloat16")
    return result


def corpus_of(text: Texts, hold_out: str | float | None, encoding: str) -> Corpus:
    """The text that is meant, read and split."""
    if isinstance(text, Corpus):
        return text
    if not isinstance(text, (str, Path, list, tuple)):
        raise InputError(f"cannot train on a {type(text).__name__}; give a text, a pathlib.Path or a list of paths")
    if isinstance(text, str):
        check_no_file_name(text)
        return split(text, hold_out)
    return read_corpus([text] if isinstance(text, Path) else text, hold_out, encoding=encoding)


def encoded(corpus: Corpus, model: CharModel) -> Iterator[Tensor]:
    """Ids of the training text, then of the held-out one."""
    for name, part in (("training", corpus.training), ("held-out", corpus.validation)):
        if len(part) < 2:
            raise InputError(f"the {name} text has {len(part)} characters; at least 2 are needed")
        yield model.encode(part)[1]


def prepare(
    recipe: Recipe,
    corpus: Corpus,
    seed: int,
    device: str | None,
    out: str | Path | None,
    *,
    resume: bool,
    overwrite: bool,
) -> tuple[CharModel, torch.optim.Optimizer, TrainingState]:
    """Model and optimiser, as the seed or the checkpoint has them."""
    if out is not None:
        check_writable(out, overwrite=overwrite)
        if checkpoint_path(out).exists() and not (resume or overwrite):
            raise FileError(f"{checkpoint_path(out)} is there: resume to go on from it, or overwrite to begin anew")
    elif resume:
        raise InputError("resume needs out: the checkpoint lies beside it")
    torch.manual_seed(seed)
    model = CharModel(
        corpus.vocabulary, cell=recipe.cell, width=recipe.width, layers=recipe.layers, blocks=recipe.blocks,
        hidden=recipe.hidden, embedding=recipe.embedding, tied=recipe.tied, start=recipe.start,
    )  # fmt: skip
    try:
        model.to(device or "cpu")
    except (RuntimeError, AssertionError) as error:  # torch asserts where it was built without the device
        raise InputError(f"device {device!r} cannot be used here: {str(error).splitlines()[0]}") from None
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=recipe.decay, fused=True)
    if not resume or out is None:
        return model, optimizer, TrainingState(0, [], [])
    return model, optimizer, load_checkpoint(out, model, optimizer, identity(recipe, corpus, seed))


def identity(recipe: Recipe, corpus: Corpus, seed: int) -> dict[str, str]:
    """What two runs have to share for one to go on from the other's checkpoint."""
    held = hashlib.sha256(corpus.validation.encode()).hexdigest()
    return {"recipe": json.dumps(recipe.as_json(), sort_keys=True), "seed": str(seed), "text": corpus.digest + held}


def provenance(
    recipe: Recipe,
    corpus: Corpus,
    seed: int,
    curve: list[list[float]],
    hold_out: str | float | None,
    seconds: float,
    start: int,
) -> dict[str, Any]:
    """What travels with the weights: text, recipe, curve and versions; plain JSON values."""
    from stateviz.core.version import __version__

    return {
        "text_sha256": corpus.digest,
        "training_characters": len(corpus.training),
        "held_out": hold_out,
        "held_out_characters": len(corpus.validation),
        "recipe": recipe.as_json(),
        "seed": seed,
        "curve": curve,
        "nats": curve[-1][2] if curve else None,
        "bits": round(curve[-1][2] / float(np.log(2)), 4) if curve else None,
        "seconds": round(seconds, 1),
        "resumed_at": start,
        "versions": {"stateviz": __version__, "torch": str(torch.__version__)},
    }
