"""What was given beside model and text, as digests: two recordings are one and the same only where all of it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from types import CodeType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_PLAIN = (str, bytes, int, float, complex, bool, type(None))
_DEEPEST = 4  # functions inside functions, and what they hold


def digest(model: nn.Module) -> str:
    """SHA-256 of class, names and weights."""
    total = hashlib.sha256(f"{type(model).__module__}.{type(model).__qualname__}".encode())
    for name, tensor in sorted(model.state_dict().items()):
        if isinstance(tensor, Tensor):
            plain = tensor.detach().cpu().contiguous().reshape(-1)
            total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            total.update(plain.view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def digest_of_inputs(inputs: Iterable[Tensor]) -> str:
    """SHA-256 of what a model reads: kind, shape and numbers of each text's inputs."""
    return digest_of(*inputs)


def name_of(thing: object) -> str:
    """The name of a function, or of the type of an object."""
    return str(getattr(thing, "__qualname__", None) or type(thing).__qualname__)


def digest_of(*things: object) -> str:
    """SHA-256 of numbers, functions and modules.

    Of a function: its code, and the plain values, arrays and functions that it holds. Two that do the same may differ;
    of what it only names (another module's function, a global) the name is all that counts.

    Examples
    --------
    >>> digest_of(lambda x: x + 1) == digest_of(lambda x: x + 2)
    False
    """
    total = hashlib.sha256()
    for thing in things:
        _add(total, thing, 0)
    return total.hexdigest()


def _add(total: Any, thing: object, depth: int) -> None:
    total.update(f"{type(thing).__qualname__}:".encode())
    if isinstance(thing, _PLAIN):
        total.update(repr(thing).encode())
    elif isinstance(thing, nn.Module):
        total.update(digest(thing).encode())
    elif isinstance(thing, Tensor):
        plain = thing.detach().cpu().contiguous()
        total.update(f"{plain.dtype}{tuple(plain.shape)}".encode())
        total.update(plain.reshape(-1).view(torch.uint8).numpy().data if plain.numel() else b"")
    elif depth > _DEEPEST:
        return
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            _add(total, key, depth + 1)
            _add(total, value, depth + 1)
    elif isinstance(thing, (list, tuple)):
        total.update(str(len(thing)).encode())
        for value in thing:
            _add(total, value, depth + 1)
    elif isinstance(thing, partial):
        _add(total, (thing.func, thing.args, thing.keywords), depth + 1)
    elif isinstance(thing, CodeType):
        total.update(thing.co_code)
        _add(total, thing.co_names, depth + 1)
        _add(total, thing.co_consts, depth + 1)
    elif hasattr(thing, "__code__"):
        _add(total, thing.__code__, depth + 1)
        held = [getattr(cell, "cell_contents", None) for cell in getattr(thing, "__closure__", None) or ()]
        _add(total, [held, getattr(thing, "__defaults__", None), getattr(thing, "__kwdefaults__", None)], depth + 1)
        _add(total, getattr(thing, "__self__", None), depth + 1)
    elif hasattr(thing, "__dict__") and not isinstance(thing, type):
        _add(total, vars(thing), depth + 1)
        if callable(thing):
            _add(total, getattr(type(thing).__call__, "__code__", None), depth + 1)
    else:
        _add_array(total, thing)


def _add_array(total: Any, thing: object) -> None:
    """An array of numbers; of anything else its type is all that is sure to be the same the next time."""
    if not hasattr(thing, "__array__"):
        return
    array = np.asarray(thing)
    total.update(f"{array.dtype}{array.shape}".encode())
    if array.dtype.kind in "biufcSU":
        total.update(np.ascontiguousarray(array).tobytes())
