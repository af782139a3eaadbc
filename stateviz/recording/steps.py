"""The verb record_steps(): plain functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.progress import Watch
from stateviz.core.recordings import Recording
from stateviz.recording.chunks import CHUNK
from stateviz.recording.positions import Positions
from stateviz.recording.recorder import record
from stateviz.recording.sources import Steps

_STEP_OPTIONS = ("sites", "positions", "chunk", "out", "dtype", "overwrite", "resume", "watch")


def record_steps(
    step: Callable[[Any, Any], Any],
    h0: object,
    inputs: Iterable[object],
    *,
    tokens: Sequence[str] | None = None,
    sites: str | Sequence[str] | None = None,
    positions: Positions | None = None,
    chunk: int = CHUNK,
    out: str | Path | None = None,
    dtype: str = "float32",
    overwrite: bool = False,
    resume: bool = False,
    watch: Watch | None = None,
    **others: object,
) -> Recording:
    """Record a plain function that makes one step.

    Parameters
    ----------
    step : callable
        ``step(x, h) -> h``; h is an array, a tuple (h, c), or a mapping of names to arrays, of numpy, torch or
        whatever ``numpy.asarray`` takes.
    h0 : array, tuple or mapping
        The state before the first step.
    inputs : sequence
        One x a step.
    tokens : sequence of str, optional
        The text of each step; by default the inputs where they are text, else their numbers.
    sites : str or sequence of str, optional
        Names or globs; by default h. The parts of a tuple are h and c, those of a mapping have their names.
    positions : slice or sequence of int, optional
        Keep these steps only, as `record` takes them.
    chunk : int
        Steps kept before they are handed on.
    out, dtype, overwrite, resume
        Where and how the recording is written, as `record` takes them.
    watch : callable, optional
        ``watch(Progress)`` is called a few times a second with the steps that are done.
    **others
        The other options of `record`: each is refused, for a plain function has no use for it.

    Returns
    -------
    Recording
        Its states are float32.

    Raises
    ------
    InputError
        When there is no input, when tokens are not as many as inputs, or when a state changes its shape.

    Examples
    --------
    >>> record_steps(lambda x, h: 0.5 * h + x, [0.0], [1.0, 2.0])["h"].values.tolist()
    [[1.0, 2.5]]
    """
    for name in others:
        raise InputError(f"{name} means nothing to a plain function; give any of {', '.join(_STEP_OPTIONS)}")
    steps = Steps(step, h0, inputs, tokens)
    return record(
        steps, "steps", sites=sites, positions=positions, chunk=chunk, out=out, dtype=dtype, overwrite=overwrite,
        resume=resume, watch=watch,
    )  # fmt: skip
