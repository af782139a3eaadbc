"""Stock recurrent layers and cells inside a user's module, against a loop that follows the formulas."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from stateviz.core.errors import InputError, StatevizError
from stateviz.recording import characters, record, sites
from stateviz.recording.gates import scan

_spec = importlib.util.spec_from_file_location("zoo", Path(__file__).with_name("zoo.py"))
zoo = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(zoo)

TEXT = "ab ac\n bca"
ENCODE = characters(zoo.LETTERS)
SHAPES = [
    {},
    {"num_layers": 2},
    {"num_layers": 2, "bidirectional": True},
    {"num_layers": 2, "batch_first": True, "bias": False},
    {"num_layers": 2, "dropout": 0.5, "bidirectional": True, "batch_first": True},
]


def same(recording, expected, atol=1e-5):
    assert set(recording.sites) == set(expected)
    for site, values in expected.items():
        assert np.allclose(recording[site].values, values, atol=atol), site


@pytest.mark.parametrize("options", SHAPES, ids=str)
@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_every_state_and_gate_of_every_layer_and_direction(kind, options):
    torch.manual_seed(1)
    model = zoo.Stock(kind, **options).train()
    recording = record(model, TEXT, encode=ENCODE, sites="rnn.*")
    same(recording, zoo.naive(model.rnn, model.embed(ENCODE(TEXT)[1])))
    assert recording.tokens == tuple(TEXT)
    assert model.training and model.rnn.training


def test_projections_and_relu():
    torch.manual_seed(2)
    for model in (
        zoo.Stock("LSTM", proj_size=3, num_layers=2, bidirectional=True),
        zoo.Stock("RNN", nonlinearity="relu"),
    ):
        recording = record(model, TEXT, encode=ENCODE, sites="rnn.*")
        same(recording, zoo.naive(model.rnn, model.embed(ENCODE(TEXT)[1])))


def test_a_stock_layer_alone_reads_arrays():
    torch.manual_seed(3)
    gru, x = nn.GRU(3, 4, batch_first=True), torch.randn(6, 3)
    recording = record(gru, x, sites="*")
    same(recording, {site.removeprefix("rnn."): value for site, value in zoo.naive(gru, x).items()} | {})


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("chunk", [1, 3, 4])
def test_chunks_carry_the_state_of_a_module_that_is_simply_called(kind, chunk):
    torch.manual_seed(4)
    model = zoo.Stock(kind, num_layers=2)
    whole = record(model, TEXT, encode=ENCODE, sites="rnn.*", predictions=2)
    parts = record(model, TEXT, encode=ENCODE, sites="rnn.*", predictions=2, chunk=chunk)
    for site in whole.sites:
        assert np.allclose(whole[site].values, parts[site].values, atol=1e-6)
    assert np.allclose(whole.tracks["surprisal"], parts.tracks["surprisal"], atol=1e-5, equal_nan=True)
    assert np.array_equal(whole.tracks["top_ids"], parts.tracks["top_ids"])


def test_packed_sequences_pass_through_as_they_came():
    torch.manual_seed(5)

    class Packing(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(5, 4)
            self.rnn = nn.LSTM(4, 3, num_layers=2, bidirectional=True, batch_first=True)

        def forward(self, ids):
            packed = pack_padded_sequence(self.embed(ids), [ids.shape[1]], batch_first=True, enforce_sorted=False)
            return pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0]

    model = Packing()
    ids = ENCODE(TEXT)[1]
    recording = record(model, TEXT, encode=ENCODE, sites=["rnn.*", "output"])
    expected = zoo.naive(model.rnn, model.embed(ids))
    expected["output"] = model(ids[None])[0].detach().numpy().T
    same(recording, expected)


def test_a_tap_gives_its_caller_what_the_module_gives_for_uneven_packed_sequences():
    from stateviz.recording.sources.taps import RecurrentTap

    torch.manual_seed(6)
    rnn, x = nn.LSTM(3, 4, num_layers=2, bidirectional=True).eval(), torch.randn(7, 3, 3)
    packed = pack_padded_sequence(x, [5, 7, 2], enforce_sorted=False)
    tap = RecurrentTap("rnn", rnn)
    tap.wanted = [*tap.sites()]
    tap.begin([], None)
    with torch.no_grad():
        (ours, (h, c)), (theirs, (h0, c0)) = tap.forward(packed), rnn(packed)
    assert torch.equal(ours.batch_sizes, theirs.batch_sizes)
    assert torch.allclose(ours.data, theirs.data, atol=1e-6)
    assert torch.allclose(h, h0, atol=1e-6) and torch.allclose(c, c0, atol=1e-6)
    one = zoo.naive(rnn, x[:5, 0], "")
    for site, values in tap.values[0].items():
        assert np.allclose(values[:5, 0].numpy().T, one["." + site], atol=1e-5), site


def test_many_texts_side_by_side_are_each_read_from_the_first_state():
    torch.manual_seed(7)
    texts = ["ab", "c\nab ", "b", "aab"]
    for model in (zoo.Stock("LSTM"), zoo.Stock("GRU", bidirectional=True)):
        together = record(model, texts, encode=ENCODE, sites="rnn.*")
        alone = [record(model, text, encode=ENCODE, sites="rnn.*") for text in texts]
        for site in together.sites:
            joined = np.concatenate([recording[site].values for recording in alone], 1)
            assert np.allclose(together[site].values, joined, atol=1e-6)
            assert together[site].column_breaks == (2, 7, 8)
        assert np.flatnonzero(together.boundaries).tolist() == [0, 2, 7, 8]
        assert "".join(together.tokens) == "".join(texts)


def test_uneven_texts_fill_one_batch_of_a_bidirectional_layer():
    torch.manual_seed(8)
    rnn = nn.LSTM(3, 4, bidirectional=True, num_layers=2)
    texts = [torch.randn(n, 3) for n in (4, 2, 6)]
    together = record(rnn, texts, sites="*")
    for site in together.sites:
        joined = np.concatenate([record(rnn, text, sites=site)[site].values for text in texts], 1)
        assert np.allclose(together[site].values, joined, atol=1e-6), site


@pytest.mark.parametrize("kind", ["RNNCell", "GRUCell", "LSTMCell"])
def test_cells_in_a_loop_are_those_of_the_layer(kind):
    torch.manual_seed(9)
    model = zoo.Looped(kind)
    rnn = getattr(nn, kind.removesuffix("Cell"))(4, 5)
    rnn.load_state_dict({f"{name}_l0": value for name, value in model.cell.state_dict().items()})
    expected = zoo.naive(rnn, model.embed(ENCODE(TEXT)[1]))
    expected = {site.replace("rnn.layer0", "cell"): value for site, value in expected.items()}
    same(record(model, TEXT, encode=ENCODE, sites="cell.*"), expected)
    alone = record(model.cell, model.embed(ENCODE(TEXT)[1]).detach(), sites="*", chunk=3)
    same(alone, {site.removeprefix("cell."): value for site, value in expected.items()})


def test_half_precision_is_recorded_as_float32():
    torch.manual_seed(10)
    model = zoo.Stock("LSTM")
    full = record(model, TEXT, encode=ENCODE, sites="rnn.*")
    half = record(model.to(torch.bfloat16), TEXT, encode=ENCODE, sites="rnn.*")
    for site in full.sites:
        assert half[site].values.dtype == np.float32
        assert np.allclose(full[site].values, half[site].values, atol=0.05)


def test_bidirectional_layers_need_the_whole_text_and_say_so():
    model = zoo.Stock("LSTM", bidirectional=True)
    with pytest.warns(UserWarning, match="bidirectional.*both its ends"):
        parts = record(model, TEXT, encode=ENCODE, chunk=3)
    whole = record(model, TEXT, encode=ENCODE)
    assert np.allclose(parts["rnn.layer0.reverse.h"].values, whole["rnn.layer0.reverse.h"].values, atol=1e-6)


def test_what_runs_along_the_text_beside_the_state_is_found_out():
    class Counting(zoo.Stock):
        def forward(self, ids):
            return self.head(self.rnn(self.embed(ids) + torch.arange(len(ids))[:, None, None])[0])

    model = Counting("GRU")
    with pytest.warns(UserWarning, match="one pass"):
        parts = record(model, TEXT, encode=ENCODE, chunk=3)
    assert np.allclose(
        parts["rnn.layer0.h"].values, record(model, TEXT, encode=ENCODE)["rnn.layer0.h"].values, atol=1e-6
    )


def test_a_forward_of_the_users_carries_its_own_state():
    model = zoo.Stock("LSTM")

    def forward(model, ids, state):
        outputs, state = model.rnn(model.embed(ids), state)
        return model.head(outputs), state

    parts = record(model, TEXT, encode=ENCODE, forward=forward, chunk=4, predictions=1)
    whole = record(model, TEXT, encode=ENCODE, predictions=1)
    assert np.allclose(parts["rnn.layer0.h"].values, whole["rnn.layer0.h"].values, atol=1e-6)
    assert np.allclose(parts.tracks["surprisal"], whole.tracks["surprisal"], atol=1e-5, equal_nan=True)
    with pytest.raises(InputError, match="forward gave a Tensor"):
        record(model, TEXT, encode=ENCODE, forward=lambda model, ids, state: model(ids))


def test_a_caller_that_writes_into_an_output_changes_no_recording():
    class Writing(zoo.Stock):
        def forward(self, ids):
            x = self.embed(ids)
            y = self.rnn(x)[0]
            y += 100
            x *= 0
            return y

    torch.manual_seed(11)
    model = Writing("GRU")
    embedded = model.embed(ENCODE(TEXT)[1])
    expected = zoo.naive(model.rnn, embedded) | {"embed": embedded.detach().numpy().T}
    same(record(model, TEXT, encode=ENCODE, sites=["rnn.*", "embed"]), expected)


def test_gates_that_do_not_agree_with_the_kernel_are_refused(monkeypatch):
    model = zoo.Stock("LSTM")
    monkeypatch.setattr("stateviz.recording.gates.scan", lambda forget, added, first: added)
    with pytest.raises(StatevizError, match="from the kernel's"):
        record(model, TEXT, encode=ENCODE, sites="rnn.layer0.c")


def test_a_reused_layer_must_be_named_by_its_pass():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(4, 4)

        def forward(self, x):
            return self.rnn(self.rnn(x)[0])[0]

    model, x = Twice(), torch.randn(9, 4)
    with pytest.raises(InputError, match="passed 2 times; say which: rnn@0, rnn@1"):
        record(model, x, sites="rnn.layer0.h")
    second = record(model, x, sites="rnn@1.layer0.h", chunk=2)["rnn@1.layer0.h"]
    assert np.allclose(second.values, model(x[:, None])[:, 0].detach().numpy().T, atol=1e-6)


def test_sites_are_listed_with_their_units():
    assert sites(zoo.Stock("GRU"))["rnn.layer0.z"] == 5
    assert sites(nn.LSTM(3, 4, bidirectional=True))["layer0.reverse.c"] == 4
    assert sites(nn.LSTMCell(3, 4)) == dict.fromkeys(("h", "c", "i", "f", "g", "o"), 4)


@settings(max_examples=30)
@given(st.integers(1, 60), st.integers(0, 2**32))
def test_a_scan_by_blocks_is_the_loop(steps, seed):
    generator = torch.Generator().manual_seed(seed)
    forget, added = torch.rand(steps, 2, 3, generator=generator), torch.randn(steps, 2, 3, generator=generator)
    c = first = torch.randn(2, 3, generator=generator)
    loop = []
    for f, a in zip(forget, added, strict=True):
        c = f * c + a
        loop.append(c)
    assert torch.allclose(scan(forget, added, first), torch.stack(loop), atol=1e-5)


class Tutorial(zoo.Stock):
    """Begins with zeros that it makes itself, as tutorials have it."""

    def forward(self, ids):
        return self.head(self.rnn(self.embed(ids), torch.zeros(2, ids.shape[1], 5))[0])


class Stepping(zoo.Stock):
    """Passes a whole layer of torch's once a step."""

    def forward(self, ids):
        state, outputs = None, []
        for x in self.embed(ids):
            output, state = self.rnn(x[None], state)
            outputs.append(output)
        return self.head(torch.cat(outputs))


@pytest.mark.parametrize("kind", [Tutorial, Stepping])
def test_layers_that_begin_with_zeros_or_go_step_by_step_are_carried_over_chunks(kind):
    torch.manual_seed(12)
    model = kind("GRU", num_layers=2)
    parts = record(model, TEXT * 3, encode=ENCODE, sites="rnn.*", chunk=8)
    same(parts, zoo.naive(model.rnn, model.embed(ENCODE(TEXT * 3)[1])))


def test_a_subclass_that_changes_nothing_is_the_layer():
    class Own(nn.LSTM):
        """With a forward pass of torch's."""

    assert record(Own(3, 4), torch.randn(5, 3), sites="*.c").sites == ("layer0.c",)


def test_logits_that_lay_texts_and_steps_on_one_axis_are_read_a_text_at_a_time():
    class Flat(zoo.Stock):
        def forward(self, ids):
            return super().forward(ids).flatten(0, 1)

    torch.manual_seed(13)
    model, texts = Flat("GRU"), ["ab ", "c", "aab"]
    found = record(model, texts, encode=ENCODE, sites=["output", "rnn.layer0.h"], predictions=1)
    alone = [record(model, text, encode=ENCODE, sites="output", predictions=1) for text in texts]
    assert np.allclose(found["output"].values, np.concatenate([one["output"].values for one in alone], 1), atol=1e-6)
    assert np.allclose(found.tracks["entropy"], np.concatenate([one.tracks["entropy"] for one in alone]), atol=1e-5)


def test_a_model_that_keeps_its_state_between_calls_is_told_of():
    class Stateful(zoo.Stock):
        state = None

        def forward(self, ids):
            outputs, self.state = self.rnn(self.embed(ids), self.state)
            return self.head(outputs)

    torch.manual_seed(14)
    model = Stateful("GRU")
    with pytest.warns(UserWarning, match="other numbers when it reads the same again.*forward="):
        record(model, TEXT, encode=ENCODE)

    def forward(model, ids, state):
        model.state = state
        return model(ids), model.state

    same(
        record(model, TEXT, encode=ENCODE, sites="rnn.*", forward=forward, chunk=4),
        zoo.naive(model.rnn, model.embed(ENCODE(TEXT)[1])),
    )


def test_predictions_must_not_depend_on_the_chunk_either():
    class Looking(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.head = nn.Embedding(5, 4), nn.Linear(4, 5)

        def forward(self, ids):
            return self.head(self.embed(ids).cumsum(1))

    torch.manual_seed(15)
    model, options = Looking(), {"encode": ENCODE, "sites": "embed", "predictions": 1}
    with pytest.warns(UserWarning, match="one pass"):
        parts = record(model, TEXT, chunk=3, **options)
    assert np.allclose(parts.tracks["entropy"], record(model, TEXT, **options).tracks["entropy"])


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("norm", ["weight_norm", "spectral_norm"])
def test_parametrized_layers_and_cells_show_what_plain_ones_of_their_weights_show(kind, norm):
    torch.manual_seed(11)
    parametrize, x = getattr(nn.utils.parametrizations, norm), torch.randn(30, 4)
    layer, cell = getattr(nn, kind)(4, 5, 2), getattr(nn, f"{kind}Cell")(4, 5)
    plain, plain_cell = getattr(nn, kind)(4, 5, 2), getattr(nn, f"{kind}Cell")(4, 5)
    for module, names in ((layer, ["weight_hh_l0", "weight_ih_l1"]), (cell, ["weight_hh", "weight_ih"])):
        for name in names:
            parametrize(module, name)
        module.eval()
    with torch.no_grad():
        for module, copy in ((layer, plain), (cell, plain_cell)):
            for name, weights in copy.named_parameters():
                weights.copy_(getattr(module, name))
    for module, copy in ((layer, plain), (cell, plain_cell)):
        module.train()
        before = {name: weights.clone() for name, weights in module.state_dict().items()}
        assert sites(module, x) == sites(copy, x)
        found, expected = record(module, x, sites="*", chunk=7), record(copy, x, sites="*")
        assert found.sites == expected.sites
        for site in found.sites:
            assert np.allclose(found[site].values, expected[site].values, atol=1e-5), site
        assert module.training and all(torch.equal(before[n], weights) for n, weights in module.state_dict().items())
