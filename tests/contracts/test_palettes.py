"""What every row of PALETTES promises."""

import pytest

from stateviz.rendering import PALETTES, contrast
from stateviz.rendering.color.palettes import DEFAULT, PRINT_CONTRAST

ROWS = list(PALETTES.items())


def test_there_are_at_least_ten_and_navy_is_the_default():
    assert len(PALETTES) >= 10
    assert DEFAULT == next(iter(PALETTES)) == "navy"
    assert PALETTES["navy"].colors == ((250, 245, 235), (20, 40, 90))
    assert PALETTES["published"].colors == ((254, 247, 233), (0, 64, 161))


@pytest.mark.parametrize(("name", "palette"), ROWS)
def test_a_row_has_two_colours_that_stay_apart_in_print_and_says_what_it_is(name, palette):
    assert palette.name == name
    assert len(palette.colors) == 2
    assert contrast(palette) >= PRINT_CONTRAST
    assert palette.note


def test_no_two_rows_are_the_same():
    assert len({palette.colors for palette in PALETTES.values()}) == len(PALETTES)
