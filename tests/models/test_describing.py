import json
import math
import warnings

import pytest
import torch
from torch import nn

import stateviz as sv
from stateviz.core.errors import InputError
from stateviz.models import CELLS, RECIPES, CharModel, describe, train, untrained
from stateviz.models.training.setup import new_model

TEXT = "the cat sat on the mat and the rat sat on the cat. " * 40


def test_the_published_networks_have_the_published_sizes():
    def parameters(name, symbols):
        return describe(new_model(RECIPES[name], tuple(map(chr, range(65, 65 + symbols))), 0)).parameters

    lstm = lambda inputs, width: 4 * width * (inputs + width + 2)  # noqa: E731
    assert parameters("char-rnn", 65) == lstm(65, 512) + lstm(512, 512) + 513 * 65
    assert parameters("char-rnn-3", 100) == lstm(100, 512) + 2 * lstm(512, 512) + 513 * 100
    assert 9.5e6 < parameters("char-rnn-linux", 100) < 10.6e6
    assert parameters("parenthesis", 8) == 8 * 15 + 3 * 15 * (15 + 15 + 2) + 16 * 8
    assert parameters("toy-10", 2) == 3 * (2 + 3 + 2) + 4 * 2


@pytest.mark.parametrize("cell", CELLS)
def test_the_equations_are_what_the_cell_computes(cell):
    """Each line of the row, read as Python, gives the next state of the layer itself."""
    torch.manual_seed(1)
    layer = CELLS[cell].layer(3, 4).double()
    x, state = torch.randn(1, 1, 3).double(), layer.start(1)
    state = tuple(torch.randn_like(part) for part in state) if isinstance(state, tuple) else torch.randn_like(state)
    gates = CELLS[cell].gates or ("",)
    names = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "sign": lambda v: torch.where(v >= 0, 1.0, -1.0).double()}
    names |= {"x": x[0, 0], "h": (state[0] if isinstance(state, tuple) else state).reshape(4)}
    if isinstance(state, tuple):
        names["c"] = state[1].reshape(4)
    weights = dict(layer.named_parameters())
    letters = {"W": ("input.weight", "rnn.weight_ih_l0"), "U": ("recurrent.weight", "rnn.weight_hh_l0")}
    letters |= {"b": ("input.bias", "rnn.bias_ih_l0"), "b_prime": ("rnn.bias_hh_l0",)}
    for letter, places in letters.items():
        whole = next((weights[place] for place in places if place in weights), None)
        for k, gate in enumerate(gates):
            if whole is not None:
                names[f"{letter}_{gate}".rstrip("_")] = whole[4 * k : 4 * k + 4]
    for line in CELLS[cell].equations:
        name, formula = (side.strip() for side in line.split("=", 1))
        for gate in gates:
            formula = formula.replace(f"b'_{gate}", f"b_prime_{gate}").replace("b'", "b_prime")
            for letter, vector in (("W", "x"), ("U", "h")):
                weight = f"{letter}_{gate}".rstrip("_")
                formula = formula.replace(f"{weight} {vector}", f"({weight} @ {vector})")
        names[name.replace("'", "_new")] = eval(formula.replace("c'", "c_new"), {}, names)
    h, _ = layer(x, state)
    assert torch.allclose(names["h_new"], h[0, 0], atol=1e-12)


def test_a_description_tells_of_the_training():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = train(TEXT, recipe="quick", width=6, batch=2, length=8, steps=3, blocks=0, hold_out=0.2, test=0.1)
    found = describe(model)
    nats = model.provenance["nats"]
    assert f"{nats:.4f} nats, {nats / math.log(2):.4f} bits" in found.facts["held out"]
    assert "steps 3" in found.facts["recipe"] and model.digest() == found.facts["digest"]
    assert str(found).count("\n") > len(found.layers) and json.loads(json.dumps(found.to_json()))["parameters"] > 0
    model = sv.ngram("abracadabra", order=3)
    found = sv.describe(model)
    assert found.title == "n-grams up to order 3 over 5 characters"
    # a b c d r; ab br ra ac ca ad da; abr bra rac aca cad ada dab
    assert found.layers == (("1-grams", (1, 5), 5), ("2-grams", (5, 5), 7), ("3-grams", (7, 5), 7))
    assert found.parameters == 19 and "in all" in str(found) and "19 n-grams" in repr(model)
    assert found.facts["smoothing"].startswith("modified-kneser-ney: ")
    assert sv.describe(model.with_order(2)).parameters == 12
    with pytest.raises(InputError, match="cannot describe a Linear"):
        describe(nn.Linear(2, 2))


@pytest.mark.parametrize("recipe", ["quick", "toy-10"])
def test_an_untrained_model_is_what_training_begins_with(recipe):
    settings = {"rate": 1e-30, "steps": 1, "warmup": 0, "length": 4, "batch": 2, "seed": 3}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begun = train("10" * 20, recipe=recipe, **settings)
    before = torch.random.get_rng_state()
    found = untrained(begun, seed=3)
    assert torch.equal(torch.random.get_rng_state(), before)
    for name, weights in begun.state_dict().items():
        assert torch.allclose(found.state_dict()[name], weights, rtol=0, atol=1e-20), name
    assert found.digest() != untrained(begun, seed=4).digest()
    assert found.config == begun.config and not found.training
    with pytest.raises(InputError, match="cannot make an untrained Linear"):
        untrained(nn.Linear(2, 2))


def test_a_curve_is_drawn_and_written(tmp_path):
    model = CharModel("ab", cell="rnn", width=3, provenance={"curve": [[250, 1.5, 1.25], [500, 1.0, None]]})
    path = sv.save_curve(model, tmp_path / "c.csv")
    assert path.read_text() == "step,training,held_out\n250,1.5,1.25\n500,1,\n"
    ax = sv.training_curve(model)
    assert [line.get_label() for line in ax.get_lines()] == ["training", "held out"]
    assert ax.get_lines()[0].get_ydata()[0] == pytest.approx(1.5 / math.log(2))
    assert sv.save_curve(model, tmp_path / "c.png").stat().st_size > 1000
    with pytest.raises(InputError, match="has no training curve"):
        sv.training_curve(CharModel("ab", cell="rnn", width=3))
