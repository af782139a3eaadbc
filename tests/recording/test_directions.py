"""Which way parts read: from the end, or ahead; each is told, and columns are in the order of the text."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.recording import record
from stateviz.recording.sources.direction import directions

X = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))


class Reversed(nn.Module):
    """A layer that is given the text from its end, and whose output is turned round again."""

    def __init__(self, kind):
        super().__init__()
        self.b, self.head = getattr(nn, kind)(3, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.b(x.flip(1))[0].flip(1))


class Both(nn.Module):
    """A bidirectional layer by hand: two cells in two loops, or two layers."""

    def __init__(self, cells):
        super().__init__()
        kind = nn.GRUCell if cells else lambda *sizes: nn.GRU(*sizes, batch_first=True)
        self.f, self.b, self.cells = kind(3, 4), kind(3, 4), cells

    def loop(self, cell, x):
        h, found = torch.zeros(len(x), 4), []
        for t in range(x.shape[1]):
            h = cell(x[:, t], h)
            found.append(h)
        return torch.stack(found, 1)

    def forward(self, x):
        run = self.loop if self.cells else lambda layer, x: layer(x)[0]
        return torch.cat([run(self.f, x), run(self.b, x.flip(1)).flip(1)], -1)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("steps", [2, 3, 40])
@pytest.mark.parametrize("chunk", [7, 4096])
def test_a_text_that_is_read_from_its_end_is_stored_in_its_order(kind, steps, chunk):
    torch.manual_seed(1)
    model, x = Reversed(kind), X[:steps]
    with pytest.warns(UserWarning, match=r"b\.layer0\.h.* of Reversed read the text from its end"):
        recording = record(model, x, sites=["b.layer0.*", "b.out", "b.in"], chunk=chunk)
    with torch.no_grad():
        expected = model.b(x.flip(0)[None])[0][0].flip(0).numpy().T
    for site in ("b.layer0.h", "b.out"):
        assert np.allclose(recording[site].values, expected, atol=1e-6)
    assert np.allclose(recording["b.in"].values, x.T)
    assert "b.layer0.h" in recording.source["reversed"]


@pytest.mark.parametrize("cells", [True, False])
@pytest.mark.parametrize("count", [1, 3])
def test_a_bidirectional_layer_by_hand(cells, count):
    torch.manual_seed(2)
    model = Both(cells)
    texts = [X[10 * i : 10 * i + 10] for i in range(count)]
    names = ["f.h", "b.h"] if cells else ["f.layer0.h", "b.layer0.h"]
    with pytest.warns(UserWarning, match=f"{names[1]} of Both read the text from its end"):
        recording = record(model, texts, sites=[*names, "output"])
    assert recording.source["not_causal"] == ["output"]
    with torch.no_grad():
        expected = model(torch.stack(texts)).flatten(0, 1).numpy().T
    assert np.allclose(recording[names[0]].values, expected[:4], atol=1e-6)
    assert np.allclose(recording[names[1]].values, expected[4:], atol=1e-6)


@pytest.mark.parametrize("steps", [2, 5, 40])
def test_a_model_that_looks_ahead_says_so_whatever_the_length(steps):
    model = nn.Sequential(nn.Linear(3, 4), nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)).eval()
    with pytest.warns(UserWarning, match="Sequential is not causal: column t of 1 depends on the tokens after t"):
        recording = record(model, X[:steps], sites=["0", "1"])
    assert recording.source["not_causal"] == ["1"]


def test_a_bidirectional_layer_says_which_of_its_states_look_ahead():
    model = nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True)
    with pytest.warns(UserWarning, match=r"of layer0\.reverse\.h, layer1\.h, layer1\.reverse\.h depends on"):
        recording = record(model, X)
    assert recording.source["not_causal"] == ["layer0.reverse.h", "layer1.h", "layer1.reverse.h"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record(model, X, sites="layer0.[hcifgo]")


def test_models_that_read_on_say_nothing():
    model = nn.Sequential(nn.Linear(3, 4), nn.GRU(4, 5, 2, batch_first=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recording = record(model, X, sites=["*", "*.in", "*.out"])
    assert not {"reversed", "not_causal", "late"} & set(recording.source)


def test_a_column_that_has_not_read_its_own_token():
    class Shifted(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 4, batch_first=True)

        def forward(self, x):
            return self.rnn(torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], 1))[0]

    with pytest.warns(UserWarning, match="column t of rnn.layer0.h of Shifted has read the tokens before t, and not"):
        recording = record(Shifted(), X)
    assert recording.source["late"] == ["rnn.layer0.h"]


def test_a_text_of_one_kind_of_token_is_changed_to_another():
    numbers, ids = lambda ids: {"back": ids.flip(0).cumsum(0)[:, None]}, torch.zeros(5, dtype=torch.int64)
    found = directions(numbers, ids, numbers(ids))
    assert found.turned == {"back"}
