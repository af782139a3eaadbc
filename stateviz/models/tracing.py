"""What passes through the parts of a module when it is run, and which of it are states that were seen before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from stateviz.core.errors import InputError
from stateviz.core.references import summary_of
from stateviz.models.turning import Turn


@dataclass
class SeenRows:
    """The states that were seen, to be known again in what a module reads."""

    width: int
    seen: set[bytes] = field(default_factory=set)

    def add(self, values: Tensor, at: int = 0) -> bool:
        """Remember the units' part of every row; whether any was new."""
        before = len(self.seen)
        self.seen |= {row for row in _bytes(values, at, self.width) if any(row)}
        return len(self.seen) > before

    def places(self, values: Tensor) -> list[int]:
        """The columns at which all rows of ``values`` hold what was seen."""
        if not values.is_floating_point() or values.ndim == 0 or not values.numel():
            return []
        rows = values.reshape(-1, values.shape[-1])
        first = rows[rows.abs().sum(-1) > 0][:1]
        near = [at for at in range(rows.shape[1] - self.width + 1) if self.holds(first, at)]
        return [at for at in near if self.holds(rows, at)]

    def holds(self, values: Tensor, at: int) -> bool:
        """Whether the part of every row was seen, and one is not all zeros."""
        rows = [row for row in _bytes(values, at, self.width) if any(row)]
        return bool(rows) and all(row in self.seen for row in rows)

    def turned(self, values: Tensor, turn: Turn) -> Tensor:
        """``values`` with the parts that were seen as they are after the turn."""
        found = values.clone()
        flat = found.view(-1, found.shape[-1])
        for at in range(flat.shape[1] - self.width + 1):
            here = [index for index, row in enumerate(_bytes(values, at, self.width)) if row in self.seen]
            if here:
                flat[here, at : at + self.width] = turn.of(flat[here, at : at + self.width])
        return found


@dataclass(frozen=True)
class Passage:
    """What one pass through a module read and gave."""

    name: str
    module: nn.Module
    read: list[Tensor]
    gave: list[Tensor]


def run_watched(model: nn.Module, inputs: Any) -> tuple[list[Passage], list[Tensor]]:
    """Every pass through a part of the model, in the order they end, and what the model gives."""
    calls: list[Passage] = []
    handles = [
        module.register_forward_hook(
            lambda module, read, given, name=name: calls.append(Passage(name, module, _kept(read), _kept(given)))
        )
        for name, module in model.named_modules(remove_duplicate=False)
    ]
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
        with torch.no_grad():
            given = model(*inputs) if isinstance(inputs, tuple) else model(inputs)
    except Exception as error:  # whatever a user's module raises
        raise InputError(f"the module could not be called with the inputs given: {summary_of(error)}") from error
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in modes.items():
            module.training = mode
    return calls, _kept(given)


def _kept(value: Any) -> list[Tensor]:
    return [tensor.detach().clone() for tensor in _leaves(value)]


def _leaves(value: Any) -> Iterator[Tensor]:
    if isinstance(value, PackedSequence):
        yield value.data
    elif isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _leaves(part)


def _bytes(values: Tensor, at: int, width: int) -> list[bytes]:
    """The ``width`` numbers from column ``at`` on of every row, as bytes; -0 is 0."""
    part = values.reshape(-1, values.shape[-1])[:, at : at + width].cpu() + 0.0
    packed = part.contiguous().view(torch.uint8).numpy()
    return [row.tobytes() for row in packed]


def furthest(one: Tensor, other: Tensor) -> float:
    """The largest difference of two tensors of one shape."""
    if not one.numel():
        return 0.0
    return float((one.double() - other.double()).abs().max())


def tolerance(given: Sequence[Tensor]) -> float:
    """How far outputs may differ by rounding alone: products are summed in another order."""
    floats = [one for one in given if one.is_floating_point() and one.numel()]
    if not floats:
        return 0.0
    largest = max(1.0, *(float(one.abs().max()) for one in floats))
    return 100 * max(torch.finfo(one.dtype).eps for one in floats) * largest
