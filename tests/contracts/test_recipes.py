"""What every row of RECIPES promises."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from stateviz.core.errors import InputError
from stateviz.models import CELLS, RECIPES, Recipe, train
from stateviz.models.training.recipe import recipe_of

TEXT = "the cat sat on the mat. " * 20
SMALL = {"steps": 2, "width": 4, "batch": 2, "length": 8, "hidden": 6}


@pytest.fixture(params=RECIPES)
def row(request: pytest.FixtureRequest) -> Recipe:
    return RECIPES[request.param]


def test_a_row_says_what_it_is_and_makes_sense(row):
    assert row.description
    assert row.cell in CELLS
    assert recipe_of(row, {}) == row


def test_the_rate_stays_within_its_highest(row):
    rates = [row.rate_at(step) for step in range(row.steps)]
    assert max(rates) == row.rate
    assert min(rates) > 0


def test_a_row_is_plain_json_and_comes_back(row):
    again = json.loads(json.dumps(row.as_json()))
    assert set(again) == {one.name for one in fields(Recipe)}
    assert Recipe(**again) == row


def test_a_model_is_trained_by_it_and_keeps_all_of_it(row):
    model = train(TEXT, recipe=row, seed=3, **SMALL)
    assert model.provenance["recipe"] == replace(row, epochs=None, **SMALL).as_json()
    again = train(TEXT, recipe=Recipe(**model.provenance["recipe"]), seed=3)
    assert again.digest() == model.digest()


@pytest.mark.parametrize("name", ["layers", "blocks", "hidden"])
def test_the_size_of_the_model_is_the_recipes(name):
    model = train(TEXT, recipe="quick", **(SMALL | {name: 3}))
    assert model.config[name] == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": 0}, "hidden is 0"),
        ({"blocks": -1}, "blocks is -1"),
        ({"warmup": 0.5}, "warmup is 0.5"),
        ({"clip": 0}, "clip is 0"),
        ({"cel": "gru"}, "unknown option 'cel'; a recipe has"),
    ],
)
def test_a_change_that_makes_no_sense_is_named(change, message):
    with pytest.raises(InputError, match=message):
        recipe_of(RECIPES["quick"], change)
