"""Changes made to what parts of a module compute, while it runs: inside torch's recurrent layers and cells, and in what
any other part gives or reads."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any

import torch
from torch import Tensor, nn

from stateviz.core.errors import InputError
from stateviz.recording.gates import Weights
from stateviz.recording.sources.hooking import HEADS, INPUT
from stateviz.recording.sources.layers import Change, run_layer
from stateviz.recording.sources.outputs import Place


@dataclass
class CellEdit:
    """A forward hook on nn.RNNCell, nn.GRUCell or nn.LSTMCell that makes its step anew, with changes."""

    kind: str
    changes: Mapping[str, Change]
    thread: int = field(default_factory=get_ident)

    def __call__(self, module: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], output: Any) -> Any:
        """What the cell gives in place of ``output``."""
        if get_ident() != self.thread:
            return output
        x = args[0] if args else kwargs["input"]
        state = args[1] if len(args) > 1 else kwargs.get("hx")
        flat = x.dim() == 1
        after = output if isinstance(output, tuple) else (output,)
        before = tuple(torch.zeros_like(one) for one in after) if state is None else state
        before = tuple(before) if isinstance(before, (tuple, list)) else (before,)
        if flat:
            x, before = x[None], tuple(one[None] for one in before)
        weights = Weights(module.weight_ih, module.weight_hh, module.bias_ih, module.bias_hh)
        how = getattr(module, "nonlinearity", "tanh")
        _, last, _ = run_layer(self.kind, weights, x[None], before, self.changes, nonlinearity=how)
        last = tuple(one[0] for one in last) if flat else last
        return last if isinstance(output, tuple) else last[0]


@dataclass
class PlaceEdit:
    """A hook that changes one tensor of what a part gives, or reads, in the passes that its place names."""

    place: Place
    change: Change
    count: int = 0
    thread: int = field(default_factory=get_ident)

    def attach(self, module: nn.Module) -> Callable[[], None]:
        """Hook ``module``; what comes back unhooks it."""
        if self.place.hook.endswith(INPUT):
            return module.register_forward_pre_hook(self.before, with_kwargs=True).remove
        return module.register_forward_hook(self.after).remove

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Change what came in."""
        if not self._turn():
            return None
        if args:
            return with_leaf(args, self.place.leaf, self._changed), kwargs
        first, *_ = kwargs
        return args, kwargs | {first: with_leaf(kwargs[first], self.place.leaf, self._changed)}

    def after(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
        """Change what is given."""
        return with_leaf(output, self.place.leaf, self._changed) if self._turn() else None

    def _turn(self) -> bool:
        """Whether this pass is the one."""
        if get_ident() != self.thread:
            return False
        self.count += 1
        return self.place.number in (None, self.count - 1)

    def _changed(self, values: Tensor) -> Tensor:
        kind, shape = self.place.layout, values.shape
        if self.place.number is None:  # a step: (texts, units), or (layers, texts, units)
            moved = values.movedim(1, 0) if kind == "lb" else values
            new = self.change(moved.flatten(1)).reshape(moved.shape)
            return new.movedim(0, 1) if kind == "lb" else new
        # A change sees (steps, texts, units), whatever the layout.
        if kind == "bct":
            return self.change(values.permute(2, 0, 1)).permute(1, 2, 0)
        if kind == "b1":
            return self.change(values.T[..., None])[..., 0].T
        if kind == "t":
            return self.change(values[:, None])[:, 0]
        rows = values.flatten(2)
        return (self.change(rows.transpose(0, 1)).transpose(0, 1) if kind == "bt" else self.change(rows)).reshape(shape)


def with_leaf(output: Any, wanted: str, change: Change, path: str = "") -> Any:
    """``output`` with one of its tensors changed, which ``leaves`` gives the place ``wanted``.

    Examples
    --------
    >>> with_leaf((torch.ones(1), {"a": torch.ones(1)}), ".1.a", lambda values: values * 3)
    (tensor([1.]), {'a': tensor([3.])})
    """
    if isinstance(output, Tensor):
        return change(output) if path == wanted else output
    if isinstance(output, MutableMapping):
        new = copy.copy(output)
        for key, value in output.items():
            if wanted.startswith(f"{path}.{key}"):
                new[key] = with_leaf(value, wanted, change, f"{path}.{key}")
        return new
    if isinstance(output, (tuple, list)):
        values = [with_leaf(one, wanted, change, path if k == 0 else f"{path}.{k}") for k, one in enumerate(output)]
        return type(output)(*values) if hasattr(output, "_fields") else type(output)(values)
    return output


@contextmanager
def editing(source: Any, changes: Mapping[str, Change]) -> Iterator[None]:
    """Changes to sites of a watched module for the block; hooks and taps are as they were after it, come what may."""
    modules = dict(source.model.named_modules())
    with ExitStack() as stack:
        inner: dict[str, dict[str, Change]] = {}
        for site, change in changes.items():
            if site in source.places:
                place = source.places[site]
                name = place.hook.removesuffix(INPUT)
                if place.hook.endswith(HEADS) or place.leaf.endswith((".real", ".imag")):
                    raise InputError(f"{site} can be recorded, and not changed; change what the part gives")
                stack.callback(PlaceEdit(place, change).attach(modules[name]))
                continue
            name, _, rest = source.inside(site)
            inner.setdefault(name, {})[rest] = change
        for name, parts in inner.items():
            if name in source.cells:
                edit = CellEdit(source.cells[name].kind, parts)
                stack.callback(modules[name].register_forward_hook(edit, with_kwargs=True).remove)
            else:
                tap = source.taps[name]
                stack.callback(setattr, tap, "changes", {})
                tap.changes = parts
        yield
