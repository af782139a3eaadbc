"""Chunks give what one pass gives, or the text is read in one pass, or the model is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.core.errors import InputError
from stateviz.recording import record

IDS = np.random.default_rng(0).integers(0, 9, 400)


class Attention(nn.Module):
    """Causal attention without a cache."""

    def __init__(self):
        super().__init__()
        self.embed, self.attention = nn.Embedding(9, 8), nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, ids):
        x = self.embed(ids)
        mask = torch.ones(len(ids[0]), len(ids[0]), dtype=torch.bool).triu(1)
        return self.attention(x, x, x, attn_mask=mask)[0]


def in_one_pass(model, ids, site="output"):
    with torch.no_grad():
        return model(torch.as_tensor(ids)[None])[0].numpy().T


@pytest.mark.parametrize("before", [100, 96, 250])
def test_a_beginning_of_equal_tokens_hides_no_lost_context(before):
    torch.manual_seed(0)
    model, ids = Attention().eval(), np.concatenate([np.zeros(before, int), IDS])
    with pytest.warns(UserWarning, match=r"read in one pass.*off by 0\.\d+ at step"):
        recording = record(model, ids, sites="output", chunk=100)
    assert np.allclose(recording["output"].values, in_one_pass(model, ids), atol=1e-5)


class Reach(nn.Module):
    """A mean of the last ``reach`` inputs, without a memory between calls."""

    def __init__(self, reach):
        super().__init__()
        self.conv = nn.Conv1d(1, 1, reach, bias=False)
        nn.init.constant_(self.conv.weight, 1 / reach)

    def forward(self, x):
        return self.conv(nn.functional.pad(x.mT, (self.conv.kernel_size[0] - 1, 0))).mT


@pytest.mark.parametrize("reach", [3, 60, 150])
def test_memory_of_any_reach_is_not_lost(reach):
    model, x = Reach(reach), torch.randn(700, 1, generator=torch.Generator().manual_seed(1))
    with pytest.warns(UserWarning, match="read in one pass"):
        recording = record(model, x, sites="output", chunk=200)
    with torch.no_grad():
        assert np.allclose(recording["output"].values, model(x[None])[0].T, atol=1e-6)


class Delay(nn.Module):
    """What came so many steps before."""

    def __init__(self, steps):
        super().__init__()
        self.steps, self.weight = steps, nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.weight * nn.functional.pad(x, (0, 0, self.steps, 0))[:, : x.shape[1]]


@pytest.mark.parametrize("steps", [1, 210, 390, 410, 1000])
def test_a_memory_that_reaches_beyond_two_chunks_is_not_lost(steps):
    x = torch.randn(1500, 2, generator=torch.Generator().manual_seed(1))
    with pytest.warns(UserWarning, match="read in one pass.*off by"):
        recording = record(Delay(steps), x, sites="output", chunk=200)
    assert np.allclose(recording["output"].values[:, steps:], x[:-steps].T)


class Rotary(nn.Module):
    """Positions as turns of pairs of numbers, which begin anew with each call, before a recurrent layer."""

    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(9, 8), nn.GRU(8, 4, batch_first=True)

    def forward(self, ids):
        x = self.embed(ids)
        angles = torch.arange(x.shape[1])[:, None] * 0.1 ** torch.arange(4)
        one, other = x.chunk(2, -1)
        turned = [one * angles.cos() - other * angles.sin(), one * angles.sin() + other * angles.cos()]
        return self.rnn(torch.cat(turned, -1))[0]


def test_rotary_positions_at_the_default_chunk():
    torch.manual_seed(3)
    model, ids = Rotary(), np.random.default_rng(2).integers(0, 9, 4500)
    with pytest.warns(UserWarning, match=r"4500 steps are read in one pass.*chunk of 4096.*off by 0"):
        recording = record(model, ids)
    assert np.allclose(recording["rnn.layer0.h"].values, in_one_pass(model, ids), atol=1e-5)


class Positions(nn.Module):
    """A recurrent layer beside positions that begin anew with each call, from step ``since`` of it on."""

    def __init__(self, since):
        super().__init__()
        self.embed, self.rnn, self.since = nn.Embedding(9, 8), nn.GRU(8, 4, batch_first=True), since

    def forward(self, ids):
        x = self.embed(ids)
        late = (torch.arange(x.shape[1]) - self.since).clamp(min=0)
        return self.rnn(x + 0.05 * late[:, None])[0]


@pytest.mark.parametrize("since", [0, 120, 250])
def test_positions_that_begin_anew_with_each_chunk(since):
    model = Positions(since)
    with pytest.warns(UserWarning, match="read in one pass"):
        recording = record(model, IDS, sites="rnn.layer0.h", chunk=200)
    assert np.allclose(recording["rnn.layer0.h"].values, in_one_pass(model, IDS), atol=1e-5)


class Resets(nn.Module):
    """A running sum with a state of its own, which is lost when a call begins at a step of ``at``."""

    def __init__(self, at):
        super().__init__()
        self.at, self.weight = at, nn.Parameter(torch.zeros(1))

    def forward(self, x, state):
        step, total = (0, torch.zeros(1)) if state is None else state
        if step in self.at:
            total = torch.zeros(1)
        sums = total + x[0].cumsum(0)
        return sums[None], (step + x.shape[1], sums[-1])


@pytest.mark.parametrize("at", [1000, 2000, 8000, 16_000])
def test_a_state_that_is_lost_at_a_border_is_seen_before_or_on_the_way(at):
    model, x = Resets({at}), torch.rand(17_500, 1) + 0.1
    forward = lambda m, x, state: m(x, state)  # noqa: E731
    if at < 8192:  # known before anything is written
        with pytest.warns(UserWarning, match="read in one pass"):
            assert record(model, x, sites="output", chunk=1000, forward=forward).steps == 17_500
        return
    with pytest.raises(InputError, match=rf"read in chunks, Resets gives other numbers.*at step {at:,}; give a chunk"):
        record(model, x, sites="output", chunk=1000, forward=forward)
    whole = record(model, x, sites="output", chunk=17_500, forward=forward)
    assert np.allclose(whole["output"].values, x.cumsum(0).T, rtol=1e-3)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_recurrent_layers_of_every_precision_go_in_chunks(kind, dtype):
    torch.manual_seed(2)
    model, x = getattr(nn, kind)(3, 8, 2).to(dtype), torch.randn(900, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parts = record(model, x, sites="*", chunk=100)
    whole = record(model, x, sites="*", chunk=900)
    for site in whole.sites:
        atol = {torch.float16: 1e-2, torch.bfloat16: 5e-2}.get(dtype, 1e-5)
        assert np.allclose(parts[site].values, whole[site].values, atol=atol), site


def test_what_is_compared_is_not_recorded_twice():
    model, calls = nn.GRU(2, 3, batch_first=True), []
    forward = lambda m, x, state: calls.append(x.shape[1]) or m(x, state)  # noqa: E731
    x = torch.randn(1000, 2)
    found = record(model, x, chunk=100, forward=forward)
    assert np.allclose(found["layer0.h"].values, model(x[None])[0][0].detach().numpy().T, atol=1e-6)
    assert max(calls) == 1000 and calls.count(1000) == 1 and 200 not in calls  # the trial knows every border


def test_stock_layers_in_sequence_are_read_in_chunks_without_a_trial(monkeypatch):
    from stateviz.recording import chunks

    tried = []
    monkeypatch.setattr(chunks.ChunkTrial, "gap", lambda self, *args, **options: tried.append(self.source))
    inputs = torch.randint(0, 9, (700,))
    model = nn.Sequential(nn.Embedding(9, 4), nn.LSTM(4, 3, num_layers=2, batch_first=True))
    recording = record(model, inputs, chunk=64, sites="*")
    assert tried == []
    whole = record(model, inputs, chunk=700, sites="*")
    for site in whole.sites:
        np.testing.assert_allclose(recording.select(site).values, whole.select(site).values, rtol=0, atol=1e-6)
    hooked = nn.Sequential(nn.Embedding(9, 4), nn.LSTM(4, 3, batch_first=True))
    hooked[0].register_forward_hook(lambda module, args, output: output.cumsum(1))
    record(hooked, inputs, chunk=64)
    assert len(tried) == 2
    monkeypatch.undo()
    with pytest.warns(UserWarning, match="read in one pass"):
        record(hooked, inputs, chunk=64)
