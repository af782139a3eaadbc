"""Torch modules of the user's own with changed states: as a CharModel of the same weights, and nothing left behind."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

import stateviz as sv
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.recording.sources.edited import with_leaf

LETTERS = "abcd"
TEXT = "".join(np.random.default_rng(0).choice(list(LETTERS), 400))


class Mine(nn.Module):
    """Embedding, torch's recurrent layer, linear readout."""

    def __init__(self, kind="LSTM", layers=1, **options):
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(4, 5)
        self.rnn = getattr(nn, kind)(5, 6, layers, batch_first=True, **options)
        self.head = nn.Linear(options.get("proj_size", 6), 4)

    def forward(self, ids):
        return self.head(self.rnn(self.embed(ids))[0])


class Loop(nn.Module):
    """A cell of torch's, once a token."""

    def __init__(self, kind="LSTMCell"):
        super().__init__()
        torch.manual_seed(0)
        self.embed, self.cell, self.head = nn.Embedding(4, 5), getattr(nn, kind)(5, 6), nn.Linear(6, 4)


def looped(model, ids, state):
    """(steps, batch) to logits."""
    outputs = []
    for token in ids:
        state = model.cell(model.embed(token), state)
        outputs.append(model.head(state[0] if isinstance(state, tuple) else state))
    return torch.stack(outputs), state


class Attending(nn.Module):
    """One layer of causal attention: it forgets what it read in an earlier call."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(4, 8)
        self.place = nn.Embedding(2000, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.head = nn.Linear(8, 4)

    def forward(self, ids):
        size = ids.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(size)
        return self.head(self.layer(self.embed(ids) + self.place(torch.arange(size)), mask, is_causal=True))


def wrapped(model, **options):
    return sv.editable(model, TEXT, encode=sv.characters(LETTERS), **options)


def twin(mine, cell):
    """A CharModel of the same weights."""
    model = sv.CharModel(tuple(LETTERS), cell=cell, width=6, blocks=0, embedding=5).eval()
    model.embedding, model.core.layers[0].rnn, model.head = mine.embed, nn_copy(mine.rnn), mine.head
    return model


def nn_copy(rnn):
    made = copy.deepcopy(rnn)
    made.batch_first = False
    return made


@pytest.mark.parametrize(("kind", "cell"), [("LSTM", "lstm"), ("GRU", "gru"), ("RNN", "rnn")])
def test_a_module_costs_what_the_same_network_of_ours_does(kind, cell):
    mine = Mine(kind)
    ours, theirs = twin(mine, cell), wrapped(mine)
    assert np.allclose(sv.score(theirs, TEXT), sv.score(ours, TEXT), atol=1e-5)
    for site in ("h", *({"lstm": "cifgo", "gru": "rzn", "rnn": ""}[cell])):
        for how, value in (("mean", None), ("clamp", 0.3)):
            one, two = (
                sv.intervene(model, TEXT, units=[1, 4], site=f"{head}.layer0.{site}", how=how, value=value)
                for model, head in ((ours, "core"), (theirs, "rnn"))
            )
            assert np.nanmax(np.abs(one.nats - two.nats)) < 1e-5
            assert np.nanmax(np.abs(one.nats)) > 1e-4


def test_the_second_layer_a_projection_and_relu_follow_their_equations():
    for model in (Mine("LSTM", 2), Mine("LSTM", proj_size=3), Mine("RNN", nonlinearity="relu"), Mine("GRU", 2)):
        theirs = wrapped(model)
        sites = [site for site in theirs.edit_sites() if site.startswith("rnn.layer")]
        same = theirs.edited(dict.fromkeys(sites, torch.clone))
        assert np.allclose(sv.score(same, TEXT), sv.score(theirs, TEXT), atol=1e-5)


@pytest.mark.parametrize("kind", ["LSTMCell", "GRUCell", "RNNCell"])
def test_a_cell_that_a_module_loops_over_is_changed_inside(kind):
    theirs = wrapped(Loop(kind), forward=looped, layout="lnc")
    sites = [site for site in theirs.edit_sites() if site.startswith("cell.") and site.count(".") == 1]
    same = theirs.edited({site: torch.clone for site in sites if site != "cell.out"})
    assert np.allclose(sv.score(same, TEXT), sv.score(theirs, TEXT), atol=1e-5)
    silent = sv.edited(theirs, units=range(6), site="cell.h", how="zero")
    assert np.allclose(silent.collect(torch.tensor([[0], [1]]), silent.start(1))[0], Loop(kind).head.bias.detach())


def test_what_any_part_gives_or_reads_is_changed():
    mine = Mine("GRU")
    theirs = wrapped(mine)
    for site in ("embed.out", "rnn.in"):
        deaf = sv.edited(theirs, units=range(5), site=site, how="zero")
        logits = deaf.collect(torch.tensor([[0], [1]]), deaf.start(1))[0]
        muted = copy.deepcopy(mine)
        muted.embed.weight.data.zero_()
        assert torch.allclose(logits[:, 0], muted(torch.tensor([[0, 1]]))[0], atol=1e-6)
    steered = sv.edited(theirs, units=2, site="head.out", how="steer", value=50.0)
    assert sv.sample(steered, prime="a", length=8) == "c" * 8


def test_one_that_forgets_between_calls_reads_all_of_it_again():
    theirs = wrapped(Attending())
    assert theirs.reads_whole and not wrapped(Mine()).reads_whole
    ids = theirs.encode(TEXT[:60])[1][:, None]
    whole = theirs.collect(ids, theirs.start(1))[0]
    state, parts = theirs.start(1), []
    for k in range(0, 60, 20):
        logits, _, state = theirs.collect(ids[k : k + 20], state)
        parts.append(logits)
    assert torch.allclose(torch.cat(parts), whole, atol=1e-5)
    found = sv.intervene(theirs, TEXT, units=range(8), site="layer.out", how="mean")
    assert found[0].moved > 0
    flat = sv.intervene(theirs, TEXT, units=range(8), site="layer.out", how="zero")
    assert flat[0].edited == pytest.approx(sv.score(sv.edited(theirs, units=range(8), site="layer.out", how="zero"),
                                                    TEXT).mean())  # fmt: skip


def test_hooks_are_gone_and_the_mode_is_back_even_after_an_error():
    mine = Mine().train()
    theirs = wrapped(mine)
    sv.intervene(theirs, TEXT, units=0, site="rnn.layer0.c", how="flip")

    def fail(values):
        raise RuntimeError("no")

    for site in ("rnn.layer0.h", "embed.out", "head.in"):
        with pytest.raises(RuntimeError):
            sv.score(theirs.edited({site: fail}), TEXT)
    for part in mine.modules():
        assert part.training and "forward" not in part.__dict__
        assert not part._forward_hooks and not part._forward_pre_hooks
    assert np.allclose(sv.score(theirs, TEXT), sv.score(wrapped(Mine()), TEXT))


def test_ours_is_given_back_and_what_cannot_be_is_said():
    ours = sv.load_model("phone-case")
    assert sv.editable(ours, "text") is ours
    with pytest.raises(InputError, match="sv.editable"):
        sv.intervene(Mine(), TEXT, units=0)
    with pytest.raises(InputError, match="no token ids"):
        sv.editable(nn.LSTM(4, 3), TEXT, encode=sv.characters(LETTERS, one_hot=True))
    with pytest.raises(InputError, match="give 33 or more"):
        sv.editable(Mine(), "abba", encode=sv.characters(LETTERS))
    with pytest.raises(UnknownNameError, match="unknown site"):
        sv.intervene(wrapped(Mine()), TEXT, units=0, site="rnn.layer7.h")
    backwards = Mine(bidirectional=True)
    backwards.head = nn.Linear(12, 4)
    assert not [site for site in wrapped(backwards).edit_sites() if "reverse" in site]


def test_a_tensor_is_found_in_what_a_part_gives():
    from collections import namedtuple

    Given = namedtuple("Given", "states more")
    output = Given(torch.ones(2), {"k": [torch.ones(1), torch.ones(1)]})
    found = with_leaf(output, ".1.k.1", lambda values: values + 1)
    assert type(found) is Given and found.more["k"][1].item() == 2 and found.more["k"][0].item() == 1
    assert output.more["k"][1].item() == 1
    assert with_leaf(output, "", lambda values: values * 0).states.tolist() == [0, 0]
