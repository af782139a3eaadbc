"""score(): what each token of a text costs a model, in one pass."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.protocols import LanguageModel
from stateviz.storage.text_files import given_text

_CHUNK = 4096  # tokens a call of the model reads


@torch.no_grad()
def score(
    model: LanguageModel, text: str | Path, *, unknown: str | None = None, encoding: str = "utf-8"
) -> NDArray[np.float64]:
    """What each token of a text costs a model, in one pass from its start state.

    Parameters
    ----------
    model : LanguageModel
        A character model as ``train`` or ``load_model`` gives it, an n-gram model, or any other that follows the
        protocol.
    text : str or pathlib.Path
        The text itself (a str), of two tokens or more, or a file of it.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters that the model never saw; by default they are refused.
    encoding : str
        Of the file, such as ``"latin-1"``.

    Returns
    -------
    ndarray of float64, shape (tokens - 1,)
        -ln p of each token after the first, given all before it: nats. Their sum is the text's, but for its first
        token; over ln 2 they are bits.

    Raises
    ------
    InputError
        When the text is shorter than two tokens, names a file, or holds what the model never saw.

    Examples
    --------
    >>> from stateviz.models import load_model
    >>> nats = score(load_model("phone-case"), "In the beginning God created the heaven and the earth.")
    >>> nats.shape, float(nats.mean().round(2))
    ((53,), 0.99)
    """
    tokens, ids = model.encode(given_text(text, encoding), unknown=unknown)
    if len(tokens) < 2:
        raise InputError(f"a text of {len(tokens)} token has none after its first; give two tokens or more")
    ids = torch.as_tensor(ids)
    nats, state = np.empty(len(tokens) - 1), model.start(1)
    device = getattr(model, "device", None)
    for begin in range(0, len(nats), _CHUNK):
        read, came = ids[begin : begin + _CHUNK][: len(nats) - begin], ids[begin + 1 : begin + 1 + _CHUNK]
        logits, _, state = model.collect(read[:, None].to(device), state)
        costs = torch.as_tensor(logits)[:, 0].cpu().double().log_softmax(-1)
        nats[begin : begin + len(read)] = -costs.gather(1, came[:, None])[:, 0].numpy()
    return nats
