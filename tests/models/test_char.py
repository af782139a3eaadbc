import json
import pickle

import pytest
import torch

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.models import CELLS, CharModel, load_model, train


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


PHONE_CASE = "835d931e9c7407755a40a3eaaa11b5ed1718d5a021e11e229ed70537e1f50dce"


def test_the_shipped_network_keeps_its_digest():
    model = load_model("phone-case")
    assert model.digest() == PHONE_CASE
    assert list(model.config) == ["cell", "width", "layers", "blocks", "hidden"]


CHOICES = [
    {"blocks": 0},
    {"embedding": "one-hot", "blocks": 0},
    {"embedding": 2},
    {"tied": True, "blocks": 0},
    {"start": "zero"},
    {"start": "learned", "layers": 2},
]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_readout_input_and_start_are_choices_of_every_cell(cell, choices, tmp_path):
    torch.manual_seed(0)
    settings = {"recipe": "quick", "steps": 3, "width": 6, "hidden": 8, "batch": 2, "length": 12, "warmup": 0}
    model = train("ab ba aab " * 30, cell=cell, out=tmp_path / "m.safetensors", **(settings | choices))
    again = load_model(tmp_path / "m.safetensors")
    assert again.digest() == model.digest()
    tokens = torch.randint(0, 3, (9, 2))
    states, _ = again.core(again.embedding(tokens), again.start(2))
    fast, _ = again.core.fast_tokens(tokens, again.embedding.weight, again.start(2))
    assert torch.allclose(fast, states[-1], atol=1e-4)
    assert torch.equal(again(tokens)[0], again.readout(states[-1]))


def test_the_toy_network_has_the_published_parameters():
    toy = CharModel("01", cell="rnn", width=3, blocks=0, embedding="one-hot")
    shapes = {name: tuple(weights.shape) for name, weights in toy.named_parameters()}
    assert [shapes[f"core.layers.0.rnn.{name}"] for name in ("weight_ih_l0", "weight_hh_l0")] == [(3, 2), (3, 3)]
    assert shapes["head.weight"] == (2, 3) and "embedding.weight" not in toy.state_dict()


def test_tied_weights_are_one_and_saved_once(tmp_path):
    from safetensors import safe_open

    model = CharModel("abc", cell="gru", width=5, blocks=0, tied=True)
    assert model.head.weight is model.embedding.weight
    with safe_open(model.save(tmp_path / "m.safetensors"), "pt") as opened:
        assert "head.weight" not in opened.keys() and "embedding.weight" in opened.keys()
    again = load_model(tmp_path / "m.safetensors")
    assert again.head.weight is again.embedding.weight and again.digest() == model.digest()


def test_a_start_state_is_learned_where_it_is_asked_for():
    learned = train("ab ba aab " * 30, recipe="quick", cell="lstm", steps=3, width=4, start="learned", blocks=0)
    assert all(bool(part.any()) for part in learned.start()[0])
    zero = train("ab ba aab " * 30, recipe="quick", steps=3, width=4, start="zero", blocks=0)
    assert not bool(zero.start()[0].any())


def test_dropout_thins_what_a_layer_gives_and_not_what_it_goes_on_from():
    torch.manual_seed(0)
    model, tokens = CharModel("abc", cell="lstm", width=40, layers=2, blocks=0), torch.randint(0, 3, (7, 5))
    weight, start = model.embedding.weight, model.start(5)
    whole, last = model.core.fast_tokens(tokens, weight, start)
    thinned, after = model.core.fast_tokens(tokens, weight, start, dropout=0.5)
    assert 0.4 < float((thinned == 0).float().mean()) < 0.6 and bool((whole != 0).all())
    assert torch.equal(after[0][0], last[0][0]) and not torch.equal(after[1][0], last[1][0])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"embedding": 0}, "embedding is 0; give a whole number, 1 or more"),
        ({"embedding": "onehot"}, "unknown embedding 'onehot'; give its size, or one-hot"),
        ({"tied": True, "embedding": 3}, "as wide as the layers .4., not 3"),
        ({"tied": True, "embedding": "one-hot"}, "as wide as the layers .4., not 'one-hot'"),
        ({"start": "random"}, "unknown start state 'random'; choose learned or zero"),
    ],
)
def test_choices_that_exclude_each_other_are_named(choices, message):
    with pytest.raises(InputError, match=message):
        CharModel("ab", width=4, **choices)
    with pytest.raises(InputError, match=message):
        train("ab ba aab " * 30, recipe="quick", steps=1, width=4, **choices)
