"""What every row of CELLS promises, and what a row of one's own gets."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.models import CELLS, CellRow, CharModel, load_model, train
from stateviz.models.cells import HighwayLayer, Layer
from stateviz.recording import record, sites
from stateviz.storage import open_recording

TEXT = "abba ab baab " * 8
INPUTS, WIDTH = 5, 4


@pytest.fixture(params=CELLS)
def row(request: pytest.FixtureRequest) -> CellRow:
    torch.manual_seed(4)
    return CELLS[request.param]


def layer_of(row: CellRow) -> Layer:
    layer = row.layer(INPUTS, WIDTH).double()
    for value in layer.parameters():
        nn.init.normal_(value, std=0.7)
    return layer


def parts(state: object) -> tuple[torch.Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)


def test_a_row_says_what_it_is(row):
    assert CELLS[row.name] is row
    assert row.description
    assert set(row.flips or ()) <= {*row.gates, *row.states}


def test_the_states_are_those_the_row_names_of_the_shape_it_was_given(row):
    layer = layer_of(row)
    state = layer.start(3)
    h, last = layer(torch.randn(6, 3, INPUTS).double(), state)
    assert h.shape == (6, 3, WIDTH)
    assert len(parts(state)) == len(parts(last)) == len(row.states)
    assert torch.equal(parts(last)[0].reshape(3, WIDTH), h[-1])


def test_a_state_carried_over_gives_what_one_pass_gives(row):
    layer, x = layer_of(row), torch.randn(7, 2, INPUTS).double()
    whole, _ = layer(x, layer.start(2))
    first, state = layer(x[:3], layer.start(2))
    second, _ = layer(x[3:], state)
    assert torch.allclose(torch.cat([first, second]), whole, atol=1e-12)


def test_the_fast_ways_give_what_the_plain_one_gives(row):
    layer, embedding = layer_of(row), torch.randn(3, INPUTS).double()
    tokens = torch.randint(0, 3, (9, 2))
    plain, _ = layer(embedding[tokens], layer.start(2))
    if hasattr(layer, "fast"):
        assert torch.allclose(layer.fast(embedding[tokens], layer.start(2))[0], plain, atol=1e-9)
        assert torch.allclose(layer.fast_tokens(tokens, embedding, layer.start(2))[0], plain, atol=1e-9)


def test_a_binary_row_holds_two_values_and_no_other_row_does(row):
    h, _ = layer_of(row)(torch.randn(20, 3, INPUTS).double(), layer_of(row).start(3))
    assert bool((h.abs() == 1).all()) == row.binary


def blocks_turned(row: CellRow, layer: nn.Module, unit: int) -> None:
    """Turn one unit over, as the row says: the rows of what it flips, the column of h, and the start state."""
    gates = row.gates or row.states[:1]
    with torch.no_grad():
        for name, value in layer.named_parameters():
            if name == "initial":
                value[unit] *= -1
                continue
            for k, gate in enumerate(gates):
                if gate in row.flips:
                    value[k * WIDTH + unit] *= -1
            if "recurrent" in name or ("_hh" in name and value.ndim == 2):
                value[:, unit] *= -1


def test_flips_are_exact(row):
    if row.flips is None:
        pytest.skip("no flip of this cell is exact")
    layer, x = layer_of(row), torch.randn(30, 2, INPUTS).double()
    before, _ = layer(x, layer.start(2))
    blocks_turned(row, layer, 1)
    after, _ = layer(x, layer.start(2))
    signs = torch.ones(WIDTH).double()
    signs[1] = -1
    assert torch.equal(after, before * signs)
    assert bool((before[..., 1] != 0).any())


def test_gates_are_as_many_as_the_rows_of_the_weights(row):
    rows = {value.shape[0] for name, value in layer_of(row).named_parameters() if name != "initial"}
    assert rows == {max(1, len(row.gates)) * WIDTH}


def test_what_a_torch_row_names_can_be_recorded(row):
    known = sites(CharModel("ab ", cell=row, width=WIDTH, hidden=6), TEXT)
    assert {f"core.layer0.{name}" for name in row.states} <= set(known)
    if row.name in ("gru", "lstm"):
        assert {f"core.layer0.{name}" for name in row.gates} <= set(known)


def test_it_is_stored_as_the_row_says(row, tmp_path):
    model = CharModel("ab ", cell=row.name, width=WIDTH, layers=2, hidden=6)
    kept, stored = record(model, TEXT), record(model, TEXT, out=tmp_path / "a.zarr")
    assert kept.sites == stored.sites == ("core.layer0.h", "core.layer1.h")
    for site in kept.sites:
        assert kept[site].values.dtype == stored[site].values.dtype == (np.int8 if row.binary else np.float32)


def test_a_model_of_it_pickles(row):
    model = CharModel("ab ", cell=row.name, width=WIDTH, hidden=6).eval()
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    assert again.digest() == model.digest() and again.cell.name == row.name


# --- a row of one's own


class SignLayer(nn.Module):
    """h' = sign(W x + U h), and no fast way of its own."""

    def __init__(self, inputs: int, width: int, scale: float = 1.0) -> None:
        super().__init__()
        self.both, self.width, self.scale = nn.Linear(inputs + width, width), width, scale

    def start(self, batch: int) -> torch.Tensor:
        return torch.ones(batch, self.width)

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        steps = []
        for one in x:
            soft = torch.tanh(self.both(torch.cat([one, h], -1)))
            h = self.scale * (soft + (torch.where(soft >= 0, 1.0, -1.0) - soft).detach())
            steps.append(h)
        return torch.stack(steps), h


MINE = CellRow("sign", "the sign of a sum", SignLayer, binary=True)


def test_a_new_binary_cell_is_trained_saved_read_and_stored_as_int8(tmp_path):
    assert "sign" not in CELLS
    settings = {"recipe": "quick", "width": 6, "batch": 2, "length": 12, "hidden": 8}
    model = train(TEXT * 4, cell=MINE, steps=2, out=tmp_path / "m.safetensors", **settings)
    assert model.provenance["recipe"]["cell"] == "sign"
    again = load_model(tmp_path / "m.safetensors", cell=MINE)
    assert again.digest() == model.digest()
    recording = record(again, TEXT)
    assert recording["core.layer0.h"].values.dtype == np.int8
    stored = record(again, TEXT, out=tmp_path / "a.zarr")
    assert open_recording(tmp_path / "a.zarr")["core.layer0.h"].values.dtype == np.int8
    assert np.array_equal(stored["core.layer0.h"].values, recording["core.layer0.h"].values)
    with pytest.raises(UnknownNameError, match="unknown cell 'sign'"):
        load_model(tmp_path / "m.safetensors")
    with pytest.raises(MismatchError, match="made with cell 'sign', not 'binary'"):
        load_model(tmp_path / "m.safetensors", cell=CELLS["binary"])


@pytest.mark.parametrize("out", [False, True])
def test_a_binary_cell_that_gives_other_values_is_refused(tmp_path, out):
    wrong = CellRow("half", "gives a half", lambda inputs, width: SignLayer(inputs, width, scale=0.5), binary=True)
    model = CharModel("ab ", cell=wrong, width=4, hidden=6)
    with pytest.raises(InputError, match="core.layer0.h holds -?0.5, and its model says"):
        record(model, TEXT, out=tmp_path / "a.zarr" if out else None)
    assert not (tmp_path / "a.zarr").exists()


def test_a_table_with_a_row_more_holds_it_beside_the_others():
    more = CELLS.with_row(MINE)
    assert more["sign"] is MINE
    assert list(more) == [*CELLS, "sign"] and "sign" not in CELLS


def test_a_row_that_flips_what_it_has_not_is_refused():
    with pytest.raises(InputError, match="flips 'n', which is none of"):
        CellRow("bad", "", HighwayLayer, gates=("carry",), flips=("n",))
