"""How a recording is made, whichever verb asked for it: checks, texts, sites, provenance, and the pass over it all."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TypeVar

import torch
from torch import nn

from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.core.progress import Progress, Watch
from stateviz.recording.chunks import CHUNK, settle
from stateviz.recording.generation import Generate, gone_on
from stateviz.recording.notices import noted_directions
from stateviz.recording.passes import Reading
from stateviz.recording.positions import Positions, kept_steps, noted_positions
from stateviz.recording.selection import select
from stateviz.recording.sinks import Sink
from stateviz.recording.sources import Options, Source, source_of
from stateviz.recording.sources.base import reading_mode
from stateviz.recording.sources.turns import alone
from stateviz.recording.sources.wrapped import uncompiled, unwrapped
from stateviz.recording.stepping import check_states
from stateviz.recording.texts import Text, Texts, gather
from stateviz.recording.trial_pass import discovered, first_steps

_MOST_VOCABULARY = 4096  # a longer one is not copied into the recording
_EVERY = 0.2  # seconds between two calls of watch

Result = TypeVar("Result")


@dataclass(frozen=True)
class Request:
    """What is read, by what, and what is wanted of it.

    ``top`` are the likeliest next tokens to keep at each step, ``scores`` whether predictions are wanted at all; None:
    where the source gives them unasked.
    """

    model: object
    texts: Texts
    options: Options
    encoding: str = "utf-8"
    sites: str | Sequence[str] | None = None
    chunk: int = CHUNK
    device: str | torch.device | None = None
    top: int = 0
    scores: bool | None = None
    positions: Positions | None = None
    generate: Generate = field(default_factory=Generate)
    watch: Watch | None = None


def run(request: Request, sink_of: Callable[[dict[str, object], Sequence[int]], Sink[Result]]) -> Result:
    """Read the texts into the sink that ``sink_of(provenance, breaks)`` makes, and give what it makes of them."""
    chunk, top = check_whole("chunk", request.chunk), check_whole("predictions", request.top, 0)
    request.generate.check()
    if request.options.window is not None:
        check_whole("window", request.options.window, 2)
    if request.options.reach is not None:
        check_whole("reach", request.options.reach)
    request = replace(request, model=unwrapped(request.model))
    # Before the source looks at the model, which another thread may have changed.
    with alone(request.model), uncompiled():
        return _run(request, sink_of, chunk, top)


def _run(
    request: Request, sink_of: Callable[[dict[str, object], Sequence[int]], Sink[Result]], chunk: int, top: int
) -> Result:
    source = opened(request.model, request.options)
    texts = [source.encode(name, one) for name, one in gather(request.texts, request.encoding)]
    with torch.no_grad(), reading_mode(request.model), placed(request.model, request.device) as place:
        found = discovered(source, first_steps(texts, request.options.window).to(place))
        unasked = [site for site in found.known if site not in found.asked]
        wanted = select(request.sites, found.known, found.why, source.default(unasked), found.asked)
        scores = top > 0 or source.scores if request.scores is None else request.scores
        noted = noted_directions(source, wanted) | request.generate.noted()
        kept = kept_steps(request.positions, [len(text.tokens) + request.generate.tokens for text in texts])
        texts = gone_on(source, texts, request.generate, place)
        if request.positions is not None:
            noted["positions"] = noted_positions(request.positions)
        check_states(source, texts, wanted, place)
        chunk = settle(source, texts, wanted, chunk, place, scores=scores)
        columns = [int(one.sum()) for one in kept]
        sink = sink_of(_provenance(source, texts, top, columns) | noted, _starts(columns)[1:])
        units = {site: found.known[site] for site in wanted}
        reading = Reading(source, sink, units, scores, top, place, None if request.positions is None else kept)
        return _read(reading, texts, chunk, request.watch)


def opened(model: object, options: Options) -> Source:
    """The source of ``model``; an option that means nothing to it is an error."""
    source, name = source_of(model, options), type(model).__name__
    if options.unknown is not None and source.encodes is False:
        raise InputError(f"unknown is for the vocabulary of a stateviz character model; {name} reads by encode")
    if options.window is not None and source.causal:
        raise InputError(f"window means nothing to {name}, whose state is carried over the whole text; leave it out")
    return source


def _read(reading: Reading[Result], texts: Sequence[Text], chunk: int, watch: Watch | None) -> Result:
    total = sum(len(text.tokens) for text in texts)
    sink, source = reading.sink, reading.source
    begun = reported = time.perf_counter()
    count = 0
    try:
        sink.begin(reading.begin(total), reading.wanted, reading.binary)
        with source.attached(tuple(reading.wanted)):
            for steps in reading.read(texts, chunk):
                count += steps
                now = time.perf_counter()
                if watch is not None and (now - reported >= _EVERY or count == total):
                    watch(
                        Progress(
                            "record", done=count / total, seconds=now - begun, count=count, total=total, unit="steps"
                        )
                    )
                    reported = now
        return sink.finish()
    except BaseException:
        sink.abort()
        raise


def _starts(columns: Sequence[int]) -> list[int]:
    """The column at which each text begins."""
    return [0, *accumulate(columns)][:-1]


def _provenance(source: Source, texts: Sequence[Text], top: int, columns: Sequence[int]) -> dict[str, object]:
    """Where a recording comes from: digests, versions, texts, and how it was read."""
    window = source.options.window
    whole = hashlib.sha256()
    for text in texts:
        whole.update("".join(text.tokens).encode("utf-8", "surrogatepass"))
    provenance: dict[str, object] = {
        **source.provenance(),
        **source.given(texts),
        "text_sha256": whole.hexdigest(),
        "versions": {"torch": str(torch.__version__)},
    }
    if len(texts) > 1 or texts[0].name is not None:
        provenance["texts"] = [
            {"name": text.name, "start": start, "steps": count}
            for text, start, count in zip(texts, _starts(columns), columns, strict=True)
        ]
    if window is not None:
        provenance["window"] = {"tokens": window, "overlap": window // 2}
    if top and source.vocabulary is not None and len(source.vocabulary) <= _MOST_VOCABULARY:
        provenance["vocabulary"] = list(source.vocabulary)
    return provenance


@contextmanager
def placed(model: object, device: str | torch.device | None) -> Iterator[torch.device]:
    """The model on ``device`` for the block, then back where it was."""
    weights = next(iter(model.parameters()), None) if isinstance(model, nn.Module) else None
    before = torch.device("cpu") if weights is None else weights.device
    if device is None:
        yield before
        return
    if not isinstance(model, nn.Module):
        raise InputError(f"device means nothing to a {type(model).__name__}; leave it out")
    try:
        place = torch.device(device)
        torch.zeros(1, device=place)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device {str(device)!r} cannot be used here: {str(error).splitlines()[0]}") from None
    try:
        model.to(place)
        yield place
    finally:
        model.to(before)
