"""Units changed on the way: what is planted is found, and a change of a state equals the edit of the weights."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch

import stateviz as sv
from stateviz.cli import main
from stateviz.core.errors import InputError, UnknownNameError

ROMANS = "".join(sv.shipped_recording().tokens)
CELLS = ("binary", "highway", "rnn", "gru", "lstm")
TEXT = "".join(np.random.default_rng(0).choice(list("abcd"), 300))


def network(cell="gru", layers=1, width=6, seed=0):
    torch.manual_seed(seed)
    return sv.CharModel("abcd", cell=cell, width=width, layers=layers, blocks=0).eval()


def keep(values):
    return values.clone()


@pytest.mark.parametrize("cell", CELLS)
def test_nothing_changed_is_the_model_itself(cell):
    model = network(cell, layers=2)
    same = model.edited(dict.fromkeys(model.edit_sites(), keep))
    assert np.allclose(sv.score(same, TEXT), sv.score(model, TEXT), atol=1e-5)
    assert sv.sample(same, length=50, prime="a") == sv.sample(model, length=50, prime="a")
    state, ids = model.start(2), torch.tensor([[0, 1], [2, 3], [1, 1]])
    for one, other in zip(same.collect(ids, state)[2], model.collect(ids, state)[2], strict=True):
        parts = (one, other) if isinstance(one, tuple) else ((one,), (other,))
        assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*parts, strict=True))


@pytest.mark.parametrize("cell", ["rnn", "lstm"])  # the others carry h itself on, whatever the weights
def test_a_unit_held_at_0_is_one_that_nothing_reads(cell):
    model, unit = network(cell), 2
    deaf = copy.deepcopy(model)
    with torch.no_grad():
        deaf.head.weight[:, unit] = 0
        deaf.core.layers[0].rnn.weight_hh_l0[:, unit] = 0
    held = sv.edited(model, units=unit, how="zero")
    assert np.allclose(sv.score(held, TEXT), sv.score(deaf, TEXT), atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_only_what_was_named_is_held(cell):
    held = sv.edited(network(cell), units=[2], how="zero")
    h = held.collect(held.encode(TEXT)[1][:, None], held.start(1))[1]["core.layer0.h"]
    assert not h[..., 2].any() and (h[..., [0, 1, 3, 4, 5]] != 0).any()


def test_a_cell_state_is_changed_before_h_is_made_of_it():
    model, unit = network("lstm"), 1
    ids = model.encode(TEXT)[1][:, None]
    found = sv.edited(model, units=unit, site="core.layer0.c", how="clamp", value=0.0)
    h = found.collect(ids, model.start(1))[1]["core.layer0.h"]
    assert not h[..., unit].any()  # o * tanh(0)
    kept = []
    watch = found.edited({"core.layer0.c": lambda values: kept.append(values) or values})
    watch.collect(ids, model.start(1))
    assert not torch.stack(kept)[..., unit].any()


def test_a_gate_that_is_shut_keeps_what_the_unit_held():
    model = network("gru")
    shut = sv.edited(model, units=3, site="core.layer0.z", how="clamp", value=1.0)
    h = shut.collect(model.encode(TEXT)[1][:, None], model.start(1))[1]["core.layer0.h"]
    assert not h[..., 3].any()  # it starts at 0, and z = 1 carries that on


def test_single_units_are_directions_along_axes():
    model = network("lstm", width=5)
    one = sv.intervene(model, TEXT, units=[1, 3], how="mean")
    two = sv.intervene(model, TEXT, units=np.eye(5)[[1, 3]], how="mean")
    assert two.directions and not one.directions
    assert two[0].change == pytest.approx(one[0].change, abs=1e-6)
    third = sv.intervene(model, TEXT, units=np.array([[0, 2.0, 0, 0, 0], [0, 1, 0, -1, 0]]), how="mean")
    assert third[0].change == pytest.approx(one[0].change, abs=1e-6)  # the same plane


def test_what_lies_across_a_direction_stays():
    model = network("rnn", width=5)
    rng = np.random.default_rng(1)
    along = rng.normal(size=5)
    across = rng.normal(size=5)
    across -= along * (across @ along) / (along @ along)
    seen = []
    changed = sv.edited(model, units=along, how="zero").edited(
        {"core.layer0.h": lambda values: seen.append(values) or values}
    )
    changed.collect(model.encode(TEXT)[1][:, None], model.start(1))
    states = torch.cat(seen).detach().numpy()
    assert np.allclose(states @ along, 0, atol=1e-5)
    assert np.abs(states @ across).max() > 0.01


def planted():
    """A network that predicts b after a and a after b by unit 0; unit 1 holds the same, and nothing reads it."""
    model = sv.CharModel("ab", cell="rnn", width=2, blocks=0, embedding="one-hot", start="zero").eval()
    rnn = model.core.layers[0].rnn
    with torch.no_grad():
        for weights in model.parameters():
            weights.zero_()
        rnn.weight_ih_l0.copy_(torch.tensor([[4.0, -4.0], [4.0, -4.0]]))
        model.head.weight.copy_(torch.tensor([[-3.0, 0.0], [3.0, 0.0]]))
    return model


def test_the_unit_that_predicts_costs_and_the_one_that_only_follows_does_not():
    text = "ab" * 150
    used, unused = (sv.intervene(planted(), text, units=unit, how="zero") for unit in (0, 1))
    assert used[0].edited == pytest.approx(np.log(2), abs=1e-6)
    assert used[0].low > 0.5 and used[0].moved == pytest.approx(0.5, abs=0.01)
    assert unused[0].change == unused[0].low == unused[0].high == unused[0].moved == unused[0].other == 0


def test_effects_are_told_where_a_feature_is_on_and_off():
    text = "ab" * 150
    found = sv.intervene(planted(), text, units=0, how="steer", value=-1.0, features={"a": [c == "a" for c in text]})
    assert [one.where for one in found] == ["all", "a", "not a"]
    assert found["a"].change > 0.4 > 0 > found["not a"].change  # unit 0 is pushed to where b has brought it
    assert found["a"].steps + found["not a"].steps == found["all"].steps == 299
    assert found["a"].raised == pytest.approx({"a": -found["a"].lowered["b"]})
    assert np.nanmean(found.nats[np.array(list(text)) == "a"]) == pytest.approx(found["a"].change)
    assert np.isnan(found.nats[-1])


def test_the_mean_is_that_of_the_states_and_a_constant_unit_costs_nothing():
    model = planted()
    assert sv.intervene(model, "ab" * 150, units=1, how="mean")[0].change == 0
    half = sv.intervene(model, "ab" * 150, units=0, how="mean")
    zero = sv.intervene(model, "ab" * 150, units=0, how="zero")
    assert half[0].change == pytest.approx(zero[0].change, abs=0.02)  # it is on half of the time
    drawn = sv.intervene(model, "ab" * 150, units=0, how="resample")
    assert drawn[0].change > 1  # sure of the wrong letter half of the time


def test_parts_side_by_side_give_what_one_pass_does():
    text = "".join(np.random.default_rng(2).choice(list("abcd"), 3000))
    one, more = (sv.intervene(network("lstm"), text, units=[0, 4], how="flip", parts=parts) for parts in (1, 3))
    inside = np.isfinite(more.nats)
    assert (~inside).sum() == 201  # the run-in, and the last token
    assert np.allclose(one.nats[inside], more.nats[inside], atol=1e-4)
    assert more[0].loss == pytest.approx(sv.score(network("lstm"), text)[200:].mean(), abs=1e-6)


def test_the_model_stays_as_it_is():
    model = network("lstm")
    before, digest = sv.score(model, TEXT), model.digest()
    sv.intervene(model, TEXT, units=1, how="clamp", value=3.0)
    sv.sample(sv.edited(model, units=1, how="clamp", value=3.0), prime="a", length=10)
    assert np.array_equal(sv.score(model, TEXT), before) and model.digest() == digest
    assert not any(part._forward_hooks or "forward" in part.__dict__ for part in model.modules())


def test_a_change_steers_what_is_sampled():
    model = planted()
    assert sv.sample(model, prime="a", length=12, temperature=0) == "ba" * 6
    assert sv.sample(sv.edited(model, units=0, how="clamp", value=1.0), prime="a", length=9) == "b" * 9
    held = sv.edited(model, units=0, how="mean", text="ab" * 30)
    assert abs(float(sv.score(held, "ab" * 30).mean()) - np.log(2)) < 0.01


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"units": 128}, InputError, "units 0 to 127, and none of number 128"),
        ({"units": "a"}, InputError, "units are 'a'"),
        ({"units": []}, InputError, r"directions have shape \(0,\)"),
        ({"units": [0.5, 1.0]}, InputError, r"shape \(2,\); core.layer0.h has 128 units"),
        ({"units": np.ones((2, 128))}, InputError, "not independent"),
        ({"units": 0, "site": "core.layer3.h"}, UnknownNameError, "unknown site"),
        ({"units": 0, "how": "mena"}, UnknownNameError, "did you mean 'mean'"),
        ({"units": 0, "how": "clamp"}, InputError, "wants a value"),
        ({"units": 0, "value": 1.0}, InputError, "takes no value"),
        ({"units": 0, "how": "clamp", "value": [1.0, 2.0]}, InputError, "one for each of 1 units"),
        ({"units": 0, "how": "clamp", "value": "x"}, InputError, "finite number"),
        ({"units": 0, "features": ["url"]}, InputError, "'url' is on at 0 steps"),
        ({"units": 0, "parts": 9}, InputError, "9 parts of 274 tokens"),
    ],
)
def test_bad_input_ends_in_one_line(options, error, words):
    with pytest.raises(error, match=words):
        sv.intervene(sv.load_model("phone-case"), ROMANS, **options)


def test_what_has_no_states_and_what_reads_no_text_is_said():
    with pytest.raises(InputError, match="states of a NGram cannot be changed"):
        sv.intervene(sv.ngram(ROMANS * 3, order=2), ROMANS, units=0)
    with pytest.raises(InputError, match="the text has 5 tokens; give 21"):
        sv.intervene(sv.load_model("phone-case"), "light", units=0)
    with pytest.raises(InputError, match="give text="):
        sv.edited(sv.load_model("phone-case"), units=0)
    with pytest.raises(InputError, match="leave text out"):
        sv.edited(sv.load_model("phone-case"), units=0, how="zero", text=ROMANS)


def test_the_verb_prints_writes_and_samples(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.txt").write_text(ROMANS)
    words = ["intervene", "phone-case", "words.txt", "--units", "3,7:9", "--how", "flip", "--features", "vowel"]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["where", "all", "vowel", "not"]
    assert "flip of units 3, 7, 8" in err
    assert main([*words, "-o", "a.json"]) == 0
    told = json.loads((tmp_path / "a.json").read_text())
    assert told["units"] == [3, 7, 8] and told["effects"][1]["where"] == "vowel"
    sampled = ["intervene", "phone-case", "--units", "3", "--how", "flip", "--sample", "30", "--prime", "In the "]
    assert main(sampled) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "--- as it is" and "--- flip of 3" in lines
    assert main([*sampled, "--features", "vowel"]) == 1
    assert main(["intervene", "phone-case", "--units", "3"]) == 1
    assert "name a TEXT" in capsys.readouterr().err


def test_the_verb_takes_a_module_of_the_users_own(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.txt").write_text(ROMANS)
    (tmp_path / "own_zoo.py").write_text(
        "from torch import nn\nimport stateviz as sv\n"
        "class Mine(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.embed, self.rnn, self.head = nn.Embedding(256, 4), nn.GRU(4, 3), nn.Linear(3, 256)\n"
        "    def forward(self, ids):\n"
        "        return self.head(self.rnn(self.embed(ids))[0])\n"
    )
    words = ["intervene", "own_zoo:Mine", "words.txt", "--encode", "bytes", "--units", "0:3", "--site", "rnn.layer0.h"]
    assert main([*words, "--how", "zero", "--layout", "lnc"]) == 0
    assert "zero of units 0, 1, 2 of rnn.layer0.h" in capsys.readouterr().err
    assert main([*words[:3], "--encode", "bytes", "--units", "0", "--site", "rnn.layer9.h"]) == 1
    assert main(["intervene", "own_zoo:Mine", "--encode", "bytes", "--units", "0", "--sample", "3"]) == 1
    assert "name a TEXT" in capsys.readouterr().err
