"""apply(): permuted and flipped units, the same outputs; what is no symmetry is refused with the reason."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import stateviz as sv
from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.models import CELLS, CellRow, CharModel
from stateviz.models.cells import HighwayLayer

TEXT = "abba ab baab " * 3
CHOICES = [
    {"blocks": 2, "hidden": 9},
    {"blocks": 0},
    {"blocks": 0, "embedding": "one-hot", "start": "learned"},
    {"blocks": 1, "hidden": 5, "embedding": 3, "start": "zero"},
    {"blocks": 0, "tied": True, "start": "learned"},
]


def order_for(site: str, count: int, *, flip: bool = True, seed: int = 0, **facts: object) -> sv.Ordering:
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1, 1], count) if flip else np.ones(count, int)
    signs[-1] = -1 if flip else 1
    named = {"units": range(count), "site": site} | facts
    return sv.Ordering(rng.permutation(count), signs, 0.0, None, False, flip, "chance", "dot", **named)


def char_model(cell: str, *, layers: int = 1, dtype: torch.dtype = torch.float64, **choices: object) -> CharModel:
    torch.manual_seed(3)
    model = CharModel("ab ", cell=cell, width=6, layers=layers, **choices).to(dtype).eval()
    for name, value in model.named_parameters():
        if name.endswith("initial"):
            nn.init.normal_(value)
    return model


@pytest.mark.parametrize("choices", CHOICES, ids=str)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 3])
def test_ours_give_the_same_and_their_states_are_in_order(cell, layers, choices):
    model = char_model(cell, layers=layers, **choices)
    before, digest = copy.deepcopy(model.state_dict()), model.digest()
    orders = [order_for(f"core.layer{k}.h", 6, seed=k, model=digest) for k in range(layers)]
    turned = sv.apply(model, orders)
    tokens = model.encode(TEXT)[1][:, None]
    with torch.no_grad():
        (logits, states, _), (again, found, _) = (one.collect(tokens, one.start()) for one in (model, turned))
    assert float((logits - again).abs().max()) < 1e-12
    for order in orders:
        expected = states[order.site][..., order.rows.copy()] * torch.tensor(order.signs)
        assert torch.allclose(found[order.site], expected, atol=1e-12)
    assert model.digest() == digest != turned.digest()
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not turned.training and turned.provenance["rearranged"][0]["site"] == "core.layer0.h"


@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@pytest.mark.parametrize("cell", CELLS)
def test_a_recording_of_the_new_model_is_the_ordered_recording(cell, dtype, most):
    model = char_model(cell, layers=2, dtype=dtype, blocks=0)
    recording = sv.record(model, TEXT)
    order = sv.order(recording["core.layer1.h"], method="greedy-insert", flip=True)
    again = sv.record(sv.apply(model, order), TEXT)
    assert np.abs(again["core.layer1.h"].values - order.apply(recording["core.layer1.h"]).values).max() < most
    assert np.array_equal(again["core.layer0.h"].values, recording["core.layer0.h"].values)


@pytest.mark.parametrize(
    ("cell", "value"), [("lstm", "c"), ("lstm", "g"), ("gru", "n"), ("binary", "candidate"), ("highway", "pre")]
)
def test_orders_of_inner_values_that_flip_with_h_are_taken(cell, value):
    model = char_model(cell, blocks=0)
    site = f"core.layer0.{value}"
    order = order_for(site, 6)
    turned = sv.apply(model, order)
    before, after = (sv.record(one, TEXT, sites=[site])[site].values for one in (model, turned))
    assert np.allclose(after, before[order.rows] * order.signs[:, None], atol=1e-5)


@pytest.mark.parametrize(("cell", "gate"), [("lstm", "i"), ("gru", "z"), ("binary", "carry")])
def test_a_gate_is_permuted_and_its_flips_are_refused(cell, gate):
    model, site = char_model(cell), f"core.layer0.{gate}"
    order = order_for(site, 6, flip=False)
    turned = sv.apply(model, order)
    before, after = (sv.record(one, TEXT, sites=[site])[site].values for one in (model, turned))
    assert np.allclose(after, before[order.rows], atol=1e-5)
    with pytest.raises(InputError, match=r"flips unit \d of core\.layer0\.\w+, a gate"):
        sv.apply(model, order_for(site, 6))


def test_in_place_changes_the_model_and_a_copy_does_not():
    model = char_model("lstm", blocks=0, tied=True)
    copied = sv.apply(model, order_for("core.layer0.h", 6))
    digest = model.digest()
    assert sv.apply(model, order_for("core.layer0.h", 6), in_place=True) is model
    assert model.digest() == copied.digest() != digest
    assert model.head.weight is model.embedding.weight
    assert model.provenance == copied.provenance


def test_the_new_model_is_saved_loaded_and_rearranged_back(tmp_path):
    model = char_model("gru", dtype=torch.float32)
    order = order_for("core.layer0.h", 6)
    again = sv.load_model(sv.apply(model, order).save(tmp_path / "a.safetensors"))
    back = np.argsort(order.rows)
    undo = sv.Ordering(back, order.signs[back], 0.0, None, False, True, "back", "dot", units=range(6), site=order.site)
    assert all(torch.equal(model.state_dict()[name], one) for name, one in sv.apply(again, undo).state_dict().items())


@pytest.mark.parametrize(
    ("order", "error", "message"),
    [
        (order_for("core.layer0.h", 5), MismatchError, "for 5 units .* has units 0 to 5"),
        (order_for("core.layer0.h", 6, units=tuple("abcdef")), MismatchError, r"\(a, b, c, \.\.\.\)"),
        (order_for("core.layer1.h", 6), MismatchError, "no site of this model; it has core.layer0.h"),
        (order_for("array", 6), MismatchError, "no site of this model"),
        (order_for("core.layer0.h", 6, model="0" * 64), MismatchError, "for model 000000000000"),
        (order_for("core.layer0.h", 6, axis="steps"), InputError, "one of steps"),
        ([], InputError, "expected an Ordering"),
        ("order.json", InputError, "expected an Ordering"),
    ],
)
def test_an_order_of_other_units_is_refused(order, error, message):
    with pytest.raises(error, match=message):
        sv.apply(char_model("rnn"), order)


def test_what_is_no_module_or_takes_no_readers_is_refused():
    with pytest.raises(InputError, match="expected a torch module, got NGram"):
        sv.apply(sv.ngram("abab" * 9, order=2), order_for("core.layer0.h", 6))
    with pytest.raises(InputError, match="knows what reads a CharModel"):
        sv.apply(char_model("rnn"), order_for("core.layer0.h", 6), readers=["head"])


class Plain(nn.Module):
    """h' = tanh(W x + U h), a cell of one's own."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.read, self.keep = nn.Linear(inputs, width), nn.Linear(width, width, bias=False)

    def start(self, batch: int) -> Tensor:
        return self.keep.weight.new_zeros(batch, self.keep.in_features)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        steps = []
        for one in self.read(x):
            h = torch.tanh(one + self.keep(h))
            steps.append(h)
        return torch.stack(steps), h


class Told(Plain):
    """The same, with its roles."""

    roles = {"read.weight": "input", "read.bias": "bias", "keep.weight": "recurrent"}  # noqa: RUF012


def test_a_cell_of_ones_own_is_rearranged_where_it_says_what_its_weights_are():
    model = char_model(CellRow("told", "tanh", Told, flips=("h",)), layers=2)
    turned = sv.apply(model, order_for("core.layer0.h", 6))
    tokens = model.encode(TEXT)[1][:, None]
    assert torch.allclose(model(tokens)[0], turned(tokens)[0], atol=1e-12)
    with pytest.raises(InputError, match="does not say which of its weights read h"):
        sv.apply(char_model(CellRow("plain", "tanh", Plain, flips=("h",))), order_for("core.layer0.h", 6))
    with pytest.raises(InputError, match=r"no flip of the cell 'stiff' is exact \(no symmetry\)"):
        sv.apply(char_model(CellRow("stiff", "no symmetry", HighwayLayer)), order_for("core.layer0.h", 6))


# --- stock layers inside modules of one's own


class Reads(nn.Module):
    """Embedding, a recurrent layer, a linear head: as most write it."""

    def __init__(self, kind: type[nn.RNNBase], **options: object) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.embed = nn.Embedding(7, 4)
        self.rnn = kind(4, 6, batch_first=True, **options)
        size = (self.rnn.proj_size or 6) * (1 + self.rnn.bidirectional)
        self.drop, self.head = nn.Dropout(0.3), nn.Linear(size, 7)

    def forward(self, ids: Tensor, state: object = None) -> tuple[Tensor, object]:
        out, state = self.rnn(self.embed(ids), state)
        return self.head(self.drop(out)), state


IDS = torch.randint(0, 7, (2, 11), generator=torch.Generator().manual_seed(0))


def same(before: nn.Module, after: nn.Module, *inputs: object) -> bool:
    with torch.no_grad():
        return torch.allclose(before.eval()(*inputs)[0], after.eval()(*inputs)[0], atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"num_layers": 2}, {"num_layers": 2, "bidirectional": True}, {"bias": False}])
@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_stock_layers_are_rearranged_and_their_readers_found(kind, options):
    model = Reads(kind, **options).double()
    for layer in range(options.get("num_layers", 1)):
        for reverse in ("", ".reverse")[: 1 + options.get("bidirectional", False)]:
            order = order_for(f"rnn.layer{layer}{reverse}.h", 6, seed=layer)
            turned = sv.apply(model, order, inputs=IDS)
            assert same(model, turned, IDS)
            readers = ["head"] if layer + 1 == model.rnn.num_layers else []
            assert same(turned, sv.apply(model, order, readers=readers), IDS)
            place = 2 * layer + bool(reverse) if options.get("bidirectional") else layer
            with torch.no_grad():
                old, new = (one(IDS)[1] for one in (model, turned))
            for old_state, new_state in zip(*((s if kind is nn.LSTM else (s,)) for s in (old, new)), strict=True):
                expected = old_state[place][:, order.rows.copy()] * torch.tensor(order.signs)
                assert torch.allclose(new_state[place], expected, atol=1e-12)


def test_a_recording_of_a_module_is_in_the_order_found():
    model = Reads(nn.LSTM, num_layers=2, bidirectional=True)
    site = "rnn.layer1.reverse.h"
    before = sv.record(model, IDS[0], sites=[site])[site]
    order = sv.order(before, method="greedy-insert", flip=True)
    after = sv.record(sv.apply(model, order, inputs=IDS), IDS[0], sites=[site])[site]
    assert np.allclose(after.values, order.apply(before).values, atol=1e-5)


@pytest.mark.parametrize(("value", "units"), [("h", 3), ("c", 6), ("g", 6)])
def test_a_projected_lstm_has_units_before_and_after_the_projection(value, units):
    model = Reads(nn.LSTM, proj_size=3, num_layers=2).double()
    for layer in (0, 1):
        assert same(model, sv.apply(model, order_for(f"rnn.layer{layer}.{value}", units), inputs=IDS), IDS)


class Last(Reads):
    """Reads the last state of every layer, beside other numbers."""

    def __init__(self) -> None:
        super().__init__(nn.GRU, num_layers=2)
        self.mix = nn.Linear(2 + 12, 7)

    def forward(self, ids: Tensor) -> tuple[Tensor, None]:
        _, state = self.rnn(self.embed(ids))
        return self.mix(torch.cat([torch.ones(len(ids), 2).to(state), *state], -1)), None


def test_readers_of_last_states_are_found_at_their_columns():
    model = Last().double()
    for layer in (0, 1):
        order = order_for(f"rnn.layer{layer}.h", 6)
        assert same(model, sv.apply(model, order, inputs=IDS), IDS)
        assert same(model, sv.apply(model, order, readers={"mix": 2 + 6 * layer}), IDS)
        with pytest.raises(InputError, match="mix reads 14 numbers, of which 6 are the units"):
            sv.apply(model, order, readers=["mix"])
        with pytest.raises(InputError, match="6 units cannot begin at column 9"):
            sv.apply(model, order, readers={"mix": 9})


class Started(Reads):
    """A learned start state, a second recurrent layer, packed sequences, tied weights."""

    def __init__(self) -> None:
        super().__init__(nn.LSTM)
        self.embed, self.rnn = nn.Embedding(7, 6), nn.LSTM(6, 6, batch_first=True)
        self.begin = nn.ParameterList([nn.Parameter(torch.randn(1, 1, 6)) for _ in range(2)])
        self.above = nn.GRU(6, 6, batch_first=True)
        self.head = nn.Linear(6, 7, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, ids: Tensor) -> tuple[Tensor, None]:
        start = tuple(one.expand(1, len(ids), 6).contiguous() for one in self.begin)
        packed = pack_padded_sequence(self.embed(ids), [11, 7], batch_first=True)
        out = pad_packed_sequence(self.rnn(packed, start)[0], batch_first=True)[0]
        return self.head(self.above(out)[0]), None


def test_start_states_layers_above_packed_sequences_and_tied_weights_move_too():
    model = Started().double()
    for site in ("rnn.layer0.h", "above.layer0.h"):
        turned = sv.apply(model, order_for(site, 6), inputs=IDS)
        assert same(model, turned, IDS)
        assert turned.head.weight is turned.embed.weight
    named = sv.apply(model, order_for("rnn.layer0.h", 6), readers=["above", "begin.0", "begin.1"], inputs=IDS)
    assert same(model, named, IDS)


class Normed(Reads):
    """A LayerNorm and a ReLU between h and its reader."""

    def __init__(self, between: nn.Module) -> None:
        super().__init__(nn.GRU)
        self.between = between
        for weights in between.parameters():
            nn.init.normal_(weights)

    def forward(self, ids: Tensor) -> tuple[Tensor, None]:
        return self.head(self.between(self.rnn(self.embed(ids))[0])), None


@pytest.mark.parametrize("between", [nn.LayerNorm(6), nn.ReLU(), nn.GELU(), nn.Sequential(nn.LayerNorm(6), nn.SiLU())])
def test_what_passes_h_on_allows_permutations_and_refuses_flips(between):
    model = Normed(between).double()
    assert same(model, sv.apply(model, order_for("rnn.layer0.h", 6, flip=False), inputs=IDS), IDS)
    with pytest.raises(InputError, match="does not give -x for -x; order without flips"):
        sv.apply(model, order_for("rnn.layer0.h", 6), inputs=IDS)


class Cubed(nn.Module):
    """A function of one's own without weights."""

    def forward(self, x: Tensor) -> Tensor:
        return x**3


@pytest.mark.parametrize("between", [nn.Tanh(), nn.Dropout(0.5), nn.Identity(), Cubed()])
def test_odd_functions_allow_flips(between):
    model = Normed(between).double()
    assert same(model, sv.apply(model, order_for("rnn.layer0.h", 6), inputs=IDS), IDS)


def test_a_relu_network_is_permuted_and_its_flips_refused():
    model = Reads(nn.RNN, nonlinearity="relu").double()
    assert same(model, sv.apply(model, order_for("rnn.layer0.h", 6, flip=False), inputs=IDS), IDS)
    with pytest.raises(InputError, match=r"no flip of the cell 'relu' is exact \(relu\(-x\) is not -relu\(x\)\)"):
        sv.apply(model, order_for("rnn.layer0.h", 6), inputs=IDS)


class Hidden(Reads):
    """What reads h is no module: weights of its own, or a function between."""

    def __init__(self) -> None:
        super().__init__(nn.GRU)
        self.own = nn.Parameter(torch.randn(6))

    def forward(self, ids: Tensor) -> tuple[Tensor, None]:
        out = self.rnn(self.embed(ids))[0]
        return self.head(out) + (out * self.own).sum(-1, keepdim=True), None


def test_readers_that_cannot_be_found_are_refused_with_what_to_do():
    model = Hidden().double()
    order = order_for("rnn.layer0.h", 6)
    with pytest.raises(InputError, match=r"other outputs \(off by .*name all of it in readers="):
        sv.apply(model, order, inputs=IDS)
    assert same(model, sv.apply(model, order, readers=["head", "own"], inputs=IDS), IDS)
    with pytest.raises(InputError, match="what reads rnn.layer0.h in this module is not known"):
        sv.apply(model, order)
    with pytest.raises(UnknownNameError, match="did you mean 'head'"):
        sv.apply(model, order, readers=["heat"])
    with pytest.raises(InputError, match="give a list of names"):
        sv.apply(model, order, readers="head")
    with pytest.raises(InputError, match="embed .Embedding. is no linear or recurrent layer"):
        sv.apply(model, order, readers=["embed"])
    with pytest.raises(InputError, match="could not be called with the inputs given"):
        sv.apply(model, order, inputs="in the beginning")


class Mixed(nn.Module):
    """Weights of one's own that read h."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.randn(6, 6))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.own


def test_a_module_of_ones_own_that_reads_h_is_refused_by_name():
    with pytest.raises(InputError, match=r"between \(Mixed\) reads the units, and how its weights lie is not known"):
        sv.apply(Normed(Mixed()).double(), order_for("rnn.layer0.h", 6), inputs=IDS)
    with pytest.raises(InputError, match=r"gives other outputs"):
        sv.apply(Normed(nn.Softmax(-1)).double(), order_for("rnn.layer0.h", 6), inputs=IDS)


class Decoder(Reads):
    """A second layer that starts from the first one's last state."""

    def __init__(self) -> None:
        super().__init__(nn.GRU)
        self.second = nn.GRU(4, 6, batch_first=True)

    def forward(self, ids: Tensor) -> tuple[Tensor, None]:
        _, state = self.rnn(self.embed(ids))
        return self.head(self.second(self.embed(ids), state)[0]), None


def test_a_layer_that_starts_from_the_units_or_a_start_made_outside_is_refused():
    model = Decoder().double()
    with pytest.raises(InputError, match=r"second \(GRU\) starts from the units' states"):
        sv.apply(model, order_for("rnn.layer0.h", 6), inputs=IDS)
    with pytest.raises(InputError, match="starts from is made outside its weights"):
        sv.apply(model, order_for("second.layer0.h", 6), inputs=IDS)


def test_an_order_for_what_the_module_has_not_is_refused():
    model = Reads(nn.GRU)
    for site, message in {
        "core.layer0.h": "this module has rnn.layer0.h",
        "rnn.layer1.h": "which that GRU has not",
        "rnn.layer0.reverse.h": "which that GRU has not",
        "rnn.layer0.c": "units there are h, r, z, n",
    }.items():
        with pytest.raises(MismatchError, match=message):
            sv.apply(model, order_for(site, 6), inputs=IDS)
    with pytest.raises(MismatchError, match="none that can be rearranged"):
        sv.apply(nn.Linear(2, 2), order_for("layer0.h", 2))


def test_parametrized_weights_are_refused():
    model = Reads(nn.GRU)
    torch.nn.utils.parametrizations.weight_norm(model.rnn, "weight_hh_l0")
    with pytest.raises(InputError, match="remove_parametrizations"):
        sv.apply(model, order_for("rnn.layer0.h", 6), inputs=IDS)


def test_a_bare_layer_gives_its_units_in_the_new_order():
    rnn = nn.LSTM(3, 6).double()
    x, order = torch.randn(5, 2, 3).double(), order_for("layer0.h", 6)
    for turned in (sv.apply(rnn, order, inputs=x), sv.apply(rnn, order, readers=())):
        expected = rnn(x)[0][..., order.rows.copy()] * torch.tensor(order.signs)
        assert torch.allclose(turned(x)[0], expected, atol=1e-12)


def test_a_module_in_place_keeps_its_modes_and_its_parameters():
    model = Reads(nn.LSTM).double().train()
    expected = sv.apply(model, order_for("rnn.layer0.h", 6), inputs=IDS)
    kept = dict(model.named_parameters())
    assert sv.apply(model, order_for("rnn.layer0.h", 6), inputs=IDS, in_place=True) is model
    assert model.training and model.drop.training and expected.training
    assert all(kept[name] is value for name, value in model.named_parameters())
    assert all(torch.equal(value, expected.state_dict()[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())
