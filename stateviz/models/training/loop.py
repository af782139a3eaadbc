"""The verb train(): a character model from a text, by a recipe."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, cast

import numpy as np

from stateviz.core.checks import check_seed, check_whole
from stateviz.core.errors import InputError
from stateviz.core.progress import Watch
from stateviz.models.cells import CellRow
from stateviz.models.char import CharModel
from stateviz.models.corpus import Texts
from stateviz.models.loading import load_model
from stateviz.models.training.batches import Batches
from stateviz.models.training.checkpoints import TrainingState, checkpoint_path, kept_path, load_checkpoint
from stateviz.models.training.evaluation import evaluate_as
from stateviz.models.training.recipe import Recipe, recipe_of
from stateviz.models.training.recipes import RECIPES
from stateviz.models.training.run import Plan, TrainingRun
from stateviz.models.training.setup import (
    check_text,
    choose_threads,
    data_of,
    identity,
    moved,
    new_model,
    newline_of,
    provenance,
    settled,
    threads_of,
)
from stateviz.models.training.updates import optimizer_of
from stateviz.storage.atomic import check_apart
from stateviz.storage.locks import claimed


def train(
    text: Texts,
    *,
    recipe: str | Recipe = "phone-case",
    out: str | Path | None = None,
    hold_out: str | float | None = None,
    test: str | float | None = None,
    encoding: str = "utf-8",
    bytes: bool = False,
    seed: int = 0,
    device: str | None = None,
    threads: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    check_every: int = 250,
    validate: int = 400,
    patience: int | None = None,
    keep_every: int | None = None,
    sample_at: Collection[int] = (),
    watch: Watch | None = None,
    **changes: str | float | CellRow | None,
) -> CharModel:
    """Train a character model.

    Parameters
    ----------
    text : str, pathlib.Path, list of paths or Corpus
        The text itself (a str); files, folders of files or patterns such as ``Path("texts/*.txt")`` (``Path("-")``:
        stdin), read without a byte order mark and with LF for CR LF, joined by one newline; or a corpus already split.
    recipe : str or Recipe
        A name of RECIPES, or a recipe of one's own.
    out : str or pathlib.Path, optional
        Where the model is written. Beside it lie checkpoints (``X.safetensors.checkpoint``), the best model by the
        held-out text where it is not the last (``X.best.safetensors``), and what is kept on request.
    hold_out : str or float, optional
        What is held out for validation: a share between 0 and 1 from the end of the text (0.1 by default, 0 for
        nothing); positions in characters, such as ``"96M:"`` or ``"10k:20k"``; or the name of a book (verse format) or
        of one of the files.
    test : str or float, optional
        What is read once, in the end: as ``hold_out``. Of two shares the test is the last of the text.
    encoding : str
        Of the files, such as ``"latin-1"``.
    bytes : bool
        Read bytes instead of characters: any file, whatever its encoding; positions are in bytes then.
    seed : int
        Of weights and batches, from 0 to 2**63 - 1.
    device : str, optional
        Where to train, such as ``"cuda"``; by default the processor.
    threads : int, optional
        Of the processor. By default the faster of one and all, measured at the start of a run of 200 updates or more.
        Only the same number gives the same weights to the last bit; it is kept on ``resume``.
    resume : bool
        Go on from the checkpoint; the result is that of a run that was never interrupted. Interrupted by Ctrl-C,
        training ends its step and leaves a checkpoint.
    overwrite : bool
        Replace the model, and the checkpoint, that are there.
    check_every : int
        Updates between looks at the held-out text; each leaves a checkpoint.
    validate : int
        So many windows of the held-out text are read at such a look, evenly spaced; all of it in the end.
    patience : int, optional
        The training ends after so many looks without a better held-out loss, and gives the best model.
    keep_every : int, optional
        The model is kept every so many updates, as ``X.step-001000.safetensors``.
    sample_at : collection of int
        Updates after which the model is kept, with a sample of 300 characters beside it (``X.step-000100.txt``).
    watch : callable, optional
        ``watch(Progress)`` is called after each step with the loss, and at every look with that of the held-out text
        (``validation``), in nats a character, and the ``curve`` until then, which `save_curve` writes.
    **changes
        Fields of the recipe to change: ``steps=500``, ``cell="gru"``, ``cell=CellRow(...)``; None changes nothing.

    Returns
    -------
    CharModel
        In evaluation mode, with its provenance filled in.

    Raises
    ------
    InputError
        When the text is too short, a field is unknown or makes no sense, or the training diverges: then the checkpoint
        before it is all that is left.
    UnknownNameError
        When there is no such recipe or cell.
    FileError
        When a text cannot be read, ``out`` is there already, or there is no checkpoint to resume from.
    MismatchError
        When the checkpoint is of another version, text, vocabulary, recipe or seed.

    Examples
    --------
    >>> model = train("abc " * 30_000, recipe="quick", steps=2, width=4, batch=2, length=8)
    >>> model.provenance["recipe"]["steps"]
    2
    """
    chosen = recipe_of(RECIPES[recipe] if isinstance(recipe, str) else recipe, changes)
    plan = _plan(out, check_every, validate, patience, keep_every, sample_at)
    check_seed(seed)
    if resume and plan.out is None:
        raise InputError("resume needs out: the checkpoint lies beside it")
    with claimed(plan.out):
        plan.check_files(resume=resume, overwrite=overwrite)
        check_apart(plan.out, text)
        folder = None if plan.out is None else plan.out.parent
        data = data_of(text, hold_out, test, encoding, as_bytes=bytes, folder=folder)
        check_text(data, chosen)
        batches = Batches(data.training, chosen, seed, newline_of(data))
        chosen = settled(chosen, batches)
        model = moved(new_model(chosen, data.vocabulary, seed), device)
        optimizer, state = optimizer_of(model, chosen), TrainingState()
        if resume and plan.out is not None:
            state = load_checkpoint(plan.out, model, optimizer, identity(chosen, data, seed))
        state.threads = choose_threads(
            threads if threads is not None else state.threads or None, model, batches, chosen
        )
        run = TrainingRun(model, optimizer, data, batches, chosen, seed, plan, state)
        best = None if plan.out is None else kept_path(plan.out, "best")
        if resume and patience is not None and best is not None and best.exists():
            run.best = cast(CharModel, load_model(best, cell=model.cell)).own_weights()
        resumed_at = state.step
        given = {"held_out": hold_out, "test": test} if test is not None else {"held_out": hold_out}
        run.provenance = lambda: provenance(chosen, data, seed, given, _reached(run, resumed_at))
        with threads_of(state.threads):
            run.go(watch)
            model.provenance = run.provenance()
            if len(data.test):
                model.provenance["test_nats"] = round(evaluate_as(chosen, model, data.test), 4)
        model = model.cpu().eval()
        if plan.out is not None and best is not None:
            model.save(plan.out, overwrite=overwrite)
            checkpoint_path(plan.out).unlink(missing_ok=True)
            if state.best_step == state.step or run.stopped_early:
                best.unlink(missing_ok=True)
        return model


def _plan(
    out: str | Path | None,
    check_every: int,
    validate: int,
    patience: int | None,
    keep_every: int | None,
    sample_at: Collection[int],
) -> Plan:
    check_whole("check_every", check_every)
    check_whole("validate", validate)
    for name, value in (("patience", patience), ("keep_every", keep_every)):
        if value is not None:
            check_whole(name, value)
    for step in sample_at:
        check_whole("sample_at", step)
    if out is None and (keep_every or sample_at):
        raise InputError("keep_every and sample_at need out: what is kept lies beside it")
    return Plan(None if out is None else Path(out), check_every, validate, patience, keep_every, frozenset(sample_at))


def _reached(run: TrainingRun, resumed_at: int) -> dict[str, Any]:
    """What a run has come to until now."""
    state = run.state
    nats = state.curve[-1][2] if state.curve else None
    reached = {
        "curve": list(state.curve),
        "nats": nats,
        "bits": None if nats is None else round(nats / float(np.log(2)), 4),
        "seconds": round(run.seconds(), 1),
        "resumed_at": resumed_at,
        "threads": state.threads,
    }
    return reached | ({"stopped_early_at": state.step, "best_step": state.best_step} if run.stopped_early else {})
