"""Trainings that a benchmark can be stopped in: each model is a file, and the same command goes on from there."""

from __future__ import annotations

import time
from pathlib import Path

import tables  # noqa: F401  (first: it puts the tree it lies in on the import path)

import stateviz as sv


def trained(out: Path, text: str | Path, recipe: sv.Recipe, hold_out: str | float) -> tuple[sv.CharModel, float]:
    """The model at ``out``, trained where it is not there, and the processor seconds that it took.

    A training that was interrupted goes on from its checkpoint. Processor seconds are this process's own, so that what
    else the machine does counts little; what was done after the last checkpoint, and is done again, counts once.
    """
    spent = out.with_suffix(".seconds")
    if out.is_file():
        model = sv.load_model(out)
        if not isinstance(model, sv.CharModel) or model.provenance["recipe"] != recipe.as_json():
            raise SystemExit(f"{out} was trained by another recipe; move it away, or name another --models")
        return model, float(spent.read_text(encoding="utf-8"))
    resume = Path(f"{out}.checkpoint").is_file()
    before = float(spent.read_text(encoding="utf-8")) if resume and spent.is_file() else 0.0
    begun = time.process_time()

    def watch(progress: sv.Progress) -> None:
        if progress.validation is not None:
            spent.write_text(f"{before + time.process_time() - begun:.3f}", encoding="utf-8")

    out.parent.mkdir(parents=True, exist_ok=True)
    model = sv.train(
        text, recipe=recipe, hold_out=hold_out, out=out, threads=1, resume=resume, overwrite=not resume, watch=watch
    )
    return model, float(spent.read_text(encoding="utf-8"))


def named(cell: str, layers: int, width: int) -> str:
    """How a table names a network.

    Examples
    --------
    >>> named("lstm", 2, 128), named("gru", 1, 64)
    ('lstm 2 x 128', 'gru 64')
    """
    return f"{cell} {f'{layers} x ' if layers > 1 else ''}{width}"
