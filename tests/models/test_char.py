import json
import pickle

import pytest
import torch

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.models import CELLS, CharModel, load_model


@pytest.mark.parametrize("cell", CELLS)
def test_a_saved_model_comes_back_the_same(cell, tmp_path):
    torch.manual_seed(0)
    model = CharModel("ab\n’", cell=cell, width=6, layers=2, hidden=8, provenance={"note": "x"})
    model.save(tmp_path / "m.safetensors")
    again = load_model(tmp_path / "m.safetensors")
    tokens = torch.randint(0, 4, (9, 2))
    assert again.vocabulary == model.vocabulary and again.provenance == {"note": "x"}
    assert again.digest() == model.digest()
    assert torch.equal(again(tokens)[0], model.eval()(tokens)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_chunks_with_carried_state_equal_one_pass(cell):
    torch.manual_seed(1)
    model = CharModel("abc", cell=cell, width=5, layers=2, hidden=8).eval()
    tokens = torch.randint(0, 3, (12, 3))
    whole, _ = model(tokens)
    first, state = model(tokens[:7])
    second, _ = model(tokens[7:], state)
    assert torch.allclose(torch.cat([first, second]), whole, atol=1e-6)


def test_the_digest_follows_the_weights():
    model = CharModel("ab", cell="rnn", width=3)
    before = model.digest()
    with torch.no_grad():
        model.head.bias[0] += 1
    assert model.digest() != before


def test_saving_does_not_overwrite_unasked(tmp_path):
    model = CharModel("ab", cell="rnn", width=3)
    model.save(tmp_path / "m.safetensors")
    with pytest.raises(FileError, match="exists"):
        model.save(tmp_path / "m.safetensors")


def test_a_pickle_in_disguise_is_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(FileError, match="not a safetensors file"):
        load_model(path)


def test_a_missing_or_foreign_model_is_named(tmp_path):
    from safetensors.torch import save_file

    with pytest.raises(FileError, match="no model file 'gone'"):
        load_model("gone")
    save_file({"a": torch.zeros(1)}, tmp_path / "foreign.safetensors")
    with pytest.raises(FileError, match="format None"):
        load_model(tmp_path / "foreign.safetensors")


def test_a_damaged_model_is_told(tmp_path):
    from safetensors.torch import save_file

    metadata = {"format": "stateviz-char-model-1", "config": json.dumps({"cell": "rnn", "width": 3})}
    metadata |= {"vocabulary": '["a"]', "provenance": "{}"}
    save_file({"a": torch.zeros(1)}, tmp_path / "m.safetensors", metadata)
    with pytest.raises(FileError, match="damaged"):
        load_model(tmp_path / "m.safetensors")


def test_an_unknown_cell_or_size_is_told():
    with pytest.raises(UnknownNameError, match="did you mean 'lstm'"):
        CharModel("ab", cell="lstmm")
    with pytest.raises(InputError, match="width is 0; give a whole number, 1 or more"):
        CharModel("ab", width=0)
