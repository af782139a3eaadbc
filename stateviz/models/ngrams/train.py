"""The verb ngram(): count the n-grams of a text."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.models.corpus import Texts, corpus_of, encode
from stateviz.models.ngrams.counting import count
from stateviz.models.ngrams.model import NGram
from stateviz.models.ngrams.smoothing import SMOOTHINGS, Smoothing
from stateviz.storage.atomic import check_apart, check_writable

MOST = 20  # the highest order: longer contexts of characters say nothing more


def ngram(
    text: Texts,
    *,
    order: int = 7,
    smoothing: str | Smoothing = "modified-kneser-ney",
    hold_out: str | float | None = None,
    encoding: str = "utf-8",
    out: str | Path | None = None,
    overwrite: bool = False,
) -> NGram:
    """Count the n-grams of a text: the model that a network is compared with.

    Parameters
    ----------
    text : str, pathlib.Path, list of paths or Corpus
        As `train` takes it: the text itself (a str), or files.
    order : int
        The longest n-grams, 1 to 20: it predicts from the ``order - 1`` characters before. Those of all orders below
        are counted, too: ``model.with_order(n)``.
    smoothing : str or Smoothing
        A name of SMOOTHINGS, or a row of one's own.
    hold_out : str or float, optional
        A book's name, or a share between 0 and 1 from the end of the text, that is not counted; the provenance says
        what each order costs there, in nats a character (``curve``). By default everything is counted.
    encoding : str
        Of the files, such as ``"latin-1"``.
    out : str or pathlib.Path, optional
        Where the model is written, a ``.safetensors`` file.
    overwrite : bool
        Replace the model that is there.

    Returns
    -------
    NGram
        Which ``sample``, ``score`` and ``record`` take.

    Raises
    ------
    InputError
        When the text is shorter than ``order``, or ``order`` is not from 1 to 20.
    UnknownNameError
        When SMOOTHINGS has no such name.
    FileError
        When a text cannot be read, or ``out`` is there already.

    Examples
    --------
    >>> import stateviz as sv
    >>> model = sv.ngram("the cat sat on the mat. " * 10, order=4)
    >>> sv.sample(model, prime="the ", length=12, seed=1)
    'mc teat s th'
    """
    if check_whole("order", order) > MOST:
        raise InputError(f"order is {order}; give 1 to {MOST}")
    row = SMOOTHINGS[smoothing] if isinstance(smoothing, str) else smoothing
    if out is not None:
        check_writable(out, overwrite=overwrite)
        check_apart(out, text)
    corpus = corpus_of(text, hold_out, encoding)
    held_out = hold_out is not None or corpus is text
    counted = corpus.training if held_out else corpus.training + corpus.validation
    if len(counted) < order:
        raise InputError(f"the text has {len(counted)} characters, fewer than one n-gram of order {order} has")
    vocabulary = corpus.vocabulary
    levels = count(np.array(encode(counted, vocabulary)[1]), len(vocabulary), order)
    provenance = {"text_sha256": corpus.digest, "training_characters": len(counted)}
    model = NGram(vocabulary, levels, smoothing=row, provenance=provenance)
    if held_out:
        curve = [[n, model.with_order(n).evaluate(corpus.validation)] for n in range(1, order + 1)]
        nats = curve[-1][1]
        held = {"held_out": hold_out, "held_out_characters": len(corpus.validation)}
        model.provenance |= held | {"curve": curve, "nats": nats, "bits": nats / math.log(2)}
    if out is not None:
        model.save(out, overwrite=overwrite)
    return model
