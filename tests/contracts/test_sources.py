"""What every row of SOURCES promises: column t is the state after token t, and nothing of the model is changed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.models import CharModel
from stateviz.recording import SOURCES, Unrolled, characters, record, record_steps

TEXT = "abbaab"
ENCODE = characters("ab")


class Looped(nn.Module):
    """A loop over a cell."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.cell = nn.Embedding(2, 3), nn.GRUCell(3, 4)

    def forward(self, ids: Any) -> Any:
        h, outputs = None, []
        for x in self.embed(ids).unbind(1):
            h = self.cell(x, h)
            outputs.append(h)
        return torch.stack(outputs, 1)


def _gpt2() -> Any:
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(
        vocab_size=2, n_embd=4, n_layer=1, n_head=1, n_positions=9, bos_token_id=0, eos_token_id=0
    )
    return transformers.GPT2LMHeadModel(config)


#: row -> (a model, the site looked at)
MODELS: dict[str, tuple[Callable[[], Any], str]] = {
    "character": (lambda: CharModel("ab", cell="highway", width=4), "core.layer0.h"),
    "huggingface": (_gpt2, "layers.0.residual"),
    "cells": (lambda: Unrolled(nn.RNNCell(3, 4), start=4, embed=nn.Embedding(2, 3)), "h"),
    "recurrent": (lambda: nn.Sequential(nn.Embedding(2, 3), nn.LSTM(3, 4, num_layers=2)), "1.layer1.o"),
    "looped-cells": (Looped, "cell.z"),
    "modules": (lambda: nn.Sequential(nn.Embedding(2, 3), nn.Linear(3, 4)), "1"),
    "functions": (lambda: lambda x, h: 0.5 * h + (1.0 if x == "a" else -2.0), "h"),
}


def values(row: str, model: Any, text: str) -> np.ndarray:
    if row == "functions":
        return record_steps(model, np.zeros(2), text)["h"].values
    encode = None if row == "character" else ENCODE
    return record(model, text, encode=encode, sites=MODELS[row][1])[MODELS[row][1]].values


@pytest.fixture(params=SOURCES)
def row(request: pytest.FixtureRequest) -> str:
    torch.manual_seed(1)
    return str(request.param)


def test_a_model_finds_its_row(row):
    model = MODELS[row][0]()
    if row != "functions":
        assert next(name for name, adapter in SOURCES.items() if adapter.accepts(model)) == row


def test_column_t_is_the_state_after_token_t(row):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MODELS[row][0]()
    whole = values(row, model, TEXT)
    assert whole.shape[1] == len(TEXT)
    for t in range(len(TEXT)):
        until = values(row, model, TEXT[: t + 1])
        assert np.allclose(until, whole[:, : t + 1], atol=1e-5)
        other = values(row, model, TEXT[:t] + ("b" if TEXT[t] == "a" else "a"))
        assert np.allclose(other[:, :t], whole[:, :t], atol=1e-5)
        assert not np.allclose(other[:, t], whole[:, t], atol=1e-5)


def test_a_model_is_left_as_it_was(row):
    model = MODELS[row][0]()
    if not isinstance(model, nn.Module):
        return
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    values(row, model, TEXT)
    assert all(module.training and "forward" not in module.__dict__ for module in model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
