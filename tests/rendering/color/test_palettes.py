"""Naming palettes, and how legible they are."""

import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.sheets import Palette
from stateviz.rendering import PALETTES, contrast, resolve_palette


@pytest.mark.parametrize(
    ("colors", "expected"),
    [(((0, 0, 0), (255, 255, 255)), 21.0), (((119, 119, 119), (255, 255, 255)), 4.48), (((9, 9, 9), (9, 9, 9)), 1.0)],
)
def test_contrast_agrees_with_published_ratios(colors, expected):
    assert contrast(Palette("p", colors)) == pytest.approx(expected, abs=0.005)


def test_contrast_does_not_depend_on_the_order_of_the_colours():
    assert contrast(Palette("p", ((20, 40, 90), (250, 245, 235)))) == contrast(PALETTES["navy"])


def test_contrast_of_three_colours_is_that_of_the_nearest_two():
    three = Palette("p", ((0, 0, 0), (255, 255, 255), (250, 250, 250)))
    assert contrast(three) == contrast(Palette("p", three.colors[1:]))


def test_contrast_needs_two_colours():
    with pytest.raises(InputError, match="1 colour"):
        contrast(Palette("p", ((0, 0, 0),)))


@pytest.mark.parametrize("text", ["ffffff,000000", "#FFF,#000", " fff , 000000 "])
def test_two_hex_colours_name_a_palette(text):
    assert resolve_palette(text).colors == ((255, 255, 255), (0, 0, 0))


def test_a_palette_is_returned_as_it_is():
    palette = Palette("mine", ((1, 2, 3), (4, 5, 6)))
    assert resolve_palette(palette) is palette


def test_a_misspelt_palette_is_guessed():
    with pytest.raises(UnknownNameError, match=r"unknown palette 'nvay'.*did you mean 'navy'"):
        resolve_palette("nvay")


@pytest.mark.parametrize("text", ["ffffff", "fffff,000000", "ffffff,000000,111111", "gggggg,000000", "#ffffff", ","])
def test_unreadable_colours_are_refused(text):
    with pytest.raises((InputError, UnknownNameError)):
        resolve_palette(text)


def test_something_else_is_refused():
    with pytest.raises(InputError, match="got int"):
        resolve_palette(3)
