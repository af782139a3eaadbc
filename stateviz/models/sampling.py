"""Sampling: text from a character model, one character at a time."""

from __future__ import annotations

import torch

from stateviz.core.checks import check_real, check_seed, check_whole
from stateviz.core.draws import draw
from stateviz.core.errors import InputError
from stateviz.core.protocols import LanguageModel
from stateviz.models.char import CharModel


@torch.no_grad()
def sample(
    model: CharModel | LanguageModel,
    *,
    prime: str | None = None,
    length: int = 300,
    temperature: float = 1.0,
    seed: int = 0,
    unknown: str | None = None,
) -> str:
    """Draw a text from a character model, one character at a time, that goes on from ``prime``.

    Parameters
    ----------
    model : CharModel or NGram
        As ``train`` or ``ngram`` returns it, or ``load_model`` reads it.
    prime : str, optional
        Read first; not part of the result. By default a newline, or the first character of the vocabulary where the
        model knows no newline.
    length : int
        Characters to draw.
    temperature : float
        Logits are divided by it; 0 takes the likeliest character each time.
    seed : int
        The same seed draws the same text.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters of ``prime`` that the model never saw; by default they are refused.

    Returns
    -------
    str
        The ``length`` characters drawn.

    Raises
    ------
    InputError
        When ``length`` is below 1, ``temperature`` negative or infinite, ``prime`` empty or unknown, or a weight is
        not finite.

    Examples
    --------
    >>> from stateviz.models import CharModel
    >>> len(sample(CharModel("ab\\n", cell="rnn", width=4), length=5))
    5
    """
    check_whole("length", length)
    check_real("temperature", temperature, inclusive=True)
    check_seed(seed)
    broken = model.broken_weights() if isinstance(model, CharModel) else None
    if broken:
        raise InputError(f"weights of the model are not finite ({broken}): its training diverged; train it anew")
    if prime is None:  # a model that knows no newline starts from its first character in sorted order, often a space
        prime = "\n" if "\n" in model.vocabulary else model.vocabulary[0]
    _, ids = model.encode(prime, unknown=unknown)
    device = model.head.weight.device if isinstance(model, CharModel) else torch.device("cpu")
    generator = torch.Generator().manual_seed(seed)
    logits, _, state = model.collect(ids.to(device)[:, None], model.start(1))
    drawn: list[int] = []
    while len(drawn) < length:
        drawn.append(draw(logits[-1, 0].cpu(), temperature, generator))
        logits, _, state = model.collect(torch.tensor([[drawn[-1]]], device=device), state)
    return "".join(model.vocabulary[i] for i in drawn)
