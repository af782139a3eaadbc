"""Inner values of our cells, as their rows declare them: against a loop by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.core.errors import InputError
from stateviz.models import CELLS, CellRow, CharModel, load_model
from stateviz.recording import record, sites

TEXT = "abba\nab" * 5
OURS = [name for name, row in CELLS.items() if row.inner]


def by_hand(model, text):
    """Every value of every layer, one product at a time: site -> (units, steps)."""
    found = {}
    with torch.no_grad():
        rows = model.embedding(model.encode(text)[1])
        for k, layer in enumerate(model.core.layers):
            h, columns = layer.initial, []
            for x in rows:
                a = layer.input.weight @ x + layer.input.bias + layer.recurrent.weight @ h
                carry, update, candidate = a.chunk(3)
                carry, update = 1 / (1 + torch.exp(-carry)), 1 / (1 + torch.exp(-update))
                pre = carry * h + update * candidate
                h = torch.where(pre >= 0, 1.0, -1.0) if layer.binary else torch.tanh(pre)
                columns.append({"h": h, "carry": carry, "update": update, "candidate": candidate, "pre": pre})
            for name in columns[0]:
                found[f"core.layer{k}.{name}"] = torch.stack([column[name] for column in columns], 1).numpy()
            rows = torch.stack([column["h"] for column in columns])
    return found


def model_of(cell, layers=2):
    torch.manual_seed(5)
    model = CharModel("ab\n", cell=cell, width=6, layers=layers, hidden=8)
    with torch.no_grad():
        for layer in model.core.layers:
            layer.initial.normal_().sign_()
    return model


def test_our_cells_declare_theirs():
    assert OURS == ["binary", "highway"]
    assert CELLS["binary"].inner == ("carry", "update", "candidate", "pre")


@pytest.mark.parametrize("cell", OURS)
@pytest.mark.parametrize("chunk", [4096, 4, 1])
def test_inner_values_are_those_of_a_loop_by_hand(cell, chunk):
    model = model_of(cell)
    expected = by_hand(model, TEXT)
    recording = record(model, TEXT, sites="*", chunk=chunk)
    assert set(recording.sites) == set(expected) == set(sites(model))
    for name, values in expected.items():
        assert recording[name].binary == (cell == "binary" and name.endswith(".h"))
        assert np.allclose(recording[name].values, values, atol=2e-6), name
    for k in range(2):  # what is said of the sites together holds bit for bit
        pre, h = recording[f"core.layer{k}.pre"].values, recording[f"core.layer{k}.h"].values
        assert np.array_equal(np.where(pre >= 0, 1, -1), h) if cell == "binary" else np.allclose(np.tanh(pre), h)


@pytest.mark.parametrize("cell", OURS)
def test_watching_changes_no_bit_of_the_states(cell):
    model = model_of(cell)
    plain, watched = record(model, TEXT), record(model, TEXT, sites="*")
    for name in plain.sites:
        assert np.array_equal(plain[name].values, watched[name].values)
    assert np.array_equal(plain.tracks["surprisal"], watched.tracks["surprisal"], equal_nan=True)
    texts = [TEXT[:9], TEXT[3:9], "a"]
    together = record(model, texts, sites="*.pre")
    alone = [record(model, text, sites="*.pre") for text in texts]
    for name in together.sites:
        joined = np.concatenate([one[name].values for one in alone], 1)
        assert np.allclose(together[name].values, joined, atol=1e-6)


def test_the_phone_cases_network_has_gates_and_records_h_alone_unless_asked():
    model = load_model()
    names = ["core.layer0.carry", "core.layer0.update", "core.layer0.candidate", "core.layer0.pre"]
    assert list(sites(model)) == ["core.layer0.h", *names]
    assert record(model, "In the beginning").sites == ("core.layer0.h",)
    found = record(model, "In the beginning", sites=["*.carry", "*.pre"])
    assert found.sites == ("core.layer0.carry", "core.layer0.pre")
    assert found["core.layer0.carry"].values.min() >= 0 and found["core.layer0.carry"].values.max() <= 1
    expected = by_hand(model, "In the beginning")
    for name in found.sites:
        assert np.allclose(found[name].values, expected[name], atol=2e-5)


def test_a_row_of_ones_own_declares_its_inner_values():
    class Leaky(nn.Module):
        def __init__(self, inputs, width):
            super().__init__()
            self.read = nn.Linear(inputs, width)

        def start(self, batch):
            return self.read.weight.new_zeros(batch, len(self.read.bias))

        def inside(self, x, h):
            kept = []
            for row in self.read(x):
                h = 0.5 * h + row
                kept.append((h, row))
            return torch.stack([h for h, _ in kept]), h, {"drive": torch.stack([row for _, row in kept])}

        def forward(self, x, h):
            return self.inside(x, h)[:2]

    model = CharModel("ab\n", cell=CellRow("leaky", "", Leaky, inner=("drive",)), width=3)
    found = record(model, "abba", sites="*")
    h, drive = found["core.layer0.h"].values, found["core.layer0.drive"].values
    assert np.allclose(h[:, 1:], 0.5 * h[:, :-1] + drive[:, 1:], atol=1e-6)
    with pytest.raises(InputError, match="declares inner values, and its layer has no inside"):
        CharModel("ab", cell=CellRow("none", "", lambda inputs, width: nn.Linear(inputs, width), inner=("x",)))
    with pytest.raises(InputError, match="'h' among its states and its inner values"):
        CellRow("twice", "", Leaky, inner=("h",))
