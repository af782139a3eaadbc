"""load_network(): a model by name, be it a file, the shipped one, or what a function of the user's returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stateviz.core.errors import FileError, InputError, StatevizError
from stateviz.core.references import is_reference, resolve_reference, summary_of
from stateviz.models.loading import load_model


@dataclass(frozen=True)
class Network:
    """A model, and how it reads text where it does not know itself.

    Parameters
    ----------
    model
        What ``record`` takes as its model.
    encode, forward
        What ``record`` takes under these names; None where the model needs none.
    """

    model: Any
    encode: Any = None
    forward: Callable[[Any, Any, Any], tuple[Any, Any]] | None = None


def load_network(name: str, *, weights: str | Path | None = None) -> Network:
    """The model that a word names, with its weights and how it reads text.

    Parameters
    ----------
    name
        A file that ``train`` wrote, a shipped model, or ``package.module:factory``: a function without arguments that
        returns a torch model, (model, encode) or (model, encode, forward).
    weights
        A file of weights for the model that a factory returns: ``.safetensors``, or what
        ``torch.save(model.state_dict(), FILE)`` wrote. Nothing is unpickled.

    Raises
    ------
    InputError
        When the factory cannot be imported or fails, or the weights are those of another model.
    FileError
        When a file is missing or damaged.

    Examples
    --------
    >>> len(load_network("phone-case").model.vocabulary)
    63
    """
    if not is_reference(name):
        if weights is not None:
            raise InputError(f"--weights is for package.module:factory; {name} holds its own")
        return Network(load_model(name))
    factory = resolve_reference(name)
    try:
        made = factory()
    except StatevizError:
        raise
    except Exception as error:  # whatever a user's function raises
        raise InputError(f"{name} failed: {summary_of(error)}") from error
    parts = made if isinstance(made, tuple) else (made,)
    if not 1 <= len(parts) <= 3:
        raise InputError(
            f"{name} returned {len(parts)} things; a factory returns model, (model, encode) or all three with forward"
        )
    if weights is not None:
        _load_weights(parts[0], Path(weights))
    return Network(*parts)


def _load_weights(model: nn.Module, path: Path) -> None:
    """Weights into a torch model, from a file that holds tensors and nothing that would need unpickling."""
    if not path.is_file():
        raise FileError(
            f"no weights file {str(path)!r}; give .safetensors, or what torch.save(model.state_dict(), FILE) wrote"
        )
    weights: Any = _read_weights(path)  # whatever a torch file holds; load_state_dict refuses what is no mapping
    try:
        model.load_state_dict(_with_tied(model, weights) if isinstance(weights, dict) else weights)
    except (RuntimeError, AttributeError, TypeError) as error:
        lines = [line.strip() for line in str(error).splitlines()]
        raise InputError(f"{str(path)!r} are weights of another model: {' '.join(lines[1:3] or lines)[:200]}") from None


def _read_weights(path: Path) -> object:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # readers of damaged bytes raise whatever they meet first
        if type(error).__name__ == "UnpicklingError":
            raise FileError(
                f"{str(path)!r} holds Python objects, and nothing is unpickled; give what "
                "torch.save(model.state_dict(), FILE) wrote, or .safetensors"
            ) from None
        first = (str(error).splitlines() or [""])[0][:120]
        raise FileError(
            f"{str(path)!r} holds no plain weights ({type(error).__name__}: {first}); nothing is unpickled"
        ) from None


def _with_tied(model: nn.Module, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """``weights`` with those that the model has under a second name, too: a file may hold them once."""
    own = model.state_dict()
    places = {own[name].data_ptr(): name for name in weights if name in own}
    tied = {name: places.get(tensor.data_ptr()) for name, tensor in own.items() if name not in weights}
    return weights | {name: weights[first] for name, first in tied.items() if first is not None}
