from pathlib import Path

import numpy as np
import pytest
import torch

from stateviz.core.errors import InputError
from stateviz.models import CELLS, CharModel, score
from stateviz.recording import record

TEXT = "abba ab baab " * 20


@pytest.mark.parametrize("cell", CELLS)
def test_the_costs_are_those_that_a_recording_tracks(cell, monkeypatch):
    torch.manual_seed(0)
    model = CharModel("ab ", cell=cell, width=6, layers=2, blocks=0).eval()
    nats = score(model, TEXT)
    recorded = record(model, TEXT, predictions=1).tracks["surprisal"] * np.log(2)  # bits
    assert nats.shape == (len(TEXT) - 1,)
    assert np.allclose(nats, recorded[1:], atol=1e-5)
    monkeypatch.setattr("stateviz.models.scoring._CHUNK", 7)
    assert np.allclose(score(model, TEXT), nats, atol=1e-5)


class Always:
    """A language model that is no network: the letter b has probability 3/4 everywhere."""

    vocabulary = ("a", "b")

    def encode(self, text, *, unknown=None):
        return list(text), np.array([self.vocabulary.index(c) for c in text])

    def start(self, batch):
        return None

    def collect(self, tokens, state):
        return np.broadcast_to(np.log([1, 3]), (*tokens.shape, 2)).copy(), {}, None


def test_any_language_model_is_scored():
    assert np.allclose(np.exp(-score(Always(), "abba")), [0.75, 0.75, 0.25])


def test_a_file_is_read_and_a_file_name_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.txt").write_text("abba\n")
    assert np.array_equal(score(Always(), Path("t.txt")), score(Always(), "abba"))
    with pytest.raises(InputError, match="is a file's name"):
        score(Always(), "t.txt")


def test_one_token_has_nothing_to_score():
    with pytest.raises(InputError, match="a text of 1 token has none after its first"):
        score(Always(), "a")


@pytest.mark.parametrize("name", ["missing.txt", "no/such/NOTES.MD", "C:\\\\words.csv"])
def test_the_name_of_a_file_that_is_not_there_is_no_text(name):
    with pytest.raises(InputError, match="reads like the name of a file"):
        score(CharModel("ab", cell="gru", width=2), name)
    with pytest.raises(InputError, match="reads like the name of a file"):
        record(CharModel("ab", cell="gru", width=2), name)
