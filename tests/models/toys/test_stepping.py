"""SteppedNetwork of a small network: the lines that are shown make the model's own numbers."""

import numpy as np
import pytest
import torch

import stateviz as sv
from stateviz.core.errors import InputError
from stateviz.models.toys.programs import CELL_LINES, backward, program
from stateviz.models.toys.stepping import step_through, weights_of


def network(cell, embedding="one-hot", width=4):
    torch.manual_seed(1)
    model = sv.CharModel("ehlo", cell=cell, width=width, blocks=0, embedding=embedding)
    with torch.no_grad():
        for weights in model.parameters():
            weights.normal_(0, 0.7)
    return model


@pytest.mark.parametrize("cell", CELL_LINES)
@pytest.mark.parametrize("embedding", ["one-hot", 5])
def test_every_number_is_the_models_own(cell, embedding):
    model = network(cell, embedding)
    found, truth = step_through(model, "helloo"), sv.one_update(model, "helloo")
    named = {(stage.phase, stage.step, stage.name): stage.value for stage in found.stages}
    for step in range(5):
        assert np.allclose(named["forward", step, "h"], truth.states["core.layer0.h"][:, step], atol=1e-6)
        assert np.allclose(named["forward", step, "p"], truth.probabilities[:, step], atol=1e-6)
    assert found.loss / 5 == pytest.approx(truth.loss, abs=1e-6)
    assert (found.tokens, found.targets) == (tuple("hello"), tuple("elloo"))


@pytest.mark.parametrize("cell", CELL_LINES)
@pytest.mark.parametrize("embedding", ["one-hot", 5])
def test_what_comes_back_is_the_gradient_that_torch_finds(cell, embedding):
    model = network(cell, embedding)
    found, truth = step_through(model, "helloo", rate=0.1), sv.one_update(model, "helloo", rate=0.1)
    moved = {stage.name: stage.value for stage in found.stages if stage.phase == "update"}
    before = {**found.weights, **found.start}
    gradients = {name: (before[name] - value) / 0.1 for name, value in moved.items()}
    for name, parameter in (("V", "head.weight"), ("a", "head.bias"), ("E", "embedding.weight")):
        if name in gradients:
            assert np.allclose(gradients[name], truth.gradients[parameter], atol=1e-6)
    place = {"rnn": "", "gru": "rzn", "lstm": "ifgo"}.get(cell, "cug")
    ours, theirs = (
        ("input.weight", "recurrent.weight")
        if cell in ("binary", "highway")
        else ("rnn.weight_ih_l0", "rnn.weight_hh_l0")
    )
    for letter, part in (("U", ours), ("W", theirs)):
        joined = np.concatenate([gradients[f"{letter}{gate}"] for gate in place or [""]])
        assert np.allclose(joined, truth.gradients[f"core.layers.0.{part}"], atol=1e-6)
    if cell in ("binary", "highway"):
        assert np.allclose(gradients["h0"], truth.gradients["core.layers.0.initial"], atol=1e-6)
        assert found.loss_after / 5 == pytest.approx(truth.loss_after, abs=1e-6)


def test_the_published_toy_has_eleven_stages_a_step():
    lines = program("rnn", "one-hot")
    assert len(lines) == 11
    assert lines[:6] == (
        "x = one_hot(symbol, len(V))",
        "u = U @ x",
        "w = W @ h0",
        "s = u + w",
        "z = s + b",
        "h = tanh(z)",
    )
    stages = step_through(network("rnn", width=3), "hello", rate=None).stages
    assert len(stages) == 4 * 11 and {stage.phase for stage in stages} == {"forward"}


def test_the_chain_rule_is_worked_out_from_the_line():
    assert backward("h = (1 - z) * n + z * h0") == (
        "dz = dz + -dh * n",
        "dn = dn + dh * (1 - z)",
        "dz = dz + dh * h0",
        "dh0 = dh0 + dh * z",
    )
    assert backward("h = sign(pre)") == ("dpre = dpre + dh * (abs(pre) <= 1)",)


def test_an_update_lowers_the_loss_of_a_toy():
    found = step_through(network("rnn"), "hello", rate=0.1)
    assert found.loss_after < found.loss
    after = [stage.value for stage in found.stages if stage.phase == "after" and stage.name == "total"]
    assert float(after[-1]) == found.loss_after


@pytest.mark.parametrize(
    ("model", "text", "words"),
    [
        (lambda: sv.load_model("phone-case"), "For", "linear readout"),
        (lambda: sv.CharModel("ab", cell="gru", width=60, blocks=0), "abab", "too many to follow"),
        (lambda: network("rnn"), "h", "2 to 33"),
        (lambda: network("rnn"), "h" * 50, "2 to 33"),
        (lambda: object(), "ab", "CharModel"),
    ],
)
def test_what_cannot_be_followed_is_told(model, text, words):
    with pytest.raises(InputError, match=words):
        step_through(model(), text)


def test_weights_have_the_names_of_the_lines():
    assert list(weights_of(network("rnn"))) == ["U", "W", "b", "V", "a"]
