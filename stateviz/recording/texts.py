"""Text in: what a user gives to be read, as tokens with their exact text and the numbers a model takes."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from stateviz.core.errors import InputError
from stateviz.recording.encoders.base import Encode
from stateviz.storage.text_files import check_no_file_name, name_of, read_text

_WHOLE = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.uint16, torch.uint32, torch.uint64)

Given: TypeAlias = str | Path | NDArray[Any] | Tensor | Sequence[float]
"""One text as a user gives it: a str, a file, or inputs (steps, ...) that need no encoding: an array, a list of ids."""
Texts: TypeAlias = Given | Sequence[Given] | Mapping[str, Given]
Opened: TypeAlias = str | NDArray[Any] | Tensor


@dataclass(frozen=True)
class Text:
    """One text, encoded: ``inputs[t]`` is what the model reads for ``tokens[t]``."""

    tokens: list[str]
    inputs: Tensor
    name: str | None = None
    plain: bool = False
    """It came as text, not as inputs."""
    prompt: int | None = None
    """So many tokens came; the model wrote the others."""


def gather(text: Texts, encoding: str = "utf-8") -> list[tuple[str | None, Opened]]:
    """What was given as pairs of a name and a text: one text, a file, several of these, or a mapping of names to them.

    A ``str`` is text, a ``Path`` a file in ``encoding`` (``Path("-")`` is stdin), read by the rules of
    `stateviz.storage.text_files.text_of`; arrays, tensors and lists of numbers are inputs that need no encoding. What
    a Hugging Face tokenizer gives when it is called is a mapping, too: its ``input_ids`` are meant.

    Examples
    --------
    >>> gather(["ab", "c"])
    [(None, 'ab'), (None, 'c')]
    >>> gather([3, 1, 2])
    [(None, array([3, 1, 2]))]
    """
    if isinstance(text, Mapping) and not isinstance(text.get("input_ids"), (str, Path, type(None))):
        text = _rows_of_tokenizer(text)
    given: list[tuple[str | None, object]]
    if isinstance(text, Mapping):
        given = [(str(name), one) for name, one in text.items()]
    elif isinstance(text, Sequence) and not isinstance(text, (str, bytes, bytearray)) and not _is_row(text):
        given = [(None, one) for one in text]
    else:
        given = [(None, text)]
    if not given:
        raise InputError("no text came; give one, a file as a pathlib.Path, or a list of them")
    return [_opened(name, one, encoding) for name, one in given]


def _rows_of_tokenizer(given: Mapping[str, Any]) -> list[NDArray[Any]]:
    """The ids of each text in what a tokenizer gave, without those that fill a shorter text up."""
    ids, mask = given["input_ids"], given.get("attention_mask")
    if _is_row(ids) or getattr(ids, "ndim", 0) == 1:
        ids, mask = [ids], None if mask is None else [mask]
    rows = [np.asarray(row) for row in ids]
    if mask is None:
        return rows
    return [row[np.asarray(shown).astype(bool)] for row, shown in zip(rows, mask, strict=True)]


def _opened(name: str | None, text: object, encoding: str) -> tuple[str | None, Opened]:
    if isinstance(text, Path):
        name, text = name or name_of(text), read_text(text, encoding)
        if not text:
            raise InputError(f"the text is empty ({name}); give at least one character")
    elif isinstance(text, str):
        check_no_file_name(text)
    if _is_row(text):
        text = np.asarray(text)
    if isinstance(text, (bytes, bytearray)):
        raise InputError("bytes came, of no said encoding; give text.decode('utf-8') or whatever it is")
    if not isinstance(text, (str, np.ndarray, Tensor)):
        raise InputError(f"cannot read a {type(text).__name__}; give a str, a pathlib.Path, or inputs as an array")
    return name, text


def _is_row(text: object) -> bool:
    """Whether ``text`` is a list of numbers: the ids of one text, not a list of texts."""
    if not isinstance(text, Sequence) or isinstance(text, (str, bytes, bytearray)) or not len(text):
        return False
    return all(isinstance(one, numbers.Real) or (isinstance(one, Tensor) and not one.dim()) for one in text)


def encoded(name: str | None, text: Opened, encode: Encode | None) -> Text:
    """``text`` through ``encode``, checked: as many tokens as steps of input, and at least one."""
    if isinstance(text, str):
        if not text:
            raise InputError("the text is empty; give at least one character")
        if encode is None:
            raise InputError("a text came, and nothing says how the model reads text; give encode=")
        pair = encode(text)
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise InputError(f"encode gave a {type(pair).__name__}; it must give (tokens, inputs)")
        tokens, inputs = list(pair[0]), pair[1]
    else:
        inputs = _numbers(text, "inputs")
        _check_no_batch(inputs)
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
    return Text(tokens, inputs, name, isinstance(text, str))


def _check_no_batch(inputs: Tensor) -> None:
    """Refuse ids of shape (1, n), which a tokenizer or a data loader gives: they would be one step of n numbers."""
    if inputs.dim() == 2 and len(inputs) == 1 and inputs.shape[1] > 1 and not inputs.is_floating_point():
        raise InputError(
            f"ids of shape {tuple(inputs.shape)} came, a batch of one text; inputs hold one row a step: give ids[0], "
            "or a list of such rows for several texts"
        )


def _numbers(values: ArrayLike | Tensor, what: str) -> Tensor:
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
