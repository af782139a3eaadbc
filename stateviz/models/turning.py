"""Turn: the units of one layer in another order and sign, carried into the weights that make and read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from stateviz.core.errors import InputError, MismatchError
from stateviz.core.orders import Ordering
from stateviz.models.cells import CELLS, CellRow
from stateviz.models.cells.layers import BIAS, INPUT, RECURRENT, START

ODD_INNER = ("pre",)
"""Inner values that negate with h though no weights make them alone: what the sign or the tanh is taken of."""


@dataclass(frozen=True)
class Turn:
    """Where the units of a layer go: unit ``rows[i]``, times ``signs[i]``, becomes unit i."""

    rows: Tensor
    signs: Tensor

    @property
    def flips(self) -> bool:
        """Whether any unit is negated."""
        return bool((self.signs < 0).any())

    def along(self, weights: Tensor, dim: int, at: int = 0, *, signed: bool = True) -> None:
        """Move and negate, in place, the slices of ``weights`` that stand for the units, from ``at`` on."""
        with torch.no_grad():
            part = weights.narrow(dim, at, len(self.rows))
            moved = part.index_select(dim, self.rows.to(part.device))
            if signed:
                shape = [1] * part.ndim
                shape[dim] = -1
                moved = moved * self.signs.to(part).view(shape)
            part.copy_(moved)

    def of(self, values: Tensor) -> Tensor:
        """A copy of what the units hold, shape (..., units), as it is after the turn."""
        return values[..., self.rows.to(values.device)] * self.signs.to(values)


def turn_of(ordering: Ordering, width: int, row: CellRow, site: str, *, linear: bool = False) -> Turn:
    """The turn that an order asks for, refused with the reason where it would change what the model computes.

    Parameters
    ----------
    ordering
        Found for ``site``.
    width
        Units of that site.
    row
        The cell that makes them, with the flips that are exact.
    site
        Ends with the name of the value: ``core.layer0.h``.
    linear
        Whether the units are a projection, which any flip is exact for.
    """
    if ordering.axis != "units":
        raise InputError("the order is one of steps; a model has units to rearrange")
    if len(ordering.rows) != width or list(ordering.units) != list(range(width)):
        named = ", ".join(map(str, ordering.units[:3]))
        raise MismatchError(
            f"the order is for {len(ordering.rows)} units ({named}, ...), and {site} has units 0 to {width - 1}; "
            "order all units of that site"
        )
    turn = Turn(torch.tensor(ordering.rows), torch.tensor(ordering.signs))
    if turn.flips and not linear:
        unit = int(ordering.rows[int((ordering.signs < 0).argmax())])
        value = site.rsplit(".", 1)[-1]
        if row.flips is None:
            raise InputError(
                f"the order flips unit {unit} of {site}, and no flip of the cell {row.name!r} is exact"
                f"{f' ({row.description})' if row.description else ''}; order without flips"
            )
        if value not in (*row.states, *row.flips, *ODD_INNER):
            raise InputError(
                f"the order flips unit {unit} of {site}, a gate: it stays as it is when its unit is negated; "
                "order it without flips, or order h"
            )
    return turn


def turn_weights(module: nn.Module, roles: Mapping[str, str], turn: Turn, row: CellRow) -> None:
    """Rearrange the weights that make a layer's units: rows, recurrent columns and start state.

    Parameters
    ----------
    module
        Whose parameters ``roles`` names; those that are None are left out.
    roles
        From a parameter's dotted name to what it is: INPUT, BIAS, RECURRENT or START.
    turn
        The order of the units.
    row
        Which rows change their sign.
    """
    gates = row.gates or row.states[:1]
    for name, role in roles.items():
        weights = _parameter(module, name)
        if weights is None:
            continue
        if role in (INPUT, BIAS, RECURRENT):
            for place, gate in enumerate(gates):
                turn.along(weights, 0, place * len(turn.rows), signed=gate in (row.flips or ()))
        if role in (RECURRENT, START):
            turn.along(weights, -1)


def turn_inputs(module: nn.Module, roles: Mapping[str, str], turn: Turn, at: int = 0) -> None:
    """Rearrange the columns by which a layer reads units, the first of them at column ``at``."""
    for name, role in roles.items():
        weights = _parameter(module, name)
        if role == INPUT and weights is not None:
            turn.along(weights, 1, at)


def stock_row(module: nn.RNNBase) -> CellRow:
    """The row of CELLS that a layer of torch's is of; a ReLU network has no exact flip.

    Examples
    --------
    >>> stock_row(nn.GRU(2, 3)).flips, stock_row(nn.RNN(2, 3, nonlinearity="relu")).flips
    (('n',), None)
    """
    row = CELLS[{"LSTM": "lstm", "GRU": "gru"}.get(module.mode, "rnn")]
    if module.mode == "RNN_RELU":
        return CellRow("relu", "relu(-x) is not -relu(x)", row.layer, states=row.states)
    return row


def stock_roles(layer: int, reverse: bool) -> dict[str, str]:
    """The parameters of one layer and direction of nn.RNN, nn.GRU and nn.LSTM."""
    end = f"_l{layer}{'_reverse' if reverse else ''}"
    kinds = {"weight_ih": INPUT, "weight_hh": RECURRENT, "bias_ih": BIAS, "bias_hh": BIAS}
    return {f"{name}{end}": role for name, role in kinds.items()}


def _parameter(module: nn.Module, name: str) -> Tensor | None:
    owner, _, last = name.rpartition(".")
    found = getattr(module.get_submodule(owner), last, None)
    return found if isinstance(found, Tensor) else None
