"""Training: random windows of a text, Adam, a validation curve, checkpoints that go on exactly."""

from __future__ import annotations

import hashlib
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from stateviz.core.checks import check_real, check_seed, check_whole
from stateviz.core.errors import FileError, InputError
from stateviz.models.char import CharModel
from stateviz.models.corpus import Corpus, read_corpus, split
from stateviz.models.training.checkpoints import Progress, checkpoint_path, load_checkpoint, save_checkpoint
from stateviz.models.training.recipes import RECIPES, Recipe
from stateviz.storage.atomic import check_writable

_CHUNK = 2048  # positions a readout takes at once: its activations stay in the processor's cache
_CHECK_EVERY = 250  # steps between looks at the validation text, and between checkpoints

Report = Callable[[int, float, float | None], None]


def train(
    text: str | Path | list[Path] | list[str] | Corpus,
    *,
    recipe: str | Recipe = "phone-case",
    out: str | Path | None = None,
    hold_out: str | float | None = None,
    seed: int = 0,
    device: str | None = None,
    resume: bool = False,
    force: bool = False,
    report: Report | None = None,
    **changes: Any,
) -> CharModel:
    """Train a character model.

    Parameters
    ----------
    text : str, Path, list of paths or Corpus
        The text itself (a str), a file or files, or a corpus already split.
    recipe : str or Recipe
        Row of RECIPES; ``changes`` override its fields (``steps=500``, ``cell="gru"``).
    out
        Where the model is written. Checkpoints lie beside it as ``X.checkpoint``.
    hold_out
        A book's name (verse format) or a share between 0 and 1.
    resume
        Go on from the checkpoint; the result is that of a run that was never interrupted. Interrupted from the
        keyboard, training ends its step and leaves a checkpoint.
    report
        Called as ``report(step, loss, validation)``, losses in nats a character, ``validation``
        None except every 250 steps.

    Returns
    -------
    CharModel
        In evaluation mode, with its provenance filled in.

    Examples
    --------
    >>> model = train("abc " * 100, recipe="quick", steps=2, width=4, batch=2, length=8)
    >>> model.provenance["recipe"]["steps"]
    2
    """
    recipe = _recipe(recipe, changes)
    corpus = _corpus(text, hold_out)
    check_seed(seed)
    model, optimizer, (start, curve, losses) = _prepare(recipe, corpus, seed, device, out, resume=resume, force=force)
    data, validation = _encoded(corpus, model)
    begun = time.perf_counter()

    def keep(done: int) -> None:
        if out is not None and done < recipe.steps:
            save_checkpoint(out, model, optimizer, Progress(done, curve, losses), _identity(recipe, corpus, seed))

    with _deferred_interrupt() as interrupted:
        for done in range(start + 1, recipe.steps + 1):
            if recipe.dropout:  # what is left out is a function of seed and step, too
                torch.manual_seed((seed * 1_000_003 + done) % 2**63)
            loss = update(model, optimizer, *_window(data, recipe, seed, done - 1), recipe, done - 1)
            losses.append(loss)
            value = None
            if done % _CHECK_EVERY == 0 or done == recipe.steps:
                value = evaluate(model, validation, recipe.length)
                curve.append([done, round(float(np.mean(losses)), 4), round(value, 4)])
                losses.clear()
                keep(done)
            if report is not None:
                report(done, loss, value)
            if interrupted():
                keep(done)
                raise KeyboardInterrupt
    model.provenance = _provenance(recipe, corpus, seed, curve, hold_out, time.perf_counter() - begun, start)
    model = model.cpu().eval()
    if out is not None:
        model.save(out, force=force)
        checkpoint_path(out).unlink(missing_ok=True)
    return model


def update(
    model: CharModel, optimizer: torch.optim.Optimizer, inputs: Tensor, targets: Tensor, recipe: Recipe, step: int
) -> float:
    """One update on inputs and targets (length, batch); returns the loss in nats a character.

    The readout runs over chunks of positions, forward and backward, so that its activations
    (four times the width) never leave the cache; the gradient is that of the whole batch.
    """
    device = model.head.weight.device
    inputs, targets = inputs.to(device), targets.to(device).flatten()
    optimizer.zero_grad(set_to_none=True)
    start = model.start(inputs.shape[1])
    states = model.core.fast_tokens(inputs, model.embedding.weight, start)
    flat = states.detach().flatten(0, 1)
    above, total = torch.empty_like(flat), 0.0
    for part, goal, grad in zip(*(x.split(_CHUNK) for x in (flat, targets, above)), strict=True):
        part.requires_grad_()
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
            logits = model.readout(part, dropout=recipe.dropout)
        loss = F.cross_entropy(logits.float(), goal, reduction="sum") / len(targets)
        loss.backward()  # type: ignore[no-untyped-call]
        grad.copy_(part.grad)  # type: ignore[arg-type]
        total += loss.item()
    states.backward(above.view_as(states))  # type: ignore[no-untyped-call]
    if recipe.clip is not None:
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate_at(step)
    optimizer.step()
    return total


@torch.no_grad()
def evaluate(model: CharModel, ids: Tensor, length: int | None = 512) -> float:
    """Nats a character on a text.

    Parameters
    ----------
    ids : int64, shape (characters,)
    length
        Cut the text into sequences of this many characters, each from the start state (as
        published); None reads it in one pass.
    """
    count = len(ids) - 1
    length = count if length is None else min(length, count)
    starts = range(0, count, length)
    padded = torch.zeros(len(starts) * length + 1, dtype=torch.int64)
    padded[: len(ids)] = ids
    device = model.head.weight.device
    inputs = padded[:-1].view(len(starts), length).t().contiguous().to(device)
    targets = padded[1:].view(len(starts), length).t().flatten().to(device)
    real = (torch.arange(len(starts) * length).view(len(starts), length).t().flatten() < count).to(device)
    states = model.core.fast_tokens(inputs, model.embedding.weight, model.start(len(starts)))
    total = 0.0
    for part, goal, mask in zip(*(x.split(_CHUNK) for x in (states.flatten(0, 1), targets, real)), strict=True):
        total += float((F.cross_entropy(model.readout(part), goal, reduction="none") * mask).sum())
    return total / count


def _recipe(recipe: str | Recipe, changes: dict[str, Any]) -> Recipe:
    base = RECIPES[recipe] if isinstance(recipe, str) else recipe
    strange = set(changes) - set(asdict(base))
    if strange:
        raise InputError(f"unknown option {sorted(strange)[0]!r}; a recipe has {', '.join(asdict(base))}")
    result = replace(base, **{name: value for name, value in changes.items() if value is not None})
    for name in ("steps", "batch", "length", "width", "layers"):
        check_whole(name, getattr(result, name))
    check_real("rate", result.rate)
    check_real("decay", result.decay, inclusive=True)
    if check_real("dropout", result.dropout, inclusive=True) >= 1:
        raise InputError(f"dropout is {result.dropout}; give a share of 0 or more and below 1")
    if result.precision not in ("float32", "bfloat16"):
        raise InputError(f"unknown precision {result.precision!r}; choose float32 or bfloat16")
    return result


def _corpus(text: str | Path | list[Path] | list[str] | Corpus, hold_out: str | float | None) -> Corpus:
    if isinstance(text, Corpus):
        return text
    if not isinstance(text, (str, Path, list, tuple)):
        raise InputError(f"cannot train on a {type(text).__name__}; give a text, a pathlib.Path or a list of paths")
    if isinstance(text, str):
        if len(text) < 256 and Path(text).is_file():
            raise InputError(
                f"{text!r} is a file's name, and a str is read as the text itself; give pathlib.Path({text!r})"
            )
        return split(text, hold_out)
    return read_corpus([text] if isinstance(text, Path) else text, hold_out)


def _encoded(corpus: Corpus, model: CharModel) -> Iterator[Tensor]:
    for name, part in (("training", corpus.training), ("held-out", corpus.validation)):
        if len(part) < 2:
            raise InputError(f"the {name} text has {len(part)} characters; at least 2 are needed")
        yield model.encode(part)[1]


def _prepare(
    recipe: Recipe,
    corpus: Corpus,
    seed: int,
    device: str | None,
    out: str | Path | None,
    *,
    resume: bool,
    force: bool,
) -> tuple[CharModel, torch.optim.Optimizer, Progress]:
    if out is not None:
        check_writable(out, force=force)
        if checkpoint_path(out).exists() and not (resume or force):
            raise FileError(f"{checkpoint_path(out)} is there: resume to go on from it, or force to begin anew")
    elif resume:
        raise InputError("resume needs out: the checkpoint lies beside it")
    torch.manual_seed(seed)
    model = CharModel(corpus.vocabulary, cell=recipe.cell, width=recipe.width, layers=recipe.layers)
    try:
        model.to(device or "cpu")
    except (RuntimeError, AssertionError) as error:  # torch asserts where it was built without the device
        raise InputError(f"device {device!r} cannot be used here: {str(error).splitlines()[0]}") from None
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=recipe.decay, fused=True)
    if not resume or out is None:
        return model, optimizer, Progress(0, [], [])
    return model, optimizer, load_checkpoint(out, model, optimizer, _identity(recipe, corpus, seed))


def _identity(recipe: Recipe, corpus: Corpus, seed: int) -> dict[str, str]:
    """What two runs have to share for one to go on from the other's checkpoint."""
    held = hashlib.sha256(corpus.validation.encode()).hexdigest()
    return {"recipe": json.dumps(asdict(recipe), sort_keys=True), "seed": str(seed), "text": corpus.digest + held}


@contextmanager
def _deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Let a step end before Ctrl-C is heeded; a second one stops at once. Other threads hear none."""
    heard: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def hear(number: int, frame: Any) -> None:
        if heard:
            raise KeyboardInterrupt
        heard.append(number)

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield lambda: bool(heard)
    finally:
        signal.signal(signal.SIGINT, before)


def _window(data: Tensor, recipe: Recipe, seed: int, step: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets (length, batch); a function of seed and step alone, so that resuming is exact."""
    length = min(recipe.length, len(data) - 1)
    offsets = np.random.default_rng([seed, step]).integers(0, len(data) - length, recipe.batch)
    places = torch.from_numpy(offsets) + torch.arange(length)[:, None]
    return data[places], data[places + 1]


def _provenance(
    recipe: Recipe,
    corpus: Corpus,
    seed: int,
    curve: list[list[float]],
    hold_out: str | float | None,
    seconds: float,
    start: int,
) -> dict[str, Any]:
    from stateviz.core.version import __version__

    return {
        "text_sha256": corpus.digest,
        "training_characters": len(corpus.training),
        "held_out": hold_out,
        "held_out_characters": len(corpus.validation),
        "recipe": asdict(recipe),
        "seed": seed,
        "curve": curve,
        "nats": curve[-1][2] if curve else None,
        "bits": round(curve[-1][2] / float(np.log(2)), 4) if curve else None,
        "seconds": round(seconds, 1),
        "resumed_at": start,
        "versions": {"stateviz": __version__, "torch": str(torch.__version__)},
    }
