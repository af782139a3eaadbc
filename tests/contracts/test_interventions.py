"""What every row of INTERVENTIONS promises."""

from __future__ import annotations

import pytest
import torch

from stateviz.analysis import INTERVENTIONS
from stateviz.analysis.interventions.kinds import Usual

VALUES = torch.tensor([[1.0, -2.0], [0.5, 4.0], [3.0, 0.0]])
USUAL = Usual(torch.tensor([0.25, -1.0]), torch.tensor([[7.0, 8.0], [9.0, 10.0]]), torch.Generator().manual_seed(0))
VALUE = torch.tensor([2.0, 3.0])
EXPECTED = {
    "mean": [[0.25, -1.0]] * 3,
    "zero": [[0.0, 0.0]] * 3,
    "clamp": [[2.0, 3.0]] * 3,
    "flip": (-VALUES).tolist(),
    "scale": [[2.0, -6.0], [1.0, 12.0], [6.0, 0.0]],
    "steer": [[3.0, 1.0], [2.5, 7.0], [5.0, 3.0]],
}


@pytest.fixture(params=INTERVENTIONS)
def row(request):
    return INTERVENTIONS[request.param]


def test_a_row_says_what_it_is(row):
    assert INTERVENTIONS[row.name] is row
    assert row.description and not row.description.endswith(".")


def test_it_does_what_it_says(row):
    before = VALUES.clone()
    found = row.change(VALUES, VALUE, USUAL)
    assert found.shape == VALUES.shape
    assert torch.equal(VALUES, before)
    if row.name == "resample":
        assert all(one in USUAL.drawn.tolist() for one in found.tolist())
    else:
        assert found.tolist() == EXPECTED[row.name]


def test_what_it_takes_is_what_it_uses(row):
    other = Usual(USUAL.mean + 1, USUAL.drawn + 1, torch.Generator().manual_seed(0))
    USUAL.generator.manual_seed(0)
    found = row.change(VALUES, VALUE, USUAL)
    assert torch.equal(found, row.change(VALUES, VALUE, other)) != row.reads_text
    assert torch.equal(found, row.change(VALUES, VALUE, USUAL)) or row.name == "resample"
    USUAL.generator.manual_seed(0)
    assert torch.equal(found, row.change(VALUES, VALUE + 1, USUAL)) != row.takes_value
