"""Whether a text may be read in chunks: what chunks give is compared with what one pass over the same steps gives.

A source that does not know is tried out on a few steps, then at the first border of real chunks; while it is read, at
the second border, the fourth, the eighth, and so on. Tokens that are all alike would show nothing, so a beginning of
such is replaced by a mixture of the text's own tokens.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stateviz.recording.failures import FAILURES, first_line, in_one_line
from stateviz.recording.sources.base import Part, Source, real_dtype
from stateviz.recording.texts import Text

CHUNK = 4096
"""Steps run at once, unless a caller says otherwise."""
_TRIED = 48  # steps of each of two chunks, against one pass over both
_AFTER = 192  # steps after a border of which each is compared; of those that follow, about 64
_STEPWISE = 256  # steps on either side of the border that are read one at a time
_MANY, _FAR = 4, 8192  # chunks, and steps, over which a memory that no state carries is looked for
_POOL = 4096  # steps of a text that are looked at for tokens unlike one another
_VARIED = 8  # so many different tokens are varied enough
_TOLERANCE = {torch.float64: 1e-9, torch.float32: 5e-6}
"""How far a state may lie from that of one pass, in parts of the largest: no further than rounding moves it."""
_SHORT_TOLERANCE = {torch.float64: 1e-9, torch.float32: 2e-4}
"""The same off the CPU, where kernels multiply with fewer digits (TF32)."""
_HALF_TOLERANCE = 2e-2
GROWN = 4  # rounding grows along thousands of steps
_CHAOS = 1e-3  # rounding that has grown to this has grown too far to tell it from a fault


@dataclass(frozen=True)
class Gap:
    """Where chunks give other numbers than one pass: ``site`` is off by ``apart`` at ``step`` of the steps compared."""

    site: str
    apart: float
    step: int
    failure: str = ""
    """What a model said that reads no chunk."""

    def __str__(self) -> str:
        if self.failure:
            return f"{self.site} of {self.step:,} steps cannot be read: {self.failure}"
        return f"{self.site} is off by {self.apart:.2g} at step {self.step:,}"


@dataclass(frozen=True)
class ChunkTrial:
    """A source, what is wanted of it, and how its chunks are compared with one pass."""

    source: Source
    scores: bool
    device: torch.device

    def gap(self, inputs: Tensor, chunk: int, *, grown: int = 1, stepwise: bool = False) -> Gap | None:
        """What chunks of ``inputs`` give beside one pass; None: the same.

        With ``stepwise`` the chunks are read one token at a time, and the pass over all is not.
        """
        inputs, steps, start = inputs.to(self.device), len(inputs), self.source.start
        keep = compared(chunk, steps)
        self.source.stepwise(False)
        with in_one_line(self.source.model, steps, windows=True):
            whole = self.numbers(self.source.run(inputs[:, None], start(1)), keep)
        if stepwise and not self.source.stepwise(True):
            return Gap("output", float("nan"), chunk, "it has no other way to carry its state")
        state, parts = start(1), []
        try:
            for first in range(0, steps, chunk):
                part = self.source.run(inputs[first : first + chunk, None], state)
                parts.append(self.numbers(part, keep[(keep >= first) & (keep < first + chunk)] - first))
                state = part.state
        except FAILURES as error:
            # A part that takes no shorter text than this takes no chunks.
            return Gap("a chunk", float("nan"), chunk, first_line(error)[:80])
        after = {site: torch.cat([part[site] for part in parts[1:]]) for site in parts[0]}
        return self.compare(whole, parts[0], after, keep, chunk, grown)

    def compare(
        self,
        whole: Mapping[str, Tensor],
        before: Mapping[str, Tensor],
        after: Mapping[str, Tensor],
        steps: Tensor,
        border: int,
        grown: int,
    ) -> Gap | None:
        """The first of ``steps`` at which two parts are not the whole."""
        tolerance = grown * self.tolerance(whole)
        known = int((steps < border).sum())
        for site, expected in whole.items():
            if (border and site not in before) or site not in after:
                return Gap(site, float("nan"), border)
            found = torch.cat([before[site], after[site]]) if border else after[site]
            off = _apart(found, expected)
            earlier = float(off[:known].max()) if known else 0.0
            # On many steps rounding may have moved the numbers before the border; those after it then as well.
            allowed = torch.full((len(off),), max(tolerance, 10 * earlier))
            allowed[:known] = tolerance if grown == 1 else max(tolerance, _CHAOS)
            bad = (off > allowed).nonzero()
            if len(bad):
                place = int(bad[0])
                return Gap(site, float(off[place]) * _largest(expected), int(steps[place]))
        return None

    def numbers(self, part: Part, steps: Tensor) -> dict[str, Tensor]:
        """What is compared of a part: the wanted sites, and the logits where scores are wanted."""
        values = part.values | ({"logits": part.logits} if self.scores and part.logits is not None else {})
        return {name: value[steps.to(value.device)] for name, value in values.items()}

    def tolerance(self, whole: Mapping[str, Tensor]) -> float:
        """Of the coarsest numbers that take part: gates of half-precision layers are float32, made from half an h."""
        dtypes = {value.dtype for value in whole.values()} | {real_dtype(self.source.model) or torch.float64}
        if dtypes & {torch.float16, torch.bfloat16}:
            return _HALF_TOLERANCE
        device = next(iter(whole.values())).device.type if whole else "cpu"
        tolerances = _TOLERANCE if device == "cpu" else _SHORT_TOLERANCE
        return tolerances[torch.float32 if torch.float32 in dtypes else torch.float64]


def settle(
    source: Source, texts: Sequence[Text], wanted: Sequence[str], chunk: int, device: torch.device, *, scores: bool
) -> int:
    """The chunk that may be used; the whole text where chunks would give other numbers, and a warning that says so."""
    longest = max(texts, key=lambda text: len(text.tokens))
    steps = len(longest.tokens)
    mixed = len({len(text.tokens) for text in texts}) > 1
    if source.options.window is not None or source.causal or (steps <= chunk and not mixed):
        return chunk
    gap: Gap | None = None
    if source.causal is None and source.plain:
        source.causal = True
    other_way = [site for site in wanted if site in source.reads.ahead | source.reads.turned]
    if source.causal is None and other_way:
        source.causal, source.whole = False, source.whole or f"{other_way[0]} depends on later tokens, too"
    if source.causal is None:
        with source.attached(wanted):
            gap = two_chunks(ChunkTrial(source, scores, device), longest.inputs, chunk)
        source.causal = gap is None
    if source.causal or steps <= chunk:
        return chunk
    why = source.whole or (
        f"in chunks its numbers would be others ({gap}: something beside its recurrent state runs along the text)"
    )
    warnings.warn(
        f"{steps} steps are read in one pass, and memory follows the text, not the chunk of {chunk}: {why}",
        stacklevel=5,
    )
    return steps


def two_chunks(trial: ChunkTrial, inputs: Tensor, chunk: int) -> Gap | None:
    """What the first chunks give beside one pass, as the source runs or else one token at a time."""
    steps = len(inputs)
    half = min(_TRIED, chunk, steps // 2)
    if not half:
        return Gap("output", float("nan"), 0, "one step is no two chunks")
    few = varied(inputs, half, 2 * half)
    gap = trial.gap(few, half)
    if gap is not None and trial.gap(few, half, stepwise=True) is None:
        # Each token is a chunk of its own then, and no border is unlike another.
        border = min(chunk, _STEPWISE)
        longer = varied(inputs, border, min(2 * border, steps))
        gap = trial.gap(longer, border, grown=GROWN, stepwise=True)
    elif gap is None and steps > chunk:
        far = max(_MANY * chunk, _FAR) if trial.source.may_reach_far else 2 * chunk
        part = varied(inputs, chunk, min(far, steps))
        gap = trial.gap(part, chunk, grown=GROWN)
        trial.source.compared = (len(part) - 1) // chunk if torch.equal(part, inputs[: len(part)]) else 0
    if gap is not None:
        trial.source.stepwise(False)
    return gap


def compared(chunk: int, steps: int) -> Tensor:
    """Which steps of chunks are compared: those around the borders, and some of all others.

    Examples
    --------
    >>> compared(3, 5).tolist()
    [0, 1, 2, 3, 4]
    """
    near = {step for b in range(chunk, steps, chunk) for step in range(max(0, b - 64), min(steps, b + _AFTER))}
    return torch.tensor(sorted({*near, *range(0, steps, max(1, steps // 128)), steps - 1}))


def varied(inputs: Tensor, border: int, steps: int) -> Tensor:
    """The first ``steps`` inputs, or as many of all kinds that the text has where one side of ``border`` is monotonous.

    Examples
    --------
    >>> varied(torch.tensor([7, 7, 7, 7]), 2, 4).tolist()
    [7, 7, 7, 7]
    >>> len(set(varied(torch.tensor([7] * 50 + [1, 2, 3, 4]), 20, 40).tolist()))
    5
    """
    pool = inputs[torch.linspace(0, len(inputs) - 1, min(len(inputs), _POOL)).round().long()]
    kinds = _first_of_each(pool)
    parts = [part for part in (inputs[:border], inputs[border:steps]) if len(part)]
    if all(len(_first_of_each(part)) >= min(_VARIED, len(kinds), (len(part) + 1) // 2) for part in parts):
        return inputs[:steps]
    generator = torch.Generator().manual_seed(0)
    return pool[kinds[torch.randint(len(kinds), (steps,), generator=generator)]]


def _first_of_each(rows: Tensor) -> Tensor:
    """Places of rows that differ from one another."""
    _, kind = torch.unique(rows.reshape(len(rows), -1).cpu(), dim=0, return_inverse=True)
    places = torch.full((int(kind.max()) + 1,), len(rows))
    return places.scatter_reduce(0, kind, torch.arange(len(rows)), "amin")


def _largest(expected: Tensor) -> float:
    finite = expected[expected.isfinite()]
    return float(finite.abs().max()) if finite.numel() else 0.0


def _apart(value: Tensor, expected: Tensor) -> Tensor:
    """By step, how far apart the two are at most, in parts of the largest of all; logits may rule a token out."""
    value, expected = value.double(), expected.double()
    finite = expected.isfinite()
    off = (value - expected).abs().where(finite & value.isfinite(), torch.zeros((), dtype=torch.double))
    off = off / max(_largest(expected), 1e-300)
    return off.where(finite == value.isfinite(), torch.inf).flatten(1).amax(1).cpu()
