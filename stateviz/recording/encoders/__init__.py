"""ENCODERS: how a text becomes tokens, one row a kind of encoder, most specific first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.table import Table
from stateviz.core.table import unknown as unknown_name
from stateviz.recording.encoders.base import Encode, vocabulary_of
from stateviz.recording.encoders.tokenizers import TokenizerEncoder, is_tokenizer
from stateviz.recording.encoders.utf8 import ByteEncoder
from stateviz.recording.encoders.vocabulary import CharacterEncoder, characters

__all__ = ["ENCODERS", "Encode", "EncoderRow", "characters", "encoder_of", "vocabulary_of"]


@dataclass(frozen=True)
class EncoderRow:
    """A row of ENCODERS.

    Parameters
    ----------
    accepts
        ``accepts(encode)``: whether what a user gave as ``encode=`` is of this kind.
    make
        ``make(encode)``: the function text -> (tokens, inputs) that it means.
    description
        One line for lists.
    """

    accepts: Callable[[object], bool]
    make: Callable[[Any], Encode]
    description: str


ENCODERS: Table[EncoderRow] = Table(
    "encoder",
    {
        "bytes": EncoderRow(
            lambda given: given == "bytes", lambda _: ByteEncoder(), "UTF-8, one token a byte: encode='bytes'"
        ),
        "characters": EncoderRow(
            lambda given: isinstance(given, CharacterEncoder),
            lambda given: given,
            "one token a character, by its place in a vocabulary: encode=characters(vocabulary)",
        ),
        "tokenizer": EncoderRow(is_tokenizer, TokenizerEncoder, "a Hugging Face tokenizer: encode=tokenizer"),
        "function": EncoderRow(callable, lambda given: given, "a function of one's own, text -> (tokens, inputs)"),
    },
)


def encoder_of(encode: object) -> Encode:
    """The function that ``encode`` means: the first row of ENCODERS that takes it.

    Raises
    ------
    InputError
        When none does.

    Examples
    --------
    >>> encoder_of("bytes")("hi")[0]
    ['h', 'i']
    """
    for row in ENCODERS.values():
        if row.accepts(encode):
            return row.make(encode)
    if isinstance(encode, str):
        raise InputError(unknown_name("encode", encode, {"bytes": None}) + "; or give a callable or a tokenizer")
    raise InputError(
        f"encode is a {type(encode).__name__}; give a function text -> (tokens, inputs), 'bytes', or a tokenizer"
    )
