"""Colours between colours, and real values as levels."""

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.core.sheets import Palette
from stateviz.plotting import heatmap
from stateviz.rendering import DIVERGING, PALETTES, rasterize, resolve_palette
from stateviz.rendering.color.ramps import ramp, tones
from stateviz.rendering.color.vision import difference, to_lab
from stateviz.rendering.pixels import to_levels


@pytest.mark.parametrize("name", PALETTES)
def test_tones_run_from_one_ink_to_the_other_without_a_jump(name):
    colors = np.array(tones(PALETTES[name]).colors)
    assert len(colors) == 256
    assert tuple(colors[0]) == PALETTES[name].colors[0] and tuple(colors[-1]) == PALETTES[name].colors[1]
    steps = difference(to_lab(colors[1:]), to_lab(colors[:-1]))
    assert steps.max() < 2


@pytest.mark.parametrize(("name", "palette"), list(DIVERGING.items()))
def test_a_diverging_palette_has_a_middle_for_zero_and_no_jump(name, palette):
    colors = np.array(palette.colors)
    assert palette.name == name and palette.note and len(colors) == 255
    assert difference(to_lab(colors[1:]), to_lab(colors[:-1])).max() < 2.5
    light = to_lab(colors)[:, 0]
    if name == "dusk":
        assert (np.diff(light) > -0.5).all() and light[-1] - light[0] > 70
    else:
        sign = 1 if light[127] > light[0] else -1
        assert (sign * np.diff(light[:128]) > -0.5).all() and (sign * np.diff(light[127:]) < 0.5).all()
        assert np.abs(light - light[::-1]).max() < 8


def test_two_colours_are_the_least_of_a_ramp():
    assert ramp([(1, 2, 3), (200, 100, 50)], 2) == ((1, 2, 3), (200, 100, 50))
    for anchors, count in (([(0, 0, 0)], 5), ([(0, 0, 0), (1, 1, 1)], 1)):
        with pytest.raises(InputError, match="two colours or more"):
            ramp(anchors, count)
    with pytest.raises(InputError, match="3 colours; tones lie between two"):
        tones(Palette("p", ((0, 0, 0),) * 3))


def test_names_of_both_tables_resolve():
    assert resolve_palette("tide") is DIVERGING["tide"]
    assert resolve_palette("navy") is PALETTES["navy"]
    assert not set(PALETTES) & set(DIVERGING)


def test_zero_is_the_middle_colour_and_the_scale_is_symmetric():
    grid = rasterize([[-0.5, 0.0, 1.0]], palette="balance")
    assert grid.indices.tolist() == [[64, 127, 254]]
    assert grid.palette is DIVERGING["balance"]


def test_a_scale_makes_pictures_comparable_and_clips_beyond():
    assert rasterize([[-4.0, 0.0, 1.0]], palette="balance", scale=2.0).indices.tolist() == [[0, 127, 191]]


def test_values_without_negative_ones_take_all_levels():
    assert to_levels([[0.0, 1.0, 2.0]], 256).tolist() == [[0, 128, 255]]
    assert to_levels(np.zeros((2, 2)), 256).tolist() == [[0, 0], [0, 0]]


def test_options_that_would_do_nothing_are_refused():
    with pytest.raises(InputError, match="scale does nothing to binary"):
        rasterize([[0, 1]], scale=1.0)
    with pytest.raises(InputError, match="give one of them"):
        rasterize([[0.5, -1.0]], scale=1.0, threshold=0.0)
    with pytest.raises(InputError, match="255 colours; states take two"):
        rasterize([[0, 1]], palette="tide")


def test_heatmaps_take_diverging_palettes_too():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    axes = heatmap([[-1.0, 0.0, 0.5]], palette="tide")
    image = axes.get_images()[0]
    middle = tuple(round(value * 255) for value in image.cmap(image.norm(0.0))[:3])
    assert middle == DIVERGING["tide"].colors[127]
    plt.close(axes.figure)
