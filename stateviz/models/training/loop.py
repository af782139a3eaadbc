"""Training: random windows of a text, Adam, a validation curve, checkpoints that go on exactly."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import numpy as np
import torch

from stateviz.core.checks import check_seed
from stateviz.core.progress import Progress, Watch
from stateviz.models.cells import CellRow
from stateviz.models.char import CharModel
from stateviz.models.training.checkpoints import TrainingState, checkpoint_path, save_checkpoint
from stateviz.models.training.recipes import Recipe
from stateviz.models.training.setup import Texts, corpus_of, encoded, identity, prepare, provenance, recipe_of
from stateviz.models.training.updates import check_finite_loss, check_trained, evaluate, update, window

_CHECK_EVERY = 250  # steps between looks at the validation text, and between checkpoints


def train(
    text: Texts,
    *,
    recipe: str | Recipe = "phone-case",
    out: str | Path | None = None,
    hold_out: str | float | None = None,
    encoding: str = "utf-8",
    seed: int = 0,
    device: str | None = None,
    resume: bool = False,
    overwrite: bool = False,
    watch: Watch | None = None,
    **changes: str | float | CellRow | None,
) -> CharModel:
    """Train a character model.

    Parameters
    ----------
    text : str, pathlib.Path, list of paths or Corpus
        The text itself (a str); a file or files (``Path("-")``: stdin), read without a byte order mark and with LF for
        CR LF, joined by one newline; or a corpus already split.
    recipe : str or Recipe
        A name of RECIPES, or a recipe of one's own.
    out : str or pathlib.Path, optional
        Where the model is written. Checkpoints lie beside it as ``X.checkpoint``.
    hold_out : str or float, optional
        What is held out for validation: a book's name (verse format), or a share between 0 and 1 from the end of the
        text (0.1 by default).
    encoding : str
        Of the files, such as ``"latin-1"``.
    seed : int
        Of weights and batches, from 0 to 2**63 - 1.
    device : str, optional
        Where to train, such as ``"cuda"``; by default the processor.
    resume : bool
        Go on from the checkpoint; the result is that of a run that was never interrupted. Interrupted by Ctrl-C,
        training ends its step and leaves a checkpoint.
    overwrite : bool
        Replace the model, and the checkpoint, that are there.
    watch : callable, optional
        ``watch(Progress)`` is called after each step with the loss, and every 250 steps with that of the held-out text
        (``validation``), in nats a character.
    **changes
        Fields of the recipe to change: ``steps=500``, ``cell="gru"``, ``cell=CellRow(...)``; None changes nothing.

    Returns
    -------
    CharModel
        In evaluation mode, with its provenance filled in.

    Raises
    ------
    InputError
        When the text is too short, a field is unknown or makes no sense, or the training diverges: then nothing is
        written.
    UnknownNameError
        When there is no such recipe or cell.
    FileError
        When a text cannot be read, ``out`` is there already, or there is no checkpoint to resume from.
    MismatchError
        When the checkpoint is of another recipe, seed or text.

    Examples
    --------
    >>> model = train("abc " * 100, recipe="quick", steps=2, width=4, batch=2, length=8)
    >>> model.provenance["recipe"]["steps"]
    2
    """
    recipe = recipe_of(recipe, changes)
    corpus = corpus_of(text, hold_out, encoding)
    check_seed(seed)
    model, optimizer, (start, curve, losses) = prepare(
        recipe, corpus, seed, device, out, resume=resume, overwrite=overwrite
    )
    data, validation = encoded(corpus, model)
    begun = time.perf_counter()

    def keep(done: int) -> None:
        if out is not None and done < recipe.steps:
            save_checkpoint(out, model, optimizer, TrainingState(done, curve, losses), identity(recipe, corpus, seed))

    with _deferred_interrupt() as interrupted:
        for done in range(start + 1, recipe.steps + 1):
            if recipe.dropout:  # what is left out is a function of seed and step, too
                torch.manual_seed((seed * 1_000_003 + done) % 2**63)
            loss, _ = update(model, optimizer, *window(data, recipe, seed, done - 1), recipe, done - 1)
            losses.append(loss)
            value = None
            check_finite_loss(loss, done, recipe)
            if done % _CHECK_EVERY == 0 or done == recipe.steps:
                value = evaluate(model, validation, recipe.length)
                check_trained(model, value, done, recipe)
                curve.append([done, round(float(np.mean(losses)), 4), round(value, 4)])
                losses.clear()
                keep(done)
            if watch is not None:
                watch(_progress(done, recipe.steps, loss, value, time.perf_counter() - begun))
            if interrupted():
                check_trained(model, loss, done, recipe)
                keep(done)
                raise KeyboardInterrupt
    model.provenance = provenance(recipe, corpus, seed, curve, hold_out, time.perf_counter() - begun, start)
    model = model.cpu().eval()
    if out is not None:
        model.save(out, overwrite=overwrite)
        checkpoint_path(out).unlink(missing_ok=True)
    return model


def _progress(done: int, steps: int, loss: float, validation: float | None, seconds: float) -> Progress:
    return Progress(
        "train", done=done / steps, seconds=seconds, count=done, total=steps, unit="steps", loss=loss,
        validation=validation,
    )  # fmt: skip


@contextmanager
def _deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Ctrl-C is handled when a step has ended; a second one stops at once. Other threads get no signals."""
    requested: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def request(number: int, frame: FrameType | None) -> None:
        if requested:
            raise KeyboardInterrupt
        requested.append(number)

    before = signal.signal(signal.SIGINT, request)
    try:
        yield lambda: bool(requested)
    finally:
        signal.signal(signal.SIGINT, before)
