"""Reading texts through a source: which steps go together, chunk by chunk, with the state carried over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stateviz.core.errors import InputError
from stateviz.recording.borders import OnTheWay
from stateviz.recording.chunks import ChunkTrial
from stateviz.recording.failures import in_one_line
from stateviz.recording.predictions import Predictions
from stateviz.recording.sinks import Sink
from stateviz.recording.sources.base import Part, Source
from stateviz.recording.texts import Text

Result = TypeVar("Result")


@dataclass(frozen=True)
class Run:
    """One call of a source: steps ``begin`` to ``end``, kept from ``first`` on; ``fresh`` forgets what came before."""

    begin: int
    first: int
    end: int
    fresh: bool


def plan(steps: int, chunk: int, window: int | None) -> Iterator[Run]:
    """The calls that read a text.

    Windows overlap by half, so that every token but those of the first has at least ``window // 2`` before it.

    Examples
    --------
    >>> [(run.begin, run.first, run.end) for run in plan(10, 4, None)]
    [(0, 0, 4), (4, 4, 8), (8, 8, 10)]
    >>> [(run.begin, run.first, run.end) for run in plan(8, 99, 4)]
    [(0, 0, 4), (2, 4, 6), (4, 6, 8)]
    """
    if window is None:
        for first in range(0, steps, chunk):
            yield Run(first, first, min(steps, first + chunk), first == 0)
        return
    stride = max(1, window - window // 2)
    yield Run(0, 0, min(window, steps), True)
    for first in range(window, steps, stride):
        yield Run(first - window // 2, first, min(steps, first + stride), True)


def groups(texts: Sequence[Text], chunk: int, *, padded: bool, most: int | None = None) -> Iterator[list[int]]:
    """Which neighbouring texts are read side by side: as many as fill one chunk together.

    Without ``padded`` only texts of one length are; one that is longer than ``most`` is read alone.

    Examples
    --------
    >>> texts = [Text(list(text), None) for text in ("ab", "cd", "efg", "hij")]
    >>> list(groups(texts, 100, padded=True)), list(groups(texts, 100, padded=False, most=2))
    ([[0, 1, 2, 3]], [[0, 1], [2], [3]])
    """
    group: list[int] = []
    longest, limit = 0, chunk if most is None else most
    for i, text in enumerate(texts):
        length = len(text.tokens)
        alike = padded or length == longest
        wide = max(longest, length)
        if group and not (alike and wide <= limit and (len(group) + 1) * wide <= chunk):
            yield group
            group, longest = [], 0
        group.append(i)
        longest = max(longest, length)
    if group:
        yield group


@dataclass
class Reading(Generic[Result]):
    """One recording in the making: a source, what is wanted of it, and the sink that takes it."""

    source: Source
    sink: Sink[Result]
    wanted: Mapping[str, int]
    """Units of each site."""
    scores: bool
    top: int
    device: torch.device
    kept: Sequence[NDArray[np.bool_]] | None = None
    """Of each text, the steps that become columns; None: all."""
    done: int = 0

    def __post_init__(self) -> None:
        self.binary = self.source.binary(tuple(self.wanted))
        self.columns = None if self.kept is None else np.concatenate(self.kept)

    def begin(self, steps: int) -> int:
        """How many columns ``steps`` steps of texts give."""
        return steps if self.columns is None else int(self.columns.sum())

    @cached_property
    def skip(self) -> int:
        """Steps of the texts of which the sink has all columns, once it has begun."""
        if self.columns is None:
            return self.sink.skip
        steps = np.flatnonzero(self.columns)
        return int(steps[self.sink.skip]) if self.sink.skip < len(steps) else len(self.columns)

    def read(self, texts: Sequence[Text], chunk: int) -> Iterator[int]:
        """Read everything, yielding the steps as they are done."""
        padded = bool(self.source.causal) or self.source.pads
        most = self.source.options.window if self.source.batches else 0
        for group in groups(texts, chunk, padded=padded, most=most):
            some = [texts[i] for i in group]
            steps = sum(len(text.tokens) for text in some)
            if self.done + steps <= self.skip:
                self.done += steps
                yield steps
            elif len(some) == 1:
                yield from self._one(some[0], chunk)
            else:
                yield self._side_by_side(some)

    def _one(self, text: Text, chunk: int) -> Iterator[int]:
        window = self.source.options.window
        length, state, predictions = len(text.tokens), None, Predictions(self.top)
        start = self.done
        known, trial = self.source.compared, ChunkTrial(self.source, self.scores, self.device)
        way = None if known is None else OnTheWay(trial, text.inputs, chunk, known)
        for run in plan(length, chunk, window):
            # What is on disk is read again for its state only, and the last of it for its prediction of what follows.
            keep = start + run.end >= self.skip and (bool(way) or self.scores or self._holds(start, run))
            if keep or window is None:
                state = self.source.start(1) if run.fresh else state
                inputs = text.inputs[run.begin : run.end].to(self.device)
                if way and keep:
                    way.begins(run.begin, state)
                with self._run(len(inputs)):
                    part = self.source.run(inputs[:, None], state, keep=keep)
                state = part.state
                if way and keep:
                    way.ended(run.begin, part)
                if keep:
                    self._keep(text, part, 0, run, start, predictions)
            self.done = start + run.end
            yield run.end - run.first

    def _side_by_side(self, texts: Sequence[Text]) -> int:
        lengths = [len(text.tokens) for text in texts]
        longest = max(lengths)
        rows = [
            torch.cat([t.inputs, t.inputs[-1:].expand(longest - n, *t.inputs.shape[1:])])
            for t, n in zip(texts, lengths, strict=True)
        ]
        batch = torch.stack(rows, 1).to(self.device)
        with self._run(longest):
            part = self.source.run(batch, self.source.start(len(texts)), lengths=lengths)
        for b, (text, length) in enumerate(zip(texts, lengths, strict=True)):
            self._keep(text, part, b, Run(0, 0, length, True), self.done, Predictions(self.top))
            self.done += length
        return sum(lengths)

    def _run(self, steps: int) -> AbstractContextManager[None]:
        return in_one_line(self.source.model, steps, windows=not self.source.causal)

    def _keep(self, text: Text, part: Part, b: int, run: Run, start: int, predictions: Predictions) -> None:
        """Hand the steps of a part to the sink that it has not yet."""
        known = run.first - run.begin
        here = slice(known, run.end - run.begin)
        tracks: dict[str, NDArray[np.generic]] = {}
        if self.scores:
            if part.logits is None:
                raise InputError(
                    "predictions were asked for, and the model gives no logits (steps, vocabulary); give forward=, a "
                    "function (model, inputs, state) -> (logits, state)"
                )
            ids = text.inputs[run.first : run.end]
            tracks = predictions.tracks(part.logits[here, b], None if ids.is_floating_point() or ids.dim() > 1 else ids)
        if text.prompt is not None:
            tracks["generated"] = np.arange(run.first, run.end) >= text.prompt
        new = np.arange(start + run.first, start + run.end) >= self.skip
        if self.columns is not None:
            tracks["position"] = np.arange(run.first, run.end)
            new &= self.columns[start + run.first : start + run.end]
        rows = np.flatnonzero(new)
        if not len(rows):
            return
        every = slice(rows[0], rows[-1] + 1) if rows[-1] - rows[0] == len(rows) - 1 else rows
        values = {site: _numbers(site, part.values[site][here, b][every], self.wanted[site]) for site in self.wanted}
        for site in self.binary:
            _check_binary(site, values[site])
        self.sink.append(
            [text.tokens[run.first + row] for row in rows.tolist()],
            values,
            {name: track[every] for name, track in tracks.items()},
        )

    def _holds(self, start: int, run: Run) -> bool:
        return self.columns is None or bool(self.columns[start + run.first : start + run.end].any())


def _numbers(site: str, values: Tensor, units: int) -> NDArray[np.float32]:
    if values.shape[-1] != units:
        raise InputError(f"{site} had {units} units on the first steps, and has {values.shape[-1]} now; leave it out")
    if values.is_complex():
        raise InputError(f"{site} is complex, and states are real numbers; record its real and its imaginary part")
    found: NDArray[np.float32] = values.float().cpu().numpy()
    return found


def _check_binary(site: str, values: NDArray[np.float32]) -> None:
    """Refuse a state that is neither -1 nor +1: in a store of single bits it would become one of them."""
    other = values[np.abs(values) != 1]
    if other.size:
        raise InputError(f"{site} holds {other[0]:g}, and its model says that it is -1 or +1; declare its cell as real")
