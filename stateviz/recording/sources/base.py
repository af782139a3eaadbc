"""Source: what an adapter offers to the recorder, whatever kind of model stands behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from stateviz.core.errors import InputError
from stateviz.recording.digests import digest, digest_of, digest_of_inputs, name_of
from stateviz.recording.encoders import Encode, encoder_of, vocabulary_of
from stateviz.recording.selection import hidden
from stateviz.recording.sources.direction import Directions
from stateviz.recording.texts import Opened, Text, encoded

Forward: TypeAlias = Callable[[Any, Tensor, Any], tuple[Any, Any]]
"""``forward(model, inputs, state) -> (outputs, state)``: how a model is run that is not simply called."""


@dataclass(frozen=True)
class Options:
    """What a user may say about a model; an adapter takes what it needs and refuses what means nothing to it."""

    encode: object = None
    forward: Forward | None = None
    unknown: str | None = None
    batch_first: bool | None = None
    window: int | None = None
    layout: str | None = None
    reach: int | None = None

    def noted(self) -> dict[str, object]:
        """What was said of how the model is run, in plain values; nothing where nothing was said.

        >>> Options(encode="bytes", batch_first=True).noted()
        {'encode': 'bytes', 'batch_first': True}
        """
        found: dict[str, object] = {}
        if self.encode is not None:
            found["encode"] = self.encode if isinstance(self.encode, str) else name_of(self.encode)
        if self.forward is not None:
            found["forward"] = {"name": name_of(self.forward), "sha256": digest_of(self.forward)}
        if self.batch_first is not None:
            found["batch_first"] = self.batch_first
        if self.layout is not None:
            found["layout"] = self.layout
        return found


@dataclass
class Part:
    """What some steps gave.

    ``values[site]`` is (steps, batch, units), ``logits`` (steps, batch, vocabulary) or None, ``state`` what to go on
    from. Column t is the state after token t was read.
    """

    values: dict[str, Tensor]
    logits: Tensor | None
    state: Any


@dataclass
class Sites:
    """What can be recorded: units by name; for names that cannot, the reason; those that must be asked for by name."""

    known: dict[str, int]
    why: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)


class Source(ABC):
    """A model, as the recorder sees it.

    Attributes
    ----------
    model
        What the user gave.
    vocabulary
        Its tokens, where they are known.
    causal
        Whether chunks with the state carried over give what one pass gives, and padding after the end of a text
        changes nothing; None where that is to be tried out.
    plain
        Whether it is causal for certain, and need not be tried out.
    whole
        Why a text must be read in one pass, where that is known.
    compared
        How many borders of chunks were compared with one pass on the text itself; None where chunks are known to be
        right, and need not be compared while the text is read.
    scores
        Whether surprisal and entropy are recorded without being asked for.
    encodes
        Whether the model has a vocabulary of its own.
    pads
        Whether texts of different lengths may be read side by side though the source is not causal.
    batches
        Whether texts may be read side by side at all.
    may_reach_far
        Whether a part may remember more than two chunks, though no state carries it.
    carried
        Sites that are states carried on from token to token, which are read one token at a time.
    limit
        The most tokens that the model reads.
    reads
        Which sites read the text from its end, or see later tokens.
    """

    vocabulary: Sequence[str] | None = None
    causal: bool | None = True
    plain: bool = False
    whole: str | None = None
    compared: int | None = None
    scores: bool = False
    encodes: bool = False
    pads: bool = False
    batches: bool = True
    may_reach_far: bool = False
    carried: Mapping[str, Any] = {}
    limit: int | None = None

    def __init__(self, model: Any, options: Options) -> None:
        self.model, self.options = model, options
        self.reads = Directions()

    def encode(self, name: str | None, text: Opened) -> Text:
        """One text as tokens and inputs (steps, ...)."""
        function = self.encoder()
        if isinstance(text, str) and function is None:
            raise InputError(
                f"how does {type(self.model).__name__} read text? Give encode=: a function text -> (tokens, inputs), "
                "stateviz.recording.characters(vocabulary), 'bytes', or a tokenizer"
            )
        if self.vocabulary is None:
            self.vocabulary = vocabulary_of(function)
        result = encoded(name, text, function)
        kind = real_dtype(self.model)
        if kind is None or not result.inputs.is_floating_point():
            return result
        return replace(result, inputs=result.inputs.to(kind))  # numpy's float64, for one, no layer of float32 takes

    def check_length(self, steps: int) -> None:
        """Refuse a text, or a window, that is longer than the model reads."""
        if self.limit is not None and steps > self.limit:
            what = f"window {steps}" if self.options.window else f"the text has {steps} tokens, and"
            raise InputError(
                f"{what} {type(self.model).__name__} has {self.limit} positions; give window={self.limit} or less"
            )

    def patterns(self, sites: Sequence[str]) -> list[str]:
        """Those of ``sites`` that are attention patterns."""
        return []

    def encoder(self) -> Encode | None:
        """The function that ``encode`` means, else the model's own; None where there is neither."""
        if self.options.encode is not None:
            return encoder_of(self.options.encode)
        own: Encode | None = getattr(self.model, "encode", None)
        return own if callable(own) else None

    def binary(self, sites: Sequence[str]) -> frozenset[str]:
        """Those of ``sites`` that hold -1 and +1 only."""
        return frozenset()

    def default(self, known: Sequence[str]) -> list[str]:
        """What is recorded where nothing is said: every h."""
        return hidden(known)

    @abstractmethod
    def discover(self, inputs: Tensor | None) -> Sites:
        """What can be recorded; ``inputs`` (steps, ...) are a few steps to find it out with."""

    @contextmanager
    def attached(self, wanted: Sequence[str]) -> Iterator[None]:
        """Ready to give ``wanted``; everything is as it was after the block."""
        self.wanted = tuple(wanted)
        yield

    def start(self, batch: int) -> Any:
        """The state before the first token."""
        return None

    def stepwise(self, on: bool) -> bool:
        """Run one token at a time from now on, if that is another way to carry the state; False where it is none."""
        return False

    @abstractmethod
    def run(self, inputs: Tensor, state: Any, *, lengths: Sequence[int] | None = None, keep: bool = True) -> Part:
        """Read ``inputs`` (steps, batch, ...); without ``keep`` only the state is wanted.

        ``lengths`` are those of the texts where shorter ones were filled up at their end.
        """

    def states_in(self, state: Any) -> Mapping[str, Tensor]:
        """By site, those of ``carried`` in a state that is carried on, (texts, ...) each."""
        return {}

    def provenance(self) -> Mapping[str, object]:
        """What goes into a recording's source: the digest of the model."""
        return {"model": digest(self.model)} if isinstance(self.model, nn.Module) else {}

    def given(self, texts: Sequence[Text]) -> Mapping[str, object]:
        """What else two recordings have to share to be the same: what was said, and the digest of the inputs.

        Nothing where the inputs follow from text and model.
        """
        noted = self.options.noted()
        own = self.encodes and not noted and all(text.plain for text in texts)
        return {} if own else noted | {"inputs_sha256": digest_of_inputs(text.inputs for text in texts)}


def real_dtype(model: object) -> torch.dtype | None:
    """The kind of real numbers that ``model`` computes with."""
    weights = model.parameters() if isinstance(model, nn.Module) else ()
    return next((weight.dtype for weight in weights if weight.is_floating_point()), None)


@contextmanager
def reading_mode(model: object) -> Iterator[None]:
    """Evaluation mode (dropout off) for the block; every module is put back as it was."""
    if not isinstance(model, nn.Module):
        yield
        return
    before = [(module, module.training) for module in model.modules()]
    try:
        with suppress(NotImplementedError):  # an exported module has one mode
            model.eval()
        yield
    finally:
        for module, training in before:
            module.training = training
