"""What every row of LANGUAGES promises."""

from __future__ import annotations

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.models import LANGUAGES, Language, language


@pytest.fixture(params=LANGUAGES)
def row(request: pytest.FixtureRequest) -> Language:
    return LANGUAGES[request.param]


def test_a_row_says_what_it_is_and_what_its_truths_are(row):
    assert LANGUAGES[row.name] is row
    assert row.description and not row.description.endswith(".")
    assert all(row.truths.values())


@pytest.mark.parametrize("characters", [1, 2, 999, 20_000])
def test_a_text_is_as_long_as_asked_and_so_is_its_truth(row, characters):
    text, truth = row.generate(characters, seed=3)
    assert len(text) == characters
    assert list(truth) == list(row.truths)
    assert all(isinstance(values, np.ndarray) and values.shape == (characters,) for values in truth.values())


def test_the_same_seed_writes_the_same_text_and_a_longer_one_begins_like_a_shorter_one(row):
    text, truth = row.generate(30_000, seed=5)
    again, shorter = row.generate(20_001, seed=5)
    assert text.startswith(again)
    assert all(np.array_equal(truth[name][:20_001], shorter[name]) for name in truth)
    assert row.name == "bits" or row.generate(1000, seed=6)[0] != text[:1000]


def test_every_truth_varies(row):
    _, truth = row.generate(200_000, seed=1)
    assert [name for name, values in truth.items() if np.ptp(values) == 0] == []


def test_levels_never_fall_below_zero(row):
    _, truth = row.generate(50_000, seed=2)
    assert [name for name, values in truth.items() if values.min() < 0] == []


def test_an_option_that_it_does_not_have_is_refused(row):
    with pytest.raises(InputError, match="option of|no options"):
        row.with_options(zer=1)


@pytest.mark.parametrize("characters", [0, -1, 2.5, True])
def test_no_text_of_such_a_length(row, characters):
    with pytest.raises(InputError, match="characters"):
        row.generate(characters)


def test_a_row_of_ones_own():
    def write(characters, rng, *, letter):
        return letter * (characters + 3), {"even": np.arange(characters + 3) % 2}

    mine = Language("mine", "one letter", write, {"even": "every other"}, {"letter": "a"})
    assert language(mine, letter="b").generate(3)[0] == "bbb"
    assert LANGUAGES.with_row(mine)["mine"].generate(2)[1]["even"].tolist() == [0, 1]
    short = Language("short", "too short", lambda characters, rng: ("a", {}), {"even": "every other"})
    with pytest.raises(InputError, match="'short' wrote 1 characters"):
        short.generate(5)
