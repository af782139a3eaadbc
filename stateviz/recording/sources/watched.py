"""A torch module that is run with its parts watched: hooks on any of them, taps on the recurrent ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, jit, nn

from stateviz.core.errors import InputError
from stateviz.recording.sources.attention import REACH, HeadHook
from stateviz.recording.sources.base import Options, Part, Source
from stateviz.recording.sources.celltaps import CellTap, is_cell
from stateviz.recording.sources.hooking import HEADS, INPUT, hooked
from stateviz.recording.sources.layouts import asked_layout
from stateviz.recording.sources.outputs import OutputHook, Place, leaves, scores, scores_layout
from stateviz.recording.sources.plain import is_plain
from stateviz.recording.sources.taps import RecurrentTap, is_stock


class WatchedSource(Source):
    """The running of a module; `ModuleSource` finds out what there is to record.

    Attributes
    ----------
    order
        What the model takes: ``"nlc"``, ``"lnc"`` or ``"ncl"``, axes as torch's documentation names them.
    scored
        Where the steps of the logits are, found on the first of them.
    apart
        Texts side by side do not change one another's numbers.
    one_by_one
        Each token is read alone in any case.
    """

    causal: bool | None = None
    apart = True
    scored: str | None = None
    one_by_one = False

    def __init__(self, model: nn.Module, options: Options) -> None:
        super().__init__(model, options)
        # What makes weights of other weights is no part of the model that reads.
        named = [(name, module) for name, module in model.named_modules() if "parametrizations" not in name.split(".")]
        self.taps = {name: RecurrentTap(name, m) for name, m in named if is_stock(m)}
        self.cells = {name: CellTap(name, m) for name, m in named if isinstance(m, nn.RNNCellBase) and is_cell(m)}
        # A scripted part takes no hooks; of a scripted whole there is still what it gives.
        parts = [name for name, module in named if not isinstance(module, jit.ScriptModule)]
        self.watched = [name + mark for name in parts for mark in ("", INPUT, HEADS)] or [""]
        layouts = [bool(tap.module.batch_first) for tap in self.taps.values()]
        self.said = asked_layout(options.layout, options.batch_first)
        self.order = self.said or ("lnc" if layouts and not layouts[0] else "nlc")
        self.plain = options.forward is None and is_plain(model)
        self.pads = is_stock(model)  # which heeds where each text ends
        self.places: dict[str, Place] = {}
        self.hooks: dict[str, OutputHook] = {}
        self.carried = {}
        self.wanted: tuple[str, ...] = ()

    def hook(self, key: str) -> OutputHook:
        """What watches one part: what it gives, what it reads, or its attention patterns."""
        if key.endswith(HEADS):
            return HeadHook(key.removesuffix(HEADS), reach=self.options.reach or REACH)
        return OutputHook(key.removesuffix(INPUT), reads_input=key.endswith(INPUT))

    def patterns(self, sites: Sequence[str]) -> list[str]:
        """Those that hooks on attention give."""
        return [site for site in sites if site in self.places and self.places[site].hook.endswith(HEADS)]

    @contextmanager
    def attached(self, wanted: Sequence[str]) -> Iterator[None]:
        """Hooks on what is wanted, and taps on the recurrent parts."""
        self.wanted = tuple(wanted)
        places = [self.places[site] for site in ("output", *wanted) if site in self.places]
        # Where steps and texts share an axis, which is the inner one is unknown; with one text it does not matter.
        self.batches = self.apart and all(place.layout != "t" for place in places)
        self.hooks = {key: self.hook(key) for key in {self.places[s].hook for s in wanted if s in self.places}}
        with hooked(self.model, self.hooks, self.cells, self.taps):
            yield

    def run(self, inputs: Tensor, state: Any, *, lengths: Sequence[int] | None = None, keep: bool = True) -> Part:
        """One call of the model, or one a token where that is needed."""
        inside = [site for site in self.wanted if site in self.carried]
        if not (inside or (self.one_by_one and self.wanted)):
            return self._once(inputs, state, lengths, keep)
        every, self.wanted = self.wanted, tuple(site for site in self.wanted if site not in self.carried)
        parts = []
        try:
            for t in range(len(inputs)):
                part = self._once(inputs[t : t + 1], state, None, keep, trial=not every)
                state = part.state
                found = self.states_in(state["model"])
                part.values |= {site: _of_step(site, found) for site in inside}
                parts.append(part)
        finally:
            self.wanted = every
        if not keep:
            return Part({}, None, state)
        values = {site: torch.cat([part.values[site] for part in parts]) for site in every}
        logits = [part.logits for part in parts if part.logits is not None]
        return Part(values, torch.cat(logits) if logits else None, state)

    def states_in(self, state: Any) -> Mapping[str, Tensor]:
        """By site, what is recorded of a state that is carried on, (texts, ...) each."""
        found = {f"state{leaf}": tensor for leaf, tensor in leaves(state)}
        return {site: found[site][None] for site in self.carried if site in found}

    def _once(
        self, inputs: Tensor, state: Any, lengths: Sequence[int] | None, keep: bool, trial: bool | None = None
    ) -> Part:
        steps, batch = inputs.shape[:2]
        state = state or {}
        trial = not self.wanted if trial is None else trial
        self._begin(state, lengths, keep)
        outputs, own = self.call(inputs, state.get("model"))
        if isinstance(self.model, jit.ScriptModule) and "" in self.hooks:
            self.hooks[""].keep(dict(leaves(outputs)))
        if trial:
            self.scored = scores_layout(outputs, steps, batch, self.order)
        logits = scores(outputs, steps, batch, self.scored) if keep else None
        values = {site: self.value(site, steps, batch) for site in self.wanted} if keep else {}
        after = {"model": own, "taps": {name: tap.carried for name, tap in self.taps.items()}}
        if not trial:  # while sites are looked for, what was seen is still needed
            self._forget()
        return Part(values, logits, after)

    def _begin(self, state: dict[str, Any], lengths: Sequence[int] | None, keep: bool) -> None:
        for hook in self.hooks.values():
            hook.clear()
        inner = [self.inside(site) for site in self.wanted if site not in self.places] if keep else []
        for cell in self.cells.values():
            cell.clear()
            cell.wanted = [rest for name, _, rest in inner if name == cell.name]
        for tap in self.taps.values():
            tap.wanted = {rest for name, _, rest in inner if name == tap.name}
            tap.begin(state.get("taps", {}).get(tap.name, []), lengths)

    def call(self, inputs: Tensor, state: Any) -> tuple[Any, Any]:
        """Outputs and the model's own state, for inputs (steps, batch, ...)."""
        x = (inputs if self.order == "lnc" else inputs.transpose(0, 1)).clone()  # a model may write into what it reads
        x = x.transpose(1, 2).contiguous() if self.order == "ncl" and x.dim() == 3 else x
        if self.options.forward is None:
            return self.model(x), None
        given = self.options.forward(self.model, x, state)
        if not (isinstance(given, (tuple, list)) and len(given) == 2):
            raise InputError(f"forward gave a {type(given).__name__}; it must give (outputs, state)")
        return given[0], given[1]

    def value(self, site: str, steps: int, batch: int) -> Tensor:
        """What the last run gave for ``site``, (steps, batch, units)."""
        found = self._value(site, steps, batch)
        return found.flip(0) if site in self.reads.turned else found

    def _value(self, site: str, steps: int, batch: int) -> Tensor:
        if site in self.places:
            hook = self.hooks[self.places[site].hook]
            if isinstance(hook, HeadHook) and hook.ahead:
                raise InputError(f"{site} attends to later tokens, which a pattern of the last steps does not hold")
            return self.places[site].read(hook, steps, batch)
        name, number, rest = self.inside(site)
        if name in self.cells:
            return self.cells[name].values(steps)[rest]
        found = self.taps[name].site(rest, number)
        if found is None or found.shape[:2] != (steps, batch):
            got = "nothing" if found is None else tuple(found.shape[:2])
            raise InputError(f"{name!r} gave {got} (steps, batch), and {(steps, batch)} was expected, one step a token")
        return found

    def inside(self, site: str) -> tuple[str, int, str]:
        """Module, pass, and the rest of the name of a site inside a recurrent part."""
        for name in sorted([*self.taps, *self.cells], key=len, reverse=True):
            if not name:
                return "", 0, site
            if site.startswith((f"{name}.", f"{name}@")):
                head, _, rest = site[len(name) :].partition(".")
                return name, int(head[1:] or 0), rest
        raise KeyError(site)

    def _forget(self) -> None:
        for hook in self.hooks.values():
            hook.clear()
        for cell in self.cells.values():
            cell.clear()


def _of_step(site: str, states: Mapping[str, Tensor]) -> Tensor:
    """One step of a state, (1, texts, units); a cache is written to in place, so it is a copy."""
    if site not in states:
        raise InputError(f"{site} is not in what the model gave at each step; a state keeps its parts")
    return states[site].flatten(1)[None].clone()
