"""Lengths as people write them."""

import pytest

from stateviz.core.errors import InputError
from stateviz.printing import parse_length


@pytest.mark.parametrize(
    ("text", "expected"),
    [("70mm", 70), ("7 cm", 70), ("2.75in", 69.85), ("72pt", 25.4), (" .5MM ", 0.5), (3, 3), (3.5, 3.5), ("0mm", 0)],
)
def test_every_unit_is_read_as_millimetres(text, expected):
    assert parse_length(text) == pytest.approx(expected)


def test_pixels_need_a_dpi():
    assert parse_length("300px", dpi=300) == pytest.approx(25.4)
    with pytest.raises(InputError, match="dpi"):
        parse_length("300px")


@pytest.mark.parametrize("text", ["70", "mm", "", "-3mm", "7mmm", "1e3mm", "nan", None, True, -1, float("nan")])
def test_what_is_no_length_is_refused_in_one_line(text):
    with pytest.raises(InputError) as error:
        parse_length(text)
    assert "\n" not in str(error.value)
