"""Models that are given in odd shapes: each is recorded right, or ends in one clear line."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.core.errors import InputError
from stateviz.recording import Unrolled, record, record_steps, sites

X = torch.randn(30, 3, generator=torch.Generator().manual_seed(0))
IDS = torch.randint(0, 9, (100,), generator=torch.Generator().manual_seed(0))


class Block(nn.Module):
    """Attention over no more than so many tokens, as it asserts."""

    def __init__(self, size):
        super().__init__()
        self.size, self.embed, self.positions = size, nn.Embedding(9, 8), nn.Embedding(size, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, ids):
        n = ids.shape[1]
        assert n <= self.size, f"cannot read {n} tokens, the block is of {self.size}"
        mask = nn.Transformer.generate_square_subsequent_mask(n)
        return self.layer(self.embed(ids) + self.positions(torch.arange(n)), mask, is_causal=True)


@pytest.mark.parametrize(
    ("size", "steps", "message"),
    [
        (
            64,
            100,
            r"Block failed over 100 steps at once \(AssertionError: cannot read 100 tokens, the block is of 64\)",
        ),
        (64, 9000, r"Block failed over 96 steps at once \(AssertionError: cannot read 96 .*give window="),
        (3, 100, r"Block reads 2 tokens at once, but not 7 \(AssertionError.*give window=, as many as it reads"),
    ],
)
def test_a_block_size_that_is_asserted(size, steps, message):
    model, ids = Block(size), torch.arange(steps) % 9
    with pytest.raises(InputError, match=message):
        record(model, ids, sites="layer")
    recording = record(model, ids, sites="layer", window=size)
    with torch.no_grad():
        expected = model.eval()(ids[None, :size])[0].T
    assert np.allclose(recording["layer"].values[:, :size], expected, atol=1e-5)


def test_states_as_a_list():
    class Lists(nn.Module):
        def __init__(self, cell):
            super().__init__()
            self.rnn = nn.LSTMCell(3, 4) if cell else nn.LSTM(3, 4, batch_first=True)

        def forward(self, x):
            if isinstance(self.rnn, nn.LSTM):
                return self.rnn(x, [torch.zeros(1, len(x), 4), torch.zeros(1, len(x), 4)])[0]
            state, outputs = [torch.zeros(len(x), 4), torch.zeros(len(x), 4)], []
            for t in range(x.shape[1]):
                state = list(self.rnn(x[:, t], state))
                outputs.append(state[0])
            return torch.stack(outputs, 1)

    for cell, site in ((False, "rnn.layer0.h"), (True, "rnn.h")):
        model = Lists(cell)
        for chunk in (7, 99):
            found = record(model, X, sites="*", chunk=chunk) if not cell else record(model, X, sites="*")
            assert np.allclose(found[site].values, model(X[None])[0].detach().numpy().T, atol=1e-6)
    lstm = nn.LSTM(3, 4, batch_first=True)
    forward = lambda m, x, state: [(out := m(x, state))[0], list(out[1])]  # noqa: E731
    found = record(lstm, X, forward=forward, sites=["state", "state.1", "*"], chunk=7)
    assert np.allclose(found["state.1"].values, found["layer0.c"].values, atol=1e-6)
    cell = Unrolled(lambda x, s: [torch.tanh(x + s[0]), s[1] + x], start=lambda n: [torch.zeros(n, 3)] * 2)
    assert np.allclose(record(cell, X, sites="*")["c"].values, X.cumsum(0).T, atol=1e-5)
    steps = record_steps(lambda x, h: [h[0] + x, 2 * h[1]], [np.zeros(3), np.ones(2)], X.numpy(), sites="*")
    assert np.allclose(steps["h"].values, X.cumsum(0).T, atol=1e-5)


def test_exported_modules():
    torch.manual_seed(1)
    plain = nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 5), nn.Tanh())
    steps = torch.export.Dim("steps", min=2, max=10_000)
    program = torch.export.export(plain, (IDS[None, :7],), dynamic_shapes=({1: steps},))
    for model in (program, program.module()):
        with torch.no_grad():
            assert np.allclose(record(model, IDS, sites="output")["output"].values, plain(IDS).T, atol=1e-6)
    assert {"output": 5, "out": 5, "in": 1}.items() <= sites(program, IDS).items()
    with pytest.raises(InputError, match="nothing was recorded from '1': the forward pass never reached it"):
        record(program, IDS, sites="1")
    of_seven = torch.export.export(plain, (IDS[None, :7],))
    with pytest.raises(InputError, match=r"failed over 100 steps at once \(AssertionError: Guard failed.*give window="):
        record(of_seven, IDS, sites="output")


def test_a_hard_coded_number_of_texts():
    class Hidden(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 5, batch_first=True)

        def forward(self, x):
            return self.rnn(x, torch.zeros(1, 4, 5))[0]

    class Added(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 5)
            self.register_buffer("texts", torch.zeros(4, 1, 5))

        def forward(self, x):
            return self.linear(x) + self.texts

    with pytest.raises(
        InputError, match=r"Hidden cannot read the first inputs, .*, one text at once \(RuntimeError: Exp"
    ):
        record(Hidden(), X)
    with pytest.raises(InputError, match=r"'output' gave \(4, 7, 5\), which is of 4 texts, where one came"):
        record(Added(), X, sites="output")
    assert record(Added(), X, sites="linear").shape() == (5, 30)


@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_parts_inside_vmap():
    class Mapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.cell = nn.Linear(3, 5), nn.GRUCell(5, 4)

        def one(self, x):
            h, outputs = torch.zeros(1, 4), []
            for t in range(len(x)):
                h = self.cell(self.linear(x[t : t + 1]), h)
                outputs.append(h[0])
            return torch.stack(outputs)

        def forward(self, x):
            return torch.vmap(self.one)(x)

    model, x = Mapped(), X[:9]
    with torch.no_grad():
        assert np.allclose(record(model, x, sites="output")["output"].values, model.one(x).T, atol=1e-6)
    for site in ("cell.h", "cell", "linear", "linear.out"):
        with pytest.raises(InputError, match="inside torch.vmap, where no text is alone"):
            record(model, x, sites=site)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_scripted_and_traced_models():
    torch.manual_seed(2)
    plain = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    expected = plain(X).detach().numpy().T
    for model in (torch.jit.script(plain), torch.jit.trace(plain, X[None])):
        assert sites(model, X) == sites(model) == {"output": 4, "out": 4}
        assert np.allclose(record(model, X, sites="output")["output"].values, expected, atol=1e-6)
        for site in ("0", "0.in", "1"):
            with pytest.raises(InputError, match="is a scripted module, which shows nothing"):
                record(model, X, sites=site)
        with pytest.raises(InputError, match="name sites: output"):
            record(model, X)
    mixed = nn.Sequential(nn.Linear(3, 3), torch.jit.script(plain))
    assert np.allclose(record(mixed, X, sites="0")["0"].values, mixed[0](X).detach().numpy().T, atol=1e-6)
    with pytest.raises(InputError, match=r"'1' is a scripted module"):
        record(mixed, X, sites="1")


def test_compiled_models_are_recorded_as_they_were_written(capfd):
    torch.manual_seed(3)

    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.rnn = nn.Linear(3, 4), nn.GRU(4, 5, batch_first=True)
            self.rnn.compile()

        @torch.compile
        def forward(self, x):
            return self.rnn(self.linear(x))[0]

    plain = nn.Sequential(nn.Linear(3, 4), nn.GRU(4, 5, batch_first=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected, found = record(plain, X, sites="*"), record(torch.compile(plain), X, sites="*")
        inner = record(Inner(), X, sites=["rnn.layer0.h", "linear"])
    assert found.sites == expected.sites
    assert found.source == expected.source
    for site in expected.sites:
        assert np.array_equal(found[site].values, expected[site].values)
    assert inner.shape("rnn.layer0.h") == (5, 30)
    out, err = capfd.readouterr()
    assert out == err == ""


def test_what_a_model_raises_at_some_step_is_one_line():
    class Fails(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 4, batch_first=True)

        def forward(self, x):
            if bool((x == 99).any()):
                raise KeyError("ninety-nine")
            return self.rnn(x)[0]

    x = X.clone()
    x[20] = 99
    with pytest.raises(InputError, match=r"Fails failed over 30 steps at once \(KeyError: 'ninety-nine'\)"):
        record(Fails(), x)


def test_windows_of_a_model_without_a_number_of_positions():
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(4)
    model = transformers.XLNetLMHeadModel(
        transformers.XLNetConfig(vocab_size=9, d_model=16, n_layer=2, n_head=2, d_inner=24, attn_type="uni")
    ).eval()
    recording = record(model, IDS, window=20)
    alone = record(model, IDS[10:30])["layers.1.residual"].values
    assert np.allclose(recording["layers.1.residual"].values[:, 20:30], alone[:, 10:], atol=1e-5)
    with torch.no_grad():
        hidden = model(IDS[None], output_hidden_states=True).hidden_states[1]
    assert np.allclose(record(model, IDS)["layers.0.residual"].values, hidden.reshape(100, 16).T, atol=1e-5)
