"""Counters, rulers, latches and spikes that are planted are told; a counter made by hand moves what is predicted."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import stateviz as sv
from stateviz.core.errors import InputError, UnknownNameError

RNG = np.random.default_rng(0)
TEXT = "".join(RNG.choice(list("()ab.\"'#"), 6000, p=[0.1, 0.1, 0.3, 0.3, 0.05, 0.05, 0.05, 0.05]))


def planted():
    """Rows of known kind over TEXT."""
    letters = np.array(list(TEXT))
    count = np.cumsum((letters == "(").astype(float) - (letters == ")"))
    place = np.arange(len(TEXT))
    ruler = (place - np.maximum.accumulate(np.where(letters == ".", place, 0))).astype(float)
    toggle = np.cumsum(letters == '"') % 2 * 2.0 - 1
    latch, state = np.zeros(len(TEXT)), 0.0
    for t, letter in enumerate(TEXT):
        state = 1.0 if letter == "'" else 0.0 if letter == "." else state
        latch[t] = state
    spike = (letters == "#") * 1.0
    noise = RNG.normal(size=len(TEXT))
    return np.stack([count, ruler, toggle, latch, spike, noise])


@pytest.fixture(scope="module")
def found():
    return sv.counters(sv.StateMatrix(planted(), tokens=TEXT))


def test_each_planted_kind_is_told(found):
    assert [one.kind for one in found] == ["counter", "ruler", "latch", "latch", "spike", "none"]
    assert [round(one.rules_r2, 6) for one in found[:5]] == [1] * 5
    assert found[5].rules_r2 < 0.05 and found[5].r2 < 0.05
    assert [one.unit for one in found.of_kind("latch")] == [2, 3]


def test_what_each_symbol_does_is_told(found):
    count, ruler, toggle, latch, spike, _ = found
    assert dict(count.adds) == pytest.approx({"(": 1, ")": -1}) and not count.sets and not count.turns
    assert ruler.sets == pytest.approx({".": 0}) and set(ruler.adds.values()) == {1.0}
    assert toggle.turns == pytest.approx({'"': 0}) and not toggle.adds
    assert latch.sets == pytest.approx({"'": 1, ".": 0})
    assert spike.sets["#"] == pytest.approx(1) and spike.sets["a"] == pytest.approx(0)
    assert count.r2 == pytest.approx(1) and ruler.r2 < 0.9  # how far a reset goes is not told by its symbol


def test_changes_come_with_intervals(found):
    opening, letter = found.symbols.index("("), found.symbols.index("a")
    assert found.change[0, opening] == found.low[0, opening] == found.high[0, opening] == pytest.approx(1)
    assert found.low[5, letter] < 0 < found.high[5, letter]
    assert found.counts[opening] == TEXT[1:].count("(")


def test_breaks_between_texts_are_no_changes():
    states = sv.StateMatrix(planted()[:1], tokens=TEXT, column_breaks=[len(TEXT) // 2])
    assert sv.counters(states).counts.sum() == len(TEXT) - 2


def test_bad_input_ends_in_one_line(found):
    with pytest.raises(InputError, match="need the text"):
        sv.counters(planted())
    with pytest.raises(InputError, match="read 20 times in each part"):
        sv.counters(sv.StateMatrix(planted()[:, :300], tokens=list(map(str, range(1000, 1300)))))
    with pytest.raises(UnknownNameError, match="counter"):
        found.of_kind("count")


def counting_network():
    """A tanh network whose unit 0 adds a little at ( and takes it away at ); digits are read off it, unit 1 follows."""
    model = sv.CharModel("()01234", cell="rnn", width=2, blocks=0, embedding="one-hot", start="zero").eval()
    rnn, small = model.core.layers[0].rnn, 0.01
    with torch.no_grad():
        for weights in model.parameters():
            weights.zero_()
        rnn.weight_ih_l0[:, 0], rnn.weight_ih_l0[:, 1] = small, -small
        rnn.weight_hh_l0[0, 0] = rnn.weight_hh_l0[1, 0] = 1.0
        for digit in range(5):  # -(h - digit * small)^2, times 1e5, but for what all digits share
            model.head.weight[2 + digit, 0] = 2e5 * digit * small
            model.head.bias[2 + digit] = -1e5 * (digit * small) ** 2
    return model


def nested(length):
    symbols, depth = [], 0
    for _ in range(length):
        up = depth == 0 or (depth < 4 and RNG.random() < 0.5)
        depth += 1 if up else -1
        symbols.append("(" if up else ")")
    return "".join(symbols)


def test_the_unit_that_counts_moves_what_is_predicted_by_one_and_the_one_that_follows_does_not():
    text, model = nested(3000), counting_network()
    kinds = [one.kind for one in sv.counters(sv.record(model, text))]
    assert kinds == ["counter", "counter"]
    counts = sv.shift_counter(model, text, symbol="(", units=0, places=300, steps=(0, 1, 4))
    overall = {row["steps"]: row for row in counts.rows if row["count"] is None}
    assert counts.increment == pytest.approx([0.01], abs=1e-3)
    for step in (0, 1, 4):
        rows = [row for row in counts.rows if row["steps"] == step and row["count"] in (1, 2, 3)]
        assert rows and all(row["moved"] == pytest.approx(1, abs=0.1) for row in rows)
        assert overall[step]["low"] <= overall[step]["moved"] <= overall[step]["high"]
    back = sv.shift_counter(model, text, symbol="(", units=0, places=300, steps=(0,), by=-1)
    assert [row["moved"] for row in back.rows if row["count"] == 2] == pytest.approx([-1], abs=0.1)
    follows = sv.shift_counter(model, text, symbol="(", units=1, places=300)
    assert all(row["moved"] == 0 for row in follows.rows)


def test_bad_counts_end_in_one_line():
    model, text = counting_network(), nested(400)
    for options, words in (
        ({"symbol": "["}, r"'\[' is none of the model's 7 tokens"),
        ({"symbol": "(", "names": {"1": 1}}, "two tokens or more"),
        ({"symbol": "3"}, "the symbol is read 0 times"),
        ({"symbol": "(", "steps": [-1]}, "steps"),
    ):
        with pytest.raises(InputError, match=words):
            sv.shift_counter(model, text, **options)
    with pytest.raises(InputError, match="the text has 60 tokens"):
        sv.shift_counter(model, text[:60], symbol="(")
