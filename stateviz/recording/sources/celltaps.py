"""CellTap: nn.RNNCell, nn.GRUCell and nn.LSTMCell wherever a module calls them, once a step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from threading import get_ident
from typing import Any

import torch
from torch import Tensor, nn
from torch._C._functorch import is_batchedtensor

from stateviz.core.errors import InputError
from stateviz.recording.gates import GATES, STATES, Weights, gates

KINDS: dict[type[nn.RNNCellBase], str] = {nn.RNNCell: "rnn", nn.GRUCell: "gru", nn.LSTMCell: "lstm"}


def is_cell(module: object) -> bool:
    """Whether ``module`` is one of torch's cells, with torch's own forward pass; its weights may be parametrized."""
    return _kind(module) is not None


def _kind(module: object) -> str | None:
    found = (kind for kind in KINDS if isinstance(module, kind) and type(module).forward is kind.forward)
    return next((KINDS[kind] for kind in found), None)


class CellTap:
    """A forward hook on one cell: what it read and gave at each step, and its gates on request."""

    def __init__(self, name: str, module: nn.RNNCellBase) -> None:
        kind = _kind(module)
        if kind is None:
            raise TypeError(f"{type(module).__name__} is none of torch's cells")
        self.name, self.module, self.kind = name, module, kind
        self.wanted: Collection[str] = ()
        self.thread = get_ident()
        self.clear()

    def sites(self) -> dict[str, int]:
        """Units of each site, without the module's name in front."""
        return dict.fromkeys((*STATES[self.kind], *GATES[self.kind]), int(self.module.hidden_size))

    def clear(self) -> None:
        """Forget what was kept."""
        self.read: list[Tensor] = []
        self.before: list[tuple[Tensor, ...]] = []
        self.after: list[tuple[Tensor, ...]] = []
        self.inside_vmap = False

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], output: Tensor | tuple[Tensor, ...]
    ) -> None:
        """Keep x, the states before and after, (batch, units) each, of the thread that records."""
        if get_ident() != self.thread:
            return
        x = args[0] if args else kwargs["input"]
        state = args[1] if len(args) > 1 else kwargs.get("hx")
        after = output if isinstance(output, tuple) else (output,)
        if state is None:
            before = tuple(torch.zeros_like(s) for s in after)
        else:
            before = tuple(state) if isinstance(state, (tuple, list)) else (state,)
        rows = [x, *before, *after]
        if any(map(is_batchedtensor, rows)):  # of many texts at once, of which none can be kept
            self.inside_vmap = True
            return
        rows = [(row if row.dim() == 2 else row[None]).clone() for row in rows]  # the caller may write into them
        self.read.append(rows[0])
        self.before.append(tuple(rows[1 : 1 + len(after)]))
        self.after.append(tuple(rows[1 + len(after) :]))

    def values(self, steps: int) -> dict[str, Tensor]:
        """The wanted sites, (steps, batch, units)."""
        if len(self.read) != steps:
            raise InputError(
                f"cell {self.name!r} ran {len(self.read)} times for {steps} tokens; it must run once a token"
            )
        h = torch.stack([state[0] for state in self.after])
        found = {"h": h}
        if self.kind == "lstm":
            found["c"] = torch.stack([state[1] for state in self.after])
        if set(self.wanted) & set(GATES[self.kind]):
            m = self.module
            names = (m.weight_ih, m.weight_hh, m.bias_ih, m.bias_hh)
            weights = Weights(*(None if w is None else w.detach() for w in names))
            before = torch.stack([state[0] for state in self.before])
            first = self.before[0][1] if self.kind == "lstm" else None
            again = gates(
                self.kind, torch.stack(self.read), before, h, first, weights,
                nonlinearity=getattr(m, "nonlinearity", "tanh"), where=f"cell {self.name}",
            )  # fmt: skip
            found |= {letter: value for letter, value in again.items() if letter not in found}
        return {letter: found[letter] for letter in self.wanted}
