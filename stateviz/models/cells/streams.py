"""Many streams of symbols through a whole network, stepped at once: the weights are read once for all of them.

Products are the tensor library's; what a symbol adds to layer 0 is looked up, and all that is done number by number is
compiled.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stateviz.models.cells.kernels import Floats, compiled, highway_step
from stateviz.models.cells.pointwise import gru_forward, lstm_forward, rnn_forward
from stateviz.models.cells.stream import Core, draw


class Streams:
    """The states of B streams, and a step of them.

    Parameters
    ----------
    core
        Weights of L layers of H units.
    h, c
        The states to go on from, (L, 2, B, H), as ``states_of`` gives them; they are stepped in place.
    """

    def __init__(self, core: Core, h: Floats, c: Floats) -> None:
        self.core, self.h, self.c = core, h, c
        layers, _, count, units = h.shape
        values = core.table.shape[1]
        self.gates = np.empty((1, count, values), core.table.dtype)
        self.products = np.empty((count, values), core.table.dtype)
        self.kept = np.empty((1, count, units), core.table.dtype)
        # The same memory as tensors: what the library computes is there for the compiled steps.
        self.table = torch.from_numpy(core.table)
        self.sums, self.product = torch.from_numpy(self.gates[0]), torch.from_numpy(self.products)
        self.weights = [
            tuple(map(torch.from_numpy, (core.inputs[k], core.biases[k], core.recurrent[k], core.hidden[k])))
            for k in range(layers)
        ]
        self.before, self.after = ([torch.from_numpy(h[k, side]) for k in range(layers)] for side in (0, 1))

    def read(self, tokens: NDArray[np.int64]) -> Tensor:
        """Step every stream by its symbol, shape (B,): the states of the top layer, (B, H), until the next step."""
        for k, (inputs, bias, recurrent, hidden) in enumerate(self.weights):
            if k == 0:
                torch.index_select(self.table, 0, torch.from_numpy(tokens), out=self.sums)
            else:
                torch.addmm(bias, self.after[k - 1], inputs, out=self.sums)
            if self.core.kind == 2:
                torch.addmm(hidden, self.before[k], recurrent, out=self.product)
                gru_forward(0, self.gates, self.h[k], self.products, self.kept)
                continue
            self.sums.addmm_(self.before[k], recurrent)
            if self.core.kind == 1:
                lstm_forward(0, self.gates, self.h[k], self.c[k])
            elif self.core.kind == 0:
                rnn_forward(0, self.gates, self.h[k])
            else:
                highway_step(self.gates[0], self.h[k, 0], self.h[k, 1], self.core.kind == 4)
        self.h[:, 0], self.c[:, 0] = self.h[:, 1], self.c[:, 1]
        return self.after[-1]


@compiled
def draw_each(
    logits: Floats,
    temperature: float,
    top_k: int,
    top_p: float,
    uniforms: NDArray[np.float64],
    drawn: NDArray[np.int64],
) -> None:
    """Fill ``drawn`` with the symbol of each row of ``logits`` at its uniform, as ``draw`` finds it."""
    for b in range(logits.shape[0]):
        drawn[b] = draw(logits[b], temperature, top_k, top_p, uniforms[b])
