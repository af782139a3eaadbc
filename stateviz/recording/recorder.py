"""record(): the states of a sequence model over any text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.core.table import unknown as unknown_name
from stateviz.recording.passes import Reading, settle
from stateviz.recording.selection import select
from stateviz.recording.sinks import DTYPES, MemorySink, Sink, StatisticsSink, StoreSink
from stateviz.recording.sources import Options, Source, Steps, source_of
from stateviz.recording.sources.base import reading_mode
from stateviz.recording.texts import Text, gather
from stateviz.recording.trial_pass import discovered, first_steps, sites_of_made_up_inputs

_CHUNK = 4096
_STEP_OPTIONS = ("sites", "keep", "chunk", "out", "dtype", "force", "resume")
_MOST_VOCABULARY = 4096  # a longer one is not copied into the recording


def record(
    model: Any,
    text: Any,
    *,
    sites: str | Sequence[str] | None = None,
    encode: Any = None,
    forward: Callable[[Any, Any, Any], tuple[Any, Any]] | None = None,
    predictions: int = 0,
    keep: str = "states",
    chunk: int = _CHUNK,
    window: int | None = None,
    batch_first: bool | None = None,
    device: str | torch.device | None = None,
    unknown: str | None = None,
    out: str | Path | None = None,
    dtype: str = "float32",
    force: bool = False,
    resume: bool = False,
) -> Any:
    """Run ``model`` over ``text`` and keep its hidden states.

    Column t is the state after token t was read; every token read has a column. Any torch model is taken:
    nn.RNN, nn.GRU and nn.LSTM inside it run through their fused kernels a layer at a time, and their cell states and
    gates are recomputed from the weights for all steps at once, checked against the kernel's own output.

    Parameters
    ----------
    model
        A character model of stateviz, a torch module, a Hugging Face model, or `Unrolled`; see ``SOURCES``.
    text
        A str; a pathlib.Path (UTF-8); an array of inputs (steps, ...); or a list of these, or a dict of names to them.
        Each text begins from the model's first state, and begins at a break of the columns.
    sites
        Names or globs (``"*.c"``); by default every h, and of a Hugging Face model the residual stream.
    encode
        ``encode(text) -> (tokens, inputs)``, one row or number of inputs a token; ``"bytes"``; or a Hugging Face
        tokenizer. Character models have their own.
    forward
        ``forward(model, inputs, state) -> (outputs, state)`` for a model that is not simply called. Inputs are
        (batch, steps, ...) or (steps, batch, ...) as its recurrent parts take them; state is None at first.
    predictions
        How many of the likeliest next tokens to keep at each step; with 1 or more also entropy and surprisal, which
        character models always have.
    keep
        ``"states"``, or ``"statistics"``: moments and quantiles in one pass, and no states.
    chunk
        Steps run at once; the state is carried from one chunk to the next, and memory follows the chunk. The numbers
        do not depend on it: a model for which they would is read in one pass, with a warning.
    window
        Read the text in windows of so many tokens, each half over the one before and without a memory of it: for
        models that attend to no more. By default a model's cache is used, and too long a text refused.
    batch_first
        Which layout the model takes, where its recurrent parts do not tell.
    device
        Where to run; by default where the model is. It is put back.
    unknown
        What becomes of characters a character model never saw: ``"fold"``, ``"skip"`` or ``"replace"``.
    out, dtype, force, resume
        Write the recording there as it grows (``.zarr`` or ``.zarr.zip``), as float32 or float16 (a state that does
        not fit is an error); replace what is there; go on after an interruption.

    Returns
    -------
    Recording or Statistics
        With ``surprisal[t] = -log2 p(token t | tokens before it)`` in bits (NaN for the first token of a text) and
        ``entropy[t]``, in bits, of the prediction made at step t. Statistics of several sites come as a dict.

    Raises
    ------
    InputError
        When the text is empty, an option means nothing to the model, or the steps are not as many as the tokens.
    UnknownNameError
        When a site is none of the model's.

    Examples
    --------
    >>> from stateviz.recording import characters
    >>> lstm = torch.nn.LSTM(2, 3)
    >>> record(lstm, "abba", encode=characters("ab", one_hot=True), sites=["*.h", "*.c"]).sites
    ('layer0.h', 'layer0.c')
    """
    options = Options(encode, forward, unknown, batch_first, window)
    chunk, top = check_whole("chunk", chunk), check_whole("predictions", predictions, 0)
    _check(keep, top, out, dtype, window, force=force, resume=resume)
    source = source_of(model, options)
    _check_options(source)
    texts = [source.encode(name, one) for name, one in gather(text)]
    with torch.no_grad(), reading_mode(model), _placed(model, device) as place:
        found = discovered(source, first_steps(texts).to(place))
        wanted = select(sites, found.known, found.why, source.default(list(found.known)))
        scores = keep == "states" and (top > 0 or source.scores)
        chunk = settle(source, texts, wanted, chunk, place, scores=scores)
        breaks = _breaks(texts)
        origin = _origin(source, texts, top, window)
        sink: Sink
        if keep == "statistics":
            sink = StatisticsSink(origin)
        elif out is not None:
            sink = StoreSink(out, origin, breaks, dtype=dtype, force=force, resume=resume)
        else:
            sink = MemorySink(origin, breaks)
        reading = Reading(source, sink, wanted, scores, top, place)
        return _run(reading, texts, chunk, {site: found.known[site] for site in wanted})


def record_steps(
    step: Callable[[Any, Any], Any],
    h0: Any,
    inputs: Any,
    *,
    tokens: Sequence[str] | None = None,
    **options: Any,
) -> Any:
    """Record a plain function that makes one step.

    Parameters
    ----------
    step : callable
        ``step(x, h) -> h``; h is an array, a tuple (h, c), or a mapping of names to arrays, of numpy, torch or
        whatever ``numpy.asarray`` takes.
    h0
        The state before the first step.
    inputs : sequence
        One x a step.
    tokens : sequence of str, optional
        The text of each step; by default the inputs where they are text, else their numbers.
    **options
        ``sites``, ``keep``, ``chunk``, ``out``, ``dtype``, ``force`` and ``resume``, as `record` takes them.

    Examples
    --------
    >>> record_steps(lambda x, h: 0.5 * h + x, [0.0], [1.0, 2.0])["h"].values.tolist()
    [[1.0, 2.5]]
    """
    for name in options:
        if name not in _STEP_OPTIONS:
            raise InputError(f"{name} means nothing to a plain function; give any of {', '.join(_STEP_OPTIONS)}")
    steps = Steps(step, h0, inputs, tokens)
    return record(steps, "steps", **options)


def sites(
    model: Any, text: Any = None, *, encode: Any = None, forward: Any = None, batch_first: bool | None = None
) -> dict[str, int]:
    """What `record` can capture of ``model``: the units of each site.

    A model is run over the first steps of ``text``; without one over a few made-up inputs.

    Examples
    --------
    >>> list(sites(torch.nn.GRU(2, 3)))
    ['layer0.h', 'layer0.r', 'layer0.z', 'layer0.n']
    """
    source = source_of(model, Options(encode, forward, None, batch_first))
    _check_options(source)
    with torch.no_grad(), reading_mode(model), _placed(model, None) as place:
        if text is not None:
            texts = [source.encode(name, one) for name, one in gather(text)]
            return discovered(source, first_steps(texts).to(place)).known
        return sites_of_made_up_inputs(source, place).known


def _run(reading: Reading, texts: Sequence[Text], chunk: int, units: Mapping[str, int]) -> Any:
    from tqdm import tqdm

    total = sum(len(text.tokens) for text in texts)
    sink, source = reading.sink, reading.source
    try:
        sink.begin(total, units, source.binary(reading.wanted))
        with source.attached(reading.wanted), tqdm(total=total, unit="step", delay=1, disable=None, leave=False) as bar:
            for steps in reading.read(texts, chunk):
                bar.update(steps)
        return sink.finish()
    except BaseException:
        sink.abort()
        raise


def _check(keep: str, top: int, out: Any, dtype: str, window: int | None, *, force: bool, resume: bool) -> None:
    if keep not in ("states", "statistics"):
        raise InputError(unknown_name("keep", keep, {"states": None, "statistics": None}))
    if dtype not in DTYPES:
        raise InputError(unknown_name("dtype", dtype, dict.fromkeys(DTYPES)))
    if keep == "statistics" and (out is not None or dtype != DTYPES[0] or force or resume):
        raise InputError(
            "keep='statistics' gives no states to write; leave out, dtype, force and resume away, or keep the states"
        )
    if keep == "statistics" and top:
        raise InputError("keep='statistics' keeps no step, and so no predictions; leave predictions away")
    if out is None and (dtype != DTYPES[0] or force or resume):
        raise InputError("dtype, force and resume say how a recording is written; name its file with out=")
    if window is not None:
        check_whole("window", window, 2)


def _check_options(source: Source) -> None:
    """An option that does nothing is an error."""
    options, name = source.options, type(source.model).__name__
    if options.unknown is not None and source.encodes is False:
        raise InputError(f"unknown is for the vocabulary of a stateviz character model; {name} reads by encode")
    if options.window is not None and source.causal:
        raise InputError(f"window means nothing to {name}, whose state is carried over the whole text; leave it out")


def _breaks(texts: Sequence[Text]) -> list[int]:
    starts, total = [], 0
    for text in texts[:-1]:
        total += len(text.tokens)
        starts.append(total)
    return starts


def _origin(source: Source, texts: Sequence[Text], top: int, window: int | None) -> dict[str, Any]:
    """Where a recording comes from: digests, versions, texts, and how it was read."""
    whole = hashlib.sha256()
    for text in texts:
        whole.update("".join(text.tokens).encode("utf-8", "surrogatepass"))
    origin = {**source.provenance(), "text_sha256": whole.hexdigest(), "versions": {"torch": str(torch.__version__)}}
    if len(texts) > 1 or texts[0].name is not None:
        starts = [0, *_breaks(texts)]
        origin["texts"] = [
            {"name": text.name, "start": start, "steps": len(text.tokens)}
            for text, start in zip(texts, starts, strict=True)
        ]
    if window is not None:
        origin["window"] = {"tokens": window, "overlap": window // 2}
    if top and source.vocabulary is not None and len(source.vocabulary) <= _MOST_VOCABULARY:
        origin["vocabulary"] = list(source.vocabulary)
    return origin


@contextmanager
def _placed(model: Any, device: str | torch.device | None) -> Iterator[torch.device]:
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
