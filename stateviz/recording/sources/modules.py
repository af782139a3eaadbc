"""Any torch module: what its parts give and read, and the insides of the recurrent ones among them.

One class serves three rows of SOURCES, because a user's module mixes these: nn.RNN, nn.GRU and nn.LSTM inside it are
recorded by `RecurrentTap`, cells it loops over by `CellTap`, all other modules by what they give out.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn

from stateviz.core.errors import InputError, StatevizError
from stateviz.recording.failures import FAILURES
from stateviz.recording.selection import hidden
from stateviz.recording.sources.base import Options, Sites
from stateviz.recording.sources.celltaps import CellTap
from stateviz.recording.sources.direction import directions
from stateviz.recording.sources.finding import SiteFinding
from stateviz.recording.sources.hooking import hooked, under
from stateviz.recording.sources.layouts import told
from stateviz.recording.sources.outputs import leaves, without_steps
from stateviz.recording.sources.taps import RecurrentTap
from stateviz.recording.sources.watched import WatchedSource


class ModuleSource(WatchedSource):
    """A torch module, run as a whole.

    Without ``forward`` it is called with inputs (batch, steps, ...) or (steps, batch, ...), whichever its recurrent
    parts take, or as ``batch_first`` or ``layout`` says. A part that gives a tuple is recorded by its first tensor, and
    the others are sites ``NAME.1``; a dict gives ``NAME.key``; a part passed more than once is ``NAME@0``, ``NAME@1``.
    """

    told_by_texts = may_reach_far = True

    def __init__(self, model: nn.Module, options: Options) -> None:
        super().__init__(model, options)
        self.recurrent: list[str] = []
        self.steady = True

    def default(self, known: Sequence[str]) -> list[str]:
        """Every h, and all that a user's own cells carry on; where there is none, what ``forward`` does."""
        return list(dict.fromkeys(hidden(known) + self.recurrent)) or list(self.carried)

    def discover(self, inputs: Tensor | None) -> Sites:
        """Run a few steps with every part watched."""
        if inputs is None:
            raise InputError("the sites of a module are found by running it; give inputs")
        self._find_layout(inputs)
        self._read_again(inputs)
        sites = self._found(len(inputs))
        before = self._numbers(len(inputs))
        self._read_fewer(inputs, sites)
        self._read_changed(inputs, before)
        sites.known |= self._carried_sites(inputs, sites)
        self.hooks = {}
        return sites

    def _find_layout(self, inputs: Tensor) -> None:
        """Which axis of the inputs is the steps, and one run in it."""
        steps = len(inputs)
        free = self.said is None and self.options.forward is None
        try:
            self._watch(inputs)
        except StatevizError:
            raise
        except FAILURES:
            # Only where the layout was our guess is the other one tried; else the model's own words are the best.
            if not (free and self.taps):
                raise
            self._turn(inputs)
        if self._turned(steps) and free:
            self._turn(inputs)
        if self._turned(steps):
            raise InputError(
                f"the recurrent parts did not read {steps} steps for {steps} tokens; give batch_first= or forward="
            )
        if self.told_by_texts and not self.taps and free:
            first, self.apart = told(self.model, inputs, self.order != "lnc")
            if first != (self.order != "lnc"):
                self._turn(inputs)

    def _turn(self, inputs: Tensor) -> None:
        self.order = "nlc" if self.order == "lnc" else "lnc"
        self._watch(inputs)

    def _found(self, steps: int) -> Sites:
        found = SiteFinding(self.model, self.taps, self.cells, self.hooks, steps, self.order)
        self.places, self.recurrent = found.places, found.recurrent
        if found.whole:
            self.causal, self.whole = False, found.whole
        return found.sites

    def _read_again(self, inputs: Tensor) -> None:
        """Warn of a model that does not give the same for the same: what was tried on it is then in its states."""
        before = self._seen()
        self._watch(inputs)
        after = self._seen()
        same = len(before) == len(after) and all(
            a.shape == b.shape and bool(a.isclose(b, rtol=1e-2, atol=1e-5, equal_nan=True).all())
            for a, b in zip(before, after, strict=True)
        )
        self.steady = same
        if not same:
            warnings.warn(
                f"{type(self.model).__name__} gives other numbers when it reads the same again: chance, or a state of "
                "its own that it keeps between calls, into which the recorder's trials went; for that, give "
                "forward=, a function (model, inputs, state) -> (outputs, state) that begins anew where state is None",
                stacklevel=5,
            )

    def _read_fewer(self, inputs: Tensor, sites: Sites) -> None:
        """Leave out what has as many rows as there were steps by chance: with fewer steps it has not."""
        fewer = len(inputs) - 2
        if fewer < 1 or self.options.forward is not None:
            return
        try:
            self._watch(inputs[:fewer])
        except FAILURES:
            return  # a model of one length
        for site in without_steps(self.places, sites.known, self.hooks, fewer):
            del sites.known[site], self.places[site]
            sites.why[site] = f"{site!r} has no axis of the steps: with fewer tokens it stays as long"
        self.recurrent = [site for site in self.recurrent if site in sites.known]

    def _numbers(self, steps: int) -> dict[str, Tensor]:
        """What hooks just saw, by site; of sites that share a place one stands for all."""
        one = {place: site for site, place in reversed(self.places.items())}
        return {site: place.read(self.hooks[place.hook], steps, 1) for place, site in one.items()}

    def _read_changed(self, inputs: Tensor, before: dict[str, Tensor]) -> None:
        """Find out which way each part reads, by changing a token; if numbers change of themselves it says nothing."""
        if not self.steady:
            return

        def numbers(inputs: Tensor) -> dict[str, Tensor]:
            self._watch(inputs)
            return self._numbers(len(inputs))

        before = {site: values for site, values in before.items() if site in self.places}
        self.reads = directions(numbers, inputs, before)
        one = {self.places[site]: site for site in before}
        for site, place in self.places.items():
            self.reads.copy(one.get(place, site), site)
        parts: dict[str, RecurrentTap | CellTap] = {**self.taps, **self.cells}
        for name, part in parts.items():
            if getattr(part.module, "bidirectional", False):
                # Its directions have names of their own, and the layers above the first see both.
                both = {site: units for site, units in part.sites().items() if not re.match(r"layer0\.[^.]+$", site)}
                self.reads.ahead |= set(under(name, both))
                continue
            for kind in (self.reads.turned, self.reads.ahead, self.reads.late):
                for out in [site for site in kind if site in self.places and self.places[site].hook == name]:
                    head = out.removesuffix("out").removesuffix(".")
                    kind |= set(under(head, part.sites())) if out.endswith("out") else set()

    def _carried_sites(self, inputs: Tensor, sites: Sites) -> dict[str, int]:
        """Sites of what ``forward`` gives beside its outputs, from two steps of one token each."""
        if self.options.forward is None:
            return {}
        try:
            _, one = self.call(inputs[:1, None], None)
            _, two = self.call(inputs[1:2, None], one) if len(inputs) > 1 else (None, one)
        except FAILURES as error:
            sites.why["state"] = f"forward does not read one token at a time, as its state needs ({error})"
            return {}
        carried: dict[str, str] = {}
        before, after = (dict(leaves(state)) for state in (one, two))
        for leaf, tensor in before.items():
            if leaf not in after or after[leaf].shape != tensor.shape:
                sites.why[f"state{leaf}"] = f"what forward gives as state{leaf} changes its shape from token to token"
            elif tensor.numel() and (label := f"state{leaf}") not in sites.known:
                carried[label] = leaf
        if not before:
            sites.why["state"] = "forward gives no state that is a tensor"
        self.carried = carried
        return {label: before[leaf].numel() for label, leaf in carried.items()}

    def _seen(self) -> list[Tensor]:
        """What the model gave, and the states in which its recurrent parts ended."""
        found = [tensor for kept in self.hooks[""].passes for tensor in kept.values()] if "" in self.hooks else []
        return found + [tensor for tap in self.taps.values() for _, tensor in leaves(tap.carried)]

    def _watch(self, inputs: Tensor) -> None:
        self.wanted = ()
        self.hooks = {key: self.hook(key) for key in self.watched}
        with hooked(self.model, self.hooks, self.cells, self.taps):
            self.run(inputs[:, None], None)

    def _turned(self, steps: int) -> bool:
        """Whether a recurrent part took the batch for the steps."""
        reads = [tap.seen for tap in self.taps.values() if tap.carried]
        return steps > 1 and bool(reads) and all(steps not in seen and seen != [1] * steps for seen in reads)

    @contextmanager
    def attached(self, wanted: Sequence[str]) -> Iterator[None]:
        """Also: whose texts share one state, of which the axis of texts is unknown, is read text by text."""
        with super().attached(wanted):
            self.batches = self.batches and not (self.options.forward and set(wanted) & set(self.carried))
            yield
