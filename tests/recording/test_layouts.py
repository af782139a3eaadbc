"""Which axis is the steps is found out by two texts side by side, or asked for."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.core.errors import InputError
from stateviz.recording import characters, record, sites

X = torch.randn(50, 8, generator=torch.Generator().manual_seed(0))


def encoder(batch_first):
    torch.manual_seed(1)
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 4, 16, batch_first=batch_first), 1).eval()


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("steps", [2, 3, 4, 7, 50])
def test_an_encoder_of_either_layout_reads_the_whole_text(batch_first, steps):
    model = encoder(batch_first)
    with torch.no_grad():
        expected = model(X[:steps].unsqueeze(0 if batch_first else 1)).reshape(steps, 8).numpy().T
    recording = record(model, X[:steps], sites="output")
    assert np.allclose(recording["output"].values, expected, atol=1e-5)
    two = record(model, [X[:steps], X[10 : 10 + steps]], sites="output")["output"].values
    assert np.allclose(two[:, :steps], expected, atol=1e-5)
    assert "output" in sites(model, X[:steps])


class LightUnit(nn.Module):
    """A light recurrent layer of one's own, steps first: all products at once, and only sums step by step."""

    def __init__(self):
        super().__init__()
        self.products = nn.Linear(8, 18)

    def forward(self, x):
        value, forget, shown = self.products(x).chunk(3, -1)
        forget, shown = forget.sigmoid(), shown.sigmoid()
        c, outputs = torch.zeros_like(value[0]), []
        for t in range(len(x)):
            c = forget[t] * c + (1 - forget[t]) * value[t]
            outputs.append(shown[t] * c.tanh())
        return torch.stack(outputs), c


@pytest.mark.parametrize("steps", [4, 50])
@pytest.mark.parametrize("chunk", [20, 4096])
def test_a_light_recurrent_layer_that_takes_steps_first(steps, chunk):
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(8, 8), LightUnit())
    with torch.no_grad():
        expected = model(X[:steps, None])[0][:, 0].numpy().T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recording = record(model, X[:steps], sites="1", chunk=chunk)
    assert np.allclose(recording["1"].values, expected, atol=1e-6)


class WordModel(nn.Module):
    """A word model as tutorials write it: steps first, sines for positions, a mask that is kept by its size."""

    def __init__(self, words, width=8):
        super().__init__()
        self.embed, self.head, self.mask = nn.Embedding(words, width), nn.Linear(width, words), None
        self.body = nn.TransformerEncoder(nn.TransformerEncoderLayer(width, 2, 16), 2, enable_nested_tensor=False)
        angles = torch.arange(500)[:, None] * 0.1 ** torch.arange(width // 2)
        self.register_buffer("positions", torch.stack([angles.sin(), angles.cos()], -1).flatten(1)[:, None])

    def forward(self, ids):
        if self.mask is None or len(self.mask) != len(ids):
            self.mask = nn.Transformer.generate_square_subsequent_mask(len(ids))
        x = self.embed(ids) * 8**0.5 + self.positions[: len(ids)]
        return nn.functional.log_softmax(self.head(self.body(x, mask=self.mask)), -1)


@pytest.mark.parametrize("steps", [4, 9, 200])
def test_a_word_model_of_steps_first(steps):
    torch.manual_seed(4)
    model, ids = WordModel(11).eval(), torch.randint(0, 11, (steps,))
    recording = record(model, ids, sites=["body", "body.layers.1.self_attn.head1"], predictions=2)
    with torch.no_grad():
        scores = model(ids[:, None])[:, 0]
        hidden = model.body(model.embed(ids)[:, None] * 8**0.5 + model.positions[:steps], mask=model.mask)[:, 0]
    assert np.allclose(recording["body"].values, hidden.numpy().T, atol=1e-5)
    surprisal = -scores[:-1].gather(1, ids[1:, None])[:, 0] / np.log(2)
    assert np.allclose(recording.tracks["surprisal"][1:], surprisal.numpy(), atol=1e-4)
    assert np.allclose(recording["body.layers.1.self_attn.head1"].values.sum(0), 1, atol=1e-5)


class Language(nn.Module):
    """A language model that takes (steps, texts), as older examples do."""

    def __init__(self, batch_first=False):
        super().__init__()
        self.embed, self.body, self.head = nn.Embedding(9, 8), encoder(batch_first), nn.Linear(8, 9)

    def forward(self, ids):
        x = self.embed(ids)
        return self.head(self.body(x))


@pytest.mark.parametrize("batch_first", [True, False])
def test_predictions_where_there_are_as_many_texts_as_steps(batch_first):
    model = Language(batch_first).eval()
    texts = [np.random.default_rng(i).integers(0, 9, 5) for i in range(5)]
    together = record(model, texts, sites="body", predictions=2)
    for i, text in enumerate(texts):
        alone = record(model, text, sites="body", predictions=2)
        here = slice(5 * i, 5 * i + 5)
        assert np.allclose(together["body"].values[:, here], alone["body"].values, atol=1e-5)
        for name in ("surprisal", "entropy"):
            assert np.allclose(together.tracks[name][here], alone.tracks[name], atol=1e-4, equal_nan=True)


def test_logits_of_another_layout_than_the_inputs():
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn, self.head = nn.Embedding(9, 8), nn.GRU(8, 6), nn.Linear(6, 9)

        def forward(self, ids):
            return self.head(self.rnn(self.embed(ids))[0]).transpose(0, 1)

    model = Turned()
    texts = [np.random.default_rng(i).integers(0, 9, 4) for i in range(4)]
    together = record(model, texts, predictions=1).tracks["surprisal"]
    alone = np.concatenate([record(model, text, predictions=1).tracks["surprisal"] for text in texts])
    assert np.allclose(together, alone, atol=1e-4, equal_nan=True)


def test_a_model_that_mixes_both_ways_is_asked_about():
    class Both(nn.Module):
        def forward(self, x):
            return x + x.mean((0, 1))

    with pytest.raises(InputError, match="mixes texts side by side both as.*give batch_first="):
        record(Both(), X, sites="output")
    said = record(Both(), X, sites="output", batch_first=True)
    assert np.allclose(said["output"].values, (X + X.mean(0)).T, atol=1e-5)


def test_a_model_without_an_order_of_steps_keeps_the_layout():
    model = nn.Sequential(nn.Embedding(3, 4), nn.Linear(4, 2))
    assert record(model, "abcab", encode=characters("abc"), sites="1").shape("1") == (2, 5)


@pytest.mark.parametrize("count", [4, 7])
def test_as_many_heads_as_tokens_are_told_apart(count):
    class Heads(nn.Module):
        class Patterns(nn.Module):
            def forward(self, x):
                return (x @ x.mT)[:, None].expand(-1, count, -1, -1).softmax(-1)

        def __init__(self):
            super().__init__()
            self.patterns = Heads.Patterns()

        def forward(self, x):
            return x + self.patterns(x)[:, 0] @ x

    with pytest.raises(InputError, match="no axis of the steps"):
        record(Heads(), X[:count], sites="patterns")
    assert record(Heads(), X[:count], sites="output").shape("output") == (8, count)
