"""Toys: the plain network and the cells against torch and finite differences, one update against its formula."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import stateviz as sv
from stateviz.core.errors import InputError
from stateviz.models.toys import NumpyRNN, ScratchGRU, ScratchLSTM, ScratchRNN, one_hot, softmax
from stateviz.models.toys.plain import NAMES


def toy(vocabulary: str = "01", **options) -> sv.CharModel:
    torch.manual_seed(1)
    return sv.CharModel(vocabulary, cell="rnn", width=3, blocks=0, embedding="one-hot", **options)


# --- the plain network


def test_its_gradients_are_those_of_finite_differences():
    rnn = NumpyRNN(3, 4, 3, seed=2)
    for name in NAMES:
        getattr(rnn, name)[...] = np.random.default_rng(5).normal(0, 0.5, getattr(rnn, name).shape)
    inputs, targets = [0, 1, 2, 1, 1], [1, 2, 1, 1, 0]

    def loss() -> float:
        rnn.reset()
        return rnn.gradients(inputs, targets)[0]

    rnn.reset()
    _, gradients = rnn.gradients(inputs, targets)
    for name in NAMES:
        weights = getattr(rnn, name)
        for place in np.ndindex(weights.shape):
            kept = weights[place]
            weights[place] = kept + 1e-5
            up = loss()
            weights[place] = kept - 1e-5
            down = loss()
            weights[place] = kept
            assert gradients[name][place] == pytest.approx((up - down) / 2e-5, abs=1e-8)


def test_its_steps_are_those_of_a_network_of_torch_with_its_weights():
    model = toy()
    layer = model.core.layers[0].rnn
    rnn = NumpyRNN(2, 3, 2)
    weights = {name: one.detach().double().numpy() for name, one in model.named_parameters()}
    _, ids = model.encode("101100")
    logits, _ = model(ids[:, None])
    rnn.U, rnn.W = layer.weight_ih_l0.detach().numpy(), layer.weight_hh_l0.detach().numpy()
    rnn.b = (layer.bias_ih_l0 + layer.bias_hh_l0).detach().numpy()
    rnn.V, rnn.c = weights["head.weight"], weights["head.bias"]
    steps = np.stack([rnn.step(one_hot(int(symbol), 2)) for symbol in ids])
    assert steps == pytest.approx(logits[:, 0].detach().numpy(), abs=1e-6)


def test_it_learns_both_sequences_and_writes_them():
    for inputs, steps in (([1, 0, 1, 0], 400), ([1, 1, 0, 1, 1, 0], 3000)):
        targets = [*inputs[1:], inputs[0]]
        rnn = NumpyRNN(2, 3, 2, seed=1)
        losses = [rnn.learn(inputs, targets, rate=0.3) for _ in range(steps)]
        assert losses[0] == pytest.approx(np.log(2), abs=0.01)
        assert losses[-1] < 0.02
        rnn.reset()
        assert rnn.sample(1, 5, np.random.default_rng(0)) == (inputs * 2)[1:6]


def test_two_stacked_read_one_another():
    lower, upper = NumpyRNN(2, 3, 4), NumpyRNN(4, 3, 2, seed=1)
    y = upper.step(lower.step(one_hot(0, 2)))
    expected = upper.V @ np.tanh(upper.U @ (lower.V @ np.tanh(lower.U[:, 0])))
    assert y == pytest.approx(expected)
    assert softmax(np.array([1000.0, 1000.0])).tolist() == [0.5, 0.5]


# --- cells


@pytest.mark.parametrize(
    ("ours", "theirs"), [(ScratchRNN, nn.RNNCell), (ScratchGRU, nn.GRUCell), (ScratchLSTM, nn.LSTMCell)]
)
def test_cells_from_scratch_agree_with_torchs_in_values_and_gradients(ours, theirs):
    torch.manual_seed(3)
    for inputs, width in ((2, 3), (7, 16)):
        one, other = ours(inputs, width), theirs(inputs, width)
        one.copy(other)
        x = torch.randn(20, 4, inputs, requires_grad=True)
        y = x.detach().clone().requires_grad_()
        start = torch.randn(4, width)
        state = mine = (start, start / 2) if ours is ScratchLSTM else start
        for t in range(20):
            state, mine = other(x[t], state), one(y[t], mine)
            for a, b in zip(state, mine, strict=True) if isinstance(state, tuple) else ((state, mine),):
                assert torch.allclose(a, b, atol=1e-6)
        last, own = (state[0], mine[0]) if isinstance(state, tuple) else (state, mine)
        last.sum().backward()
        own.sum().backward()
        assert torch.allclose(x.grad, y.grad, atol=1e-5)


def test_cells_from_scratch_are_recorded():
    cell = ScratchGRU(2, 3)
    recording = sv.record(sv.Unrolled(cell, start=3), "abba", encode=sv.characters("ab", one_hot=True))
    assert recording[recording.sites[0]].shape == (3, 4)


# --- one update


def test_one_update_is_gradient_descent_and_leaves_the_model_alone():
    model = toy("ehlo")
    before = copy.deepcopy(model.state_dict())
    update = sv.one_update(model, "hello", rate=0.5)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    _, ids = model.encode("hello")
    logits, _ = model(ids[:-1, None])
    loss = F.cross_entropy(logits[:, 0], ids[1:])
    expected = torch.autograd.grad(loss, list(model.parameters()))
    assert update.loss == pytest.approx(loss.item())
    for (name, weights), gradient in zip(model.named_parameters(), expected, strict=True):
        assert update.gradients[name] == pytest.approx(gradient.numpy())
        assert np.array_equal(update.weights[name], weights.detach().numpy())
        assert update.weights_after[name] == pytest.approx(update.weights[name] - 0.5 * update.gradients[name])
    assert update.probabilities.shape == (4, 4)
    assert update.probabilities.sum(0) == pytest.approx(np.ones(4))
    targets = [model.vocabulary.index(c) for c in update.targets]
    costs = -np.log(update.probabilities_after[targets, range(4)])
    assert update.loss_after == pytest.approx(costs.mean(), rel=1e-5) and update.loss_after < update.loss
    assert update.states["core.layer0.h"].shape == (3, 4)


def test_an_update_is_frozen_and_pickles():
    update = sv.one_update(toy(), "1010")
    assert pickle.loads(pickle.dumps(update)) == update  # noqa: S301
    assert repr(update).startswith("Update('101' to '010' at rate 0.1: 0.")
    with pytest.raises(ValueError, match="read-only"):
        update.gradients["head.bias"][0] = 1
    with pytest.raises(AttributeError, match="cannot assign"):
        update.rate = 2


@pytest.mark.parametrize(
    ("text", "rate", "message"), [("1", 0.1, "two or more"), ("1x", 0.1, "'x' x 1"), ("10", 0, "rate is 0")]
)
def test_updates_that_cannot_be_made(text, rate, message):
    with pytest.raises(InputError, match=message):
        sv.one_update(toy(), text, rate=rate)


def test_an_update_is_of_a_network():
    with pytest.raises(InputError, match="CharModel, not of a NGram"):
        sv.one_update(sv.ngram("abab", order=2), "ab")


# --- the shipped ones


PATTERNS = {"toy-10": "10", "toy-110": "110", "hello": "hello"}


def least(model: sv.CharModel, pattern: str) -> float:
    """The probability of the least likely of 60 symbols, from the start state on."""
    return float(np.exp(-sv.score(model, (pattern * 60)[:61])).min())


@pytest.mark.parametrize(("name", "pattern"), PATTERNS.items())
def test_shipped_toys_are_sure_and_untrained_ones_are_not(name, pattern):
    model, begun = sv.load_model(name), sv.load_model(f"{name}-untrained")
    symbols = len(set(pattern))
    assert least(model, pattern) > 0.9997
    assert np.exp(-sv.score(begun, pattern * 9)) == pytest.approx(np.full(9 * len(pattern) - 1, 1 / symbols), abs=1e-3)
    assert begun.digest() == sv.untrained(model, seed=0).digest()
    assert sv.sample(model, prime=pattern, length=12, temperature=0) == (pattern * 12)[:12]


def test_states_of_the_shipped_toys_tell_what_comes_next():
    states = sv.record(sv.load_model("toy-10"), "101010")["core.layer0.h"].values
    assert np.sign(states[:, 2]).tolist() == (-np.sign(states[:, 3])).tolist()
    first, second = sv.record(sv.load_model("toy-110"), "110110")["core.layer0.h"].values[:, [3, 4]].T
    assert np.abs(first - second).max() > 1.5


@pytest.mark.parametrize(("name", "pattern"), PATTERNS.items())
def test_every_seed_reaches_it(name, pattern):
    text, _ = sv.language("bits", pattern=pattern).generate({"toy-10": 40, "toy-110": 60, "hello": 50}[name])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that the text is short
        found = [least(sv.train(text, recipe=name, seed=seed), pattern) for seed in range(2)]
    assert min(found) > 0.999, found


def test_the_shipped_toy_is_what_its_command_makes():
    text, _ = sv.language("bits", pattern="10").generate(40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = sv.train(text, recipe="toy-10", seed=0)
    shipped = sv.load_model("toy-10").state_dict()
    assert all(torch.allclose(weights, shipped[name], atol=1e-2) for name, weights in model.state_dict().items())
