"""One stream of symbols through a whole network, compiled: read a symbol, step every layer, draw the next.

What the input product of a symbol is, is looked up in a table; a step of a small network is then little more than one
pass over its recurrent weights, and nothing returns to Python between symbols.
"""

from __future__ import annotations

import math
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from stateviz.models.cells import HighwayLayer, LayerState, TorchLayer
from stateviz.models.cells.kernels import Floats, add_product, compiled, highway_forward
from stateviz.models.cells.pointwise import gru_forward, lstm_forward, rnn_forward
from stateviz.models.cells.unrolled import unrolls

_KINDS = {nn.RNN: 0, nn.LSTM: 1, nn.GRU: 2}
_REAL, _BINARY = 3, 4  # the highway cell


class Core(NamedTuple):
    """Weights of L layers of H units with G gate values, as ``generate`` reads them.

    ``table`` (V, G) is what layer 0 adds up of each symbol; ``inputs`` (L, H, G) and ``biases`` (L, G) do that for the
    layers above it; ``recurrent`` (L, H, G) reads h, and ``hidden`` (L, G) is the bias of that product.
    """

    kind: int
    table: Floats
    inputs: Floats
    biases: Floats
    recurrent: Floats
    hidden: Floats


class Readout(NamedTuple):
    """Weights of the feed-forward blocks and of the head (H, V), each with its bias."""

    into: Floats
    into_bias: Floats
    out: Floats
    out_bias: Floats
    head: Floats
    head_bias: Floats


def core_of(layers: list[object], embedding: Tensor) -> Core | None:
    """The weights of a core, or None where its cell has no compiled step here."""
    first = layers[0]
    if isinstance(first, HighwayLayer) and embedding.device.type == "cpu" and embedding.dtype == torch.float32:
        rows = [(one.input.weight, one.input.bias, one.recurrent.weight) for one in cast(list[HighwayLayer], layers)]
        parts: list[tuple[Tensor, ...]] = [(w, b, u, torch.zeros_like(b)) for w, b, u in rows]
        kind = _BINARY if first.binary else _REAL
    elif isinstance(first, TorchLayer) and unrolls(first.rnn, embedding) and embedding.dtype == torch.float32:
        kind = _KINDS[type(first.rnn)]
        parts = []
        for layer in cast(list[TorchLayer], layers):
            w, u, b, hidden = cast(list[Tensor], layer.rnn.all_weights[0])
            parts.append((w, b, u, hidden) if kind == 2 else (w, b + hidden, u, torch.zeros_like(b)))
    else:
        return None
    (w, b, u, hidden), *above = parts
    table = embedding @ w.t() + b
    inputs = torch.stack([torch.zeros_like(u.t()), *(one[0].t() for one in above)])
    biases = torch.stack([one[1] for one in parts])
    recurrent, hiddens = torch.stack([one[2].t() for one in parts]), torch.stack([one[3] for one in parts])
    return Core(kind, *(_array(tensor) for tensor in (table, inputs, biases, recurrent, hiddens)))


def readout_of(blocks: nn.Sequential, head: nn.Linear) -> Readout:
    """The weights of a readout."""
    pairs = [(cast(nn.Linear, block[0]), cast(nn.Linear, block[2])) for block in cast(list[nn.Sequential], blocks)]
    width, none = head.in_features, torch.zeros(0, 0)
    parts = [
        torch.stack([a.weight.t() for a, _ in pairs]) if pairs else torch.zeros(0, width, 0),
        torch.stack([a.bias for a, _ in pairs]) if pairs else none,
        torch.stack([b.weight.t() for _, b in pairs]) if pairs else torch.zeros(0, 0, width),
        torch.stack([b.bias for _, b in pairs]) if pairs else none,
        head.weight.t(),
        head.bias,
    ]
    return Readout(*map(_array, parts))


def states_of(state: list[LayerState], streams: int = 1) -> tuple[Floats, Floats]:
    """h and c of every layer as they are stepped, (L, 2, streams, H): the state before, and room for the one after."""
    whole = [parts if isinstance(parts, tuple) else (parts, torch.zeros_like(parts)) for parts in state]
    h, c = (np.stack([_array(parts[k].reshape(streams, -1)) for parts in whole]) for k in (0, 1))
    return np.stack([h, h], 1), np.stack([c, c], 1)


def _array(tensor: Tensor) -> Floats:
    return np.ascontiguousarray(tensor.detach().numpy())


@compiled
def draw(logits: Floats, temperature: float, top_k: int, top_p: float, uniform: float) -> int:
    """The symbol at ``uniform`` (0 to 1) of the distribution that is left of softmax(logits / temperature).

    Of the likeliest ``top_k`` symbols those are left that make up ``top_p`` of the probability; temperature 0 takes the
    likeliest.
    """
    size = logits.shape[0]
    best = 0
    for j in range(size):
        if logits[j] > logits[best]:
            best = j
    if temperature < 1e-30:  # divisions would overflow
        return best
    weights = np.empty(size)
    total = 0.0
    for j in range(size):
        weights[j] = math.exp((float(logits[j]) - float(logits[best])) / temperature)
        total += weights[j]
    if top_k < size or top_p < 1.0:
        order = np.argsort(-weights, kind="mergesort")
        enough, sought, kept = 0.0, top_p * total, 0.0
        for place in range(size):
            j = order[place]
            if place >= top_k or enough >= sought:
                weights[j] = 0.0
            else:
                kept += weights[j]
                enough += weights[j]
        total = kept
    left = uniform * total
    for j in range(size):
        left -= weights[j]
        if left < 0.0 and weights[j] > 0.0:
            return j
    return best


@compiled
def generate(
    drawn: NDArray[np.int64],
    token: int,
    core: Core,
    readout: Readout,
    h: Floats,
    c: Floats,
    temperature: float,
    top_k: int,
    top_p: float,
    uniforms: NDArray[np.float64],
) -> None:
    """Read ``token``, draw the next, read that, and so on: fills ``drawn``, one symbol for each of ``uniforms``.

    ``h`` and ``c`` (L, 2, 1, H) are stepped in place.
    """
    kind, table, inputs, biases, recurrent, hidden = core
    into, into_bias, out, out_bias, head, head_bias = readout
    layers, units, values = recurrent.shape
    gates = np.empty((1, 1, values), table.dtype)
    products = np.empty((1, values), table.dtype)
    kept = np.empty((1, 1, units), table.dtype)
    nothing = np.zeros((1, 1), np.int64)
    top = np.empty((1, units), table.dtype)
    inner = np.empty((1, into.shape[2]), table.dtype)
    logits = np.empty((1, head.shape[1]), table.dtype)
    for step in range(uniforms.shape[0]):
        for layer in range(layers):
            if layer == 0:
                products[0, :] = table[token]
            else:
                products[0, :] = biases[layer]
                add_product(products, h[layer - 1, 1], inputs[layer])
            state, cell = h[layer], c[layer]
            if kind >= 3:
                highway_forward(nothing, products, recurrent[layer], state[0], kind == 4, state[1:], gates)
            elif kind == 2:
                gates[0, 0, :] = products[0]
                products[0, :] = hidden[layer]
                add_product(products, state[0], recurrent[layer])
                gru_forward(0, gates, h[layer], products, kept)
            else:
                gates[0, 0, :] = products[0]
                add_product(gates[0], state[0], recurrent[layer])
                if kind == 1:
                    lstm_forward(0, gates, state, cell)
                else:
                    rnn_forward(0, gates, state)
        for layer in range(layers):
            h[layer, 0] = h[layer, 1]
            c[layer, 0] = c[layer, 1]
        top[0, :] = h[layers - 1, 1, 0]
        for block in range(into.shape[0]):
            inner[0, :] = into_bias[block]
            add_product(inner, top, into[block])
            for j in range(inner.shape[1]):
                inner[0, j] = max(inner[0, j], inner.dtype.type(0))
            top[0, :] = out_bias[block]
            add_product(top, inner, out[block])
        logits[0, :] = head_bias
        add_product(logits, top, head)
        token = draw(logits[0], temperature, top_k, top_p, uniforms[step])
        drawn[step] = token
