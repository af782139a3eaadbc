"""Which sites the parts of a module have, from what hooks and taps saw of a few steps of one text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from stateviz.recording.sources.attention import HeadHook
from stateviz.recording.sources.base import Sites
from stateviz.recording.sources.celltaps import CellTap
from stateviz.recording.sources.hooking import HEADS, INPUT, under, unreached
from stateviz.recording.sources.outputs import OutputHook, Place, layout
from stateviz.recording.sources.taps import RecurrentTap

_VMAP = "inside torch.vmap, where no text is alone"


@dataclass
class SiteFinding:
    """The sites of a module that just read ``steps`` steps, and where their values come from.

    Attributes
    ----------
    places
        Of the sites that hooks see.
    recurrent
        Sites of a user's own cells: what a part gave and read again at the next step.
    whole
        Why a text must be read in one pass, if one of the parts says so.
    """

    model: nn.Module
    taps: Mapping[str, RecurrentTap]
    cells: Mapping[str, CellTap]
    hooks: Mapping[str, OutputHook]
    steps: int
    order: str
    sites: Sites = field(default_factory=lambda: Sites({}))
    places: dict[str, Place] = field(default_factory=dict)
    recurrent: list[str] = field(default_factory=list)
    whole: str | None = None

    def __post_init__(self) -> None:
        for name, _ in self.model.named_modules():
            if name in self.taps:
                self._tap(self.taps[name])
            elif name in self.cells:
                self._cell(self.cells[name])
            elif name in self.hooks:
                self._outputs(name or "output", name, "")
            else:
                self.sites.why[name or "output"] = f"{name or 'the model'!r} is a scripted module, which shows nothing"
            heads = self.hooks.get(name + HEADS)
            if isinstance(heads, HeadHook) and heads.passes:
                self._heads(name, heads)
            for key, suffix in ((name + INPUT, "in"), (name, "out")):
                if key in self.hooks:
                    self._outputs(name, key, f".{suffix}")

    def _tap(self, tap: RecurrentTap) -> None:
        tap.stepwise = self.steps > 1 and tap.seen == [1] * self.steps
        count = 1 if tap.stepwise else len(tap.carried)
        if not count:
            self.sites.why |= dict.fromkeys([tap.name, *under(tap.name, tap.sites())], unreached(tap.name))
            return
        if tap.module.bidirectional:
            self.whole = (
                f"{tap.name or type(tap.module).__name__} is bidirectional, and reads a text from both its ends"
            )
        if count > 1:
            said = _which(tap.name, count, "")
            self.sites.why |= dict.fromkeys([tap.name, *under(tap.name, tap.sites())], said)
        for k in range(count):
            self.sites.known |= under(tap.name if count == 1 else f"{tap.name}@{k}", tap.sites())

    def _cell(self, cell: CellTap) -> None:
        inside = under(cell.name, cell.sites())
        if len(cell.read) == self.steps:
            self.sites.known |= inside
            return
        if cell.inside_vmap:
            self.sites.why |= dict.fromkeys([cell.name, *inside], f"{cell.name!r} runs {_VMAP}")
            return
        said = f"cell {cell.name!r} ran {len(cell.read)} times for {self.steps} tokens; it must run once a token"
        self.sites.why |= dict.fromkeys([cell.name, *inside], said if cell.read else unreached(cell.name))

    def _outputs(self, base: str, key: str, suffix: str) -> None:
        """Sites of one hook; those of a ``suffix`` are recorded only where a name or a glob asks for them."""
        hook, steps, asked = self.hooks[key], self.steps, bool(suffix)
        count, name = len(hook.passes), f"{base}{suffix}".lstrip(".")
        if not count:
            self.sites.why.setdefault(name, unreached(hook.name))
            return
        if not any(hook.passes):
            self.sites.why.setdefault(name, f"{name!r} gave no tensor, or ran {_VMAP}")
        each = {leaf: self._layout(t) for leaf, t in hook.passes[0].items()}
        if count == steps > 1 and not any(kind in ("bt", "tb", "bct") for kind in each.values()):
            fed = {} if asked else self._fed_back(key)
            for leaf, tensor in hook.passes[0].items():
                kind = "b" if tensor.dim() >= 2 and tensor.shape[0] == 1 else None
                kind = kind or ("lb" if tensor.dim() == 3 and tensor.shape[1] == 1 else None)
                if kind and all(leaf in kept for kept in hook.passes):
                    label = fed.get(leaf, (name + leaf).lstrip("."))
                    self._add(label, Place(key, None, leaf, kind), tensor.numel(), asked)
            self.recurrent += [site for site in fed.values() if site in self.places]
            return
        for number, kept in enumerate(hook.passes):
            label = name if count == 1 else f"{base}@{number}{suffix}"
            for leaf, tensor in kept.items():
                found = self._layout(tensor)
                if found is not None:
                    site = (label + leaf).lstrip(".")
                    self._add(site, Place(key, number, leaf, found), tensor.numel() // steps, asked)
                else:
                    self.sites.why[label + leaf] = self._no_steps(label + leaf, tensor, suffix)
        if count > 1:
            self.sites.why[name] = _which(base, count, suffix)

    def _heads(self, name: str, hook: HeadHook) -> None:
        """Sites of attention patterns, which are told by how many steps back they reach."""
        if hook.keys == self.steps and not hook.ahead:
            self._outputs(name, name + HEADS, "")
            return
        where = "later tokens, too" if hook.keys == self.steps else f"{hook.keys} places that are not the tokens read"
        self.sites.why |= {
            f"{name}{head}": f"{name!r} attends to {where}: a pattern is of the last steps" for head in hook.passes[0]
        }

    def _no_steps(self, name: str, tensor: Tensor, suffix: str) -> str:
        shape, steps = tuple(tensor.shape), self.steps
        both = shape[:2] if len(shape) > 2 else ()
        texts = [n for n, other in zip(both, both[::-1], strict=True) if other == steps]
        odd = f"is of {texts[0]} texts, where one came" if texts else f"has no axis of the {steps} steps"
        return f"{name!r} {'took' if suffix == '.in' else 'gave'} {shape}, which {odd}"

    def _layout(self, tensor: Tensor) -> str | None:
        return layout(tuple(tensor.shape), self.steps, 1, self.order)

    def _fed_back(self, key: str) -> dict[str, str]:
        """Names of what a part gave at each step and read at the next: of a cell, h, or h and c, as it is called."""
        given, read = self.hooks[key].passes, self.hooks[key + INPUT].passes if key + INPUT in self.hooks else []
        if len(given) != len(read):
            return {}
        leaves = [leaf for leaf in given[0] if all(
            leaf in before and any(_alike(before[leaf], tensor) for tensor in after.values())
            for before, after in zip(given, read[1:], strict=False)
        )]  # fmt: skip
        leaves = [leaf for i, leaf in enumerate(leaves) if not any(
            all(_alike(kept[leaf], kept[other]) for kept in given) for other in leaves[:i]
        )]  # fmt: skip
        bases = {leaf: leaf.removesuffix(".real").removesuffix(".imag") for leaf in leaves}
        parts = list(dict.fromkeys(bases.values()))
        plain = all(not word or word.isdecimal() for part in parts for word in part.split("."))
        names = ("h", "c") if len(parts) <= 2 else tuple(f"state{i}" for i in range(len(parts)))
        own = {part: names[i] if plain else part.lstrip(".") for i, part in enumerate(parts)}
        return {leaf: f"{key}.{own[base]}{leaf.removeprefix(base)}".lstrip(".") for leaf, base in bases.items()}

    def _add(self, name: str, place: Place, units: int, asked: bool) -> None:
        self.sites.known[name], self.places[name] = units, place
        if asked or place.hook.endswith(HEADS):
            self.sites.asked.add(name)


def _alike(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and a.is_floating_point() and torch.equal(a, b)


def _which(name: str, count: int, suffix: str) -> str:
    some = ", ".join(f"{name}@{k}{suffix}" for k in range(min(count, 4))) + (", ..." if count > 4 else "")
    return f"{name!r} is passed {count} times; say which: {some}"
