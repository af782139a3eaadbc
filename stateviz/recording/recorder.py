"""One pass over a text, all states kept."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.protocols import Recordable
from stateviz.core.states import Recording, StateMatrix
from stateviz.core.table import unknown as unknown_name

_CHUNK = 4096  # steps run at once; the state is carried from one chunk to the next


@torch.no_grad()
def record(
    model: Recordable,
    text: str,
    *,
    sites: Sequence[str] | None = None,
    unknown: str | None = None,
    chunk: int = _CHUNK,
    out: str | Path | None = None,
) -> Recording:
    """Run ``model`` over ``text`` and keep its hidden states.

    Column t is the state after token t was read; every token read has a column.

    Parameters
    ----------
    model : Recordable
        A character model of stateviz (every cell), or anything with the same methods.
    text
        What it reads.
    sites
        Names of ``model.sites()``; by default h of every layer.
    unknown
        What becomes of characters the model never saw: ``"fold"``, ``"skip"`` or ``"replace"``;
        None refuses them by name.
    chunk
        Steps run at once. The numbers do not depend on it.
    out
        Also write the recording there (``.zarr`` or ``.zarr.zip``).

    Returns
    -------
    Recording
        With ``surprisal[t] = -log2 p(token t | tokens before it)`` in bits (undefined, NaN, for the
        first token) and ``entropy[t]``, in bits, of the prediction made at step t.

    Raises
    ------
    InputError
        When the text is empty or holds characters the model never saw.
    UnknownNameError
        When a site is none of the model's.

    Examples
    --------
    >>> from stateviz.models import CharModel
    >>> record(CharModel("ab", cell="rnn", width=3), "abba")["core.layer0.h"].shape
    (3, 4)
    """
    if not isinstance(model, Recordable):
        raise InputError(
            f"cannot record a {type(model).__name__}; give a stateviz CharModel (sv.load_model or sv.train)"
        )
    if chunk < 1:
        raise InputError(f"chunk {chunk} must be 1 or more")
    wanted = _sites(model, sites)
    tokens, ids = model.encode(text, unknown=unknown)
    values, surprisal, entropy = _run(model, ids, wanted, chunk)
    source: dict[str, Any] = {
        "model": model.digest(),
        "text_sha256": hashlib.sha256("".join(tokens).encode()).hexdigest(),
    }
    source |= {"versions": {"torch": str(torch.__version__)}}
    states = {
        site: StateMatrix(array, tokens=tuple(tokens), site=site, source=source) for site, array in values.items()
    }
    recording = Recording(tuple(tokens), states, source, surprisal, entropy)
    if out is not None:
        from stateviz.storage import save_recording

        save_recording(recording, out)
    return recording


def _sites(model: Recordable, sites: Sequence[str] | None) -> list[str]:
    known = model.sites()
    wanted = list(known) if sites is None else [sites] if isinstance(sites, str) else list(dict.fromkeys(sites))
    if not wanted:
        raise InputError(f"no site was asked for; choose from {', '.join(known)}")
    for site in wanted:
        if site not in known:
            raise UnknownNameError(unknown_name("site", site, known))
    return wanted


def _run(
    model: Recordable, ids: Any, sites: list[str], chunk: int
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32], NDArray[np.float32]]:
    """States (units, steps) by site, surprisal and entropy (steps,)."""
    steps = len(ids)
    values = {site: np.empty((model.sites()[site], steps), np.float32) for site in sites}
    surprisal, entropy = np.full(steps, np.nan, np.float32), np.empty(steps, np.float32)
    state, previous = model.start(1), None
    training = getattr(model, "training", False)
    if training:
        model.eval()  # type: ignore[attr-defined]
    try:
        for first in range(0, steps, chunk):
            part = ids[first : first + chunk]
            logits, collected, state = model.collect(part[:, None], state)
            for site in sites:
                values[site][:, first : first + len(part)] = collected[site][:, 0].float().cpu().numpy().T
            bits = torch.log_softmax(logits[:, 0].float(), -1).cpu() / math.log(2)
            entropy[first : first + len(part)] = -(bits * (bits * math.log(2)).exp()).sum(-1).numpy()
            before = bits[:-1] if previous is None else torch.cat([previous, bits[:-1]])
            start = first + (previous is None)
            surprisal[start : first + len(part)] = -before.gather(1, ids[start : first + len(part), None])[:, 0].numpy()
            previous = bits[-1:]
    finally:
        if training:
            model.train()  # type: ignore[attr-defined]
    return values, surprisal, entropy
