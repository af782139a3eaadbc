"""Texts that a model goes on with: each token is drawn from what it predicts after those before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stateviz.core.checks import check_real, check_seed, check_whole
from stateviz.core.errors import InputError
from stateviz.recording.chunks import CHUNK, ChunkTrial, two_chunks
from stateviz.recording.encoders.utf8 import ByteEncoder
from stateviz.recording.failures import in_one_line
from stateviz.recording.sources.base import Source
from stateviz.recording.texts import Text, encoded

_ENOUGH = 16  # tokens on which it can be told whether a state is carried on
_APART = 1e-3  # of the largest logit: more than rounding


@dataclass(frozen=True)
class Generate:
    """How a text goes on: so many tokens, drawn at a temperature (0: the likeliest), from a seed."""

    tokens: int = 0
    temperature: float = 0.0
    seed: int = 0

    def check(self) -> None:
        """Refuse what cannot be."""
        check_whole("generate", self.tokens, 0)
        check_real("temperature", self.temperature, inclusive=True)
        check_seed(self.seed)
        if not self.tokens and (self.temperature or self.seed):
            raise InputError("temperature and seed are of the tokens that are generated; say how many by generate=")

    def noted(self) -> dict[str, object]:
        """For the source of a recording; nothing where nothing is generated."""
        if not self.tokens:
            return {}
        return {"generate": {"tokens": self.tokens, "temperature": self.temperature, "seed": self.seed}}


def gone_on(source: Source, texts: Sequence[Text], how: Generate, device: torch.device) -> list[Text]:
    """The texts and what the model writes after each, one after another from one seed.

    Raises
    ------
    InputError
        When the model gives no logits, or nothing says what a token that was drawn is called.
    """
    if not how.tokens:
        return list(texts)
    found = []
    for stream, text in enumerate(texts):
        # The first text is the one that stateviz.sample draws.
        uniforms = np.random.default_rng([how.seed, stream]).random(how.tokens)
        source.check_length(source.options.window or len(text.tokens) + how.tokens)
        with source.attached(()):
            found.append(_gone_on(_Reader(source, device), text, how.temperature, uniforms))
            source.stepwise(False)
    return found


def _gone_on(reader: _Reader, text: Text, temperature: float, uniforms: NDArray[np.float64]) -> Text:
    inputs, drawn = text.inputs, list[int]()
    for uniform in uniforms:
        drawn.append(_draw(reader.logits(inputs).float().cpu().numpy(), temperature, uniform))
        inputs = torch.cat([inputs, _read_as(reader.source, text, drawn[-1]).to(inputs)])
    names = _names(reader.source, text, drawn)
    return replace(text, tokens=[*text.tokens, *names], inputs=inputs, prompt=len(text.tokens))


def _draw(logits: NDArray[np.float32], temperature: float, uniform: float) -> int:
    """The place at ``uniform`` (0 to 1) of softmax(logits / temperature); at 0 the likeliest."""
    best = int(logits.argmax())
    if not np.isfinite(logits[best]):
        raise InputError(f"the likeliest token has a logit of {logits[best]}; look at the weights of the model")
    if temperature < 1e-30:  # divisions would overflow
        return best
    reached = np.exp((logits.astype(np.float64) - logits[best]) / temperature).cumsum()
    return int(np.searchsorted(reached, uniform * reached[-1], side="right"))


class _Reader:
    """Reads a text that grows: on from the state where that gives what one pass gives, else all of it each time."""

    def __init__(self, source: Source, device: torch.device) -> None:
        self.source, self.device = source, device
        self.sure = bool(source.causal) or source.plain
        self.carries: bool | None = True if self.sure else source.causal
        self.state: Any = None
        self.read = 0

    def logits(self, inputs: Tensor) -> Tensor:
        """Of the token that follows, shape (vocabulary,)."""
        if self.source.options.window is not None:
            return self._last(inputs[-self.source.options.window :], self.source.start(1))[0]
        if self.carries is None and len(inputs) >= _ENOUGH:
            trial = ChunkTrial(self.source, True, self.device)
            self.carries = two_chunks(trial, inputs, len(inputs) // 2) is None
        if not self.carries:
            return self._last(inputs, self.source.start(1))[0]
        state = self.state if self.read else self.source.start(1)
        for first in range(self.read, len(inputs), CHUNK):
            found, state = self._last(inputs[first : first + CHUNK], state)
        self.state, self.read = state, len(inputs)
        if not self.sure and len(inputs) & (len(inputs) - 1) == 0:
            whole = self._last(inputs, self.source.start(1))[0]
            if not bool(((whole - found).abs() <= _APART * whole.abs().max()).all()):
                raise InputError(
                    f"{type(self.source.model).__name__} predicts otherwise after {len(inputs)} tokens when it reads "
                    "them one by one than in one pass; give forward=, a function (model, inputs, state) -> "
                    "(outputs, state) that carries what runs along the text"
                )
        return found

    def _last(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        with in_one_line(self.source.model, len(inputs)):
            part = self.source.run(inputs[:, None].to(self.device), state)
        if part.logits is None:
            raise InputError(
                f"generate draws tokens from logits (steps, vocabulary), and {type(self.source.model).__name__} gives "
                "none; give forward=, a function (model, inputs, state) -> (logits, state)"
            )
        return part.logits[-1, 0], part.state


def _read_as(source: Source, text: Text, drawn: int) -> Tensor:
    """What the model reads for a token that was drawn, one row."""
    if text.inputs.dim() == 1 and not text.inputs.is_floating_point():
        return torch.tensor([drawn])
    if source.vocabulary is None or not text.plain:
        raise InputError(
            f"inputs are rows of {tuple(text.inputs.shape[1:])} numbers, and nothing says which is that of a token; "
            "give the text and characters(vocabulary, one_hot=True), or an encode with a vocabulary"
        )
    row = encoded(None, _name(source.vocabulary, drawn), source.encoder()).inputs
    if len(row) != 1:
        raise InputError(f"encode makes {len(row)} steps of {_name(source.vocabulary, drawn)!r}, a token of its own")
    return row


def _names(source: Source, text: Text, drawn: Sequence[int]) -> list[str]:
    """The text of each token that was drawn."""
    if not text.plain:
        return [str(one) for one in drawn]
    bytes_of_ours = source.vocabulary is not None and tuple(source.vocabulary) == ByteEncoder.vocabulary
    spell = getattr(ByteEncoder() if bytes_of_ours else source.encoder(), "spell", None)
    if callable(spell):
        return list(spell(drawn))
    if source.vocabulary is None:
        raise InputError(
            "nothing says what the tokens that were drawn are called; give encode= characters(vocabulary), 'bytes' or "
            "a tokenizer, or give your function an attribute vocabulary, the text of each id"
        )
    return [_name(source.vocabulary, one) for one in drawn]


def _name(vocabulary: Sequence[str], drawn: int) -> str:
    if drawn >= len(vocabulary):
        raise InputError(f"token {drawn} was drawn, and the vocabulary has {len(vocabulary)}; is the output logits?")
    return vocabulary[drawn]
