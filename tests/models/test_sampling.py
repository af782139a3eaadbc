"""Texts that models write: drawn alike by every way there is, from the distribution that was asked for."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

import stateviz as sv
from stateviz.core.errors import InputError
from stateviz.models import CELLS, CharModel, sample, sample_many, sample_stream, sampling
from stateviz.models.cells import CellRow, HighwayLayer
from stateviz.models.cells.stream import draw


def network(cell, **options):
    torch.manual_seed(2)
    model = CharModel("\nabcde", cell=cell, **({"width": 9, "hidden": 7} | options)).eval()
    for weights in model.parameters():
        nn.init.normal_(weights, std=0.5)
    return model


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "options", [{"blocks": 0}, {"layers": 3, "embedding": "one-hot"}, {"start": "learned", "blocks": 1}]
)
def test_the_compiled_loop_draws_what_the_plain_one_draws(cell, options, monkeypatch):
    model = network(cell, **options)
    asked = {"prime": "abcab", "length": 300, "temperature": 1.5, "top_k": 5, "top_p": 0.99, "seed": 3}
    plain = sample(model, **asked)
    beside = sample_many(model, 3, **asked)
    monkeypatch.setattr(sampling, "_LONG", 1)
    assert sampling._compiles(model, 300)
    assert sample(model, **asked) == plain == beside[0]
    assert len(set(beside)) == 3 and sample_many(model, 3, **asked) == beside
    monkeypatch.setattr(sampling, "_WIDE", 1)
    assert sample_many(model, 3, **asked) == beside
    assert "".join(sample_stream(model, **asked)) == plain


def test_a_cell_of_ones_own_is_sampled_as_it_is(monkeypatch):
    class Mine(HighwayLayer):
        pass

    class Other(nn.Module):
        def __init__(self, inputs, width):
            super().__init__()
            self.inner = Mine(inputs, width)
            self.start = self.inner.start

        def forward(self, x, h):
            return self.inner(x, h)

    model = network(CellRow("mine", "", Other))
    monkeypatch.setattr(sampling, "_LONG", 1)
    assert not sampling._compiles(model, 10)
    assert len(sample(model, length=10)) == 10


@pytest.mark.parametrize("run", [draw, draw.py_func], ids=["compiled", "plain"])
def test_draws_follow_the_distribution(run):
    logits = np.log(np.array([0.5, 0.2, 0.2, 0.1], np.float32))
    uniforms = (np.arange(2000) + 0.5) / 2000

    def shares(temperature, top_k, top_p):
        drawn = [run(logits, temperature, top_k, top_p, uniform) for uniform in uniforms]
        return np.bincount(drawn, minlength=4) / 2000

    assert np.allclose(shares(1.0, 4, 1.0), [0.5, 0.2, 0.2, 0.1], atol=1e-3)
    squared = np.array([0.25, 0.04, 0.04, 0.01])
    assert np.allclose(shares(0.5, 4, 1.0), squared / squared.sum(), atol=1e-3)
    assert np.allclose(shares(1.0, 2, 1.0), [5 / 7, 2 / 7, 0, 0], atol=1e-3)
    assert np.allclose(shares(1.0, 4, 0.6), [5 / 7, 2 / 7, 0, 0], atol=1e-3)
    assert np.allclose(shares(1.0, 4, 0.95), [0.5, 0.2, 0.2, 0.1], atol=1e-3)
    assert shares(0.0, 4, 1.0).tolist() == [1, 0, 0, 0]


def test_a_model_of_lines_ends_with_its_line():
    names = "\n".join(f"{a}{b}{a}" for a in "abc" for b in "def") + "\n"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sv.train(
            names * 20, recipe="quick", cell="gru", windows="lines", blocks=0, width=16, steps=150, batch=32, seed=1
        )
    drawn = sample_many(model, 30, seed=2, length=50)
    assert all("\n" not in name for name in drawn)
    known = set(names.split("\n"))
    assert sum(name in known for name in drawn) >= 20


def test_bytes_are_decoded_whole():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sv.train(
            "\u00e9\u20ac" * 200, recipe="quick", bytes=True, cell="gru", blocks=0, width=16, length=32, steps=150
        )
    text = sample(model, prime="\u00e9", length=100, temperature=0)
    assert set(text[:-1]) == {"\u00e9", "\u20ac"}
    assert sample_many(model, 2, prime="\u00e9", length=100, temperature=0)[0] == text


def test_n_grams_are_sampled_by_the_same_words():
    model = sv.ngram("abracadabra " * 20, order=5)
    asked = {"prime": "a", "length": 40, "seed": 5, "top_k": 2}
    assert sample_many(model, 2, **asked)[0] == sample(model, **asked)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"temperature": -1}, "temperature is -1; give a number 0 or more"),
        ({"top_k": 0}, "top_k is 0"),
        ({"top_p": 0}, "top_p is 0"),
        ({"top_p": 1.5}, "top_p is 1.5; give a share"),
        ({"prime": "xyz"}, "never saw 'x' x 1"),
        ({"length": 0}, "length is 0"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_drawn(asked, message):
    model = network("gru")
    for call in (sample, sample_stream, lambda model, **asked: sample_many(model, 2, **asked)):
        with pytest.raises(InputError, match=message):
            call(model, **asked)
