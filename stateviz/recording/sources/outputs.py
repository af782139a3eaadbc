"""What a module gives out, whatever its shape: tensors in tuples and dicts, found again by their place, steps first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import get_ident

import torch
from torch import Tensor, nn
from torch._C._functorch import is_batchedtensor

from stateviz.core.errors import InputError


def leaves(output: object, path: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every tensor of ``output`` with its place: ``""`` for itself or the first of a tuple, then ``.1``, ``.key``.

    Complex numbers are two tensors, ``.real`` and ``.imag``.

    Examples
    --------
    >>> import torch
    >>> [place for place, _ in leaves((torch.zeros(1), {"a": torch.zeros(2)}))]
    ['', '.1.a']
    """
    if isinstance(output, Tensor):
        if is_batchedtensor(output):  # inside torch.vmap a tensor is one of many, of which none can be kept
            return
        if output.is_complex():
            yield f"{path}.real", output.real
            yield f"{path}.imag", output.imag
        else:
            yield path, output
    elif isinstance(output, Mapping):  # the outputs of Hugging Face models are mappings, too
        for key, value in output.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(output, (tuple, list)):
        for i, value in enumerate(output):
            yield from leaves(value, path if i == 0 else f"{path}.{i}")


_FIRST_LOOKED_FOR = {"nlc": ("bt", "tb", "bct"), "lnc": ("tb", "bt", "bct"), "ncl": ("bct", "bt", "tb")}


def layout(shape: tuple[int, ...], steps: int, batch: int, order: str) -> str | None:
    """Where the steps are: ``"bt"``, ``"tb"``, ``"bct"`` (last), ``"t"`` (no texts), ``"b1"`` (no units), or nowhere.

    ``order`` is what a model takes: ``"nlc"``, ``"lnc"`` or ``"ncl"``; where a shape fits several, it is that one.
    """
    ends = {"bt": (shape[:2], (batch, steps)), "tb": (shape[:2], (steps, batch))}
    ends["bct"] = ((shape[0], *shape[2:]), (batch, steps)) if len(shape) == 3 else ((), (batch, steps))
    for name in _FIRST_LOOKED_FOR[order]:
        if len(shape) >= 3 and ends[name][0] == ends[name][1]:
            return name
    if batch == 1 and len(shape) == 2 and shape[0] == steps:
        return "t"
    return "b1" if shape == (batch, steps) else None


def steps_first(tensor: Tensor, kind: str, steps: int, batch: int) -> Tensor | None:
    """``tensor`` as (steps, batch, units), or None where it has not these steps."""
    if kind == "bt":
        tensor = tensor.transpose(0, 1) if tensor.dim() >= 3 else tensor[None]
    elif kind == "bct":
        tensor = tensor.permute(2, 0, 1) if tensor.dim() == 3 else tensor[None]
    elif kind == "b1":
        tensor = tensor.T[..., None] if tensor.dim() == 2 else tensor[None]
    elif kind == "t":
        tensor = tensor[:, None] if tensor.dim() == 2 else tensor[None]
    if tensor.dim() < 3 or tensor.shape[:2] != (steps, batch):
        return None
    return tensor.flatten(2)


def scores(outputs: object, steps: int, batch: int, kind: str | None) -> Tensor | None:
    """The logits (steps, batch, vocabulary) in what a model gave, or None; ``kind`` is their layout."""
    found = _logits(outputs)
    return None if found is None or kind is None else steps_first(found, kind, steps, batch)


def scores_layout(outputs: object, steps: int, batch: int, order: str) -> str | None:
    """Where the steps are in the logits; found on one text, where they cannot be taken for the texts."""
    found = _logits(outputs)
    kind = None if found is None else layout(tuple(found.shape), steps, batch, order)
    return None if kind == "b1" else kind


def _logits(outputs: object) -> Tensor | None:
    found = getattr(outputs, "logits", None)
    if found is None:
        found = outputs.get("logits") if isinstance(outputs, Mapping) else outputs
    if isinstance(found, (tuple, list)) and found:
        found = found[0]
    return found if isinstance(found, Tensor) and found.dim() <= 3 else None


@dataclass
class OutputHook:
    """A hook that keeps a copy of what one module gives, or of what it reads, pass by pass.

    Later code may write into either, through ``.data`` or NumPy without a trace: what is kept is a copy.
    """

    name: str
    reads_input: bool = False
    passes: list[dict[str, Tensor]] = field(default_factory=list)
    thread: int = field(default_factory=get_ident)

    def attach(self, module: nn.Module) -> Callable[[], None]:
        """Hook ``module``; what comes back unhooks it."""
        if self.reads_input:
            return module.register_forward_pre_hook(self.before, with_kwargs=True).remove
        return module.register_forward_hook(self.after, with_kwargs=True).remove

    def before(self, module: nn.Module, args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
        """Keep what came in: the first tensor has no name of its own."""
        given = dict(leaves((*args,))) | dict(leaves(kwargs))
        if given and "" not in given:
            given = {"": next(iter(given.values()))} | given
        self.keep(given)

    def after(
        self, module: nn.Module, args: tuple[object, ...], kwargs: Mapping[str, object], output: object
    ) -> object:
        """Keep the tensors of ``output``."""
        self.keep(dict(leaves(output)))
        return None

    def keep(self, given: Mapping[str, Tensor]) -> None:
        """Keep copies of one pass."""
        if get_ident() == self.thread:  # what another thread makes of the module is not recorded
            self.passes.append({place: tensor.clone() for place, tensor in given.items()})

    def clear(self) -> None:
        """Forget what was kept."""
        self.passes = []


@dataclass(frozen=True)
class Place:
    """Where a site's values come from: which hook, which of its passes (None: each pass is a step), which tensor."""

    hook: str
    number: int | None
    leaf: str
    layout: str

    def read(self, hook: OutputHook, steps: int, batch: int) -> Tensor:
        """The values, (steps, batch, units)."""
        result: Tensor | None = None
        if self.number is None:
            got: object = len(hook.passes)
            if len(hook.passes) == steps and all(self.leaf in kept for kept in hook.passes):
                found = torch.stack([kept[self.leaf] for kept in hook.passes])
                found = found.movedim(2, 1) if self.layout == "lb" else found
                result = found.flatten(2) if found.shape[:2] == (steps, batch) else None
        else:
            kept = hook.passes[self.number] if self.number < len(hook.passes) else {}
            result = steps_first(kept[self.leaf], self.layout, steps, batch) if self.leaf in kept else None
            got = tuple(kept[self.leaf].shape) if self.leaf in kept else "nothing"
        if result is None:
            raise InputError(f"{hook.name!r} gave {got}, and {steps} steps were expected, one a token")
        return result


def without_steps(
    places: Mapping[str, Place], units: Mapping[str, int], hooks: Mapping[str, OutputHook], steps: int
) -> list[str]:
    """Those of ``places`` whose values, as hooks kept them, have not ``steps`` steps of one text, or other units."""
    found = []
    for site, place in places.items():
        hook = hooks.get(place.hook)
        if hook is None or not hook.passes:
            continue
        try:
            same = place.read(hook, steps, 1).shape[-1] == units[site]
        except InputError:
            same = False
        if not same:
            found.append(site)
    return found
