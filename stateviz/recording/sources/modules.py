"""Any torch module: the outputs of its parts by hooks, and the insides of the recurrent ones among them.

One class serves three rows of SOURCES, because a user's module mixes these: nn.RNN, nn.GRU and nn.LSTM inside it are
recorded by `RecurrentTap`, cells it loops over by `CellTap`, all other modules by what they give out.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, jit, nn

from stateviz.core.errors import InputError, StatevizError
from stateviz.recording.sources.base import Options, Part, Sites, Source
from stateviz.recording.sources.celltaps import CellTap, is_cell
from stateviz.recording.sources.hooking import hooked, under, unreached
from stateviz.recording.sources.layouts import FAILURES, told
from stateviz.recording.sources.outputs import OutputHook, Place, layout, leaves, scores, scores_layout, without_steps
from stateviz.recording.sources.plain import is_plain
from stateviz.recording.sources.taps import RecurrentTap, is_stock


class ModuleSource(Source):
    """A torch module, run as a whole.

    Without ``forward`` it is called with inputs (batch, steps, ...) or (steps, batch, ...), whichever its recurrent
    parts take, or as ``batch_first`` says. A part that gives a tuple is recorded by its first tensor, and the others
    are sites ``NAME.1``; a dict gives ``NAME.key``; a part passed more than once is ``NAME@0``, ``NAME@1``.
    """

    causal: bool | None = None
    told_by_texts = True
    apart = True
    """Texts side by side do not change one another's numbers."""
    scored: str | None = None
    """Where the steps of the logits are, found on the first of them."""

    def __init__(self, model: nn.Module, options: Options) -> None:
        super().__init__(model, options)
        # What makes weights of other weights is no part of the model that reads.
        named = [(name, module) for name, module in model.named_modules() if "parametrizations" not in name.split(".")]
        self.taps = {name: RecurrentTap(name, m) for name, m in named if is_stock(m)}
        self.cells = {name: CellTap(name, m) for name, m in named if isinstance(m, nn.RNNCellBase) and is_cell(m)}
        inside = tuple(self.taps) + tuple(self.cells)
        # A scripted part takes no hooks.
        self.others = {n: m for n, m in named if n not in inside and not isinstance(m, jit.ScriptModule)}
        layouts = [bool(tap.module.batch_first) for tap in self.taps.values()]
        said = options.batch_first
        self.batch_first = said if said is not None else layouts[0] if layouts else True
        self.plain = options.forward is None and is_plain(model)
        self.pads = is_stock(model)  # which heeds where each text ends
        self.places: dict[str, Place] = {}
        self.hooks: dict[str, OutputHook] = {}
        self.copied: set[str] = set()

    def discover(self, inputs: Tensor | None) -> Sites:
        """Run a few steps with every part watched."""
        if inputs is None:
            raise InputError("the sites of a module are found by running it; give inputs")
        steps = len(inputs)
        try:
            self._watch(inputs)
        except StatevizError:
            raise
        except (RuntimeError, ValueError, IndexError, TypeError):
            # Only where the layout was our guess is the other one tried; else the model's own words are the best.
            if self.options.batch_first is not None or self.options.forward is not None or not self.taps:
                raise
            self.batch_first = not self.batch_first
            self._watch(inputs)
        if self._turned(steps) and self.options.batch_first is None and self.options.forward is None:
            self.batch_first = not self.batch_first
            self._watch(inputs)
        if self._turned(steps):
            raise InputError(
                f"the recurrent parts did not read {steps} steps for {steps} tokens; give batch_first= or forward="
            )
        if self.told_by_texts and not self.taps and self.options.batch_first is None and self.options.forward is None:
            before = self.batch_first
            self.batch_first, self.apart = told(self.model, inputs, before)
            if self.batch_first != before:
                self._watch(inputs)
        self._read_again(inputs)
        sites = self._found(steps)
        self._read_fewer(inputs, sites)
        return sites

    def _read_fewer(self, inputs: Tensor, sites: Sites) -> None:
        """Leave out what has as many rows as there were steps by chance: with fewer steps it has not."""
        fewer = len(inputs) - 2
        if fewer < 1 or self.options.forward is not None:
            return
        try:
            self._watch(inputs[:fewer])
        except FAILURES:
            return  # a model of one length
        for site in without_steps(
            {site: self.places[site] for site in self.places if site in sites.known}, self.hooks, fewer
        ):
            del sites.known[site], self.places[site]
            sites.why[site] = f"{site!r} has no axis of the steps: with fewer tokens it stays as long"
        self.hooks = {}

    def _read_again(self, inputs: Tensor) -> None:
        """Warn of a model that does not give the same for the same: what was tried on it is then in its states."""
        before = self._seen()
        self._watch(inputs)
        after = self._seen()
        same = len(before) == len(after) and all(
            a.shape == b.shape and bool(a.isclose(b, rtol=1e-2, atol=1e-5, equal_nan=True).all())
            for a, b in zip(before, after, strict=True)
        )
        if not same:
            warnings.warn(
                f"{type(self.model).__name__} gives other numbers when it reads the same again: chance, or a state of "
                "its own that it keeps between calls, into which the recorder's trials went; for that, give "
                "forward=, a function (model, inputs, state) -> (outputs, state) that begins anew where state is None",
                stacklevel=5,
            )

    def _seen(self) -> list[Tensor]:
        """What the model gave, and the states in which its recurrent parts ended."""
        found = [tensor for kept in self.hooks[""].passes for tensor in kept.values()] if "" in self.hooks else []
        return found + [tensor for tap in self.taps.values() for _, tensor in leaves(tap.carried)]

    def _watch(self, inputs: Tensor) -> None:
        self.wanted = ()
        self.hooks = {name: self.hook(name) for name in self.others}
        with hooked(self.model, self.hooks, self.cells, self.taps):
            self.run(inputs[:, None], None)
        self.copied |= {name for name, hook in self.hooks.items() if hook.overwritten()}

    def _turned(self, steps: int) -> bool:
        """Whether a recurrent part took the batch for the steps."""
        reads = [tap.seen for tap in self.taps.values() if tap.carried]
        return steps > 1 and bool(reads) and all(steps not in seen and seen != [1] * steps for seen in reads)

    def _found(self, steps: int) -> Sites:
        sites = Sites({}, {})
        for name, _ in self.model.named_modules():
            if name in self.taps:
                self._found_tap(sites, self.taps[name], steps)
            elif name in self.cells:
                self._found_cell(sites, self.cells[name], steps)
            elif name in self.hooks:
                self._found_outputs(sites, name or "output", self.hooks[name], steps)
            else:
                sites.why[name or "output"] = f"{name or 'the model'!r} is a scripted module, which shows nothing"
        self.hooks = {}
        return sites

    def _found_tap(self, sites: Sites, tap: RecurrentTap, steps: int) -> None:
        tap.stepwise = steps > 1 and tap.seen == [1] * steps
        count = 1 if tap.stepwise else len(tap.carried)
        if not count:
            sites.why |= dict.fromkeys([tap.name, *under(tap.name, tap.sites())], unreached(tap.name))
            return
        if tap.module.bidirectional:
            self.causal = False
            self.whole = (
                f"{tap.name or type(tap.module).__name__} is bidirectional, and reads a text from both its ends"
            )
        if count > 1:
            said = (
                f"{tap.name!r} is passed {count} times; say which: {', '.join(f'{tap.name}@{k}' for k in range(count))}"
            )
            sites.why |= dict.fromkeys([tap.name, *under(tap.name, tap.sites())], said)
        for k in range(count):
            sites.known |= under(tap.name if count == 1 else f"{tap.name}@{k}", tap.sites())

    def _found_cell(self, sites: Sites, cell: CellTap, steps: int) -> None:
        inside = under(cell.name, cell.sites())
        if len(cell.read) == steps:
            sites.known |= inside
            return
        said = f"cell {cell.name!r} ran {len(cell.read)} times for {steps} tokens; it must run once a token"
        sites.why |= dict.fromkeys([cell.name, *inside], said if cell.read else unreached(cell.name))

    def _found_outputs(self, sites: Sites, name: str, hook: OutputHook, steps: int) -> None:
        count = len(hook.passes)
        if not count:
            sites.why[name] = unreached(name)
            return
        each = {leaf: layout(tuple(t.shape), steps, 1, self.batch_first) for leaf, t in hook.passes[0].items()}
        if count == steps > 1 and not any(kind in ("bt", "tb") for kind in each.values()):
            for leaf, tensor in hook.passes[0].items():
                if tensor.dim() >= 2 and tensor.shape[0] == 1:
                    self._add(sites, name + leaf, Place(hook.name, None, leaf, "b"), tensor.numel())
            return
        for number, kept in enumerate(hook.passes):
            for leaf, tensor in kept.items():
                kind = layout(tuple(tensor.shape), steps, 1, self.batch_first)
                label = name if count == 1 else f"{name}@{number}"
                if kind is None:
                    shape = tuple(tensor.shape)
                    sites.why[label + leaf] = f"{label + leaf!r} gave {shape}, which has no axis of the {steps} steps"
                else:
                    self._add(sites, label + leaf, Place(hook.name, number, leaf, kind), tensor.numel() // steps)
        if count > 1:
            some = ", ".join(f"{name}@{k}" for k in range(min(count, 4))) + (", ..." if count > 4 else "")
            sites.why[name] = f"{name!r} is passed {count} times; say which: {some}"

    def _add(self, sites: Sites, name: str, place: Place, units: int) -> None:
        sites.known[name], self.places[name] = units, place

    def hook(self, name: str) -> OutputHook:
        """What watches one part."""
        return OutputHook(name, copy=name in self.copied, tried=not self.wanted)

    @contextmanager
    def attached(self, wanted: Sequence[str]) -> Iterator[None]:
        """Hooks on what is wanted, and taps on the recurrent parts."""
        self.wanted = tuple(wanted)
        places = [self.places[site] for site in ("output", *wanted) if site in self.places]
        # Where steps and texts share an axis, which is the inner one is unknown; with one text it does not matter.
        self.batches = self.apart and all(place.layout != "t" for place in places)
        names = {self.places[site].module for site in wanted if site in self.places}
        self.hooks = {name: self.hook(name) for name in names}
        with hooked(self.model, self.hooks, self.cells, self.taps):
            yield

    def run(self, inputs: Tensor, state: Any, *, lengths: Sequence[int] | None = None, keep: bool = True) -> Part:
        """One call of the model."""
        steps, batch = inputs.shape[:2]
        state = state or {}
        self._begin(state, lengths, keep)
        outputs, own = self.call(inputs, state.get("model"))
        if not self.wanted:
            self.scored = scores_layout(outputs, steps, batch, self.batch_first)
        logits = scores(outputs, steps, batch, self.scored) if keep else None
        values = {site: self.value(site, steps, batch) for site in self.wanted} if keep else {}
        after = {"model": own, "taps": {name: tap.carried for name, tap in self.taps.items()}}
        if self.wanted:  # while sites are looked for, what was seen is still needed
            self._forget()
        return Part(values, logits, after)

    def _begin(self, state: dict[str, Any], lengths: Sequence[int] | None, keep: bool) -> None:
        for hook in self.hooks.values():
            hook.clear()
        inner = [self._inside(site) for site in self.wanted if site not in self.places] if keep else []
        for cell in self.cells.values():
            cell.clear()
            cell.wanted = [rest for name, _, rest in inner if name == cell.name]
        for tap in self.taps.values():
            tap.wanted = {rest for name, _, rest in inner if name == tap.name}
            tap.begin(state.get("taps", {}).get(tap.name, []), lengths)

    def call(self, inputs: Tensor, state: Any) -> tuple[Any, Any]:
        """Outputs and the model's own state, for inputs (steps, batch, ...)."""
        x = (inputs.transpose(0, 1) if self.batch_first else inputs).clone()  # a model may write into what it reads
        if self.options.forward is None:
            return self.model(x), None
        given = self.options.forward(self.model, x, state)
        if not (isinstance(given, tuple) and len(given) == 2):
            raise InputError(f"forward gave a {type(given).__name__}; it must give (outputs, state)")
        return given

    def value(self, site: str, steps: int, batch: int) -> Tensor:
        """What the last run gave for ``site``, (steps, batch, units)."""
        if site in self.places:
            hook = self.hooks[self.places[site].module]
            if hook.overwritten():
                raise StatevizError(
                    f"{site} was overwritten by later code, and not on the first steps; record another site"
                )
            return self.places[site].read(hook, steps, batch)
        name, number, rest = self._inside(site)
        if name in self.cells:
            return self.cells[name].values(steps)[rest]
        found = self.taps[name].site(rest, number)
        if found is None or found.shape[:2] != (steps, batch):
            got = "nothing" if found is None else tuple(found.shape[:2])
            raise InputError(f"{name!r} gave {got} (steps, batch), and {(steps, batch)} was expected, one step a token")
        return found

    def _inside(self, site: str) -> tuple[str, int, str]:
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
