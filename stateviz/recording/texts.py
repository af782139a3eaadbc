"""Text in: what a user gives to be read, as tokens with their exact text and the numbers a model takes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stateviz.core.errors import FileError, InputError
from stateviz.core.table import unknown as unknown_name

_WHOLE = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.uint16, torch.uint32, torch.uint64)
Encode = Callable[[str], tuple[Sequence[str], Any]]


@dataclass(frozen=True)
class Text:
    """One text, encoded: ``inputs[t]`` is what the model reads for ``tokens[t]``."""

    tokens: list[str]
    inputs: Any
    name: str | None = None


def gather(text: Any) -> list[tuple[str | None, Any]]:
    """What was given as pairs of a name and a text: one text, a file, several of these, or a mapping of names to them.

    A ``str`` is text, a ``Path`` a UTF-8 file; arrays and tensors are inputs that need no encoding.

    Examples
    --------
    >>> gather(["ab", "c"])
    [(None, 'ab'), (None, 'c')]
    """
    given: list[tuple[str | None, Any]]
    if isinstance(text, Mapping):
        given = [(str(name), one) for name, one in text.items()]
    elif isinstance(text, Sequence) and not isinstance(text, (str, bytes, bytearray)):
        given = [(None, one) for one in text]
    else:
        given = [(None, text)]
    if not given:
        raise InputError("no text came; give one, a file as a pathlib.Path, or a list of them")
    return [_opened(name, one) for name, one in given]


def _opened(name: str | None, text: Any) -> tuple[str | None, Any]:
    if isinstance(text, Path):
        try:
            return name or str(text), text.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FileError(
                f"{text} is not UTF-8 text (byte {error.start}); decode it yourself, and give str"
            ) from None
        except OSError as error:
            raise FileError(f"cannot read {str(text)!r}: {error.strerror or error}") from None
    if isinstance(text, (bytes, bytearray)):
        raise InputError("bytes came, of no said encoding; give text.decode('utf-8') or whatever it is")
    if not isinstance(text, (str, np.ndarray, Tensor)):
        raise InputError(f"cannot read a {type(text).__name__}; give a str, a pathlib.Path, or inputs as an array")
    return name, text


def encoded(name: str | None, text: Any, encode: Encode) -> Text:
    """``text`` through ``encode``, checked: as many tokens as steps of input, and at least one."""
    if isinstance(text, str):
        if not text:
            raise InputError("the text is empty; give at least one character")
        pair = encode(text)
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise InputError(f"encode gave a {type(pair).__name__}; it must give (tokens, inputs)")
        tokens, inputs = list(pair[0]), pair[1]
    else:
        inputs = _numbers(text, "inputs")
        whole = inputs.ndim == 1 and not inputs.is_floating_point()
        tokens = _names(inputs) if whole else [str(t) for t in range(len(inputs))]
    inputs = _numbers(inputs, "encode's inputs")
    if len(tokens) != len(inputs):
        raise InputError(f"encode gave {len(tokens)} tokens and {len(inputs)} steps of input; give one token a step")
    if not tokens:
        raise InputError("encode gave no token; give at least one")
    if not all(issubclass(kind, str) for kind in set(map(type, tokens))):
        odd = next(token for token in tokens if not isinstance(token, str))
        raise InputError(f"encode gave {odd!r} as a token; tokens are their text, as str")
    return Text(tokens, inputs, name)


def _numbers(values: Any, what: str) -> Tensor:
    """``values`` as a tensor with an axis of steps; whole numbers as int64, which embeddings take."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # read-only arrays, such as mapped files: nothing writes into inputs
            tensor = values if isinstance(values, Tensor) else torch.as_tensor(np.asarray(values))
    except (TypeError, ValueError, RuntimeError) as error:
        first = (str(error).splitlines() or [""])[0][:120]
        raise InputError(f"{what} are no array of numbers ({first}); give one row or number a step") from None
    if not tensor.ndim:
        raise InputError(f"{what} have no dimension; give one row or number a step")
    return tensor.long() if tensor.dtype in _WHOLE else tensor


def _names(ids: Tensor) -> list[str]:
    """Whole numbers as text; equal ones are the same object, or a long text would fill the memory with its digits."""
    values, places = np.unique(ids.cpu().numpy(), return_inverse=True)
    names: list[str] = np.array([str(value) for value in values.tolist()], object)[places].tolist()
    return names


def characters(vocabulary: Sequence[str], *, one_hot: bool = False) -> Encode:
    """An ``encode`` for a model that reads characters: their places in ``vocabulary``, or one-hot rows of them.

    Every Unicode code point is a token: newline, tab, and each combining character.

    Examples
    --------
    >>> tokens, inputs = characters("ab")("abba")
    >>> tokens, inputs.tolist()
    (['a', 'b', 'b', 'a'], [0, 1, 1, 0])
    """
    index = {character: i for i, character in enumerate(vocabulary)}

    def encode(text: str) -> tuple[list[str], Tensor]:
        strange = sorted({c for c in text if c not in index})
        if strange:
            named = ", ".join(map(repr, strange[:8]))
            raise InputError(f"the vocabulary holds no {named}; take them out of the text, or give another encode")
        ids = torch.tensor([index[c] for c in text], dtype=torch.int64)
        return list(text), torch.nn.functional.one_hot(ids, len(index)).float() if one_hot else ids

    encode.vocabulary = tuple(index)  # type: ignore[attr-defined]
    return encode


def utf8(text: str) -> tuple[list[str], Tensor]:
    """An ``encode`` for a model that reads bytes: 0 to 255, UTF-8.

    A character of several bytes is the text of its last byte, and the bytes before have none: put together, the tokens
    are the text.

    Examples
    --------
    >>> tokens, inputs = utf8("a\\u00e9")
    >>> tokens, inputs.tolist()
    (['a', '', 'é'], [97, 195, 169])
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"the text holds half a character ({text[error.start]!r}); decode it first") from None
    if len(data) == len(text):
        tokens = list(text)
    else:
        tokens = [piece for c in text for piece in [""] * (len(c.encode("utf-8")) - 1) + [c]]
    return tokens, torch.from_numpy(np.frombuffer(data, np.uint8).astype(np.int64))


utf8.vocabulary = tuple(chr(i) if i < 128 else f"\\x{i:02x}" for i in range(256))  # type: ignore[attr-defined]


def resolve(encode: Any, model: Any) -> Encode | None:
    """The ``encode`` a user means: a callable, ``"bytes"``, a Hugging Face tokenizer, or the model's own."""
    if encode is None:
        own = getattr(model, "encode", None)
        return own if callable(own) else None
    if isinstance(encode, str):
        if encode != "bytes":
            raise InputError(unknown_name("encode", encode, {"bytes": None}) + "; or give a callable or a tokenizer")
        return utf8
    if is_tokenizer(encode):
        from stateviz.recording.encoders.tokenizers import of_tokenizer

        return of_tokenizer(encode)
    if callable(encode):
        return encode  # type: ignore[no-any-return]
    raise InputError(
        f"encode is a {type(encode).__name__}; give a function text -> (tokens, inputs), 'bytes', or a tokenizer"
    )


def is_tokenizer(obj: Any) -> bool:
    """Whether ``obj`` is a Hugging Face tokenizer."""
    return hasattr(obj, "convert_ids_to_tokens") and hasattr(obj, "decode") and callable(obj)
