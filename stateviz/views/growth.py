"""The view ``growth``: a recording over its text, an order while it was found, states as a training goes on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.number_wording import amount
from stateviz.core.orders import Ordering
from stateviz.core.states import StateMatrix
from stateviz.plotting.growing import GrowthFrame, growth_frame
from stateviz.plotting.scales import ColorScale, color_scale, number
from stateviz.views.films import MOST, Film, Frame, chosen
from stateviz.views.look import Look
from stateviz.views.scene import Packer, Scene

_SECONDS = 0.1
_SHEET = 6
"""Moments on a picture."""
_STEP = re.compile(r"\.step-(\d+)$")


@dataclass(frozen=True)
class Checkpoint:
    """A model on the way of its training.

    Parameters
    ----------
    step
        Updates until then.
    sample
        What it wrote then; empty where it is not known.
    loss
        Of the held-out text, nats a character; None where it is not known.
    """

    step: int
    sample: str = ""
    loss: float | None = None


def checkpoints_of(path: Path) -> list[Path]:
    """The models that ``train --keep-every`` and ``--sample-at`` kept beside one, first to last, then itself.

    Raises
    ------
    InputError
        When none was kept.
    """
    found = sorted(path.parent.glob(f"{glob_safe(path.stem)}.step-*{path.suffix}"))
    if not found:
        raise InputError(
            f"no model was kept on the way to {path}; train with --keep-every N or --sample-at N,N, or give several"
        )
    return [*found, path]


def glob_safe(name: str) -> str:
    """A name in which no character stands for others."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def trained(x: Any, text: str) -> tuple[list[Any], list[str], list[Checkpoint]]:
    """Recordings of one text by models on the way of a training, what each is called, and what is known of it."""
    from stateviz.models import load_model
    from stateviz.recording import record

    several = list(x) if isinstance(x, list | tuple) else checkpoints_of(Path(x))
    models: list[Any] = [load_model(one) if isinstance(one, str | Path) else one for one in several]
    # The last model knows the losses of the whole training; those before it, until they were kept.
    curve = getattr(models[-1], "provenance", {}).get("curve") or ()
    recordings: list[Any] = []
    names: list[str] = []
    known: list[Checkpoint] = []
    for one, model in zip(several, models, strict=True):
        path = Path(one) if isinstance(one, str | Path) else None
        at = _STEP.search(path.stem) if path is not None else None
        own = getattr(model, "provenance", {}).get("curve") or ()
        step = int(at[1]) if at else int(own[-1][0]) if own else len(known)
        if known and path is not None and not at and step == known[-1].step:
            continue  # the model itself was kept at its end, too
        losses = [held for done, _, held in curve if held is not None and int(done) <= step]
        wrote = path.with_suffix(".txt") if path is not None and at else None
        sample = wrote.read_text(encoding="utf-8") if wrote is not None and wrote.is_file() else ""
        known.append(Checkpoint(step, sample.rstrip("\n"), float(losses[-1]) if losses else None))
        names.append(f"update {step:,}" if at or own else f"model {len(known)}")
        recordings.append(record(model, text))
    return recordings, names, known


def is_training(x: Any) -> bool:
    """Whether what is shown are models, not states."""
    from stateviz.core.protocols import Recordable

    def one(part: Any) -> bool:
        return isinstance(part, Recordable) or (
            isinstance(part, str | Path) and str(part).endswith(".safetensors") and _is_model(Path(part))
        )

    return all(map(one, x)) if isinstance(x, list | tuple) and x else one(x)


def _is_model(path: Path) -> bool:
    """Whether a safetensors file holds a model of ours: its header names a cell."""
    import json
    import struct

    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            head = json.loads(file.read(min(size, 2**24)))
    except (OSError, ValueError, struct.error):
        return False
    return isinstance(head, dict) and "config" in head.get("__metadata__", {})


def settle_growth(scenes: Sequence[Scene], look: Look) -> Look:
    """The checkpoints where several recordings came.

    Raises
    ------
    InputError
        When the recordings are of different shapes.
    """
    if len({scene.shape(scene.sites[0]) for scene in scenes}) > 1:
        raise InputError("recordings that grow into one another have the same units and the same text")
    known = look.growth or (tuple(Checkpoint(k) for k in range(len(scenes))) if len(scenes) > 1 else ())
    return replace(look, growth=known)


def growth_header(scene: Scene, look: Look, packer: Packer, panel: dict[str, Any]) -> dict[str, Any]:
    """What moves on the page."""
    if look.growth:
        frames: list[dict[str, Any]] = [
            {"step": one.step, "sample": one.sample, "loss": one.loss} for one in look.growth
        ]
        return {"growth": {"mode": "training", "frames": frames, "signs": None}}
    order = _traced(scene)
    if order is None:
        return {"growth": {"mode": "text", "frames": [], "signs": None}}
    frames = [
        {"seconds": round(one.seconds, 4), "length": one.length, "rows": one.rows.tolist()} for one in order.trace
    ]
    return {"growth": {"mode": "order", "frames": frames, "signs": _signs(order)}}


def _traced(scene: Scene) -> Ordering | None:
    first = scene.orderings[0] if scene.orderings else None
    return first if first is not None and first.trace and first.axis == "units" else None


def _signs(order: Ordering) -> list[int] | None:
    """The sign of each row; None where none is flipped."""
    if bool((order.signs > 0).all()):
        return None
    signs = [1] * len(order.rows)
    for row, sign in zip(order.rows.tolist(), order.signs.tolist(), strict=True):
        signs[row] = sign
    return signs


def moments(scenes: Sequence[Scene], look: Look, most: int) -> list[GrowthFrame]:
    """So many of the moments of a growth, the first and the last among them."""
    scene = scenes[0]
    whole = [one.part(one.sites[0], 0, one.steps) for one in scenes]
    if look.growth:
        return _of_training(whole, look.growth, most)
    order = _traced(scene)
    if order is not None:
        curve = [(one.seconds, one.length) for one in order.trace]
        signs = _signs(order)
        found = []
        for k in chosen(len(curve), most):
            one = order.trace[k]
            turned = None if signs is None else [signs[row] for row in one.rows]
            said = f"{'as it came' if k == 0 else f'{one.seconds:.2f} s'}, length {amount(one.length)}"
            shown = whole[0].reorder(one.rows, turned if turned is not None else [1] * len(one.rows))
            found.append(GrowthFrame(shown, None, said, curve, k, True, f"{number(curve[-1][0])} s"))
        return found
    states = scene.orderings[0].apply(whole[0]) if scene.orderings else whole[0]
    return [
        GrowthFrame(states, step + 1, f"step {step + 1:,} of {scene.steps:,}") for step in chosen(scene.steps, most)
    ]


def _of_training(whole: Sequence[StateMatrix], known: Sequence[Checkpoint], most: int) -> list[GrowthFrame]:
    losses = [(float(one.step), one.loss / math.log(2)) for one in known if one.loss is not None]
    curve = losses if len(losses) == len(known) else []
    found = []
    for k in chosen(len(known), most):
        one = known[k]
        held = f", held out {curve[k][1]:.2f} bits a character" if curve else ""
        across = f"{known[-1].step:,} updates"
        found.append(GrowthFrame(whole[k], None, f"update {one.step:,}{held}", curve, k, False, across, one.sample))
    return found


def growth_film(scenes: Sequence[Scene], look: Look, title: str) -> Film:
    """The moments one after the other."""

    def frames() -> Iterator[Frame]:
        found = moments(scenes, look, MOST)
        colors = _colors(found, look)
        for moment in found:
            yield growth_frame(moment, colors, title).frame()

    return Film(frames, _SECONDS if not look.growth else 1.0)


def growth_sheet(scenes: Sequence[Scene], look: Look, title: str) -> Any:
    """Some moments on one picture."""
    from stateviz.plotting.drawing import stacked

    found = moments(scenes, look, _SHEET)
    colors = _colors(found, look)
    return stacked([growth_frame(moment, colors, title, width=560) for moment in found], 2).figure()


def _colors(found: Sequence[GrowthFrame], look: Look) -> ColorScale:
    return color_scale([one.states for one in found[-1:]], look.palette, limits=look.limits)
