"""Small models of every kind, each with a naive run of it that collects states one step at a time."""

from __future__ import annotations

import torch
from torch import nn

LETTERS = "ab c\n"


class Stock(nn.Module):
    """A user's module around a stock recurrent layer."""

    def __init__(self, kind="LSTM", **options):
        super().__init__()
        self.embed = nn.Embedding(len(LETTERS), 4)
        self.rnn = getattr(nn, kind)(4, 5, **options)
        width = (options.get("proj_size") or 5) * (2 if options.get("bidirectional") else 1)
        self.head = nn.Linear(width, len(LETTERS))

    def forward(self, ids):
        return self.head(self.rnn(self.embed(ids))[0])


class Looped(nn.Module):
    """A user's module that loops over a cell."""

    def __init__(self, kind="LSTMCell"):
        super().__init__()
        self.embed = nn.Embedding(len(LETTERS), 4)
        self.cell = getattr(nn, kind)(4, 5)

    def forward(self, ids):
        state, outputs = None, []
        for x in self.embed(ids).unbind(1):
            state = self.cell(x, state)
            h = state[0] if isinstance(state, tuple) else state
            outputs.append(h)
            h = h + 0
        return torch.stack(outputs, 1)


def activations(kind, x, h, c, weights, nonlinearity="tanh"):
    """One step by the formulas, one product at a time: the new h, and everything inside."""
    wi, wh, bi, bh, wr = weights
    a = wi @ x + (0 if bi is None else bi)
    b = wh @ h + (0 if bh is None else bh)
    if kind == "LSTM":
        i, f, g, o = (a + b).chunk(4)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        h = o * c.tanh()
        return {"h": h if wr is None else wr @ h, "c": c, "i": i, "f": f, "g": g, "o": o}
    if kind == "GRU":
        (ar, az, an), (br, bz, bn) = a.chunk(3), b.chunk(3)
        r, z = (ar + br).sigmoid(), (az + bz).sigmoid()
        n = (an + r * bn).tanh()
        return {"h": (1 - z) * n + z * h, "r": r, "z": z, "n": n}
    return {"h": torch.relu(a + b) if nonlinearity == "relu" else torch.tanh(a + b)}


def naive(rnn, inputs, name="rnn"):
    """Every state and gate of a stock layer over inputs (steps, width), by a loop: site -> (units, steps)."""
    kind = type(rnn).__name__
    found = {}
    for layer in range(rnn.num_layers):
        outputs = []
        for reverse in range(1 + rnn.bidirectional):
            tail = f"_l{layer}{'_reverse' * reverse}"
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
            weights = [getattr(rnn, part + tail, None) for part in names]
            h = torch.zeros(rnn.proj_size or rnn.hidden_size, dtype=inputs.dtype)
            c = torch.zeros(rnn.hidden_size, dtype=inputs.dtype)
            steps = []
            for x in inputs.flip(0) if reverse else inputs:
                inside = activations(kind, x, h, c, weights, getattr(rnn, "nonlinearity", "tanh"))
                h, c = inside["h"], inside.get("c", c)
                steps.append(inside)
            steps = steps[::-1] if reverse else steps
            for letter in steps[0]:
                site = f"{name}.layer{layer}{'.reverse' * reverse}.{letter}"
                found[site] = torch.stack([step[letter] for step in steps], 1)
            outputs.append(torch.stack([step["h"] for step in steps]))
        inputs = torch.cat(outputs, 1)
    return {site: value.detach().numpy() for site, value in found.items()}
