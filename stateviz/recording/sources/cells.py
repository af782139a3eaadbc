"""Cells that make one step: nn.RNNCell, nn.GRUCell, nn.LSTMCell, and whatever a user has written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from stateviz.core.errors import InputError
from stateviz.recording.digests import digest_of
from stateviz.recording.sources.base import Options, Part, Sites, Source
from stateviz.recording.sources.celltaps import CellTap, is_cell
from stateviz.recording.texts import Text

State = Any
"""One tensor (batch, units), a tuple of them, or a mapping of names to them."""


class Unrolled(nn.Module):
    """A cell that makes one step, run over all of them: the short adapter for a model of one's own.

    Parameters
    ----------
    cell : callable
        ``cell(x, h) -> h`` or ``cell(x, (h, c)) -> (h, c)``, or a mapping of names to tensors, each (batch, units);
        the sites have these names.
    start : int or callable
        The state before the first token: units of a zero state (h), or ``start(batch) -> state``.
    embed : callable, optional
        What turns inputs (batch, ...) of a step into x; by default they are x.
    readout : callable, optional
        Logits (batch, vocabulary) of the next token from the state's h, for predictions.

    Raises
    ------
    InputError
        While recording, when the cell gives a state of another shape than it got.

    Examples
    --------
    >>> from stateviz.recording import characters, record
    >>> cell = Unrolled(lambda x, h: torch.tanh(x + 0.5 * h), start=2, embed=torch.nn.Embedding(3, 2))
    >>> record(cell, "abca", encode=characters("abc"))["h"].shape
    (2, 4)
    """

    def __init__(
        self,
        cell: Callable[[Tensor, State], State],
        *,
        start: int | Callable[[int], State],
        embed: Callable[[Tensor], Tensor] | None = None,
        readout: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.cell, self.begin, self.embed, self.readout = cell, start, embed, readout

    def start(self, batch: int) -> State:
        """The state before the first token.

        Parameters
        ----------
        batch : int
            Texts read side by side.
        """
        if not isinstance(self.begin, int):
            return self.begin(batch)
        like = next(self.parameters(), torch.zeros(()))
        return like.new_zeros(batch, self.begin)


class CellSource(Source):
    """A cell in a loop; sites are ``h`` (and ``c``, or the names of its mapping), and the gates of torch's cells."""

    def __init__(self, model: nn.Module, options: Options) -> None:
        super().__init__(model, options)
        for name in ("forward", "batch_first", "layout", "reach"):
            if getattr(options, name) is not None:
                raise InputError(f"{name} means nothing to a cell, which is run step by step; leave it out")
        self.tap = CellTap("cell", model) if isinstance(model, nn.RNNCellBase) and is_cell(model) else None

    @staticmethod
    def accepts(model: object) -> bool:
        """Torch's cells, `Unrolled`, and modules with ``start(batch)`` and ``step(x, h)`` or ``cell(x, h)``."""
        if isinstance(model, Unrolled) or is_cell(model):
            return True
        return isinstance(model, nn.Module) and callable(getattr(model, "start", None)) and _step(model) is not None

    def start(self, batch: int) -> State:
        """The cell's own, or zeros for torch's cells."""
        if self.tap is None:
            return _copied(self.model.start(batch))  # a cell may write into its state, and this may be the user's
        h = self.model.weight_hh.new_zeros(batch, self.model.hidden_size)
        return (h, h) if self.tap.kind == "lstm" else h

    def discover(self, inputs: Tensor | None) -> Sites:
        """Of torch's cells as torch has it; else from the state before the first token."""
        if self.tap is not None:
            return Sites(self.tap.sites())
        return Sites({name: int(value.shape[-1]) for name, value in real_parts(self.start(1)).items()})

    def given(self, texts: Sequence[Text]) -> Mapping[str, object]:
        """Also the code of an `Unrolled`'s functions, which no weights tell apart."""
        found = dict(super().given(texts))
        if isinstance(self.model, Unrolled):
            m = self.model
            parts = (m.cell, m.begin, m.embed, m.readout)
            found["cell_sha256"] = digest_of(*(part for part in parts if not isinstance(part, nn.Module)))
        return found

    def run(self, inputs: Tensor, state: State, *, lengths: Sequence[int] | None = None, keep: bool = True) -> Part:
        """The loop."""
        step, readout = (self.model if self.tap else _step(self.model)), getattr(self.model, "readout", None)
        embed = getattr(self.model, "embed", None)
        kept: list[dict[str, Tensor]] = []
        logits = []
        if self.tap:
            self.tap.clear()
            self.tap.wanted = self.wanted if keep else ()
        for x in inputs.clone():  # a cell may write into what it reads
            before, x = state, x if embed is None else embed(x)
            state = step(x, state)  # type: ignore[misc]
            if keep and self.tap:
                self.tap(self.model, (x, before), {}, state)
            elif keep:
                kept.append({site: _same(site, value, before) for site, value in real_parts(state).items()})
            if keep and callable(readout):
                logits.append(readout(next(iter(named(state).values()))))
        if not keep:
            return Part({}, None, state)
        values = (
            self.tap.values(len(inputs)) if self.tap else {s: torch.stack([k[s] for k in kept]) for s in self.wanted}
        )
        return Part(values, torch.stack(logits) if logits else None, state)


def named(state: State) -> dict[str, Any]:
    """The parts of a state by name: h, or h and c, or as a mapping names them.

    Examples
    --------
    >>> named((1, 2))
    {'h': 1, 'c': 2}
    """
    if isinstance(state, Mapping):
        return {str(name): value for name, value in state.items()}
    parted = isinstance(state, list) and any(getattr(part, "ndim", 0) for part in state)  # a list of numbers is one row
    if parted or isinstance(state, tuple):
        names = ("h", "c") if len(state) <= 2 else tuple(f"state{i}" for i in range(len(state)))
        return dict(zip(names, state, strict=False))
    return {"h": state}


def real_parts(state: State) -> dict[str, Any]:
    """`named`, of complex numbers the real and the imaginary part apart.

    Examples
    --------
    >>> real_parts(torch.tensor([1 + 2j]))
    {'h.real': tensor([1.]), 'h.imag': tensor([2.])}
    """
    found: dict[str, Any] = {}
    for name, value in named(state).items():
        array = value if isinstance(value, Tensor) else np.asarray(value)
        if array.is_complex() if isinstance(array, Tensor) else np.iscomplexobj(array):
            found |= {f"{name}.real": array.real, f"{name}.imag": array.imag}
        else:
            found[name] = value
    return found


def _copied(state: State) -> State:
    """``state`` with copies of its tensors."""
    if isinstance(state, Tensor):
        return state.clone()
    if isinstance(state, Mapping):
        return {name: _copied(value) for name, value in state.items()}
    if isinstance(state, (tuple, list)):
        parts = [_copied(value) for value in state]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)
    return state


def _same(site: str, value: Tensor, before: State) -> Tensor:
    shape = real_parts(before)[site].shape
    if value.shape != shape:
        raise InputError(
            f"the cell turned {site} of shape {tuple(shape)} into {tuple(value.shape)}; a state keeps its shape"
        )
    return value.clone()  # a cell may write into its state


def _step(model: object) -> Callable[[Tensor, State], State] | None:
    for name in ("step", "cell"):
        found: Callable[[Tensor, State], State] | None = getattr(model, name, None)
        if callable(found):
            return found
    return None
