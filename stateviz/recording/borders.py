"""Chunks compared with one pass while a text is read, at borders further and further apart."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from stateviz.core.errors import InputError
from stateviz.recording.chunks import GROWN, ChunkTrial, Gap, compared
from stateviz.recording.sources.base import Part


@dataclass
class OnTheWay:
    """Compares chunks with one pass over both while a text is read: at the borders 1, 2, 4, 8, ...

    Parameters
    ----------
    trial
        How they are compared.
    inputs
        Of the whole text, shape (steps, ...).
    chunk
        Steps of a chunk.
    known
        Borders from the first on that need no look any more.
    """

    trial: ChunkTrial
    inputs: Tensor
    chunk: int
    known: int = 0
    begun: tuple[Any] | None = None
    last: tuple[Any, Part] | None = None

    def begins(self, first: int, state: Any) -> None:
        """A chunk will be read from step ``first`` on; where the border at its end is looked at, its state is kept."""
        border = first // self.chunk + 1
        self.begun = None
        if border <= self.known or border & (border - 1) or first + self.chunk >= len(self.inputs):
            return
        try:
            self.begun = (copy.deepcopy(state),)
        except (RuntimeError, TypeError, ValueError, NotImplementedError):  # a state of the user's own without copies
            return

    def ended(self, first: int, part: Part) -> None:
        """Refuse to go on where the chunk at ``first`` and the one before it are not what one pass over both gives."""
        before, self.last = self.last, None if self.begun is None else (*self.begun, part)
        if before is None:
            return
        state, earlier = before
        begin, border = first - self.chunk, self.chunk
        inputs = self.inputs[begin : first + self.chunk].to(self.trial.device)
        keep = compared(border, len(inputs))
        gap = self.trial.compare(
            self.trial.numbers(self.trial.source.run(inputs[:, None], state), keep),
            self.trial.numbers(earlier, keep[keep < border]),
            self.trial.numbers(part, keep[keep >= border] - border),
            keep,
            border,
            GROWN,
        )
        if gap is not None:
            raise InputError(
                f"read in chunks, {type(self.trial.source.model).__name__} gives other numbers than in one pass: "
                f"{Gap(gap.site, gap.apart, begin + gap.step)}; give a chunk as long as the text, or forward=, a "
                "function (model, inputs, state) -> (outputs, state) that carries what runs along the text"
            )
