"""What parts of a module read and give: own cells, patterns of attention, convolutions, and what forward gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.recording import Unrolled, characters, record, record_steps, sites

X = torch.randn(30, 3, generator=torch.Generator().manual_seed(0))


def close(recording, site, expected):
    assert np.allclose(recording[site].values, expected.detach().numpy().T, atol=1e-5), site


@pytest.mark.parametrize("chunk", [7, 4096])
def test_the_input_and_the_output_of_any_part(chunk):
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.LSTM(4, 5, batch_first=True))
    names = ["0.in", "0.out", "1.in", "1.out", "2.in", "2.out", "2.layer0.h", "in"]
    recording = record(model, X, sites=names, chunk=chunk)
    linear = model[0](X)
    expected = [X, linear, linear, linear.relu(), linear.relu(), *2 * [model[2](linear.relu())[0]], X]
    for name, values in zip(names, expected, strict=True):
        close(recording, name, values)
    assert set(names) <= set(sites(model, X))


def test_inputs_and_outputs_are_recorded_where_a_name_or_glob_of_theirs_asks():
    model = nn.Sequential(nn.Linear(3, 4), nn.GRU(4, 5, batch_first=True))
    assert not [site for site in record(model, X, sites="*").sites if site.endswith((".in", ".out", "in", "out"))]
    assert record(model, X, sites="*.in").sites == ("0.in", "1.in")
    with pytest.raises(UnknownNameError, match=r"did you mean '0\.in'"):
        record(model, X, sites="0.inn")


class Own(nn.Module):
    """A cell of one's own that takes and gives ``parts`` tensors."""

    def __init__(self, parts):
        super().__init__()
        self.read, self.keep, self.parts = nn.Linear(3, 4), nn.Linear(4, 4), parts

    def forward(self, x, state):
        h, *others = state if self.parts > 1 else (state,)
        h = torch.tanh(self.read(x) + self.keep(h) + sum(others))
        return (h, *(other / (2 + i) + h for i, other in enumerate(others))) if self.parts > 1 else h


class Loop(nn.Module):
    """A loop over one cell, whose parts it makes a head read."""

    def __init__(self, parts=1, by_name=False):
        super().__init__()
        self.cell, self.head, self.parts, self.by_name = Own(parts), nn.Linear(4, 2), parts, by_name

    def states(self, x):
        state = torch.zeros(len(x), 4) if self.parts == 1 else tuple(torch.zeros(len(x), 4) for _ in range(self.parts))
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
            yield state

    def forward(self, x):
        if self.by_name:
            h, states = torch.zeros(len(x), 4), []
            for t in range(x.shape[1]):
                h = self.cell(x=x[:, t], state=h)
                states.append(h)
            return self.head(torch.stack(states, 1))
        states = [state if self.parts == 1 else state[0] for state in self.states(x)]
        return self.head(torch.stack(states, 1))


@pytest.mark.parametrize(("parts", "names"), [(1, ["h"]), (2, ["h", "c"]), (3, ["state0", "state1", "state2"])])
def test_a_cell_of_ones_own_in_a_loop_is_recorded_without_being_told(parts, names):
    torch.manual_seed(2)
    model = Loop(parts)
    recording = record(model, X)
    assert recording.sites == tuple(f"cell.{name}" for name in names)
    states = list(model.states(X[None]))
    for i, name in enumerate(names):
        close(recording, f"cell.{name}", torch.stack([s[0] if parts == 1 else s[i][0] for s in states]))


def test_a_cell_that_is_called_by_names():
    recording = record(Loop(by_name=True), X)
    assert recording.sites == ("cell.h",)
    found = record(Loop(by_name=True), X, sites=["cell.in", "cell.in.x", "cell.in.state"])
    close(found, "cell.in", X)
    close(found, "cell.in.x", X)


@pytest.mark.parametrize("gives", ["pair", "dict"])
def test_cells_that_give_their_output_twice_or_a_mapping(gives):
    class Cell(nn.Module):
        def __init__(self):
            super().__init__()
            self.products = nn.Linear(7, 8)

        def forward(self, x, state):
            h, c = state.values() if gives == "dict" else state
            forget, new = self.products(torch.cat([x, h], -1)).chunk(2, -1)
            c = forget.sigmoid() * c + new.tanh()
            return {"hidden": c.tanh(), "memory": c} if gives == "dict" else (c.tanh(), (c.tanh(), c))

    class Layers(nn.Module):
        def __init__(self):
            super().__init__()
            self.cells = nn.ModuleList([Cell()])

        def forward(self, x):
            state, outputs = (torch.zeros(len(x), 4), torch.zeros(len(x), 4)), []
            state = dict(zip(("hidden", "memory"), state, strict=True)) if gives == "dict" else state
            for t in range(x.shape[1]):
                found = self.cells[0](x[:, t], state)
                state = found if gives == "dict" else found[1]
                outputs.append(found["hidden"] if gives == "dict" else found[0])
            return torch.stack(outputs, 1)

    model, names = Layers(), ("hidden", "memory") if gives == "dict" else ("h", "c")
    recording = record(model, [X, X[:9]])
    assert recording.sites == tuple(f"cells.0.{name}" for name in names)
    values = [recording[site].values for site in recording.sites]
    assert np.allclose(values[0][:, :30], model(X[None])[0].detach().numpy().T, atol=1e-6)
    assert np.allclose(values[0], np.tanh(values[1]), atol=1e-6)


def test_numbers_without_an_axis_of_units_are_one_unit():
    class Value(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn, self.head = nn.Embedding(9, 4), nn.GRU(4, 5, batch_first=True), nn.Linear(5, 1)

        def forward(self, ids):
            return self.head(self.rnn(self.embed(ids))[0]).squeeze(-1)

    model, texts = Value(), [torch.arange(9), torch.arange(9) // 2, torch.arange(4)]
    recording = record(model, texts, sites=["embed.in", "output"])
    assert recording["embed.in"].values[0].tolist() == torch.cat(texts).tolist()
    expected = torch.cat([model(text[None])[0] for text in texts])
    close(recording, "output", expected[:, None])
    with pytest.raises(InputError, match="gives no logits"):
        record(model, texts, predictions=1)


def test_layers_that_a_loop_calls_are_no_cells():
    class Inside(nn.Module):
        def __init__(self):
            super().__init__()
            self.read, self.keep = nn.Linear(3, 4), nn.Linear(4, 4)

        def forward(self, x):
            h, outputs = torch.zeros(len(x), 4), []
            for t in range(x.shape[1]):
                h = torch.tanh(self.read(x[:, t]) + self.keep(h))
                outputs.append(h)
            return torch.stack(outputs, 1)

    with pytest.raises(InputError, match="no recurrent state that is recorded by default; name sites: output, read"):
        record(Inside(), X)
    forward = lambda m, x, state: (m(x), m(x)[:, -1])  # noqa: E731
    assert record(Inside(), X[:1], forward=forward).sites == ("state",)


@pytest.mark.parametrize("chunk", [8, 4096])
def test_what_forward_gives_beside_the_logits(chunk):
    torch.manual_seed(3)
    forward = lambda m, x, state: m(x, state)  # noqa: E731
    gru, lstm = nn.GRU(3, 4, batch_first=True), nn.LSTM(3, 4, 2, batch_first=True)
    recording = record(gru, X, forward=forward, sites=["state", "layer0.h"], chunk=chunk)
    assert np.allclose(recording["state"].values, recording["layer0.h"].values, atol=1e-6)
    texts = [X, X[:9]]
    recording = record(lstm, texts, forward=forward, sites=["state", "state.1", "layer*.h", "layer*.c"], chunk=chunk)
    for site, letter in (("state", "h"), ("state.1", "c")):
        layers = np.concatenate([recording[f"layer{k}.{letter}"].values for k in (0, 1)])
        assert np.allclose(recording[site].values, layers, atol=1e-6)
    assert sites(gru, X, forward=forward)["state"] == 4


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda m, x, state: (m(x)[0], None), "forward gives no state that is a tensor"),
        (lambda m, x, past: (m(x)[0], x if past is None else torch.cat([past, x], 1)), "changes its shape"),
        (lambda m, x, state: (m(x + torch.arange(x.shape[1])[:, None])[0], x[:, -1]), "gives other numbers.*is off by"),
    ],
)
def test_states_of_forward_that_are_none(forward, message):
    with pytest.raises((InputError, UnknownNameError), match=message):
        record(nn.GRU(3, 4, batch_first=True), X, forward=forward, sites=["state", "layer0.h"])


class Attention(nn.Module):
    """Attention over what came; to itself and before, or to all."""

    def __init__(self, causal=True, batch_first=True, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=batch_first)
        self.embed, self.causal, self.options, self.axis = nn.Linear(3, 4), causal, options, int(batch_first)

    def mask(self, n):
        return torch.ones(n, n, dtype=torch.bool).triu(1) if self.causal else None

    def forward(self, x):
        x = self.embed(x)
        return self.attention(x, x, x, attn_mask=self.mask(x.shape[self.axis]), **self.options)[0]


@pytest.mark.parametrize("options", [{}, {"need_weights": False}, {"average_attn_weights": False}])
@pytest.mark.parametrize("batch_first", [True, False])
def test_patterns_of_attention_by_how_far_back_they_go(options, batch_first):
    torch.manual_seed(4)
    model = Attention(batch_first=batch_first, **options).eval()
    recording = record(model, X, sites=["*.head*", "output"], reach=10)
    x = model.embed(X)
    _, weights = model.attention(x, x, x, attn_mask=model.mask(30), average_attn_weights=False)
    for head in (0, 1):
        found = recording[f"attention.head{head}"].values
        assert found.shape == (10, 30)
        for step in (0, 4, 29):
            for back in range(10):
                expected = float(weights[head, step, step - back]) if back <= step else 0
                assert found[back, step] == pytest.approx(expected, abs=1e-6)
    assert recording.source["attention"]["reach"] == 10
    close(recording, "output", model(X[None] if batch_first else X[:, None]).reshape(30, 4))
    assert record(model, X, sites="attention.head1").shape() == (255, 30)
    assert sites(model, X)["attention.head0"] == 255


def test_what_has_more_units_in_a_longer_text_is_refused():
    forward = lambda m, x, state: (m(x, x, x), None)  # noqa: E731
    model = nn.MultiheadAttention(4, 2, batch_first=True)
    with pytest.raises(InputError, match=r"output\.1 had 7 units on the first steps, and has 12 now; leave it out"):
        record(model, torch.randn(12, 4), forward=forward, sites="output.1")


def test_patterns_that_look_ahead_are_none_of_the_last_steps():
    with pytest.raises(InputError, match="'attention' attends to later tokens, too: a pattern is of the last steps"):
        record(Attention(causal=False), X, sites="*.head0")
    with pytest.raises(InputError, match="reach is of attention patterns, and none is recorded"):
        record(Attention(), X, sites="output", reach=4)


@pytest.mark.parametrize("count", [1, 3])
def test_convolutions_take_units_before_steps(count):
    torch.manual_seed(5)
    model = nn.Sequential(nn.Conv1d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv1d(4, 2, 1))
    texts = [X[10 * i : 10 * i + 10] for i in range(count)]
    recording = record(model, texts, sites=["0", "2", "0.in"], layout="ncl")
    with torch.no_grad():
        expected = [model[:1](torch.stack(texts).mT), model(torch.stack(texts).mT), torch.stack(texts).mT]
    for site, values in zip(("0", "2", "0.in"), expected, strict=True):
        close(recording, site, values.mT.flatten(0, 1))
    with pytest.raises(InputError, match="choose from nlc, lnc, ncl"):
        record(model, X, layout="nwc")
    with pytest.raises(InputError, match="give one of them"):
        record(model, X, layout="ncl", batch_first=True)


def test_a_convolution_inside_a_model_of_texts_and_steps():
    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.conv = nn.Embedding(3, 4), nn.Conv1d(4, 5, 3, padding=1)

        def forward(self, ids):
            return self.conv(self.embed(ids).mT).mT

    torch.manual_seed(6)
    model, ids = Mixed(), characters("abc")("abcabcbbca")[1]
    recording = record(model, ids, sites=["conv", "output"])
    close(recording, "conv", model(ids[None])[0])


@pytest.mark.parametrize("chunk", [7, 4096])
def test_complex_states_are_two_sites(chunk):
    torch.manual_seed(7)
    turn, read = torch.exp(1j * torch.arange(1.0, 4)) * 0.9, X.to(torch.complex64)

    class Cell(nn.Module):
        def forward(self, x, h):
            return turn * h + x

    class Turning(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = Cell()

        def forward(self, x):
            h, outputs = torch.zeros(len(x), 3, dtype=torch.complex64), []
            for t in range(x.shape[1]):
                h = self.cell(x[:, t], h)
                outputs.append(h)
            return torch.stack(outputs, 1)

    h, columns = torch.zeros(3, dtype=torch.complex64), []
    for x in read:
        h = turn * h + x
        columns.append(h)
    expected = torch.stack(columns)
    found = [
        (record(Turning(), X), "cell.h"),
        (record(Turning(), X, sites="output.*"), "output"),
        (record(Unrolled(Cell(), start=lambda n: torch.zeros(n, 3, dtype=torch.complex64)), X, chunk=chunk), "h"),
        (record_steps(lambda x, h: turn.numpy() * h + x, np.zeros(3, complex), X.numpy(), chunk=chunk), "h"),
        (record_steps(Cell(), torch.zeros(3, dtype=torch.complex64), X, chunk=chunk), "h"),
    ]
    for recording, name in found:
        assert recording.sites == (f"{name}.real", f"{name}.imag")
        close(recording, f"{name}.real", expected.real)
        close(recording, f"{name}.imag", expected.imag)
