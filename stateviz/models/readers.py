"""What reads the units of a recurrent layer inside a module: named by the user, or found by running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.table import unknown
from stateviz.models.cells.layers import BIAS, RECURRENT
from stateviz.models.tracing import Passage, SeenRows, furthest, run_watched, tolerance
from stateviz.models.turning import Turn, stock_roles, stock_row, turn_inputs, turn_weights

PASSING: dict[type[nn.Module], bool] = {
    nn.Dropout: True, nn.Identity: True, nn.Tanh: True, nn.Softsign: True, nn.ReLU: False, nn.LeakyReLU: False,
    nn.ELU: False, nn.GELU: False, nn.SiLU: False, nn.Sigmoid: False, nn.Softplus: False, nn.LayerNorm: False,
}  # fmt: skip
"""Modules that give each unit's own number on, and whether they are odd: what is read of -x is the negative."""


@dataclass(frozen=True)
class Units:
    """One layer and direction of a recurrent module, and where its units go.

    Parameters
    ----------
    name, rnn
        The module in the model.
    layer, reverse
        Which of its layers, and whether the one that reads backwards.
    turn
        The order.
    projected
        Whether the units are a projection of the cell's (an LSTM of ``proj_size``).
    """

    name: str
    rnn: nn.RNNBase
    layer: int
    reverse: bool
    turn: Turn
    projected: bool

    @property
    def width(self) -> int:
        """How many units."""
        return len(self.turn.rows)

    @property
    def place(self) -> int:
        """Which of the states that the module gives and takes is theirs."""
        return self.layer * (1 + self.rnn.bidirectional) + self.reverse

    @property
    def hidden(self) -> bool:
        """Whether they are cells behind a projection, which alone reads them."""
        return self.rnn.proj_size > 0 and not self.projected

    def turn_own(self) -> None:
        """Rearrange the layer's own weights, and the columns of the layer above it in the same module."""
        roles, row = stock_roles(self.layer, self.reverse), stock_row(self.rnn)
        projection = getattr(self.rnn, f"weight_hr_l{self.layer}{'_reverse' * self.reverse}", None)
        if self.projected:
            self.turn.along(cast(Tensor, projection), 0)
            self.turn.along(getattr(self.rnn, next(name for name in roles if roles[name] == RECURRENT)), 1)
        elif projection is not None:
            turn_weights(self.rnn, dict.fromkeys(roles, BIAS), self.turn, row)
            self.turn.along(projection, 1)
            return
        else:
            turn_weights(self.rnn, roles, self.turn, row)
        if self.layer + 1 < self.rnn.num_layers:
            for direction in (False, True)[: 1 + self.rnn.bidirectional]:
                turn_inputs(self.rnn, stock_roles(self.layer + 1, direction), self.turn, self.width * self.reverse)


@dataclass(frozen=True)
class ReadingWeights:
    """Weights that read units, or start them: (tensor, dimension, first place), each to be rearranged once."""

    weights: tuple[tuple[Tensor, int, int], ...]

    def turn(self, turn: Turn) -> None:
        """Rearrange them."""
        for tensor, dim, at in self.weights:
            turn.along(tensor, dim, at, signed=dim != 0)


def named_parts(model: nn.Module, units: Units, readers: Sequence[str] | Mapping[str, int]) -> list[ReadingWeights]:
    """The weights of modules and parameters that the user names, each with the column at which the units begin."""
    if isinstance(readers, str):
        raise InputError(f"readers is {readers!r}; give a list of names, such as [{readers!r}]")
    columns = dict(readers) if isinstance(readers, Mapping) else dict.fromkeys(readers)
    modules, parameters = dict(model.named_modules()), dict(model.named_parameters())
    parts = []
    for name, at in columns.items():
        if name in parameters:
            parts.append(_start(parameters[name], units, name))
        elif name in modules:
            parts.append(_part(name, modules[name], _column(name, modules[name], units, at), units))
        else:
            raise UnknownNameError(unknown("module or parameter", name, modules | parameters))
    return parts


def find_parts(model: nn.Module, units: Units, inputs: Any) -> list[ReadingWeights]:
    """The weights that read the units or start them, known by the numbers that pass when the model is run."""
    calls, _ = run_watched(model, inputs)
    rows = SeenRows(units.width)
    _add_states(rows, calls, units)
    parts, starts = _readers(calls, rows, units), _starts(model, calls, rows, units)
    unique = {
        (tensor.data_ptr(), dim, at): (tensor, dim, at) for part in parts + starts for tensor, dim, at in part.weights
    }
    return [ReadingWeights(tuple(unique.values()))]


def same_outputs(before: nn.Module, after: nn.Module, inputs: Any, turned: Sequence[Units]) -> None:
    """Refuse a rearrangement that changes what the model gives, but for the units themselves where it gives these."""
    calls, given = run_watched(before, inputs)
    _, found = run_watched(after, inputs)
    for units in turned:
        rows = SeenRows(units.width)
        _add_states(rows, calls, units)
        given = [rows.turned(one, units.turn) if one.is_floating_point() and one.ndim else one for one in given]
    off = max((furthest(one, other) for one, other in zip(given, found, strict=True)), default=0.0)
    if not off <= tolerance(given):
        raise InputError(
            f"rearranged, the module gives other outputs (off by {off:.2g}): something else than what was found or "
            "named reads h, or makes the state it starts from; name all of it in readers=, or order without flips "
            "where what reads h is not linear"
        )


def _readers(calls: Sequence[Passage], rows: SeenRows, units: Units) -> list[ReadingWeights]:
    """Follow the units through what passes them on to what reads them; through a tied embedding, too."""
    parts: list[ReadingWeights] = []
    tied: set[int] = set()
    fresh = True
    while fresh:
        fresh, parts = False, []
        for call in calls:
            embeds = isinstance(call.module, nn.Embedding)
            if isinstance(call.module, nn.Embedding) and call.module.weight.data_ptr() in tied:
                fresh |= any(rows.add(one) for one in call.gave)
            if embeds or (next(call.module.children(), None) is not None):
                continue
            recurrent = isinstance(call.module, (nn.RNNBase, nn.RNNCellBase))
            if recurrent and call.module is not units.rnn and any(map(rows.places, call.read[1:])):
                raise InputError(
                    f"{call.name} ({type(call.module).__name__}) starts from the units' states, so that its own units "
                    "have their order; nothing was changed"
                )
            read = call.read[:1] if recurrent else call.read
            for at in dict.fromkeys(at for one in read for at in rows.places(one)):
                parts.append(_part(call.name, call.module, at, units))
                if _passes(call.module):
                    fresh |= any(rows.add(one, at) for one in call.gave if one.shape[-1:] == call.read[0].shape[-1:])
                weight = getattr(call.module, "weight", None)
                if isinstance(call.module, nn.Linear) and any(_is_embedding(c.module, weight) for c in calls):
                    fresh |= cast(Tensor, weight).data_ptr() not in tied
                    tied.add(cast(Tensor, weight).data_ptr())
    return parts


def _is_embedding(module: nn.Module, weight: Any) -> bool:
    return isinstance(module, nn.Embedding) and module.weight is weight


def _passes(module: nn.Module) -> bool:
    """Whether a module gives the units on, each in its place; one without weights is taken to, and checked then."""
    return type(module) in PASSING or not module.state_dict()


def _part(name: str, module: nn.Module, at: int, units: Units) -> ReadingWeights:
    """The weights by which a module reads units from column ``at`` on."""
    if isinstance(module, nn.Linear):
        return ReadingWeights(((module.weight, 1, at),))
    if isinstance(module, nn.RNNCellBase):
        return ReadingWeights(((module.weight_ih, 1, at),))
    if isinstance(module, nn.RNNBase):
        ends = ("", "_reverse")[: 1 + module.bidirectional]
        return ReadingWeights(tuple((getattr(module, f"weight_ih_l0{end}"), 1, at) for end in ends))
    kind = type(module).__name__
    if not _passes(module):
        raise InputError(f"{name} ({kind}) reads the units, and how its weights lie is not known; nothing was changed")
    if units.turn.flips and not PASSING.get(type(module), True):
        raise InputError(f"the order flips units, and {name} ({kind}) does not give -x for -x; order without flips")
    own = (getattr(module, part, None) for part in ("weight", "bias"))
    return ReadingWeights(tuple((weights, 0, at) for weights in own if isinstance(weights, Tensor)))


def _column(name: str, module: nn.Module, units: Units, at: int | None) -> int:
    """Where the units begin in what a named module reads."""
    shape = getattr(module, "normalized_shape", None)
    size = getattr(module, "in_features", None) or getattr(module, "input_size", None) or (shape[-1] if shape else None)
    if size is None:
        if _passes(module):
            return at or 0
        raise InputError(f"{name} ({type(module).__name__}) is no linear or recurrent layer; name those that read h")
    if at is None:
        at = units.width * units.reverse if size == units.width * (1 + units.rnn.bidirectional) else 0
        if size not in (units.width, units.width * (1 + units.rnn.bidirectional)):
            raise InputError(
                f"{name} reads {size} numbers, of which {units.width} are the units; say at which column they begin: "
                f"readers={{{name!r}: 0}}"
            )
    if not (isinstance(at, int) and 0 <= at <= size - units.width):
        raise InputError(f"{name} reads {size} numbers; {units.width} units cannot begin at column {at}")
    return at


def _start(parameter: Tensor, units: Units, name: str) -> ReadingWeights:
    """The rows of a parameter that hold the state which the units start from."""
    if parameter.ndim == 0 or parameter.shape[-1] != units.width:
        raise InputError(f"{name} has shape {tuple(parameter.shape)}; a start state ends with the {units.width} units")
    rows = parameter.data.view(-1, units.width)
    layers = units.rnn.num_layers * (1 + units.rnn.bidirectional)
    chosen = rows[units.place : units.place + 1] if len(rows) == layers else rows
    return ReadingWeights(((chosen, 1, 0),))


def _starts(model: nn.Module, calls: Sequence[Passage], rows: SeenRows, units: Units) -> list[ReadingWeights]:
    """Parameters that the units start from, known by their numbers."""
    parts = []
    states = [one for call in calls if call.module is units.rnn for one in call.read[1:] if _of_units(one, units)]
    for state in states:
        for row in state[units.place].reshape(-1, units.width):
            if not row.any() or rows.holds(row[None], 0):
                continue
            held = [p.data.view(-1, units.width) for p in _own(model) if p.shape[-1:] == (units.width,)]
            found = [values[k : k + 1] for values in held for k in range(len(values)) if torch.equal(values[k], row)]
            if not found:
                raise InputError(
                    f"the state that {units.name or 'the module'} starts from is made outside its weights, in the old "
                    "order; nothing was changed"
                )
            parts += [ReadingWeights(((values, 1, 0),)) for values in found]
    return parts


def _own(model: nn.Module) -> list[Tensor]:
    """Parameters that the user's own modules hold themselves; those of torch's layers are no start states."""
    torchs = "torch.nn.modules"
    homes = {part: type(part).__module__ for part in model.modules()}
    theirs = [part for part, home in homes.items() if not home.startswith(torchs) or home == f"{torchs}.container"]
    return [parameter for part in theirs for parameter in part.parameters(recurse=False)]


def _of_units(state: Tensor, units: Units) -> bool:
    return state.is_floating_point() and state.shape[-1] == units.width and len(state) > units.place


def _add_states(rows: SeenRows, calls: Sequence[Passage], units: Units) -> None:
    """Remember every state of the units: in what the module gives, and among its last states."""
    top = units.layer + 1 == units.rnn.num_layers
    for call in calls:
        if call.name == units.name and isinstance(call.module, nn.RNNBase):
            output, *states = call.gave
            if top and not units.hidden:
                rows.add(output, units.width * units.reverse)
            kept = states[1:] if units.hidden else states[:1] if units.projected else states
            for state in kept:
                rows.add(state[units.place])
