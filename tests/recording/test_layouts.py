"""Which axis is the steps is found out by two texts side by side, or asked for."""

from __future__ import annotations

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
@pytest.mark.parametrize("steps", [3, 4, 7, 50])
def test_an_encoder_of_either_layout_reads_the_whole_text(batch_first, steps):
    model = encoder(batch_first)
    with torch.no_grad():
        expected = model(X[:steps].unsqueeze(0 if batch_first else 1)).reshape(steps, 8).numpy().T
    recording = record(model, X[:steps], sites="output")
    assert np.allclose(recording["output"].values, expected, atol=1e-5)
    two = record(model, [X[:steps], X[10 : 10 + steps]], sites="output")["output"].values
    assert np.allclose(two[:, :steps], expected, atol=1e-5)
    assert "output" in sites(model, X[:steps])


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
