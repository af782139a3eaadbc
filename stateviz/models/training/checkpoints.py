"""Checkpoints: weights, optimiser and curve in one safetensors file beside the output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from stateviz.core.errors import FileError, MismatchError
from stateviz.models.char import CharModel


def checkpoint_path(out: str | Path) -> Path:
    """Where the checkpoint of ``out`` lies."""
    return Path(f"{out}.checkpoint")


class TrainingState(NamedTuple):
    """How far a training is: steps done, the curve so far, and the losses since its last point."""

    step: int
    curve: list[list[float]]
    losses: list[float]


def save_checkpoint(
    out: str | Path,
    model: CharModel,
    optimizer: torch.optim.Optimizer,
    state: TrainingState,
    identity: Mapping[str, str],
) -> None:
    """Replace the checkpoint of ``out`` in one move.

    Parameters
    ----------
    identity
        By name, what a run has to share with this one to go on from it.
    """
    from safetensors.torch import save

    from stateviz.storage.atomic import atomic

    tensors = {f"model/{name}": value.cpu() for name, value in model.own_weights().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value.cpu() for name, value in moments.items()}
    with atomic(checkpoint_path(out), overwrite=True) as beside:
        beside.write_bytes(save(tensors, {"progress": json.dumps(state), **identity}))


def load_checkpoint(
    out: str | Path, model: CharModel, optimizer: torch.optim.Optimizer, identity: Mapping[str, str]
) -> TrainingState:
    """Restore model and optimiser in place, and say how far they are.

    Raises
    ------
    FileError
        When there is no checkpoint, or it is damaged.
    MismatchError
        When it belongs to another recipe, seed or text.
    """
    from safetensors import SafetensorError, safe_open

    path = checkpoint_path(out)
    if not path.is_file():
        raise FileError(f"no checkpoint {str(path)!r} to resume from; start without --resume")
    try:
        with safe_open(path, "pt") as opened:
            metadata = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}
    except SafetensorError as error:
        raise FileError(f"checkpoint {str(path)!r} is damaged ({error}); start without --resume") from None
    for name, value in identity.items():
        if metadata.get(name) != value:
            raise MismatchError(f"checkpoint {str(path)!r} was made with another {name}; give the same one to resume")
    try:
        _restore(model, optimizer, tensors)
        return TrainingState(*json.loads(metadata["progress"]))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise FileError(f"checkpoint {str(path)!r} is damaged ({reason}); start without --resume") from None


def _restore(model: CharModel, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    weights = {name.removeprefix("model/"): value for name, value in tensors.items() if name.startswith("model/")}
    model.load_own_weights(weights)
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer/"):
            _, index, moment = name.split("/")
            state.setdefault(int(index), {})[moment] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
