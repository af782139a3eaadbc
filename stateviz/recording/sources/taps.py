"""RecurrentTap: replaces the forward pass of one nn.RNN, nn.GRU or nn.LSTM while it is recorded.

It runs the fused kernel one layer and direction at a time, so that h of each is there, and recomputes what else is
wanted. What the module's own callers get is what they would have got, dtype, layout and packing included.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from operator import itemgetter
from threading import get_ident
from typing import TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from stateviz.core.errors import InputError, StatevizError
from stateviz.recording.gates import GATES, STATES, TOLERANCE, Weights, gates
from stateviz.recording.sources.layers import Change, run_direction

RnnState: TypeAlias = Tensor | tuple[Tensor, Tensor]
"""h, or (h, c) of an LSTM, each (layers x directions, batch, units)."""
KINDS: dict[type[nn.RNNBase], str] = {nn.RNN: "rnn", nn.GRU: "gru", nn.LSTM: "lstm"}
_CHECKED = 16  # steps on which the layers one by one are held against the kernel that runs all at once


def stock_kind(module: nn.Module) -> type[nn.RNNBase] | None:
    """Which layer of torch's ``module`` is, with torch's own forward pass; None where it is none.

    One whose weights are parametrized (`torch.nn.utils.parametrize`) is one: its weights are what their names give.
    """
    return next((kind for kind in KINDS if isinstance(module, kind) and type(module).forward is kind.forward), None)


def is_stock(module: nn.Module) -> bool:
    """Whether ``module`` is torch's own, with torch's own forward pass."""
    return stock_kind(module) is not None


class RecurrentTap:
    """The forward pass of ``module``, which keeps its states.

    Attributes
    ----------
    values : list of dict
        For each pass through the module, the wanted sites (without the module's name) as (steps, batch, units).
    carried : list
        For each pass, the state to go on from; a next chunk begins there where its caller gives none, or zeros.
    seen : list of int
        The steps of each pass.
    stepwise
        Its caller passes it once a step.
    """

    def __init__(self, name: str, module: nn.RNNBase) -> None:
        base = stock_kind(module)
        if base is None:
            raise TypeError(f"{type(module).__name__} is none of torch's recurrent layers")
        self.name, self.module, self.base, self.kind = name, module, base, KINDS[base]
        self.original = module.forward
        self.wanted: Collection[str] = ()
        self.thread = get_ident()
        self.lengths: Sequence[int] | None = None
        self.values: list[dict[str, Tensor]] = []
        self.carried: list[RnnState] = []
        self.before: list[RnnState] = []
        self.checked, self.stepwise = False, False
        self.seen: list[int] = []
        self.layers: dict[tuple[int, int], nn.RNNBase] = {}
        self.changes: Mapping[str, Change] = {}

    def sites(self) -> dict[str, int]:
        """Units of each site, without the module's name in front."""
        m, found = self.module, {}
        for layer, direction in self._each():
            head = _head(layer, direction)
            for letter in (*STATES[self.kind], *GATES[self.kind]):
                found[f"{head}.{letter}"] = (m.proj_size or m.hidden_size) if letter == "h" else m.hidden_size
        return found

    def begin(self, carried: list[RnnState], lengths: Sequence[int] | None) -> None:
        """Forget the last chunk; ``carried`` is where its passes ended."""
        self.before, self.carried, self.values, self.lengths, self.seen = carried, [], [], lengths, []

    def site(self, rest: str, number: int) -> Tensor | None:
        """What pass ``number`` gave for a site, (steps, batch, units); where each pass is a step, what all gave."""
        if self.stepwise and self.values:
            return torch.cat([values[rest] for values in self.values])
        return self.values[number][rest] if number < len(self.values) else None

    def forward(
        self, input: Tensor | PackedSequence, hx: RnnState | None = None
    ) -> tuple[Tensor | PackedSequence, RnnState]:
        """What ``module.forward`` gives; what another thread makes of the module is not recorded."""
        if get_ident() != self.thread:
            given: tuple[Tensor | PackedSequence, RnnState] = self.original(input, hx)
            return given
        hx = tuple(hx) if isinstance(hx, list) else hx
        if self.before and (hx is None or not any(bool(s.any()) for s in (hx if isinstance(hx, tuple) else (hx,)))):
            hx = self._going_on(len(self.values), hx)
        flat = not isinstance(input, PackedSequence) and input.dim() == 2
        x, lengths = self._steps_first(input, flat)
        self.seen.append(len(x))
        first = self._initial(x, hx, flat)
        output, last, values = self._layers(x, first, lengths)
        self._check(x, first, lengths)
        self.values.append(values)
        self.carried.append(each(last, lambda state: state[:, 0]) if flat else last)
        if any(value.data_ptr() == output.data_ptr() for value in values.values()):
            output = output.clone()  # its caller may write into it
        # Its caller may write into the state, and the next chunk goes on from what is kept here.
        return self._as_given(output, input, flat), each(self.carried[-1], Tensor.clone)

    def _going_on(self, number: int, first: RnnState | None) -> RnnState | None:
        """Where the last chunk ended, for pass ``number``; else ``first``."""
        if self.stepwise:
            return first if number else self.before[-1]
        return self.before[number] if number < len(self.before) else first

    def _each(self) -> list[tuple[int, int]]:
        return [(k, d) for k in range(self.module.num_layers) for d in range(1 + self.module.bidirectional)]

    def _steps_first(self, input: Tensor | PackedSequence, flat: bool) -> tuple[Tensor, Tensor | None]:
        """(steps, batch, inputs), and the lengths where sequences end early."""
        if isinstance(input, PackedSequence):
            x, lengths = pad_packed_sequence(input)
            return x, lengths
        x = input[:, None] if flat else input.transpose(0, 1) if self.module.batch_first else input
        given = self.lengths
        uneven = given is not None and len(given) == x.shape[1] and max(given) == len(x) and min(given) < len(x)
        # Filling at the end changes nothing but what is read from the end.
        return x, torch.tensor(given) if uneven and self.module.bidirectional else None

    def _initial(self, x: Tensor, hx: RnnState | None, flat: bool) -> RnnState:
        m, count = self.module, len(self._each())
        if hx is not None:
            return each(hx, lambda state: state[:, None]) if flat else hx
        h = x.new_zeros(count, x.shape[1], m.proj_size or m.hidden_size, dtype=self._dtype())
        if self.kind != "lstm":
            return h
        return h, x.new_zeros(count, x.shape[1], m.hidden_size, dtype=h.dtype)

    def _layers(self, x: Tensor, first: RnnState, lengths: Tensor | None) -> tuple[Tensor, RnnState, dict[str, Tensor]]:
        values: dict[str, Tensor] = {}
        last: list[RnnState] = []
        for layer in range(self.module.num_layers):
            outputs = []
            for direction in range(1 + self.module.bidirectional):
                i = len(last)
                state = each(first, itemgetter(slice(i, i + 1)))
                h, end = self._direction(layer, direction, x, state, lengths, values)
                outputs.append(h)
                last.append(end)
            x = outputs[0] if len(outputs) == 1 else torch.cat(outputs, -1)
        return x, joined(last), values

    def _direction(
        self, layer: int, direction: int, x: Tensor, state: RnnState, lengths: Tensor | None, values: dict[str, Tensor]
    ) -> tuple[Tensor, RnnState]:
        """h of one direction of one layer, in the order of the text; what is wanted goes into ``values``."""
        if direction:
            x = backwards(x, lengths)
        own = {name.rpartition(".")[2]: change for name, change in self.changes.items() if _in(name, layer, direction)}
        if own:
            if lengths is not None:
                raise InputError(f"{self.name!r} reads packed texts of several lengths; give texts of one length")
            how = getattr(self.module, "nonlinearity", "tanh")
            h, end, made = run_direction(self.kind, self._weights(layer, direction), x, state, own, how)
            for name in [name for name in self.wanted if _in(name, layer, direction)]:
                one = made[name.rpartition(".")[2]]
                values[name] = backwards(one, None) if direction else one
            return backwards(h, None) if direction else h, end
        module = self._single(layer, direction)
        if lengths is None:
            h, end = module(x, state)
        else:
            packed, end = module(pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False), state)
            h = pad_packed_sequence(packed, total_length=len(x))[0]
        head = _head(layer, direction)
        letters = [name.rpartition(".")[2] for name in self.wanted if name.rpartition(".")[0] == head]
        found = {"h": h}
        if set(letters) - {"h"}:
            h0, c0 = (state, None) if isinstance(state, Tensor) else (state[0], state[1][0])
            before = torch.cat([h0.to(h.dtype), h[:-1]])
            found |= gates(
                self.kind, x, before, h, c0, self._weights(layer, direction),
                where=f"{self.name or type(self.module).__name__}.{head}",
            ) if lengths is None else self._padded_gates(layer, direction, x, before, h, c0, lengths)  # fmt: skip
        for letter in letters:
            values[f"{head}.{letter}"] = backwards(found[letter], lengths) if direction else found[letter]
        return backwards(h, lengths) if direction else h, end

    def _padded_gates(
        self, layer: int, direction: int, x: Tensor, before: Tensor, h: Tensor, c0: Tensor | None, lengths: Tensor
    ) -> dict[str, Tensor]:
        """Gates where sequences end early: the kernel gives 0 after an end, and those steps are never read."""
        found: dict[str, Tensor] = {}
        for b, length in enumerate(lengths.tolist()):
            one = gates(
                self.kind, x[:length, b : b + 1], before[:length, b : b + 1], h[:length, b : b + 1],
                None if c0 is None else c0[b : b + 1], self._weights(layer, direction),
                where=f"{self.name}.{_head(layer, direction)}",
            )  # fmt: skip
            for letter, value in one.items():
                whole = found.setdefault(letter, value.new_zeros(len(x), x.shape[1], value.shape[-1]))
                whole[:length, b : b + 1] = value
        return found

    def _weight(self, name: str, layer: int, direction: int) -> Tensor | None:
        found = getattr(self.module, f"{name}_l{layer}{'_reverse' if direction else ''}", None)
        return None if found is None else found.detach()

    def _weights(self, layer: int, direction: int) -> Weights:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        read, kept, *others = (self._weight(name, layer, direction) for name in names)
        assert read is not None and kept is not None  # every recurrent layer has these two
        return Weights(read, kept, *others)

    def _dtype(self) -> torch.dtype:
        return cast(Tensor, self.module.weight_hh_l0).dtype

    def _single(self, layer: int, direction: int) -> nn.RNNBase:
        """A one-layer module on the same weights: no copy."""
        if (layer, direction) not in self.layers:
            m = self.module
            inputs = m.input_size if layer == 0 else (m.proj_size or m.hidden_size) * (1 + m.bidirectional)
            options: dict[str, object] = {"bias": m.bias, "device": "meta", "dtype": self._dtype()}
            if self.kind == "lstm":
                options["proj_size"] = m.proj_size
            if self.kind == "rnn":
                options["nonlinearity"] = m.nonlinearity
            single = cast(Callable[..., nn.RNNBase], self.base)(inputs, m.hidden_size, **options)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"):
                weight = self._weight(name, layer, direction)
                if weight is not None:
                    setattr(single, f"{name}_l0", nn.Parameter(weight, requires_grad=False))
            self.layers[layer, direction] = single.eval()
        return self.layers[layer, direction]

    def _check(self, x: Tensor, first: RnnState, lengths: Tensor | None) -> None:
        """Once: the layers one by one against the module's own pass over all of them."""
        if self.checked or lengths is not None or self.changes:
            return
        self.checked = True
        wanted, self.wanted = self.wanted, ()
        part = x[:_CHECKED]
        ours = self._layers(part, first, None)[0]
        self.wanted = wanted
        theirs = self.original(part.transpose(0, 1) if self.module.batch_first else part, first)[0]
        theirs = theirs.transpose(0, 1) if self.module.batch_first else theirs
        where = self.name or self.base.__name__
        if not bool(theirs.isfinite().all()):
            raise InputError(f"{where} gives states that are not finite numbers; look at its weights and inputs")
        apart = float((ours - theirs).abs().max())
        if not apart <= TOLERANCE.get(ours.dtype, 6e-2) * max(1.0, float(theirs.abs().max())):
            raise StatevizError(f"layers of {where} one by one give an h that lies {apart:.2g} from the whole module's")

    def _as_given(self, output: Tensor, input: Tensor | PackedSequence, flat: bool) -> Tensor | PackedSequence:
        if isinstance(input, PackedSequence):
            _, lengths = pad_packed_sequence(input)
            order = input.sorted_indices
            if order is not None:
                output, lengths = output[:, order], lengths[order.to(lengths.device)]
            data = pack_padded_sequence(output, lengths, enforce_sorted=True).data
            return PackedSequence(data, input.batch_sizes, input.sorted_indices, input.unsorted_indices)
        if flat:
            return output[:, 0]
        return output.transpose(0, 1) if self.module.batch_first else output


def each(state: RnnState, change: Callable[[Tensor], Tensor]) -> RnnState:
    """A state with ``change`` made to h, and to c where there is one."""
    return change(state) if isinstance(state, Tensor) else (change(state[0]), change(state[1]))


def joined(states: Sequence[RnnState]) -> RnnState:
    """The states of layers and directions as one, as the whole module gives it."""
    if isinstance(states[0], Tensor):
        return torch.cat([state for state in states if isinstance(state, Tensor)])
    pairs = [state for state in states if not isinstance(state, Tensor)]
    return torch.cat([h for h, _ in pairs]), torch.cat([c for _, c in pairs])


def backwards(x: Tensor, lengths: Tensor | None) -> Tensor:
    """``x`` (steps, batch, ...) with each sequence turned round; what fills it up at its end stays there."""
    if lengths is None:
        return x.flip(0)
    steps = torch.arange(len(x))[:, None]
    turned = torch.where(steps < lengths, lengths - 1 - steps, steps).to(x.device)
    return x.gather(0, turned[..., None].expand_as(x))


def _in(name: str, layer: int, direction: int) -> bool:
    return name.rpartition(".")[0] == _head(layer, direction)


def _head(layer: int, direction: int) -> str:
    return f"layer{layer}{'.reverse' if direction else ''}"
