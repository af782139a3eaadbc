"""How a model's losses fell while it was trained: a picture, or the numbers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.core.errors import InputError
from stateviz.core.progress import Progress
from stateviz.plotting.files import save_and_close
from stateviz.plotting.style import HAIRLINE, INK, MUTED, labelled, style_axes
from stateviz.storage.atomic import check_writable, write_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def training_curve(model: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the losses of a model's training: bits a character over updates, of the training and of the held-out text.

    Parameters
    ----------
    model : CharModel or Progress
        With the curve that ``train`` leaves in its provenance; or what it says at a look at the held-out text, while it
        goes on.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        With a line of the training text's losses, means since the point before, and one of the held-out text's.

    Raises
    ------
    InputError
        When the model has no curve.

    Examples
    --------
    >>> import stateviz as sv
    >>> sv.training_curve(sv.load_model("phone-case")).get_ylabel()
    'bits a character'
    """
    points = _curve(model)
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.subplots(figsize=(7, 4), layout="constrained")[1]
    steps = [point[0] for point in points]
    mark = "." if len(points) < 40 else ""
    ax.plot(steps, [point[1] / math.log(2) for point in points], mark + "-", color=MUTED, linewidth=1, label="training")
    held = [(point[0], point[2] / math.log(2)) for point in points if point[2] is not None]
    if held:
        ax.plot(*zip(*held, strict=True), mark + "-", color=INK, linewidth=1.6, label="held out")
        ax.annotate(f"{held[-1][1]:.3f}", held[-1], xytext=(0, 5), textcoords="offset points", fontsize=8, ha="right")
    ax.set_xlabel(**labelled("xlabel", "updates"))
    ax.set_ylabel(**labelled("ylabel", "bits a character"))
    ax.grid(axis="y", color=HAIRLINE, linewidth=0.4)
    style_axes(ax)
    ax.legend(frameon=False, fontsize=8, labelcolor=INK)
    return ax


def save_curve(model: Any, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write the losses of a model's training: the numbers as CSV, or the picture.

    Parameters
    ----------
    model : CharModel or Progress
        As `training_curve` takes it.
    path : str or pathlib.Path
        ``.csv`` with the columns step, training and held_out, in nats a character; or ``.png``, ``.svg``, ``.pdf``.
    overwrite : bool
        Replace whatever file is there; without it, only a picture of stateviz is.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    InputError
        When the model has no curve.
    FileError
        When it cannot be written.

    Examples
    --------
    >>> import stateviz as sv
    >>> path = sv.save_curve(sv.load_model("phone-case"), "curve.csv", overwrite=True)
    >>> path.read_text().splitlines()[0]
    'step,training,held_out'

    While a training goes on, the file is written anew at every look:

    >>> def watch(progress):
    ...     if progress.curve:
    ...         sv.save_curve(progress, "curve.csv", overwrite=True)
    >>> model = sv.train("abc " * 30_000, recipe="quick", steps=4, check_every=2, width=4, batch=2, watch=watch)
    >>> len(path.read_text().splitlines())
    3
    """
    if Path(path).suffix.lower() != ".csv":
        return save_and_close(training_curve(model), path, overwrite=overwrite)
    check_writable(path, overwrite=overwrite)
    lines = [",".join("" if value is None else f"{value:g}" for value in point) for point in _curve(model)]
    return write_text(path, "\n".join(["step,training,held_out", *lines]) + "\n", overwrite=overwrite)


def _curve(model: Any) -> list[tuple[float, float, float | None]]:
    """Step, loss of the training text and of the held-out text, in nats a character."""
    points = model.curve if isinstance(model, Progress) else getattr(model, "provenance", {}).get("curve")
    if not points or len(points[0]) != 3:
        raise InputError(f"this {type(model).__name__} has no training curve; give a model that stateviz train made")
    return [(int(step), training, held) for step, training, held in points]
