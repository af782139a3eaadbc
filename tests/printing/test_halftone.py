"""Real values in two colours."""

import numpy as np
import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.sheets import Palette, PixelGrid
from stateviz.printing import HALFTONES, cell_shares, to_halftone
from stateviz.printing.halftone import TwoColors, choose_halftone, threshold_tile, two_colors
from stateviz.printing.layout import layout
from stateviz.rendering import PALETTES, rasterize
from stateviz.rendering.canvas import stream

VALUES = np.tanh(np.cumsum(np.random.default_rng(0).normal(0, 0.25, (40, 90)), axis=1))

# Mean difference of a cell's filled share from its value: (style, pixels a cell, at most).
ERRORS = [("dot", 6, 0.008), ("dot", 12, 0.002), ("blue-noise", 6, 0.026), ("blue-noise", 12, 0.010)]


@pytest.mark.parametrize(("style", "cell", "most"), ERRORS)
def test_the_mean_of_a_cell_is_its_value(style, cell, most):
    shares = cell_shares(to_halftone(VALUES, cell=cell, style=style, scale=1.0), cell)
    assert np.abs(shares - (VALUES + 1) / 2).mean() < most


@pytest.mark.parametrize("cell", [1, 2, 3, 5, 6, 12, 17])
def test_no_dot_is_off_by_more_than_half_a_pixel_and_half_a_level(cell):
    shares = cell_shares(to_halftone(VALUES, cell=cell, scale=1.0), cell)
    assert np.abs(shares - (VALUES + 1) / 2).max() <= 0.5 / cell**2 + 0.5 / 255 + 1e-9


@pytest.mark.parametrize("style", HALFTONES)
def test_the_ends_are_all_paper_and_all_ink_and_more_value_is_never_less_ink(style):
    ramp = np.linspace(0, 1, 256)[None]
    shares = cell_shares(to_halftone(ramp, cell=8, style=style), 8)[0]
    assert shares[0] == 0 and shares[-1] == 1
    levels = np.arange(256, dtype=np.uint8)
    pixels = np.stack([TwoColors(style)(np.array([level], np.uint8), 3, 5, 8) for level in levels]).astype(int)
    assert (np.diff(pixels, axis=0) >= 0).all()


def test_a_dot_is_round_and_in_the_middle_of_its_cell():
    pixels = to_halftone(np.array([[-0.4]]), cell=32, scale=1.0).astype(float)
    y, x = np.nonzero(pixels)
    assert abs(y.mean() - 15.5) < 0.1 and abs(x.mean() - 15.5) < 0.1
    assert np.hypot(y - 15.5, x - 15.5).max() < np.sqrt(pixels.sum() / np.pi) + 1


def test_values_of_one_sign_use_all_tones():
    assert cell_shares(to_halftone([[0.0, 0.5, 1.0]], cell=20), 20).tolist() == [[0.0, 0.5025, 1.0]]


def test_blue_noise_has_no_coarse_grain():
    """Its spectrum below half the frequency of the grain is far weaker than white noise would be."""
    pixels = (threshold_tile("blue-noise", 1) < 64).astype(float)
    power = np.abs(np.fft.fft2(pixels - pixels.mean())) ** 2
    away = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
    assert power[(away > 0) & (away < 0.2)].mean() < 0.05 * power[away > 0].mean()
    assert np.bincount(threshold_tile("blue-noise", 1).ravel()).max() <= 17  # all tones alike often: 4096 / 255


def test_a_sheet_of_real_values_is_dots_in_two_colors_and_reads_back():
    sheet = layout(rasterize(VALUES), "a5", cell=12, time="right")
    assert sheet.halftone == TwoColors("dot")
    assert sheet.palette.colors == PALETTES["navy"].colors
    picture = np.stack(list(stream(sheet)))
    assert set(np.unique(picture)) == {0, 1}
    (cells, band), *_ = sheet.pieces()
    pixels = picture[band.y : band.y + len(cells) * 12, band.x : band.x + cells.shape[1] * 12]
    assert np.abs(cell_shares(pixels, 12) - cells / 255).max() <= 0.5 / 144 + 1e-9


@pytest.mark.parametrize("style", HALFTONES)
def test_a_sheet_streams_what_to_halftone_gives(style):
    sheet = layout(rasterize(VALUES[:20, :30]), "a5", cell=7, time="right", halftone=style)
    ((_, band),) = sheet.pieces()
    picture = np.stack(list(stream(sheet)))[band.y : band.y + 140, band.x : band.x + 210]
    assert np.array_equal(picture, to_halftone(VALUES[:20, :30], cell=7, style=style))


def test_continuous_tone_on_request_and_for_diverging_palettes():
    assert layout(rasterize(VALUES), "a5", halftone="none").halftone is None
    assert layout(rasterize(VALUES, palette="tide"), "a5").halftone is None
    assert choose_halftone(rasterize(VALUES > 0)) == (None, None)


def test_only_a_ramp_between_its_own_ends_is_two_colors():
    ramp = rasterize(VALUES).palette
    pair = two_colors(ramp)
    assert pair is not None and pair.colors == PALETTES["navy"].colors
    assert two_colors(Palette("other", (*ramp.colors[:200], (1, 2, 3), *ramp.colors[201:]))) is None


def test_a_style_where_there_are_no_tones_is_refused():
    with pytest.raises(InputError, match="halftone 'dot' prints real values in two colours.*'navy' \\(2\\)"):
        choose_halftone(PixelGrid(np.eye(2, dtype=np.uint8), PALETTES["navy"]), "dot")


def test_unknown_styles_and_bad_numbers_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'dot'"):
        to_halftone([[1.0]], cell=4, style="dots")
    with pytest.raises(UnknownNameError, match="choose from auto, dot, blue-noise, ordered, none"):
        choose_halftone(rasterize(VALUES), "halftone")
    for cell in (0, -1, 2.5, True):
        with pytest.raises(InputError, match="cell is .*; give a whole number, 1 or more"):
            to_halftone([[1.0]], cell=cell)
    for scale in (0, -1.0, float("inf"), "1"):
        with pytest.raises(InputError, match="scale must be a finite number above 0"):
            to_halftone([[1.0]], cell=4, scale=scale)
    for values in ([1.0, 2.0], [[np.nan]], np.zeros((0, 3))):
        with pytest.raises(InputError, match="matrix of finite numbers"):
            to_halftone(values, cell=4)
    with pytest.raises(InputError, match="not whole cells of 3 x 3"):
        cell_shares(np.zeros((6, 7)), 3)
