"""What every row of SMOOTHINGS promises."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stateviz.models import SMOOTHINGS, NGram, Smoothing, ngram, sample
from stateviz.models.ngrams.reading import read_ngram

TEXT = "the cat sat on the mat. the dog sat on the cat. " * 5


@pytest.fixture(params=SMOOTHINGS)
def row(request: pytest.FixtureRequest) -> Smoothing:
    return SMOOTHINGS[request.param]


@pytest.fixture
def model(row) -> NGram:
    return ngram(TEXT, order=5, smoothing=row)


def test_a_row_says_what_it_is(row):
    assert SMOOTHINGS[row.name] is row
    assert row.description and not row.description.endswith(".")


def test_what_n_grams_have_and_what_contexts_leave_is_one_together(row):
    counts, owners = np.array([1, 5, 2, 1, 3, 9]), np.array([0, 0, 1, 1, 1, 3])
    own, left = row.terms(counts, owners, 5)
    assert (own >= 0).all() and (left >= 0).all()
    assert np.bincount(owners, own, 5) + left == pytest.approx(np.ones(5))
    assert left[[2, 4]].tolist() == [1, 1]  # contexts that nothing came after


def test_probabilities_sum_to_one_after_any_text_and_never_seen_contexts(model):
    for text in (TEXT[:60], "zzz" if "z" in model.vocabulary else "...tttsss...", ".", "no dog sat "[3:]):
        _, ids = model.encode(text)
        logits, _ = model(ids[:, None])
        assert torch.exp(logits).sum(-1).numpy() == pytest.approx(np.ones((len(text), 1)))


def test_one_pass_and_one_character_at_a_time_agree(model):
    text = TEXT[7:50] + "ttt"
    _, ids = model.encode(text)
    whole, _ = model(ids[:, None])
    state, rows = model.start(1), []
    for one in ids:
        logits, _, state = model.collect(one.view(1, 1), state)
        rows.append(logits[0])
    assert torch.equal(torch.stack(rows), whole)
    chosen = whole[:-1, 0].gather(1, ids[1:, None])[:, 0].numpy()
    assert model.nats(text) == pytest.approx(-chosen)


def test_texts_side_by_side_are_read_as_alone(model):
    pair = torch.stack([model.encode(text)[1] for text in (TEXT[:20], TEXT[11:31])], 1)
    both, state = model(pair)
    for column in range(2):
        alone, after = model(pair[:, column : column + 1])
        assert torch.equal(both[:, column], alone[:, 0])
        assert state[column].tolist() == after[0].tolist()


def test_a_file_holds_all_of_it(model, tmp_path):
    again = read_ngram(model.save(tmp_path / "m.safetensors"))
    assert (repr(again), again.digest(), again.provenance) == (repr(model), model.digest(), model.provenance)
    assert again.evaluate(TEXT) == model.evaluate(TEXT)


def test_a_sample_is_text_of_the_vocabulary_and_repeatable(model):
    text = sample(model, prime="the ", length=40, seed=3)
    assert text == sample(model, prime="the ", length=40, seed=3) != sample(model, prime="the ", length=40, seed=4)
    assert set(text) <= set(model.vocabulary)
