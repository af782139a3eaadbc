"""Differences of colours, and how others see them, against published figures."""

import numpy as np
import pytest

from stateviz.rendering.color.srgb import from_linear, to_linear
from stateviz.rendering.color.vision import (
    COLOR_BLINDNESS,
    difference,
    simulate,
    to_grey,
    to_lab,
)

# Pairs of the test data that Sharma, Wu and Dalal published with the formula.
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 2.8361, -74.02), (50, 0, -82.7485), 3.4412),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), SHARMA)
def test_delta_e_2000_agrees_with_the_published_pairs_both_ways(one, other, expected):
    assert float(difference(one, other)) == pytest.approx(expected, abs=5e-5)
    assert float(difference(other, one)) == pytest.approx(expected, abs=5e-5)


def test_many_differences_at_once_are_those_of_each():
    one, other = (np.array([pair[side] for pair in SHARMA]) for side in (0, 1))
    np.testing.assert_allclose(difference(one, other), [pair[2] for pair in SHARMA], atol=5e-5)


@pytest.mark.parametrize(
    ("color", "lab"),
    [((255, 0, 0), (53.24, 80.09, 67.20)), ((0, 0, 255), (32.30, 79.19, -107.86)), ((119, 119, 119), (50.03, 0, 0))],
)
def test_lab_of_known_colours(color, lab):
    np.testing.assert_allclose(to_lab(color), lab, atol=0.02)


def test_every_level_survives_the_way_to_light_and_back():
    levels = np.repeat(np.arange(256)[:, None], 3, axis=1)
    assert np.array_equal(from_linear(to_linear(levels)), levels)


@pytest.mark.parametrize("kind", COLOR_BLINDNESS)
def test_greys_look_the_same_to_everyone(kind):
    greys = np.repeat(np.arange(0, 256, 15)[:, None], 3, axis=1)
    assert np.abs(simulate(greys, kind).astype(int) - greys).max() <= 1


def test_red_and_green_are_alike_without_red_or_green_cones_and_blue_and_yellow_are_not():
    red_green, blue_yellow = [(190, 70, 50), (110, 120, 50)], [(40, 60, 160), (200, 190, 60)]
    for kind in ("protanopia", "deuteranopia"):
        near = difference(*to_lab(simulate(red_green, kind)))
        far = difference(*to_lab(simulate(blue_yellow, kind)))
        assert near < difference(*to_lab(red_green)) / 2
        assert far > 40


def test_grey_keeps_the_luminance():
    colors = np.random.default_rng(0).integers(0, 256, (50, 3))
    np.testing.assert_allclose(to_lab(to_grey(colors))[:, 0], to_lab(colors)[:, 0], atol=0.4)
