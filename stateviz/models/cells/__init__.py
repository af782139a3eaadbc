"""Recurrent cells: one row each in CELLS, all stacked, trained, saved and recorded by the same code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F

from stateviz.core.errors import InputError
from stateviz.core.table import Table
from stateviz.models.cells.layers import (
    HighwayLayer,
    Inner,
    InnerLayer,
    Layer,
    LayerState,
    TorchLayer,
    fast,
    fast_tokens,
    sign_through,
)

__all__ = ["CELLS", "CellRow", "HighwayLayer", "Layer", "LayerState", "Stack", "TorchLayer", "cell_of", "sign_through"]


@dataclass(frozen=True)
class CellRow:
    """A row of CELLS: a recurrent cell, and all that follows from it.

    Parameters
    ----------
    name, description
        What it is called and what it is.
    layer
        ``layer(inputs, width)`` makes one layer: a torch module as `Layer` says. One whose start state can be chosen
        takes ``learned=True`` or ``False``, too.
    binary
        Every state is -1 or +1. A recording stores such a state as int8, and refuses one that is neither.
    gates
        Its inner values, in the order in which their rows lie in the weights; none where the weights make h at once.
    states
        What it carries from step to step: ``("h",)`` or ``("h", "c")``.
    inner
        Its inner values that can be recorded beside the states, under the sites ``core.layer<k>.<name>``; what
        ``inside(x, state)`` of its layer gives. Empty where a recorder finds them itself, as in torch's layers.
    flips
        The inner values whose rows change their sign, as the column of h does in the recurrent weights (and h in the
        start state), when a unit is turned over: then the model is the same, with -h for h. None where no such change
        is exact. A permutation of units is exact for every cell.
    equations
        One step, a line each, for people: x is what the layer reads, h and c the state before, W (width, inputs) and
        U (width, width) weights, b biases, * a product number by number.

    Examples
    --------
    >>> CELLS["lstm"].gates, CELLS["lstm"].flips, CELLS["lstm"].binary
    (('i', 'f', 'g', 'o'), ('g',), False)
    >>> CELLS["binary"].inner
    ('carry', 'update', 'candidate', 'pre')
    """

    name: str
    description: str
    layer: Callable[..., nn.Module]
    binary: bool = False
    gates: tuple[str, ...] = ()
    states: tuple[str, ...] = ("h",)
    flips: tuple[str, ...] | None = None
    inner: tuple[str, ...] = ()
    equations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        twice = sorted(set(self.inner) & set(self.states))
        if twice:
            raise InputError(f"cell {self.name!r} has {twice[0]!r} among its states and its inner values")
        known = {*self.gates, *self.states}
        strange = sorted(set(self.flips or ()) - known)
        if strange:
            raise InputError(f"cell {self.name!r} flips {strange[0]!r}, which is none of {', '.join(sorted(known))}")


_HIGHWAY_GATES = ("carry", "update", "candidate")
_HIGHWAY_INNER = (*_HIGHWAY_GATES, "pre")


def _highway(gate: str) -> tuple[str, ...]:
    return (
        "carry = sigmoid(W_carry x + U_carry h + b_carry)",
        "update = sigmoid(W_update x + U_update h + b_update)",
        "candidate = W_candidate x + U_candidate h + b_candidate",
        f"h' = {gate}(carry * h + update * candidate)",
    )


_GRU = (
    "r = sigmoid(W_r x + b_r + U_r h + b'_r)",
    "z = sigmoid(W_z x + b_z + U_z h + b'_z)",
    "n = tanh(W_n x + b_n + r * (U_n h + b'_n))",
    "h' = (1 - z) * n + z * h",
)
_LSTM = (
    *(f"{gate} = sigmoid(W_{gate} x + b_{gate} + U_{gate} h + b'_{gate})" for gate in "ifo"),
    "g = tanh(W_g x + b_g + U_g h + b'_g)",
    "c' = f * c + i * g",
    "h' = o * tanh(c')",
)

CELLS: Table[CellRow] = Table(
    "cell",
    {
        row.name: row
        for row in (
            CellRow(
                "binary",
                "highway cell with a state in {-1, +1} (the phone case's)",
                HighwayLayer,
                binary=True,
                gates=_HIGHWAY_GATES,
                flips=("candidate",),
                inner=_HIGHWAY_INNER,
                equations=_highway("sign"),
            ),
            CellRow(
                "highway",
                "the same cell with tanh in place of sign: what a binary state gives up",
                partial(HighwayLayer, binary=False),
                gates=_HIGHWAY_GATES,
                flips=("candidate",),
                inner=_HIGHWAY_INNER,
                equations=_highway("tanh"),
            ),
            CellRow(
                "rnn",
                "torch's tanh RNN",
                partial(TorchLayer, nn.RNN),
                flips=("h",),
                equations=("h' = tanh(W x + b + U h + b')",),
            ),
            CellRow(
                "gru",
                "torch's GRU",
                partial(TorchLayer, nn.GRU),
                gates=("r", "z", "n"),
                flips=("n",),
                equations=_GRU,
            ),
            CellRow(
                "lstm",
                "torch's LSTM",
                partial(TorchLayer, nn.LSTM),
                gates=("i", "f", "g", "o"),
                states=("h", "c"),
                flips=("g",),
                equations=_LSTM,
            ),
        )
    },
)


def cell_of(cell: str | CellRow) -> CellRow:
    """The row that a name of CELLS means, or a row of one's own."""
    return cell if isinstance(cell, CellRow) else CELLS[cell]


class Stack(nn.Module):
    """Layers of one cell, each reading the states of the one below.

    ``start`` chooses the state before the first token, ``"learned"`` or ``"zero"``; None leaves it to the cell.
    """

    def __init__(self, cell: CellRow, inputs: int, width: int, layers: int, start: str | None = None) -> None:
        super().__init__()
        sizes = [(inputs if k == 0 else width, width) for k in range(layers)]
        chosen = {} if start is None else {"learned": start == "learned"}
        try:
            self.layers = nn.ModuleList([cell.layer(*size, **chosen) for size in sizes])
        except TypeError as error:
            if start is None or "learned" not in str(error):
                raise
            raise InputError(f"cell {cell.name!r} has its own start state; leave start={start!r} out") from None
        if cell.inner and not all(callable(getattr(layer, "inside", None)) for layer in self.layers):
            raise InputError(
                f"cell {cell.name!r} declares inner values, and its layer has no inside(x, state) -> (h, state, values)"
            )

    def each(self) -> list[Layer]:
        """The layers, the lowest first."""
        return [cast(Layer, layer) for layer in self.layers]

    def start(self, batch: int) -> list[LayerState]:
        """One state a layer."""
        return [layer.start(batch) for layer in self.each()]

    def forward(self, x: Tensor, state: list[LayerState]) -> tuple[list[Tensor], list[LayerState]]:
        """The states of every layer, (steps, batch, width) each, and the state to go on from."""
        outputs, last = [], []
        for layer, before in zip(self.each(), state, strict=True):
            x, after = layer(x, before)
            outputs.append(x)
            last.append(after)
        return outputs, last

    def inside(self, x: Tensor, state: list[LayerState]) -> tuple[list[Tensor], list[LayerState], list[Inner]]:
        """As ``forward``, and the inner values of every layer, by name, (steps, batch, width) each."""
        outputs, last, values = [], [], []
        for layer, before in zip(self.layers, state, strict=True):
            x, after, inner = cast(InnerLayer, layer).inside(x, before)
            outputs.append(x)
            last.append(after)
            values.append(inner)
        return outputs, last, values

    def fast_tokens(
        self, tokens: Tensor, embedding: Tensor, state: list[LayerState], *, dropout: float = 0.0
    ) -> tuple[Tensor, list[LayerState]]:
        """The top layer's states for ``embedding[tokens]`` and the state to go on from, by the fastest way there is.

        ``dropout`` leaves out this share of what each layer gives to what is above it.
        """
        first, *above = self.each()
        x, after = fast_tokens(first, tokens, embedding, state[0])
        last = [after]
        for layer, before in zip(above, state[1:], strict=True):
            x, after = fast(layer, F.dropout(x, dropout) if dropout else x, before)
            last.append(after)
        return F.dropout(x, dropout) if dropout else x, last
