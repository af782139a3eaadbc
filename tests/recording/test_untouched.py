"""What a user gives is as it was: inputs, start states, and the model under another thread."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.models import CharModel
from stateviz.recording import Unrolled, characters, record, record_steps, sites

TEXT = "abba\nab" * 30
ENCODE = characters("ab\n")


class Writes(nn.Module):
    """A model that writes into what it reads."""

    def __init__(self, how):
        super().__init__()
        self.rnn, self.how = nn.GRU(3, 4, batch_first=True), how

    def forward(self, x):
        if self.how == "data":
            x.data.mul_(2)
        elif self.how == "numpy":
            x.numpy()[...] *= 2
        else:
            x *= 2
        return self.rnn(x)[0]


@pytest.mark.parametrize("how", ["tensor", "data", "numpy"])
@pytest.mark.parametrize("chunk", [4096, 7])
def test_a_model_that_writes_into_its_input(how, chunk):
    torch.manual_seed(1)
    model, x = Writes(how), torch.randn(40, 3)
    before = x.clone()
    recording = record(model, x, sites="rnn.layer0.h", chunk=chunk)
    assert torch.equal(x, before)
    with torch.no_grad():
        expected = model.rnn(2 * x[None])[0][0]
    assert np.allclose(recording["rnn.layer0.h"].values, expected.numpy().T, atol=1e-6)
    array = before.numpy().copy()
    again = record(model, [array, array], sites="rnn.layer0.h")
    assert np.array_equal(array, before.numpy())
    assert np.allclose(again["rnn.layer0.h"].values[:, :40], expected.numpy().T, atol=1e-6)
    sites(model, array)
    assert np.array_equal(array, before.numpy())


def test_cells_and_functions_that_write_into_input_and_state():
    first, x = torch.ones(1, 3), torch.randn(5, 3)
    kept = x.clone()

    def cell(x, h):
        x *= 2
        h += x
        return h

    expected = 1 + 2 * x.cumsum(0)
    for start in (lambda batch: first, lambda batch: first.expand(batch, -1)):
        recording = record(Unrolled(cell, start=start), x)
        assert torch.equal(x, kept) and first.eq(1).all()
        assert np.allclose(recording["h"].values, expected.numpy().T, atol=1e-6)
    h0, rows = np.ones(3), x.numpy().copy()
    steps = record_steps(cell, h0, rows)
    assert np.array_equal(rows, kept.numpy()) and (h0 == 1).all()
    assert np.allclose(steps["h"].values, expected.numpy().T, atol=1e-6)
    assert np.array_equal(record_steps(cell, h0, rows)["h"].values, steps["h"].values)


@pytest.mark.parametrize("how", ["data", "numpy", "tensor"])
def test_what_is_written_after_the_hook_is_not_what_is_recorded(how):
    class After(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, x):
            h = self.first(x)
            if how == "data":
                h.data.zero_()
            elif how == "numpy":
                h.detach().numpy()[...] = 0
            else:
                h.zero_()
            return self.second(h)

    model, x = After(), torch.randn(50, 3)
    recording = record(model, x, sites=["first", "output"], chunk=9)
    with torch.no_grad():
        assert np.allclose(recording["first"].values, model.first(x).numpy().T, atol=1e-6)


@pytest.mark.parametrize("part", ["first", "first.in", "rnn.layer0.h", "rnn.out", "cell.h"])
def test_what_is_written_late_in_a_text_is_seen_by_no_trial(part):
    class Late(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.rnn, self.cell = nn.Linear(3, 3), nn.GRU(3, 4, batch_first=True), nn.GRUCell(3, 4)

        def forward(self, x):
            first = self.first(x)
            h = self.rnn(first.clone())[0]
            states, cell = None, []
            for t in range(x.shape[1]):
                states = self.cell(x[:, t], states)
                cell.append(states.clone())
            if bool((x == 9).any()):
                for written in (x, first, h, states):
                    written.data.mul_(0)
            return h + torch.stack(cell, 1)

    model, x = Late(), torch.randn(50, 3)
    expected = record(model, x, sites=part)[part].values[:, :40]
    x[40] = 9
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = record(model, x, sites=part)[part].values
    assert np.array_equal(found[:, :40], expected)
    assert found[:, 40:].any(0).all()


def test_a_caller_that_writes_into_the_state_it_got():
    class Clears(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(3, 4, batch_first=True)

        def forward(self, x):
            h, state = self.rnn(x)
            for part in state:
                part.zero_()
            return h

    model, x = Clears(), torch.randn(40, 3)
    whole = record(model, x)["rnn.layer0.h"].values
    assert np.allclose(record(model, x, chunk=9)["rnn.layer0.h"].values, whole, atol=1e-6)


@pytest.mark.parametrize("kind", ["stock", "character", "looped", "own", "huggingface"])
def test_one_model_in_two_threads(kind):
    torch.manual_seed(2)
    if kind == "own":

        class Own(nn.Module):
            def __init__(self):
                super().__init__()
                self.linear, self.rnn = nn.Linear(3, 8), nn.GRU(8, 8, batch_first=True)

            def forward(self, x):
                return self.rnn(self.linear(x).tanh())[0]

        model, encode, site = Own(), characters("ab\n", one_hot=True), ["*", "*.in"]
    elif kind == "huggingface":
        transformers = pytest.importorskip("transformers")
        config = transformers.GPT2Config(vocab_size=3, n_embd=8, n_layer=1, n_head=2, n_positions=256)
        model, encode = transformers.GPT2LMHeadModel(config).eval(), ENCODE
        site = ["layers.0.residual", "layers.0.attention.head1"]
    elif kind == "character":
        model, encode, site = CharModel("ab\n", cell="gru", width=8, layers=2), None, "core.layer*.*"
    elif kind == "stock":
        model, encode, site = nn.LSTM(3, 8, 2), characters("ab\n", one_hot=True), "layer*"
    else:
        model, encode, site = nn.GRUCell(3, 8), characters("ab\n", one_hot=True), "*"
    texts = [TEXT, TEXT[::-1], "a" + TEXT, "\n" + TEXT]
    expected = [record(model, text, encode=encode, sites=site, chunk=16) for text in texts]
    found = {}

    def run(i):
        found[i] = record(model, texts[i], encode=encode, sites=site, chunk=16)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, whole in enumerate(expected):
        for name in whole.sites:
            assert np.array_equal(found[i][name].values, whole[name].values), (i, name)


def test_a_part_of_a_model_waits_for_the_whole_and_a_watcher_may_record():
    torch.manual_seed(3)
    model, x = nn.Sequential(nn.Linear(3, 3), nn.GRU(3, 4)), torch.randn(60, 3)
    expected = record(model[1], x)["layer0.h"].values
    inside, other = [], []

    def watch(progress):
        if not inside:
            thread = threading.Thread(target=lambda: other.append(record(model[1], x)["layer0.h"].values))
            inside.append(thread)
            thread.start()
            model[1](x)  # of another thread or not, a call by hand is no part of the recording

    whole = record(model, x, sites="1.layer0.h", chunk=30)
    again = record(model, x, sites="1.layer0.h", chunk=30, watch=watch)
    inside[0].join()
    assert np.array_equal(again["1.layer0.h"].values, whole["1.layer0.h"].values)
    assert np.array_equal(other[0], expected)


def test_a_model_that_another_thread_runs_is_recorded_alone():
    torch.manual_seed(4)
    model, x = nn.Sequential(nn.Linear(3, 3), nn.GRU(3, 4, batch_first=True)), torch.randn(300, 3)
    expected = record(model, x, sites=["1.layer0.h", "0"], chunk=10)
    stop = threading.Event()

    def use():
        while not stop.is_set():
            model(torch.ones(1, 5, 3))

    thread = threading.Thread(target=use)
    thread.start()
    try:
        found = record(model, x, sites=["1.layer0.h", "0"], chunk=10)
    finally:
        stop.set()
        thread.join()
    for name in expected.sites:
        assert np.array_equal(found[name].values, expected[name].values)
