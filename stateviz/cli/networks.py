"""MODEL arguments: a file of ours, or ``package.module:factory`` with its weights."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from typing import Any

from stateviz.core.errors import FileError, InputError, StatevizError

SHIPPED = "phone-case"
MODEL = (
    "a .safetensors file that stateviz train wrote, or package.module:factory, a function that returns a torch model"
)


@dataclass(frozen=True)
class Network:
    """A model, and how it reads text where it does not know itself."""

    model: Any
    encode: Any = None
    forward: Any = None


def add_network(parser: argparse.ArgumentParser) -> None:
    """--weights and --encode, which say more about a model of one's own."""
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="weights of package.module:factory: .safetensors, or a torch file without pickles",
    )
    parser.add_argument(
        "--encode",
        metavar="HOW",
        help="how it reads text: bytes, or package.module:function, text -> (tokens, inputs); a factory may also "
        "return (model, encode) or (model, encode, forward)",
    )


def is_factory(word: str) -> bool:
    """Whether ``word`` reads like ``package.module:factory``, and is no file.

    Examples
    --------
    >>> is_factory("zoo.models:lstm"), is_factory("C:/verses.txt"), is_factory("verses.txt")
    (True, False, False)
    """
    module, colon, name = word.partition(":")
    return bool(colon) and name.isidentifier() and all(part.isidentifier() for part in module.split("."))


def load(word: str, args: argparse.Namespace) -> Network:
    """The model that ``word`` names, with its weights, and how it reads."""
    if not is_factory(word):
        if args.weights is not None:
            raise InputError(f"--weights is for package.module:factory; {word} holds its own")
        from stateviz.models import load_model

        return Network(load_model(word), _encode(args.encode))
    factory = named(word)
    try:
        made = factory()
    except StatevizError:
        raise
    except Exception as error:  # whatever a user's function raises
        raise InputError(f"{word} failed: {_in_one_line(error)}") from error
    parts = made if isinstance(made, tuple) else (made,)
    if not 1 <= len(parts) <= 3:
        raise InputError(
            f"{word} returned {len(parts)} things; a factory returns model, (model, encode) or all three with forward"
        )
    if args.weights is not None:
        _load_weights(parts[0], args.weights)
    given = _encode(args.encode)
    return Network(
        parts[0], parts[1] if given is None and len(parts) > 1 else given, parts[2] if len(parts) > 2 else None
    )


def named(word: str) -> Any:
    """What ``package.module:name`` names; the folder one is in is searched, too."""
    module, _, name = word.partition(":")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(import_module(module), name, None)
    except Exception as error:  # whatever a user's module raises
        raise InputError(
            f"cannot import {module!r} ({_in_one_line(error)}); name package.module:factory, as Python would import it"
        ) from error
    if not callable(found):
        raise InputError(f"module {module!r} has no function {name!r}; name package.module:factory")
    return found


def _in_one_line(error: Exception) -> str:
    """What was raised, and in which line of which file."""
    frames = extract_tb(error.__traceback__)
    inside = len(frames) > 1 and not isinstance(error, (ImportError, SyntaxError))  # which say it themselves
    place = f"; {frames[-1].filename}, line {frames[-1].lineno}" if inside else ""
    first = (str(error).splitlines() or [""])[0][:160]
    return f"{type(error).__name__}: {first}{place}"


def _encode(how: str | None) -> Any:
    if how is None or how == "bytes":
        return how
    if not is_factory(how):
        raise InputError(f"--encode takes bytes or package.module:function, not {how!r}")
    return named(how)


def _load_weights(model: Any, path: str) -> None:
    """Weights into a torch model, from a file that holds tensors and nothing that would need unpickling."""
    import torch

    if not Path(path).is_file():
        raise FileError(
            f"no weights file {path!r}; give .safetensors, or what torch.save(model.state_dict(), FILE) wrote"
        )
    try:
        if path.endswith(".safetensors"):
            from safetensors.torch import load_file

            weights = load_file(path)
        else:
            weights = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # readers of damaged bytes raise whatever they meet first
        if type(error).__name__ == "UnpicklingError":
            raise FileError(
                f"{path!r} holds Python objects, and nothing is unpickled; give what "
                "torch.save(model.state_dict(), FILE) wrote, or .safetensors"
            ) from None
        first = (str(error).splitlines() or [""])[0][:120]
        raise FileError(
            f"{path!r} holds no plain weights ({type(error).__name__}: {first}); nothing is unpickled"
        ) from None
    try:
        model.load_state_dict(_with_tied(model, weights))
    except (RuntimeError, AttributeError, TypeError) as error:
        lines = [line.strip() for line in str(error).splitlines()]
        raise InputError(f"{path!r} are weights of another model: {' '.join(lines[1:3] or lines)[:200]}") from None


def _with_tied(model: Any, weights: Any) -> Any:
    """``weights`` with those that the model has under a second name, too: a file may hold them once."""
    if not isinstance(weights, dict):
        return weights
    own = model.state_dict()
    places = {own[name].data_ptr(): name for name in weights if name in own}
    tied = {name: places.get(tensor.data_ptr()) for name, tensor in own.items() if name not in weights}
    return weights | {name: weights[first] for name, first in tied.items() if first is not None}
