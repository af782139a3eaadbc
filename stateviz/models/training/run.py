"""A run of training: updates, looks at the held-out text, and what is kept on the way."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from types import FrameType
from typing import Any, cast

import numpy as np
import torch

from stateviz.core.errors import FileError
from stateviz.core.progress import Progress, Watch
from stateviz.models.char import CharModel
from stateviz.models.dataset import Dataset
from stateviz.models.sampling import sample
from stateviz.models.training.batches import Batches
from stateviz.models.training.checkpoints import TrainingState, checkpoint_path, kept_path, save_checkpoint
from stateviz.models.training.evaluation import evaluate_as
from stateviz.models.training.pace import Pace
from stateviz.models.training.recipe import Recipe
from stateviz.models.training.setup import identity
from stateviz.models.training.updates import check_finite_loss, check_trained, update
from stateviz.storage.atomic import check_writable, write_text

_SAMPLE = 300  # characters


class _Interrupted(Exception):
    """Ctrl-C was pressed, and it is time to look."""


@dataclass(frozen=True)
class Plan:
    """What a run does beside its updates.

    Parameters
    ----------
    out
        Where the model will lie, and beside it what is kept.
    check_every
        Updates between looks at the held-out text, and between checkpoints.
    validate
        Windows of the held-out text that such a look reads.
    patience
        Looks without a better held-out loss after which the run ends.
    keep_every, sample_at
        When the model is kept as a file of its own, with a sample at the latter.
    """

    out: Path | None
    check_every: int
    validate: int
    patience: int | None
    keep_every: int | None
    sample_at: Collection[int]

    def keeps(self, step: int) -> bool:
        """Whether the model of a step is kept as a file of its own."""
        return step in self.sample_at or bool(self.keep_every and step % self.keep_every == 0)

    def check_files(self, *, resume: bool, overwrite: bool) -> None:
        """Refuse a run whose files are there already, before it begins."""
        if self.out is None:
            return
        check_writable(self.out, overwrite=overwrite)
        if resume or overwrite:
            return
        if checkpoint_path(self.out).exists():
            raise FileError(
                f"{checkpoint_path(self.out)} is there: resume to go on from it, or overwrite to begin anew"
            )
        steps = self.out.parent.glob(escape(kept_path(self.out, "step-").stem) + "*")
        kept = [path for path in steps if path.suffix in (".safetensors", ".txt")]
        there = next((path for path in (kept_path(self.out, "best"), *kept) if path.exists()), None)
        if there is not None:
            raise FileError(f"{there} of an earlier training is there; move it, or overwrite to begin anew")


class TrainingRun:
    """One training, from wherever its state is to its end."""

    def __init__(
        self,
        model: CharModel,
        optimizer: torch.optim.Optimizer,
        data: Dataset,
        batches: Batches,
        recipe: Recipe,
        seed: int,
        plan: Plan,
        state: TrainingState,
    ) -> None:
        self.model, self.optimizer, self.data, self.batches = model, optimizer, data, batches
        self.recipe, self.seed, self.plan, self.state = recipe, seed, plan, state
        self.provenance: Callable[[], dict[str, Any]] = dict
        self.begun, self.begun_at = time.perf_counter(), state.step
        self.pace = Pace()
        self.stopped_early = False
        self.loss = state.losses[-1] if state.losses else 0.0
        self.best: dict[str, torch.Tensor] = {}

    def go(self, watch: Watch | None) -> None:
        """All updates that are left, and a look at the held-out text wherever one is due."""
        state = self.state
        with _deferred_interrupt() as interrupted:
            while True:
                try:
                    looked = self._due()
                    value = self._look(interrupted) if looked else None
                    if watch is not None and state.step > self.begun_at:
                        watch(self._progress(value, looked=looked))
                    if state.step >= self.recipe.steps or self.stopped_early:
                        return
                    if interrupted():
                        raise _Interrupted
                except _Interrupted:
                    check_trained(self.model, self.loss, state.step, self.recipe, self._kept())
                    self._checkpoint()
                    raise KeyboardInterrupt from None
                with self.pace.update():
                    self._update()

    def seconds(self) -> float:
        """That the training took until now, all runs together."""
        return self.state.seconds + time.perf_counter() - self.begun

    def _due(self) -> bool:
        step, curve = self.state.step, self.state.curve
        checked = bool(curve) and curve[-1][0] == step
        return step > 0 and not checked and (step % self.plan.check_every == 0 or step == self.recipe.steps)

    def _update(self) -> None:
        state, recipe = self.state, self.recipe
        if recipe.dropout:  # what is left out is a function of seed and step, too
            torch.manual_seed((self.seed * 1_000_003 + state.step + 1) % 2**63)
        batch = self.batches.at(state.step)
        rate = recipe.rate_at(state.step, state.step / self.batches.per_epoch)
        before = None if batch.fresh else state.carried
        self.loss, after = update(self.model, self.optimizer, batch, recipe, rate, before)
        check_finite_loss(self.loss, state.step + 1, rate, self._kept())
        state.carried = after if recipe.windows == "consecutive" else None
        state.step += 1
        state.losses.append(self.loss)
        if self.plan.out is not None and self.plan.keeps(state.step):
            self._keep(self.plan.out)

    def _look(self, interrupted: Callable[[], bool]) -> float | None:
        with self.pace.look():
            return self._check(interrupted)

    def _check(self, interrupted: Callable[[], bool]) -> float | None:
        """Look at the held-out text, and keep what it says is worth it."""
        state, plan, last = self.state, self.plan, self.state.step == self.recipe.steps
        value = self._held_out(interrupted, plan.validate)
        check_trained(self.model, self.loss if value is None else value, state.step, self.recipe, self._kept())
        if value is not None and (state.best is None or value < state.best):
            state.best, state.best_step = value, state.step
            if plan.patience is not None:
                self.best = {name: weights.clone() for name, weights in self.model.own_weights().items()}
        waited = (state.step - state.best_step) // plan.check_every
        early = plan.patience is not None and value is not None and waited >= plan.patience
        if early and self.best:
            self.model.load_own_weights(self.best)
        if last or early:
            value = self._held_out(interrupted, None)
        self.stopped_early = early
        point = None if value is None else round(value, 4)
        state.curve.append([state.step, round(float(np.mean(state.losses)), 4), point])
        state.losses = []
        if not last and not early:
            if plan.out is not None and state.best_step == state.step:
                self._save(kept_path(plan.out, "best"))
            self._checkpoint()
        return value

    def _held_out(self, interrupted: Callable[[], bool], windows: int | None) -> float | None:
        ids = self.data.validation
        if not len(ids):
            return None

        def stop() -> None:
            if interrupted():
                raise _Interrupted

        return evaluate_as(self.recipe, self.model, ids, windows=windows, between=stop)

    def _checkpoint(self) -> None:
        if self.plan.out is not None:
            self.state.seconds, self.begun = self.seconds(), time.perf_counter()
            identified = identity(self.recipe, self.data, self.seed)
            save_checkpoint(self.plan.out, self.model, self.optimizer, self.state, identified)

    def _keep(self, out: Path) -> None:
        step = self.state.step
        kept = kept_path(out, f"step-{step:06d}")
        self._save(kept)
        if step in self.plan.sample_at:
            drawn = sample(self.model, length=_SAMPLE, seed=self.seed)
            write_text(kept.with_suffix(".txt"), drawn + "\n", overwrite=True)

    def _save(self, path: Path) -> None:
        self.model.provenance = self.provenance()
        self.model.save(path, overwrite=True)

    def _kept(self) -> str:
        """What is left of a run that goes wrong."""
        out = self.plan.out
        if out is None or not checkpoint_path(out).exists():
            return "nothing is written"
        best = kept_path(out, "best")
        also = f", and the best model until then as {best}" if best.exists() else ""
        return f"the checkpoint before it is kept{also}"

    def _progress(self, value: float | None, *, looked: bool) -> Progress:
        state, steps = self.state, self.recipe.steps
        each, to_go = self.pace.each, 0 if self.stopped_early else steps - state.step
        looks = -(-steps // self.plan.check_every) - state.step // self.plan.check_every if to_go else 0
        return Progress(
            "train", done=state.step / steps, seconds=self.seconds(), count=state.step, total=steps, unit="steps",
            loss=self.loss, validation=value, speed=None if each is None else self.batches.characters / each,
            left=self.pace.left(to_go, looks), curve=self._curve() if looked else None,
        )  # fmt: skip

    def _curve(self) -> tuple[tuple[int, float, float | None], ...]:
        return tuple((int(cast(float, at)), cast(float, mean), held) for at, mean, held in self.state.curve)


@contextmanager
def _deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Ctrl-C is handled when an update has ended; a second one stops at once. Other threads get no signals."""
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
