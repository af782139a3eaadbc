"""compare_models: costs and intervals, errors both make, oracles in their order, closing brackets by distance."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import stateviz as sv
from stateviz.analysis.judging.oracles import ORACLES, Evidence, sort_errors
from stateviz.core.errors import FileError, InputError


class Fixed:
    """A model that gives each character of one text a stated probability, the rest evenly."""

    def __init__(self, text: str, chances: list[float], vocabulary: str) -> None:
        self.vocabulary, self.text, self.chances = tuple(vocabulary), text, chances

    def start(self, batch: int) -> int:
        return 0

    def encode(self, text: str, *, unknown: str | None = None):
        return list(text), torch.tensor([self.vocabulary.index(c) for c in text])

    def collect(self, tokens, state):
        rows = []
        for place in range(state, state + len(tokens)):
            row = torch.full((len(self.vocabulary),), (1 - self.chances[place]) / (len(self.vocabulary) - 1))
            row[self.vocabulary.index(self.text[place + 1])] = self.chances[place]
            rows.append(row.log())
        return torch.stack(rows)[:, None], {}, state + len(tokens)


def fixed(text: str, wrong: set[int], vocabulary: str | None = None, order: int | None = None) -> Fixed:
    """Right but for the places of the text that are named."""
    chances = [0.2 if place in wrong else 0.9 for place in range(1, len(text))]
    model = Fixed(text, chances, vocabulary or "".join(sorted(set(text))))
    if order is not None:
        model.order = order
    return model


def test_costs_are_those_of_score_and_differences_are_paired():
    text, _ = sv.language("parenthesis").generate(3000, seed=1)
    models = {
        "two": sv.ngram(text, order=2),
        "five": sv.ngram(text, order=5),
        "net": sv.CharModel(" ()01234", cell="gru", width=4),
    }
    found = sv.compare_models(models, text)
    for name, nats in zip(models, found.nats, strict=True):
        assert nats == pytest.approx(sv.score(models[name], text), abs=1e-6)
    mean, low, high = found.intervals[1]
    assert mean == pytest.approx(found.nats[1].mean())
    assert low < mean < high
    assert found.differences[0, 1, 0] == pytest.approx(found.intervals[0, 0] - mean)
    assert found.differences[1, 1].tolist() == [0, 0, 0]
    assert found.differences[0, 1, 1] > 0  # the longer one is better, surely


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    """Of a language whose exact cost is known, cut into 40 texts."""
    made = sv.language("parenthesis")
    _, truth = made.generate(80_000, seed=3)
    costs = -np.log(truth["probability"])
    from stateviz.analysis.judging.comparison import _interval

    inside = [low <= made.entropy <= high for _, low, high in map(_interval, costs.reshape(40, -1))]
    assert 0.85 < np.mean(inside) <= 1


def test_errors_are_under_one_half_and_their_overlap_is_of_either():
    text = "abcdefghij" * 3
    one, other = fixed(text, {1, 2, 3, 4}), fixed(text, {3, 4, 5})
    found = sv.compare_models([one, other], text)
    assert (np.flatnonzero(found.errors[0]) + 1).tolist() == [1, 2, 3, 4]
    assert found.overlap.tolist() == [[1, pytest.approx(2 / 5)], [pytest.approx(2 / 5), 1]]
    assert found.names == ("1", "2")
    perfect = sv.compare_models({"a": fixed(text, set())}, text)
    assert np.isnan(perfect.overlap).all()


def test_each_error_goes_to_the_first_oracle_that_would_have_known():
    text = "the quick fox. the quick ant, the quick fox"
    place = {name: text.index(name) for name in ("quick", "fox", ",", "ant")}
    last = text.rindex("quick")
    wrong = {place["quick"], place["fox"] + 1, place["ant"], place[","], last + 3, 1}
    network, counting = fixed(text, wrong), fixed(text, wrong - {1}, order=3)
    found = sv.compare_models({"network": network, "3-gram": counting}, text, against="the quick " * 9)
    by = dict(zip(found.oracles, found.sorted_errors[0].tolist(), strict=True))
    # "h": the 3-gram; "c" of the last quick: seen before; "o" of fox and "a" of ant: rare words; "q": begins a word
    assert by == {"n-gram": 1, "memory": 1, "rare-words": 2, "word-model": 1, "punctuation": 1, "rest": 0}
    assert found.sorted_errors[1].tolist() == [0, 1, 2, 1, 1, 0]
    without = sv.compare_models({"network": network}, text)
    assert without.sorted_errors[0].tolist() == [0, 1, 0, 2, 1, 2]  # ant begins a word; h and o are left


def test_the_order_of_the_oracles_is_fixed_and_all_errors_are_sorted():
    assert list(ORACLES) == ["n-gram", "memory", "rare-words", "word-model", "punctuation", "rest"]
    evidence = Evidence(tuple("ab ab ab ab ab"), np.ones((2, 13), bool), np.array([False, False]), None)
    assert sort_errors(evidence).sum(1).tolist() == [13, 13]


def test_closing_brackets_are_told_by_distance():
    near, far = "(a)", "(" + "b" * 30 + ")"
    text = "".join(near + far for _ in range(12))
    closing = [place for place, letter in enumerate(text) if letter == ")"]
    found = sv.compare_models([fixed(text, set(closing[1::2][:9])), fixed(text, set())], text)
    assert found.closings == ((1, 5, 12, (1.0, 1.0)), (20, 50, 12, (0.25, 1.0)))
    few = sv.compare_models([fixed(near * 9, set())], near * 9)
    assert few.closings == ()


def test_files_are_read_as_texts(tmp_path):
    text = "abc(d)" * 20
    (tmp_path / "a.txt").write_text(text + "\n")
    models = {"right": fixed(text, {5})}
    assert sv.compare_models(models, tmp_path / "a.txt", against=[tmp_path / "a.txt"]) == sv.compare_models(
        models, text, against=text
    )
    with pytest.raises(FileError, match="nowhere"):
        sv.compare_models(models, tmp_path / "nowhere.txt")


def test_tables_and_json():
    text = "abc(d)" * 20
    found = sv.compare_models({"right": fixed(text, set()), "wrong": fixed(text, {3, 9})}, text)
    shown = found.to_text()
    assert "all errors" in shown and "closing brackets right" in shown and "wrong" in shown
    assert json.loads(json.dumps(found.to_json()))["errors"]["wrong"] == found.sorted_errors[1].tolist()
    assert repr(found).startswith("ModelComparison(119 tokens, nats: right 0.1054")


@pytest.mark.parametrize(
    ("models", "text", "message"),
    [
        ({}, "ab", "no model"),
        ([sv.ngram("abab", order=2)], "", "text is empty"),
        ({"a": 3}, "ab", "'a' is a int"),
        ([sv.ngram("abab", order=2)], "a", "two or more"),
        ([sv.ngram("abab", order=2)], "abz", "'z' x 1"),
    ],
)
def test_what_cannot_be_compared_is_named(models, text, message):
    with pytest.raises(InputError, match=message):
        sv.compare_models(models, text)


def test_models_of_other_tokens_are_refused():
    text = "abab"
    other = fixed(text, set())
    other.encode = lambda given, unknown=None: (["ab", "ab"], torch.tensor([0, 1]))
    with pytest.raises(InputError, match="'2' reads the text as other tokens"):
        sv.compare_models([fixed(text, set()), other], text)
