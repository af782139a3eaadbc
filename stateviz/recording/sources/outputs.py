"""What a module gives out, whatever its shape: tensors in tuples and dicts, found again by their place, steps first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import get_ident

import torch
from torch import Tensor, nn

from stateviz.core.errors import InputError


def leaves(output: object, path: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every tensor of ``output`` with its place: ``""`` for itself or the first of a tuple, then ``.1``, ``.key``.

    Examples
    --------
    >>> import torch
    >>> [place for place, _ in leaves((torch.zeros(1), {"a": torch.zeros(2)}))]
    ['', '.1.a']
    """
    if isinstance(output, Tensor):
        yield path, output
    elif isinstance(output, Mapping):  # the outputs of Hugging Face models are mappings, too
        for key, value in output.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(output, (tuple, list)):
        for i, value in enumerate(output):
            yield from leaves(value, path if i == 0 else f"{path}.{i}")


def layout(shape: tuple[int, ...], steps: int, batch: int, batch_first: bool) -> str | None:
    """Where the steps are: ``"bt"``, ``"tb"``, ``"t"`` (no batch axis), or None where there are none."""
    both = {"bt": (batch, steps), "tb": (steps, batch)}
    for name in ("bt", "tb") if batch_first else ("tb", "bt"):
        if len(shape) >= 3 and shape[:2] == both[name]:
            return name
    if batch == 1 and len(shape) == 2 and shape[0] == steps:
        return "t"
    return None


def steps_first(tensor: Tensor, kind: str, steps: int, batch: int) -> Tensor | None:
    """``tensor`` as (steps, batch, units), or None where it has not these steps."""
    if kind == "bt":
        tensor = tensor.transpose(0, 1) if tensor.dim() >= 3 else tensor[None]
    elif kind == "t":
        tensor = tensor[:, None] if tensor.dim() == 2 else tensor[None]
    if tensor.dim() < 3 or tensor.shape[:2] != (steps, batch):
        return None
    return tensor.flatten(2)


def scores(outputs: object, steps: int, batch: int, kind: str | None) -> Tensor | None:
    """The logits (steps, batch, vocabulary) in what a model gave, or None; ``kind`` is their layout."""
    found = _logits(outputs)
    return None if found is None or kind is None else steps_first(found, kind, steps, batch)


def scores_layout(outputs: object, steps: int, batch: int, batch_first: bool) -> str | None:
    """Where the steps are in the logits; found on one text, where they cannot be taken for the texts."""
    found = _logits(outputs)
    return None if found is None else layout(tuple(found.shape), steps, batch, batch_first)


def _logits(outputs: object) -> Tensor | None:
    found = getattr(outputs, "logits", None)
    if found is None:
        found = outputs.get("logits") if isinstance(outputs, Mapping) else outputs
    if isinstance(found, (tuple, list)) and found:
        found = found[0]
    return found if isinstance(found, Tensor) and found.dim() <= 3 else None


@dataclass
class OutputHook:
    """A forward hook that keeps what one module gives, pass by pass."""

    name: str
    copy: bool = False
    reads_input: bool = False
    tried: bool = False
    """On the first steps: what is kept is held against a copy at the end, for writes that leave no trace."""
    passes: list[dict[str, Tensor]] = field(default_factory=list)
    versions: list[dict[str, int]] = field(default_factory=list)
    copies: list[dict[str, Tensor]] = field(default_factory=list)
    thread: int = field(default_factory=get_ident)

    def __call__(
        self, module: nn.Module, args: tuple[object, ...], kwargs: Mapping[str, object], output: object
    ) -> None:
        """Keep the tensors of ``output`` (or of what came in), of the thread that records."""
        if get_ident() != self.thread:
            return
        given = dict(leaves((args, kwargs) if self.reads_input else output))
        if self.copy or any(t.is_inference() for t in given.values()):
            given = {place: tensor.clone() for place, tensor in given.items()}
        self.passes.append(given)
        if self.tried:
            self.copies.append({place: tensor.clone() for place, tensor in given.items()})
        self.versions.append({p: 0 if t.is_inference() else t._version for p, t in given.items()})

    def overwritten(self) -> bool:
        """Whether later code wrote into what was kept; through ``.data`` or NumPy only the copies tell."""
        changed = any(
            not torch.equal(copy[p].nan_to_num(), t.nan_to_num())
            for kept, copy in zip(self.passes, self.copies, strict=False)
            for p, t in kept.items()
        )
        return changed or any(
            not t.is_inference() and t._version != version[p]
            for kept, version in zip(self.passes, self.versions, strict=True)
            for p, t in kept.items()
        )

    def clear(self) -> None:
        """Forget what was kept."""
        self.passes, self.versions, self.copies = [], [], []


@dataclass(frozen=True)
class Place:
    """Where a site's values come from: which module, which of its passes (None: each pass is a step), which tensor."""

    module: str
    number: int | None
    leaf: str
    layout: str

    def read(self, hook: OutputHook, steps: int, batch: int) -> Tensor:
        """The values, (steps, batch, units)."""
        if self.number is None:
            found = torch.stack([kept[self.leaf] for kept in hook.passes])
            result = found.flatten(2) if found.shape[:2] == (steps, batch) else None
            got: object = len(hook.passes)
        else:
            kept = hook.passes[self.number] if self.number < len(hook.passes) else {}
            result = steps_first(kept[self.leaf], self.layout, steps, batch) if self.leaf in kept else None
            got = tuple(kept[self.leaf].shape) if self.leaf in kept else "nothing"
        if result is None:
            raise InputError(f"{self.module!r} gave {got}, and {steps} steps were expected, one a token")
        return result


def without_steps(places: Mapping[str, Place], hooks: Mapping[str, OutputHook], steps: int) -> list[str]:
    """Those of ``places`` whose values have not ``steps`` steps of one text, as hooks kept them."""
    found = []
    for site, place in places.items():
        hook = hooks.get(place.module)
        if hook is None or not hook.passes or hook.reads_input:
            continue
        try:
            place.read(hook, steps, 1)
        except InputError:
            found.append(site)
    return found
