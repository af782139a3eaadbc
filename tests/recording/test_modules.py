"""Hooks on any module, cells of one's own, plain functions, our models' gates: against what a plain run gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.models import CharModel
from stateviz.recording import SOURCES, Unrolled, characters, record, record_steps, sites

TEXT = "abba\nab"
ENCODE = characters("ab\n")


class Parts(nn.Module):
    """Outputs of every shape: tensor, tuple, dict, none; one part reused, one never reached."""

    class Pair(nn.Module):
        def forward(self, x):
            return x + 1, {"double": 2 * x, "mean": x.mean(1)}

    def __init__(self):
        super().__init__()
        self.embed, self.pair, self.act = nn.Embedding(3, 4), Parts.Pair(), nn.ReLU(inplace=True)
        self.first, self.second, self.spare = nn.Linear(4, 6), nn.Linear(6, 3), nn.Linear(1, 1)

    def forward(self, ids):
        x, _ = self.pair(self.embed(ids))
        return self.act(self.second(self.act(self.first(x))))


@pytest.fixture
def parts():
    torch.manual_seed(1)
    return Parts()


def test_a_source_says_what_it_takes():
    assert all(row.description for row in SOURCES.values())
    assert next(name for name, row in SOURCES.items() if row.accepts(CharModel("ab"))) == "character"
    assert next(name for name, row in SOURCES.items() if row.accepts(nn.GRU(1, 1))) == "recurrent"
    assert next(name for name, row in SOURCES.items() if row.accepts(nn.Linear(1, 1))) == "modules"


@pytest.mark.parametrize("chunk", [2, 100])
def test_outputs_of_every_shape(parts, chunk):
    names = ["embed", "pair", "pair.1.double", "first", "act@0", "act@1"]
    recording = record(parts, TEXT, encode=ENCODE, sites=names, chunk=chunk)
    with torch.no_grad():
        x = parts.embed(ENCODE(TEXT)[1])
        first = parts.first(x + 1)
        expected = [x, x + 1, 2 * x, first, first.relu(), parts.second(first.relu()).relu()]
    for name, values in zip(names, expected, strict=True):
        assert np.allclose(recording[name].values, values.numpy().T, atol=1e-6), name


def test_steps_first_models(parts):
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    x = torch.randn(5, 2)
    recording = record(model, x, sites="1", batch_first=False)
    assert np.allclose(recording["1"].values, model(x).detach().numpy().T, atol=1e-6)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("spare", "nothing was recorded from 'spare': the forward pass never reached it"),
        ("act", "passed 2 times; say which: act@0, act@1"),
        ("pair.1.mean", "no axis of the 7 steps"),
        ("frist", "did you mean 'first'"),
        (None, "no recurrent state that is recorded by default; name sites: output, embed"),
        ("*.q", "unknown site"),
    ],
)
def test_sites_that_are_none(parts, wanted, message):
    with pytest.raises((InputError, UnknownNameError), match=message.replace("*", r"\*")):
        record(parts, TEXT, encode=ENCODE, sites=wanted)
    assert not any(module._forward_hooks for module in parts.modules())


def test_hooks_go_after_an_exception_inside_the_model():
    class Failing(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(2, 2)

        def forward(self, x):
            if len(x) > 8:
                raise RuntimeError("out of coffee")
            return self.rnn(x)[0]

    model = Failing().train()
    with pytest.raises(InputError, match=r"Failing failed over 9 steps at once \(RuntimeError: out of coffee\); if it"):
        record(model, torch.zeros(9, 2))
    assert model.training and "forward" not in model.rnn.__dict__
    assert not any(module._forward_hooks for module in model.modules())


def test_steps_that_are_not_the_tokens():
    class Shorter(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(2, 2)

        def forward(self, x):
            return self.rnn(x[: max(7, len(x) - 1)])[0]

    with pytest.raises(InputError, match=r"\(8, 1\).*\(9, 1\) was expected"):
        record(Shorter(), torch.zeros(9, 2))
    with pytest.raises(InputError, match="3 tokens and 2 steps"):
        record(nn.GRU(2, 2), "abc", encode=lambda text: (list(text), torch.zeros(2, 2)))
    with pytest.raises(InputError, match="gave 1 as a token"):
        record(nn.GRU(2, 2), "abc", encode=lambda text: ([1, 2, 3], torch.zeros(3, 2)))


def test_a_cell_of_ones_own():
    torch.manual_seed(2)
    embed, readout, mix = nn.Embedding(3, 4), nn.Linear(4, 3), nn.Linear(4, 4)

    def cell(x, state):
        h, c = state
        c = 0.5 * c + x
        return torch.tanh(mix(h) + c), c

    model = Unrolled(
        cell, start=lambda batch: (torch.ones(batch, 4), torch.zeros(batch, 4)), embed=embed, readout=readout
    )
    recording = record(model, TEXT, encode=ENCODE, sites=["h", "cx"], chunk=3, predictions=1)
    h, c, columns = torch.ones(4), torch.zeros(4), []
    with torch.no_grad():
        for x in embed(ENCODE(TEXT)[1]):
            h, c = cell(x, (h, c))
            columns.append((h, c))
        p = torch.softmax(readout(columns[2][0]), 0)
    assert np.allclose(recording["h"].values.T, torch.stack([h for h, _ in columns]), atol=1e-6)
    assert np.allclose(recording["c"].values.T, torch.stack([c for _, c in columns]), atol=1e-6)
    assert recording.tracks["surprisal"][3] == pytest.approx(-float(torch.log2(p[ENCODE(TEXT)[1][3]])), rel=1e-4)
    with pytest.raises(InputError, match="a state keeps its shape"):
        record(Unrolled(lambda x, h: torch.zeros(1, 2), start=3), torch.zeros(2, 3))


def test_plain_functions():
    def step(x, state):
        return {"sum": state["sum"] + ord(x), "last": [ord(x), 0]}

    recording = record_steps(step, {"sum": 0, "last": [0, 0]}, "abc", sites="*", chunk=2)
    assert recording.tokens == ("a", "b", "c")
    assert recording["sum"].values.tolist() == [[97, 195, 294]]
    assert recording["last"].values.tolist() == [[97, 98, 99], [0, 0, 0]]
    with pytest.raises(InputError, match="2 tokens came for 3 steps"):
        record_steps(step, {}, [1, 2, 3], tokens="ab")
    with pytest.raises(InputError, match="keeps its shape"):
        record_steps(lambda x, h: [1, 2], [0], [1])
    with pytest.raises(InputError, match="predictions means nothing to a plain function; give any of sites"):
        record_steps(lambda x, h: h, [0], [1], predictions=1)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_gates_of_our_own_models(cell):
    torch.manual_seed(3)
    model = CharModel("ab\n", cell=cell, width=4, layers=2, hidden=8)
    listed = sites(model)
    assert {"core.layer1.h", "core.layer1.n" if cell == "gru" else "core.layer1.c"} <= set(listed)
    recording = record(model, TEXT, sites="*", chunk=3)
    values = {name: states.values for name, states in recording.states.items()}
    for k in (0, 1):
        get = {letter: values[f"core.layer{k}.{letter}"] for letter in ("rzn" if cell == "gru" else "ifgoc")}
        h = values[f"core.layer{k}.h"]
        before = np.concatenate([np.zeros((4, 1)), h[:, :-1]], 1)
        again = (1 - get["z"]) * get["n"] + get["z"] * before if cell == "gru" else get["o"] * np.tanh(get["c"])
        assert np.allclose(again, h, atol=1e-5)
    assert np.allclose(record(model, TEXT)["core.layer1.h"].values, values["core.layer1.h"], atol=1e-6)


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (CharModel("ab"), {"forward": print}, "forward means nothing"),
        (CharModel("ab"), {"window": 4}, "window means nothing"),
        (CharModel("ab"), {"out": None, "dtype": "float16"}, "out="),
        (CharModel("ab"), {"device": "cuda:99"}, "cannot be used here"),
        (CharModel("ab"), {"predictions": 3}, "more tokens than the 2"),
        (nn.LSTM(1, 1), {"unknown": "skip", "encode": "bytes"}, "unknown is for"),
        (nn.LSTM(1, 1), {"encode": "byte"}, "did you mean 'bytes'"),
        (nn.LSTM(1, 1), {"encode": 3}, "encode is a int"),
    ],
)
def test_options_that_cannot_be(model, options, message):
    with pytest.raises((InputError, UnknownNameError), match=message):
        record(model, "ab", **options)
