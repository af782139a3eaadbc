"""What a step of torch's RNN, GRU and LSTM does beside its products, compiled: forward and backward.

The products of a step are the tensor library's; all that is done to them, number by number, is one pass here instead
of a dozen calls. Shapes: T steps of B sequences, H units; gates lie as torch has them (i f g o, or r z n). States
have one step more than the gates: the first is the start.
"""

from __future__ import annotations

from stateviz.models.cells.kernels import Floats, compiled, fast_exp


@compiled
def rnn_forward(t: int, gates: Floats, h: Floats) -> None:
    """``h[t + 1] = tanh(gates[t])``."""
    for b in range(gates.shape[1]):
        row, after = gates[t, b], h[t + 1, b]
        one = row.dtype.type(1)
        for j in range(row.shape[0]):
            after[j] = one - (one + one) / (one + fast_exp((one + one) * row[j]))


@compiled
def rnn_backward(t: int, gates: Floats, h: Floats, above: Floats, carry: Floats) -> None:
    """Turn ``gates[t]`` into their gradient; ``carry`` (B, H) holds that of ``h[t + 1]`` from later steps."""
    for b in range(gates.shape[1]):
        row, after, from_above, from_later = gates[t, b], h[t + 1, b], above[t, b], carry[b]
        one = row.dtype.type(1)
        for j in range(row.shape[0]):
            row[j] = (from_above[j] + from_later[j]) * (one - after[j] * after[j])


@compiled
def lstm_forward(t: int, gates: Floats, h: Floats, c: Floats) -> None:
    """Sums of products in ``gates[t]`` become activations; fills ``h[t + 1]`` and ``c[t + 1]``."""
    units = h.shape[2]
    for b in range(gates.shape[1]):
        row, before, cell, after = gates[t, b], c[t, b], c[t + 1, b], h[t + 1, b]
        one = row.dtype.type(1)
        two = one + one
        for j in range(2 * units):
            row[j] = one / (one + fast_exp(-row[j]))
        for j in range(2 * units, 3 * units):
            row[j] = one - two / (one + fast_exp(two * row[j]))
        for j in range(3 * units, 4 * units):
            row[j] = one / (one + fast_exp(-row[j]))
        for j in range(units):
            cell[j] = row[units + j] * before[j] + row[j] * row[2 * units + j]
        for j in range(units):
            after[j] = row[3 * units + j] * (one - two / (one + fast_exp(two * cell[j])))


@compiled
def lstm_backward(t: int, gates: Floats, h: Floats, c: Floats, above: Floats, carry: Floats, carry_c: Floats) -> None:
    """Turn ``gates[t]`` into their gradients; ``carry`` and ``carry_c`` hold those of h and c from later steps.

    ``carry_c`` leaves as the gradient of ``c[t]``.
    """
    units = h.shape[2]
    for b in range(gates.shape[1]):
        row, before, cell = gates[t, b], c[t, b], c[t + 1, b]
        from_above, from_later, later = above[t, b], carry[b], carry_c[b]
        one = row.dtype.type(1)
        two = one + one
        for j in range(units):
            i, f, g, o = row[j], row[units + j], row[2 * units + j], row[3 * units + j]
            squashed = one - two / (one + fast_exp(two * cell[j]))
            dh = from_above[j] + from_later[j]
            dc = later[j] + dh * o * (one - squashed * squashed)
            row[j] = dc * g * i * (one - i)
            row[units + j] = dc * before[j] * f * (one - f)
            row[2 * units + j] = dc * i * (one - g * g)
            row[3 * units + j] = dh * squashed * o * (one - o)
            later[j] = dc * f


@compiled
def gru_forward(t: int, gates: Floats, h: Floats, products: Floats, hidden: Floats) -> None:
    """Input sums in ``gates[t]`` and ``products`` (B, 3H) of h become activations; fills ``h[t + 1]``.

    ``hidden[t]`` keeps the candidate's product of h, which the reset gate scales.
    """
    units = h.shape[2]
    for b in range(gates.shape[1]):
        row, product, kept, before, after = gates[t, b], products[b], hidden[t, b], h[t, b], h[t + 1, b]
        one = row.dtype.type(1)
        two = one + one
        for j in range(2 * units):
            row[j] = one / (one + fast_exp(-(row[j] + product[j])))
        for j in range(units):
            kept[j] = product[2 * units + j]
        for j in range(units):
            n = one - two / (one + fast_exp(two * (row[2 * units + j] + row[j] * kept[j])))
            row[2 * units + j] = n
            after[j] = n + row[units + j] * (before[j] - n)


@compiled
def gru_backward(
    t: int, gates: Floats, h: Floats, hidden: Floats, above: Floats, carry: Floats, through: Floats
) -> None:
    """Turn ``gates[t]`` into the gradients of the products of h, and ``hidden[t]`` into the candidate's of x.

    ``carry`` (B, H) holds the gradient of ``h[t + 1]`` from later steps; ``through`` (B, H) is filled with what reaches
    ``h[t]`` past the products.
    """
    units = h.shape[2]
    for b in range(gates.shape[1]):
        row, kept, before = gates[t, b], hidden[t, b], h[t, b]
        from_above, from_later, past = above[t, b], carry[b], through[b]
        one = row.dtype.type(1)
        for j in range(units):
            r, z, n = row[j], row[units + j], row[2 * units + j]
            dh = from_above[j] + from_later[j]
            dn = dh * (one - z) * (one - n * n)
            row[j] = dn * kept[j] * r * (one - r)
            row[units + j] = dh * (before[j] - n) * z * (one - z)
            row[2 * units + j] = dn * r
            kept[j] = dn
            past[j] = dh * z
