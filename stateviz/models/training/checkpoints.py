"""Checkpoints: weights, optimiser, carried state and curve in one safetensors file beside the output."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from stateviz.core.errors import FileError, MismatchError
from stateviz.models.cells import LayerState
from stateviz.models.char import CharModel

VERSION = "3"
"""Version 3 carries a digest of all that it holds."""
_DIGEST = "digest"


def checkpoint_path(out: str | Path) -> Path:
    """Where the checkpoint of ``out`` lies."""
    return Path(f"{out}.checkpoint")


def kept_path(out: str | Path, what: str) -> Path:
    """Where a model of ``out`` lies that is kept beside it: ``m.best.safetensors`` of ``m.safetensors``."""
    return Path(out).with_suffix("").with_name(f"{Path(out).stem}.{what}.safetensors")


def kept_steps(out: str | Path) -> dict[int, Path]:
    """The models that a training of ``out`` kept on the way, by the updates that they had."""
    place = Path(out)
    if not place.parent.is_dir():
        return {}
    name = re.compile(re.escape(place.stem) + r"\.step-(\d+)\.safetensors")
    found = {int(match[1]): path for path in place.parent.iterdir() if (match := name.fullmatch(path.name))}
    return dict(sorted(found.items()))


@dataclass
class TrainingState:
    """How far a training is.

    Parameters
    ----------
    step
        Updates done.
    curve
        Step, loss and held-out nats a character of every check.
    losses
        Those since the last check.
    best, best_step
        The lowest held-out loss of a check, and where.
    seconds
        That the training took until here.
    threads
        That it takes.
    carried
        The state that the next update goes on from; None where that is the start state.
    """

    step: int = 0
    curve: list[list[float | None]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    best: float | None = None
    best_step: int = 0
    seconds: float = 0.0
    threads: int = 0
    carried: list[LayerState] | None = None


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

    tensors = {f"model/{name}": value for name, value in model.own_weights().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value for name, value in moments.items()}
    for layer, parts in enumerate(state.carried or ()):
        whole = parts if isinstance(parts, tuple) else (parts,)
        tensors |= {f"carried/{layer}/{k}": part for k, part in enumerate(whole)}
    carried, state.carried = state.carried, None
    progress = json.dumps(asdict(state))
    state.carried = carried
    with atomic(checkpoint_path(out), overwrite=True) as beside:
        copies = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
        metadata = {"progress": progress, **identity}
        beside.write_bytes(save(copies, metadata | {_DIGEST: _digest(copies, metadata)}))


def load_checkpoint(
    out: str | Path, model: CharModel, optimizer: torch.optim.Optimizer, identity: Mapping[str, str]
) -> TrainingState:
    """Restore model and optimiser in place, and say how far they are.

    Raises
    ------
    FileError
        When there is no checkpoint, or it is damaged.
    MismatchError
        When it belongs to another version, text, vocabulary, recipe or seed.
    """
    from safetensors import SafetensorError

    from stateviz.models.weights import read_weights

    path = checkpoint_path(out)
    if not path.is_file():
        raise FileError(f"no checkpoint {str(path)!r} to resume from; start without --resume")
    try:
        metadata, tensors = read_weights(path)
    except (SafetensorError, ValueError) as error:
        raise FileError(f"checkpoint {str(path)!r} is damaged ({error}); start without --resume") from None
    said = metadata.pop(_DIGEST, None)
    for name, value in identity.items():
        if metadata.get(name) != value:
            raise MismatchError(f"checkpoint {str(path)!r} was made with another {name}; give the same one to resume")
    if said != _digest(tensors, metadata):
        raise FileError(
            f"checkpoint {str(path)!r} is damaged (its digest is another); resume from a copy of it, or start anew "
            "with --force"
        )
    try:
        _restore(model, optimizer, tensors)
        state = TrainingState(**json.loads(metadata["progress"]))
        state.carried = _carried(tensors, model.device)
        _check_progress(state, optimizer)
        return state
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise FileError(f"checkpoint {str(path)!r} is damaged ({reason}); start without --resume") from None


def _digest(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """SHA-256 of all that a checkpoint holds, in the order of the names."""
    total = hashlib.sha256(json.dumps(sorted(metadata.items())).encode())
    for name, tensor in sorted(tensors.items()):
        total.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        total.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def _check_progress(state: TrainingState, optimizer: torch.optim.Optimizer) -> None:
    """Refuse progress that the rest of a checkpoint belies: it decides how much is still trained."""
    checks = [int(point[0] or 0) for point in state.curve]
    last = checks[-1] if checks else 0
    if not 0 <= last <= state.step or len(state.losses) != state.step - last or checks != sorted(set(checks)):
        raise ValueError(f"its {state.step:,} updates are not those of its curve and its losses")
    done = {int(moments["step"]) for moments in optimizer.state_dict()["state"].values() if "step" in moments}
    if done and max(done) != state.step:  # weights without a part in every update, such as a start state, have fewer
        raise ValueError(f"it says {state.step:,} updates, and its optimiser has made {max(done):,}")


def _restore(model: CharModel, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    weights = {name.removeprefix("model/"): value for name, value in tensors.items() if name.startswith("model/")}
    model.load_own_weights(weights)
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer/"):
            _, index, moment = name.split("/")
            state.setdefault(int(index), {})[moment] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _carried(tensors: dict[str, Tensor], device: torch.device) -> list[LayerState] | None:
    layers: dict[int, dict[int, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("carried/"):
            _, layer, part = name.split("/")
            layers.setdefault(int(layer), {})[int(part)] = value.to(device)
    whole = [tuple(parts[k] for k in sorted(parts)) for _, parts in sorted(layers.items())]
    return [parts if len(parts) > 1 else parts[0] for parts in whole] or None
