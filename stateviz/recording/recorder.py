"""The verbs record() and record_statistics()."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from stateviz.core.errors import InputError
from stateviz.core.progress import Watch
from stateviz.core.recordings import Recording
from stateviz.core.statistics import Statistics
from stateviz.core.table import unknown as unknown_name
from stateviz.recording.chunks import CHUNK
from stateviz.recording.generation import Generate
from stateviz.recording.positions import Positions
from stateviz.recording.session import Request, run
from stateviz.recording.sinks import DTYPES, MemorySink, StatisticsSink, StoreSink
from stateviz.recording.sources import Options
from stateviz.recording.sources.base import Forward
from stateviz.recording.texts import Texts


def record(
    model: object,
    text: Texts,
    *,
    sites: str | Sequence[str] | None = None,
    encode: object = None,
    encoding: str = "utf-8",
    forward: Forward | None = None,
    predictions: int = 0,
    positions: Positions | None = None,
    generate: int = 0,
    temperature: float = 0.0,
    seed: int = 0,
    chunk: int = CHUNK,
    window: int | None = None,
    batch_first: bool | None = None,
    layout: str | None = None,
    reach: int | None = None,
    device: str | torch.device | None = None,
    unknown: str | None = None,
    out: str | Path | None = None,
    dtype: str = "float32",
    overwrite: bool = False,
    resume: bool = False,
    watch: Watch | None = None,
) -> Recording:
    """Run ``model`` over ``text`` and keep its hidden states.

    Column t is the state after token t was read; every token read has a column. Any torch model is taken:
    nn.RNN, nn.GRU and nn.LSTM inside it run through their fused kernels a layer at a time, and their cell states and
    gates are recomputed from the weights for all steps at once, checked against the kernel's own output.

    Parameters
    ----------
    model
        A character model of stateviz, a torch module, a Hugging Face model, or `Unrolled`; see ``SOURCES``.
    text : str, pathlib.Path, array, or a list or dict of these
        A str is the text itself; one that names a file is refused. A Path is a file (``Path("-")``: stdin), read
        without a byte order mark, with LF for CR LF and without the newline at its end. An array, or a list of
        numbers, holds inputs, shape (steps,) or (steps, ...), and needs no encoding. A dict gives each text a name.
        Each text begins from the model's first state, and at a break of the columns.
    sites : str or sequence of str, optional
        Names or globs (``"*.c"``); by default every h, what a user's own cells carry on from step to step, and of a
        Hugging Face model the residual stream. Of any module ``NAME.in`` is what it reads, ``NAME.out`` what it gives,
        and ``NAME.head0`` the pattern of an attention head; ``state`` is what ``forward`` gives beside its outputs.
    encode : callable, ``"bytes"`` or tokenizer, optional
        ``encode(text) -> (tokens, inputs)``, one row or number of inputs a token; ``characters(vocabulary)``;
        ``"bytes"``; or a Hugging Face tokenizer; see ``ENCODERS``. Character models have their own.
    encoding : str
        Of the files among the texts, such as ``"latin-1"``.
    forward : callable, optional
        ``forward(model, inputs, state) -> (outputs, state)`` for a model that is not simply called. Inputs are
        (batch, steps, ...) or (steps, batch, ...) as its recurrent parts take them; state is None at first.
    predictions : int
        How many of the likeliest next tokens to keep at each step; with 1 or more also entropy and surprisal, which
        character models always have.
    positions : slice or sequence of int, optional
        Keep these steps of each text only, from its end if negative, in the order of the text; the track ``position``
        says which they were. The whole text is read.
    generate : int
        So many tokens that the model writes after each text, and reads as the text: column t is the state after token
        t, and the track ``generated`` marks those that the model wrote. A token that ends texts does not end this.
    temperature : float
        Logits are divided by it before a token is drawn; 0, the default, takes the likeliest each time.
    seed : int
        Of the draws, each text with its own; the first is the text that `sample` draws.
    chunk : int
        Steps run at once; the state is carried from one chunk to the next, and memory follows the chunk. The numbers
        do not depend on it: chunks are compared with one pass at the first border of two of them, and while the text
        is read at the second, the fourth, the eighth. A model for which they differ at first is read in one pass, with
        a warning; later it is refused.
    window : int, optional
        Read the text in windows of so many tokens, each half over the one before and without a memory of it: for
        models that attend to no more; what is generated is drawn after the last so many. By default a model's cache is
        used, and too long a text refused.
    batch_first : bool, optional
        Whether the model takes (batch, steps, ...). By default its recurrent parts tell, or two texts side by side,
        which must not change one another's numbers; where they do in both layouts, it is an error.
    layout : ``"nlc"``, ``"lnc"`` or ``"ncl"``, optional
        In place of ``batch_first``, for convolutions too: the model takes (texts, steps, units), (steps, texts, units)
        or (texts, units, steps).
    reach : int, optional
        How many steps back the pattern of an attention head goes, the step itself as unit 0 included; by default 255.
    device : str or torch.device, optional
        Where to run; by default where the model is. It is put back.
    unknown : ``"fold"``, ``"skip"`` or ``"replace"``, optional
        What becomes of characters a character model never saw: their nearest known one, nothing, or a space. By
        default they are an error.
    out : str or pathlib.Path, optional
        Write the recording there as it grows (``.zarr`` or ``.zarr.zip``); by default it is kept in memory.
    dtype : ``"float32"`` or ``"float16"``
        Of the states in the file; a state that does not fit is an error. Binary sites are int8.
    overwrite : bool
        Replace what is there.
    resume : bool
        Go on after an interruption.
    watch : callable, optional
        ``watch(Progress)`` is called a few times a second with the steps that are done.

    Returns
    -------
    Recording
        With the tracks ``surprisal[t] = -log2 p(token t | tokens before it)`` in bits (NaN for the first token of a
        text) and ``entropy[t]``, in bits, of the prediction made at step t, where the model predicts.

    Raises
    ------
    InputError
        When the text is empty, an option means nothing to the model, or the steps are not as many as the tokens.
    UnknownNameError
        When a site is none of the model's.
    FileError
        When a text cannot be read or decoded, or ``out`` is there already.

    Examples
    --------
    >>> from stateviz.recording import characters
    >>> lstm = torch.nn.LSTM(2, 3)
    >>> record(lstm, "abba", encode=characters("ab", one_hot=True), sites=["*.h", "*.c"]).sites
    ('layer0.h', 'layer0.c')
    """
    if dtype not in DTYPES:
        raise InputError(unknown_name("dtype", dtype, dict.fromkeys(DTYPES)))
    if out is None and (dtype != DTYPES[0] or overwrite or resume):
        raise InputError("dtype, overwrite and resume say how a recording is written; name its file with out=")
    options = Options(encode, forward, unknown, batch_first, window, layout, reach)
    how = Generate(generate, temperature, seed)
    request = Request(
        model,
        text,
        options,
        encoding,
        sites,
        chunk,
        device,
        predictions,
        positions=positions,
        generate=how,
        watch=watch,
    )
    if out is None:
        return run(request, MemorySink)
    return run(
        request,
        lambda provenance, breaks: StoreSink(out, provenance, breaks, dtype=dtype, overwrite=overwrite, resume=resume),
    )


def record_statistics(
    model: object,
    text: Texts,
    *,
    sites: str | Sequence[str] | None = None,
    encode: object = None,
    encoding: str = "utf-8",
    forward: Forward | None = None,
    positions: Positions | None = None,
    chunk: int = CHUNK,
    window: int | None = None,
    batch_first: bool | None = None,
    layout: str | None = None,
    reach: int | None = None,
    device: str | torch.device | None = None,
    unknown: str | None = None,
    watch: Watch | None = None,
) -> Mapping[str, Statistics]:
    """Run ``model`` over ``text`` and keep moments and quantiles of its hidden states, not the states.

    For texts too long to keep: memory follows the chunk. `order` and `correlate` take the statistics.

    Parameters
    ----------
    model
        A character model of stateviz, a torch module, a Hugging Face model, or `Unrolled`; see ``SOURCES``.
    text : str, pathlib.Path, array, or a list or dict of these
        As `record` takes it.
    sites : str or sequence of str, optional
        Names or globs (``"*.c"``); by default every h, and of a Hugging Face model the residual stream.
    encode : callable, ``"bytes"`` or tokenizer, optional
        How the model reads text, as `record` takes it.
    encoding : str
        Of the files among the texts, such as ``"latin-1"``.
    forward : callable, optional
        ``forward(model, inputs, state) -> (outputs, state)`` for a model that is not simply called.
    positions : slice or sequence of int, optional
        Count these steps of each text only, as `record` takes them.
    chunk : int
        Steps run at once.
    window : int, optional
        Read the text in windows of so many tokens, each half over the one before.
    batch_first : bool, optional
        Whether the model takes (batch, steps, ...), where its recurrent parts do not tell.
    layout, reach
        As `record` takes them.
    device : str or torch.device, optional
        Where to run; by default where the model is. It is put back.
    unknown : ``"fold"``, ``"skip"`` or ``"replace"``, optional
        What becomes of characters a character model never saw.
    watch : callable, optional
        ``watch(Progress)`` is called a few times a second with the steps that are done.

    Returns
    -------
    mapping of str to Statistics
        One a site, in the order they were asked for.

    Raises
    ------
    InputError
        When the text is empty, an option means nothing to the model, or the steps are not as many as the tokens.
    UnknownNameError
        When a site is none of the model's.
    FileError
        When a text cannot be read or decoded.

    Examples
    --------
    >>> from stateviz.recording import characters
    >>> found = record_statistics(torch.nn.GRU(2, 3), "abba", encode=characters("ab", one_hot=True))
    >>> {site: (statistics.shape, statistics.count) for site, statistics in found.items()}
    {'layer0.h': ((3, 4), 4)}
    """
    options = Options(encode, forward, unknown, batch_first, window, layout, reach)
    request = Request(
        model, text, options, encoding, sites, chunk, device, scores=False, positions=positions, watch=watch
    )
    return run(request, lambda provenance, breaks: StatisticsSink(provenance))
