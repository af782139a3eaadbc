"""From states to cells."""

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.core.sheets import Palette
from stateviz.core.states import StateMatrix
from stateviz.rendering import decode_png, rasterize, write


def test_minus_one_is_index_0_and_plus_one_index_1():
    grid = rasterize(StateMatrix([[-1, 1], [1, 1]]))
    assert grid.indices.tolist() == [[0, 1], [1, 1]]
    assert grid.palette.name == "navy"


def test_a_path_is_read(tmp_path):
    values = np.where(np.random.default_rng(0).random((4, 6)) < 0.5, -1, 1).astype(np.int8)
    np.save(tmp_path / "s.npy", values)
    np.testing.assert_array_equal(rasterize(tmp_path / "s.npy", palette="ink").indices, values > 0)


def test_real_values_become_tones_and_are_not_flattened_in_silence():
    grid = rasterize([[0.5, -2.0, 2.0]])
    assert grid.indices.tolist() == [[159, 0, 255]]
    assert grid.palette.colors[0] == (250, 245, 235) and grid.palette.colors[-1] == (20, 40, 90)


def test_a_threshold_parts_real_values_and_equals_go_up():
    assert rasterize([[0.1, 0.2, 0.3]], threshold=0.2).indices.tolist() == [[0, 1, 1]]


def test_a_threshold_on_binary_states_does_nothing_and_is_refused():
    with pytest.raises(InputError, match="does nothing"):
        rasterize([[0, 1]], threshold=0.0)


def test_a_threshold_that_is_no_number_is_refused():
    with pytest.raises(InputError, match="finite"):
        rasterize([[0.5, -2.0]], threshold=float("nan"))


def test_a_palette_of_three_colours_is_refused():
    with pytest.raises(InputError, match="3 colours"):
        rasterize([[0, 1]], palette=Palette("p", ((0, 0, 0), (9, 9, 9), (250, 250, 250))))


@pytest.mark.parametrize("gap", [1, 3])
def test_groups_stand_apart_by_whole_cells_and_nothing_else_changes(tmp_path, gap):
    values = np.where(np.random.default_rng(2).random((7, 9)) < 0.5, -1, 1)
    states = StateMatrix(values, row_breaks=(1, 4), column_breaks=(5,))
    path = write(rasterize(states, gap=gap), tmp_path / "a.png", scale=2)
    cells = decode_png(path)[::2, ::2]
    white = np.zeros(cells.shape, bool)
    white[[i + gap * k + n for k, i in enumerate((1, 4)) for n in range(gap)]] = True
    white[:, 5 : 5 + gap] = True
    assert cells.shape == (7 + 2 * gap, 9 + gap)
    assert np.array_equal(cells == 2, white)
    assert np.array_equal(cells[~white].reshape(7, 9), values > 0)
    assert rasterize(states).shape == (7, 9)


def test_tones_make_room_for_the_gap_and_no_groups_need_none():
    states = StateMatrix([[0.5, -2.0], [2.0, 0.0]], row_breaks=(1,))
    grid = rasterize(states, gap=1)
    assert grid.indices.tolist() == [[159, 0], [255, 255], [254, 127]]
    assert grid.palette.colors[255] == (255, 255, 255) and grid.palette.colors[254] == (20, 40, 90)
    assert rasterize([[0.5, -2.0]], gap=1).indices.tolist() == [[159, 0]]
    with pytest.raises(InputError, match="gap is -1"):
        rasterize(states, gap=-1)
