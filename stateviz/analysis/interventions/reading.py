"""How a text is read with and without a change: parts side by side, each run in over the tokens before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.interventions.kinds import Usual
from stateviz.analysis.interventions.targets import Target
from stateviz.core.protocols import Editable, LanguageModel

if TYPE_CHECKING:
    from torch import Tensor

RUN_IN = 200
"""Tokens that each part reads before it counts, where a text is cut into parts."""
_PART = 1000  # tokens of a part, at least
_PARTS = 64
_STEPS = 64  # steps that are read at once
_KEPT = 4096


@dataclass(frozen=True, eq=False)
class PartedText:
    """A text as it is read.

    Parameters
    ----------
    tokens
        Its tokens.
    ids : Tensor, shape (steps, parts)
        What each part reads, its run-in first.
    places : array, shape (steps, parts)
        Where in the text; -1 where a step does not count.
    following : Tensor, shape (steps, parts)
        The tokens that come next.
    """

    tokens: list[str]
    ids: Tensor
    places: NDArray[np.int64]
    following: Tensor

    @property
    def first(self) -> int:
        """The first step of the text that counts; all after it do but for the last, which nothing follows."""
        return int(self.places[self.places >= 0].min())

    def chunks(self, model: LanguageModel) -> Iterator[slice]:
        """Steps that are read at once; all of them where a model would read what came before again."""
        size = len(self.ids) if getattr(model, "reads_whole", False) else _STEPS
        for begin in range(0, len(self.ids), size):
            yield slice(begin, min(begin + size, len(self.ids)))


def reading_of(tokens: list[str], ids: Tensor, parts: int | None = None, limit: int | None = None) -> PartedText:
    """Cut a text into parts, one for every 1,000 tokens, 64 at most; more where a model reads no more than a limit.

    Examples
    --------
    >>> import torch
    >>> found = reading_of(list("abcde"), torch.arange(5))
    >>> found.ids[:, 0].tolist(), found.following[:, 0].tolist(), found.places[:, 0].tolist()
    ([0, 1, 2, 3], [1, 2, 3, 4], [0, 1, 2, 3])
    """
    import torch

    last = len(tokens) - 1
    count = max(1, min(_PARTS, (last - RUN_IN) // _PART)) if parts is None else parts
    run_in = RUN_IN if count > 1 else 0
    if limit is not None and -(-(last - run_in) // count) + run_in > limit:
        run_in = min(RUN_IN, limit // 2)
        count = -(-(last - run_in) // (limit - run_in))
    size = -(-(last - run_in) // count)
    starts = run_in + size * np.arange(count)
    where = starts[None, :] + np.arange(-run_in, size)[:, None]
    counts = (where >= starts[None, :]) & (where < last)
    read = torch.from_numpy(np.minimum(where, last - 1)).to(ids.device)
    return PartedText(tokens, ids[read], np.where(counts, where, -1), ids[read + 1])


def passes(model: LanguageModel, reading: PartedText) -> Iterator[tuple[slice, Any, dict[str, Any]]]:
    """Steps, logits and sites, chunk by chunk."""
    state = model.start(reading.ids.shape[1])
    for steps in reading.chunks(model):
        logits, sites, state = model.collect(reading.ids[steps], state)
        yield steps, logits, sites


def observed(model: Editable, site: str, kept: list[Tensor]) -> LanguageModel:
    """The model as it is, which leaves the values of a site in ``kept``, a tensor (batch, units) or more a call."""

    def keep(values: Tensor) -> Tensor:
        kept.append(values)
        return values

    return model.edited({site: keep})


def values_at(model: Editable, site: str, reading: PartedText) -> Iterator[tuple[slice, Tensor]]:
    """The values of a site, (steps, parts, units), chunk by chunk."""
    import torch

    kept: list[Tensor] = []
    given = model.collect(reading.ids[:1], model.start(reading.ids.shape[1]))[1]
    run: LanguageModel = model if site in given else observed(model, site, kept)
    for steps, _, sites in passes(run, reading):
        if site in given:
            yield steps, sites[site]
            continue
        yield steps, torch.cat([one.reshape(-1, *one.shape[-2:]) for one in kept])
        kept.clear()


def usual_of(model: Editable, target: Target, reading: PartedText, seed: int) -> Usual:
    """What the target holds on a text: its mean, and its values at some thousand random steps."""
    import torch

    counts = torch.from_numpy(reading.places >= 0)
    total = int(counts.sum())
    chosen = np.zeros(len(reading.tokens), bool)
    places = np.random.default_rng(seed).choice(total, min(total, _KEPT), replace=False) + reading.first
    chosen[places] = True
    sums, drawn = torch.zeros(len(target.units), dtype=torch.float64), []
    for steps, values in values_at(model, target.site, reading):
        held = target.read(values)
        sums += held[counts[steps].to(held.device)].double().sum(0).cpu()
        here = reading.places[steps]
        drawn.append(held[torch.from_numpy((here >= 0) & chosen[here]).to(held.device)].float().cpu())
    return Usual((sums / total).float(), torch.cat(drawn), torch.Generator().manual_seed(seed))


@contextmanager
def placed(model: Any, device: Any) -> Iterator[Any]:
    """The model on a device for the block; where none is named, where it is. Gives that place."""
    before = getattr(model, "device", None)
    move: Callable[[Any], Any] | None = getattr(model, "to", None)
    if device is None or move is None:
        yield before
        return
    move(device)
    try:
        yield device
    finally:
        move(before)
