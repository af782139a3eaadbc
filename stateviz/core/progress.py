"""Progress: how far a verb is. Every verb that takes long calls ``watch(Progress)`` a few times a second."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from stateviz.core.noun import Noun
from stateviz.core.number_wording import amount, duration, progress_gap


@dataclass(frozen=True, repr=False)
class Progress(Noun):
    """How far a verb is; what is not known is None.

    Parameters
    ----------
    stage
        What is at work: a method, ``"bound"``, ``"record"``, ``"train"``.
    length, bound
        Of the best order so far, and what none is shorter than.
    done
        The share of the stage that is done, from 0 to 1.
    seconds
        Since the verb began.
    count, total
        How many ``unit`` are done, and of how many.
    unit
        What ``count`` counts: ``"steps"``.
    loss, validation
        Of a training, nats a character: of the last step, and of the held-out text where it was just read.
    speed, left
        Of a training: characters a second, and the seconds that are left at that speed; None until it is known.
    curve
        Of a training, at a look at the held-out text: updates, loss and held-out loss (None where nothing is held out)
        of every look until now, as ``save_curve`` takes them.

    Examples
    --------
    >>> str(Progress("exact", 11_870.0, 11_863.0, seconds=0.21))
    'exact: length 11,870, at most 0.06% from optimal, 0.2 s'
    >>> str(Progress("record", count=2_048, total=8_192, unit="steps", seconds=1.5))
    'record: 2,048 of 8,192 steps, 1.5 s'
    """

    stage: str
    length: float | None = None
    bound: float | None = None
    done: float | None = None
    seconds: float = 0.0
    count: int | None = None
    total: int | None = None
    unit: str = ""
    loss: float | None = None
    validation: float | None = None
    speed: float | None = None
    left: float | None = None
    curve: tuple[tuple[int, float, float | None], ...] | None = None

    def __repr__(self) -> str:
        return f"Progress({str(self)[:160]})"

    def __str__(self) -> str:
        parts = []
        if self.count is not None:
            of = "" if self.total is None else f" of {self.total:,}"
            parts.append(f"{self.count:,}{of} {self.unit}".rstrip())
        if self.loss is not None:
            parts.append(f"loss {self.loss:.3f} ({self.loss / math.log(2):.3f} bits)")
        if self.validation is not None:
            parts.append(f"held out {self.validation:.3f}")
        if self.length is not None:
            parts.append(f"length {amount(self.length)}")
        if self.length is not None and self.bound is not None and self.bound > 0:
            parts.append(progress_gap(self.length, self.bound))
        if self.speed is not None:
            parts.append(f"{self.speed:,.0f} char/s")
        if self.left is not None:
            parts.append(f"{duration(self.left)} left")
        elif self.done is not None:
            parts.append(f"{self.done:.0%} done")
        return f"{self.stage}: {', '.join([*parts, f'{self.seconds:.1f} s'])}"


Watch = Callable[[Progress], None]
"""What a verb calls with its Progress."""
