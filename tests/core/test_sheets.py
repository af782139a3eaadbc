import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.core.media import Medium
from stateviz.core.sheets import Palette, PixelGrid, Sheet
from stateviz.rendering.canvas import stream

TWO = Palette("two", ((255, 255, 255), (0, 0, 0)))


def test_a_palette_refuses_colours_outside_8_bits():
    with pytest.raises(InputError, match="three values of 0 to 255"):
        Palette("bad", ((0, 0, 256),))
    with pytest.raises(InputError, match="three values of 0 to 255"):
        Palette("bad", ((0, 0),))


@pytest.mark.parametrize("indices", [np.zeros((0, 2)), np.zeros(3), [[0, 2]]])
def test_a_grid_refuses_what_its_palette_cannot_show(indices):
    with pytest.raises(InputError):
        PixelGrid(indices, TWO)


def test_a_grid_is_a_read_only_copy():
    indices = np.zeros((2, 3), np.uint8)
    grid = PixelGrid(indices, TWO)
    indices[0, 0] = 1
    assert grid.indices[0, 0] == 0
    assert grid.shape == (2, 3)
    with pytest.raises(ValueError, match="read-only"):
        grid.indices[0, 0] = 1


@pytest.mark.parametrize("sizes", [(0, 10, 1, 1), (10, -1, 1, 1), (10, 10, -1, 0), (10, 10, 0, -1)])
def test_a_medium_has_a_size_and_no_negative_edges(sizes):
    width, height, bleed, margin = sizes
    with pytest.raises(InputError, match="sizes must be above 0"):
        Medium("bad", width, height, bleed, margin)


def test_the_rows_of_a_sheet_are_the_grid_magnified_at_its_origin():
    grid = PixelGrid([[1, 0], [0, 1]], TWO)
    sheet = Sheet(grid, Medium("card", 10, 10), 300, canvas=(8, 7), cell=2, origin=(3, 1))
    canvas = np.array(list(stream(sheet)))
    expected = np.zeros((7, 8), np.uint8)
    expected[1:3, 3:5] = 1
    expected[3:5, 5:7] = 1
    assert np.array_equal(canvas, expected)
