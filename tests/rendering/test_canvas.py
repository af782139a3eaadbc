"""A sheet as pixels: bands, letters, hairlines and halftones, row by row."""

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.core.media import Medium
from stateviz.core.sheets import Band, Palette, PixelGrid, Rule, Sheet, TextRun
from stateviz.rendering.canvas import stream
from stateviz.rendering.fonts.glyphs import FONTS, font_path, line_mask, measure, place

INK = Palette("ink", ((255, 255, 255), (0, 0, 0)))
CELLS = PixelGrid(np.random.default_rng(0).integers(0, 2, (4, 10)), INK)
MEDIUM = Medium("m", 10, 10)


def picture(sheet):
    return np.array(list(stream(sheet)))


def test_a_sheet_without_bands_has_one_at_its_origin():
    sheet = Sheet(CELLS, MEDIUM, 300, (40, 20), 3, (5, 2))
    assert sheet.bands == (Band(0, 10, 5, 2),)
    assert np.array_equal(picture(sheet)[2:14:3, 5:35:3], CELLS.indices)
    down = Sheet(CELLS, MEDIUM, 300, (40, 20), 3, (5, 2), time="down")
    assert down.bands == (Band(0, 4, 5, 2),)


def test_bands_side_by_side_and_out_of_step_are_painted_whole():
    sheet = Sheet(CELLS, MEDIUM, 300, (60, 40), 3, (5, 2), bands=(Band(0, 5, 5, 2), Band(5, 10, 30, 7)))
    expected = np.zeros((40, 60), np.uint8)
    big = CELLS.indices.repeat(3, 0).repeat(3, 1)
    expected[2:14, 5:20], expected[7:19, 30:45] = big[:, :15], big[:, 15:]
    assert np.array_equal(picture(sheet), expected)


def test_rows_that_repeat_are_the_same_array():
    rows = list(stream(Sheet(CELLS, MEDIUM, 300, (40, 20), 3, (5, 2))))
    assert len({id(row) for row in rows}) <= 6
    assert rows[2] is rows[3] is rows[4]
    assert rows[0] is rows[1]


def test_letters_and_hairlines_lie_where_they_are_put():
    sheet = Sheet(
        CELLS, MEDIUM, 300, (60, 40), 1, (0, 0), texts=(TextRun("H", 10, 30, 16, "sans"),), rules=(Rule(2, 33, 5, 1),)
    )
    image = picture(sheet)
    mask, left, top = line_mask(place("H", "sans", 16), 16)
    assert np.array_equal(image[30 + top : 30 + top + len(mask), 10 + left : 10 + left + mask.shape[1]], mask)
    assert top + len(mask) == 0  # an H stands on the baseline
    assert image[33].tolist() == [0] * 2 + [1] * 5 + [0] * 53
    assert image.sum() == CELLS.indices.sum() + mask.sum() + 5


def test_letters_beyond_the_canvas_are_cut_off():
    for x, y in ((-6, 10), (55, 39), (20, 3), (20, 60)):
        sheet = Sheet(CELLS, MEDIUM, 300, (60, 40), 1, (30, 20), texts=(TextRun("HHH", x, y, 16, "sans"),))
        assert picture(sheet).shape == (40, 60)


def test_a_halftone_makes_pixels_of_levels_and_knows_their_place():
    levels = PixelGrid(np.arange(40).reshape(4, 10), Palette("tones", tuple((i, i, i) for i in range(40))))
    asked = []

    def halftone(part, row, column, cell):
        asked.append((row, column, part.tolist()))
        return np.tile((np.repeat(part, cell) % 2).astype(np.uint8), (cell, 1))

    sheet = Sheet(
        levels,
        MEDIUM,
        300,
        (60, 40),
        2,
        (0, 0),
        bands=(Band(0, 5, 0, 0), Band(5, 10, 0, 20)),
        halftone=halftone,
        halftone_palette=INK,
    )
    assert sheet.palette is INK
    image = picture(sheet)
    assert image.max() == 1
    assert np.array_equal(image[0:8:2, 0:10:2], levels.indices[:, :5] % 2)
    assert (0, 0, [0, 1, 2, 3, 4]) in asked
    assert (1, 5, [15, 16, 17, 18, 19]) in asked
    with pytest.raises(InputError, match="belong together"):
        Sheet(levels, MEDIUM, 300, (60, 40), 2, (0, 0), halftone=halftone)


def test_a_line_is_as_wide_as_it_measures_and_anchored_where_asked():
    text = "AVAST, ye"
    width = measure(text, "sans", 40)
    assert width < sum(measure(char, "sans", 40) for char in text)  # AV is kerned
    starts = {anchor: place(text, "sans", 40, anchor=anchor)[0].x for anchor in ("start", "middle", "end")}
    assert starts == pytest.approx({"start": 0, "middle": -width / 2, "end": -width}, abs=1e-3)


@pytest.mark.parametrize("font", FONTS)
def test_every_font_is_there_and_has_the_latin_letters(font):
    assert font_path(font).is_file()
    mask, _, _ = line_mask(place("Grace—“é”", font, 20), 20)
    assert mask.any()
    assert all(glyph.font == font for glyph in place("Grace—“é”", font, 20))


def test_a_font_that_is_not_there_is_told():
    with pytest.raises(UnknownNameError, match="did you mean 'serif'"):
        font_path("sreif")
    with pytest.raises(FileError, match="no such file"):
        font_path("gone.otf")
