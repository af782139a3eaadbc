"""What print does to palettes, and what is said of it."""

import numpy as np
import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.sheets import Palette
from stateviz.printing import check_palette, soft_proof
from stateviz.printing.layout import layout
from stateviz.rendering import DIVERGING, PALETTES, rasterize
from stateviz.rendering.color.ramps import tones


@pytest.mark.parametrize("name", PALETTES)
def test_every_named_palette_holds_in_print(name):
    check = check_palette(name)
    assert check.warnings == ()
    assert check.shift <= 5 and check.contrast >= 7 and min(check.blind.values()) >= 20 and check.grey >= 30
    assert check.ink <= 300


@pytest.mark.parametrize("name", DIVERGING)
def test_diverging_palettes_hold_in_print_and_say_where_the_sign_is_lost_in_grey(name):
    check = check_palette(name)
    lost = [warning for warning in check.warnings if "in grey" in warning]
    assert list(check.warnings) == lost
    assert bool(lost) == (name != "dusk")


@pytest.mark.parametrize(
    ("palette", "expected"),
    [
        ("ffffff,0000ff", ["#0000ff shifts by 17.8"]),
        ("ffffff,39ff14", ["#39ff14 shifts by 17.1", "contrast in print is 2.4, below 7"]),
        ("0000ff,ff0000", ["shifts by", "contrast in print is 1.8", "in grey the two signs differ by 17"]),
        ("964b3c,5a6432", ["contrast", "the two signs differ by", "in grey"]),
    ],
)
def test_colours_that_print_badly_are_told_with_the_number(palette, expected):
    warnings = check_palette(palette).warnings
    assert len(warnings) == len(expected)
    for warning, part in zip(warnings, expected, strict=True):
        assert part in warning and palette in warning and ";" in warning


def test_tones_between_two_inks_are_judged_by_the_inks():
    pair, many = check_palette("navy"), check_palette(tones(PALETTES["navy"]))
    assert (many.contrast, many.grey, many.blind) == (pair.contrast, pair.grey, pair.blind)


def test_less_ink_moves_dark_colours_more():
    black = Palette("rich", ((255, 255, 255), (8, 4, 24)))
    assert check_palette(black, limit=150).ink <= 150
    assert check_palette(black, limit=150).shift > check_palette(black).shift


def test_a_palette_of_one_colour_or_no_name_is_refused():
    with pytest.raises(InputError, match="one colour, #000000"):
        check_palette(Palette("one", ((0, 0, 0),)))
    with pytest.raises(UnknownNameError, match="did you mean 'navy'"):
        check_palette("navvy")


def test_a_soft_proof_changes_the_colours_and_nothing_else():
    sheet = layout(rasterize(np.eye(12, 9)), "a6")
    proof = soft_proof(sheet)
    assert np.array_equal(proof.grid.indices, sheet.grid.indices)
    assert proof.palette.colors == soft_proof(sheet.palette).colors == soft_proof(sheet.grid).palette.colors
    assert proof.palette.colors != sheet.palette.colors
    assert proof.bands == sheet.bands


def test_a_soft_proof_of_dots_changes_their_inks():
    sheet = layout(rasterize(np.linspace(-1, 1, 108).reshape(12, 9)), "a6")
    proof = soft_proof(sheet)
    assert proof.halftone is sheet.halftone and proof.halftone_palette is not None
    assert proof.palette.colors == soft_proof(PALETTES["navy"]).colors


def test_a_soft_proof_of_something_else_is_refused():
    with pytest.raises(InputError, match="expected a Palette, PixelGrid or Sheet, got str"):
        soft_proof("navy")
