"""Checkpoints: weights, optimiser and curve in one safetensors file beside the output."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from stateviz.core.errors import FileError, MismatchError
from stateviz.models.recipes import Recipe


def checkpoint_path(out: str | Path) -> Path:
    """Where the checkpoint of ``out`` lies."""
    return Path(f"{out}.checkpoint")


def save_checkpoint(
    out: str | Path,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
    seed: int,
    recipe: Recipe,
    curve: list[list[float]],
) -> None:
    """Replace the checkpoint of ``out`` in one move."""
    from safetensors.torch import save

    from stateviz.storage.files import atomic

    tensors = {f"model/{name}": value.cpu() for name, value in model.state_dict().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value.cpu() for name, value in moments.items()}
    metadata = {"step": str(step), "seed": str(seed), "recipe": _text(recipe), "curve": json.dumps(curve)}
    with atomic(checkpoint_path(out), force=True) as beside:
        beside.write_bytes(save(tensors, metadata))


def load_checkpoint(
    out: str | Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, seed: int, recipe: Recipe
) -> tuple[int, list[list[float]]]:
    """Restore model and optimiser in place; returns the step to go on from, and the curve so far.

    Raises
    ------
    FileError
        When there is no checkpoint, or it is damaged.
    MismatchError
        When it belongs to another recipe or seed.
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
    if metadata.get("recipe") != _text(recipe) or metadata.get("seed") != str(seed):
        raise MismatchError(
            f"checkpoint {str(path)!r} was made with another recipe or seed; give the same ones to resume"
        )
    _restore(model, optimizer, tensors)
    return int(metadata["step"]), json.loads(metadata["curve"])


def _restore(model: torch.nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Any]) -> None:
    weights = {name.removeprefix("model/"): value for name, value in tensors.items() if name.startswith("model/")}
    model.load_state_dict(weights)
    state: dict[int, dict[str, Any]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer/"):
            _, index, moment = name.split("/")
            state.setdefault(int(index), {})[moment] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _text(recipe: Recipe) -> str:
    return json.dumps(asdict(recipe), sort_keys=True)
