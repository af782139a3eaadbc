"""What some units alone account for, and the state of one text put into another."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import stateviz as sv
from stateviz.core.errors import InputError

TEXT = "ab" * 150


def planted():
    """A network that predicts b after a and a after b by unit 0 alone."""
    model = sv.CharModel("ab", cell="rnn", width=3, blocks=0, embedding="one-hot", start="zero").eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights.zero_()
        model.core.layers[0].rnn.weight_ih_l0.copy_(torch.tensor([[4.0, -4.0]] * 3))
        model.head.weight.copy_(torch.tensor([[-3.0, 0.0, 0.0], [3.0, 0.0, 0.0]]))
    return model


def test_the_unit_that_predicts_accounts_for_all_and_the_others_for_nothing():
    found = sv.sufficiency(planted(), TEXT, [0], beside={"others": [1, 2]}, random=4)
    rows = {row["units"]: row for row in found.rows}
    assert list(rows) == ["all", "these", "others", "random"]
    assert rows["all"]["share"] == rows["these"]["share"] == 1
    assert rows["others"]["share"] == pytest.approx(0, abs=0.01)
    assert rows["random"]["low"] <= rows["random"]["share"] <= rows["random"]["high"]
    assert rows["random"]["number"] == 1
    assert found.unigram == pytest.approx(np.log(2), abs=1e-4)
    assert found.loss == pytest.approx(sv.score(planted(), TEXT).mean(), abs=1e-6)


def test_a_share_is_that_of_the_losses():
    model = sv.load_model("phone-case")
    text = "".join(sv.shipped_recording().tokens)
    found = sv.sufficiency(model, text, range(100), random=0)
    row = found.rows[1]
    held = sv.edited(model, units=range(100, 128), how="mean", text=text)
    assert row["loss"] == pytest.approx(sv.score(held, text).mean(), abs=1e-4)
    assert row["share"] == pytest.approx((found.unigram - row["loss"]) / (found.unigram - found.loss))
    assert row["low"] < row["share"] < row["high"]


def test_bad_input_ends_in_one_line():
    with pytest.raises(InputError, match="no gain to share"):
        sv.sufficiency(planted(), "a" * 60, [0])
    with pytest.raises(InputError, match="no others"):
        sv.sufficiency(planted(), TEXT, np.ones((1, 3)))
    with pytest.raises(InputError, match="none of number 3"):
        sv.sufficiency(planted(), TEXT, [0], beside={"x": [3]})


def test_a_patched_state_predicts_as_the_source_did():
    model = sv.load_model("phone-case")
    whole = sv.patch(model, "the power of Go", "the salvation of every on")
    assert whole.share == pytest.approx(1) and np.allclose(whole.patched, whole.source, atol=1e-6)
    nothing = sv.patch(model, "the power of God", "the power of God", units=[0, 1])
    assert np.allclose(nothing.patched, nothing.before) and nothing.share == 0
    used, unused = (sv.patch(planted(), "ba", "ab", units=unit) for unit in (0, 1))
    assert used.share == pytest.approx(1) and unused.share == pytest.approx(0)
    told = {row["token"]: row["patched"] for row in used.to_rows()}
    assert told == pytest.approx({"a": used.source[0], "b": used.source[1]}, abs=1e-6)
    with pytest.raises(InputError, match="a text is empty"):
        sv.patch(model, "", "a")


def test_a_module_of_ones_own_is_patched(tmp_path):
    torch.manual_seed(0)

    class Mine(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn, self.head = torch.nn.Embedding(4, 3), torch.nn.LSTM(3, 5), torch.nn.Linear(5, 4)

        def forward(self, ids):
            return self.head(self.rnn(self.embed(ids))[0])

    words = "abcd" * 20
    model = sv.editable(Mine(), words, encode=sv.characters("abcd"), layout="lnc")
    found = sv.patch(model, "abca", "dcba", site="rnn.layer0.h")
    assert found.share == pytest.approx(1)
    part = sv.patch(model, "abca", "dcba", site="rnn.layer0.h", units=[0])
    assert 0 < np.abs(part.patched - part.before).max() < np.abs(found.patched - found.before).max()
