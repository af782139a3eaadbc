"""Recurrent cells from scratch, to be read beside torch's: the same numbers, with every gate in sight."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ScratchRNN(nn.Module):
    """``h' = tanh(A [x, h] + b)``, as torch.nn.RNNCell.

    Parameters
    ----------
    inputs, width : int
        Numbers it reads, and units.

    Examples
    --------
    >>> theirs = nn.RNNCell(2, 3)
    >>> ours = ScratchRNN(2, 3)
    >>> ours.copy(theirs)
    >>> x, h = torch.randn(5, 2), torch.randn(5, 3)
    >>> torch.allclose(ours(x, h), theirs(x, h), atol=1e-6)
    True
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.all = nn.Linear(inputs + width, width)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """One step: x (batch, inputs), h (batch, width); the state after."""
        return torch.tanh(self.all(torch.cat([x, h], -1)))

    @torch.no_grad()
    def copy(self, cell: nn.RNNCell) -> None:
        """Take the weights of torch's cell."""
        _join(self.all, cell, slice(None))


class ScratchGRU(nn.Module):
    """A gated recurrent unit, as torch.nn.GRUCell.

    ``r, z = sigmoid(A [x, h] + b)``: reset and update; ``n = tanh(B x + c + r * (C h + d))``: the candidate, where the
    reset gate decides how much of the state is seen; ``h' = (1 - z) * n + z * h``.

    Parameters
    ----------
    inputs, width : int
        Numbers it reads, and units.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.gates = nn.Linear(inputs + width, 2 * width)
        self.read = nn.Linear(inputs, width)
        self.remember = nn.Linear(width, width)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """One step: x (batch, inputs), h (batch, width); the state after."""
        reset, update = torch.sigmoid(self.gates(torch.cat([x, h], -1))).chunk(2, -1)
        candidate = torch.tanh(self.read(x) + reset * self.remember(h))
        return (1 - update) * candidate + update * h

    @torch.no_grad()
    def copy(self, cell: nn.GRUCell) -> None:
        """Take the weights of torch's cell."""
        width = cell.hidden_size
        _join(self.gates, cell, slice(2 * width))
        for own, weight, bias in (
            (self.read, cell.weight_ih, cell.bias_ih),
            (self.remember, cell.weight_hh, cell.bias_hh),
        ):
            own.weight.copy_(weight[2 * width :])
            own.bias.copy_(bias[2 * width :])


class ScratchLSTM(nn.Module):
    """Long short-term memory, as torch.nn.LSTMCell.

    ``i, f, g, o = A [x, h] + b``: input gate, forget gate, candidate and output gate;
    ``c' = sigmoid(f) * c + sigmoid(i) * tanh(g)``: the cell; ``h' = sigmoid(o) * tanh(c')``: what is seen of it.

    Parameters
    ----------
    inputs, width : int
        Numbers it reads, and units.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.all = nn.Linear(inputs + width, 4 * width)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """One step: x (batch, inputs), state (h, c) of (batch, width) each; the state after."""
        h, c = state
        i, f, g, o = self.all(torch.cat([x, h], -1)).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c

    @torch.no_grad()
    def copy(self, cell: nn.LSTMCell) -> None:
        """Take the weights of torch's cell."""
        _join(self.all, cell, slice(None))


def _join(own: nn.Linear, cell: nn.RNNCellBase, rows: slice) -> None:
    """Torch keeps what reads x and what reads h apart, with a bias each: here they are one map of [x, h]."""
    own.weight.copy_(torch.cat([cell.weight_ih, cell.weight_hh], 1)[rows])
    own.bias.copy_((cell.bias_ih + cell.bias_hh)[rows])
