"""Fitting bands into a place: the largest cells, the fewest bands, and none of them over a hole."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stateviz.core.media import Medium
from stateviz.printing.layout import layout
from stateviz.printing.layout.bands import CellArea, capacity, even, fit
from stateviz.rendering import rasterize


def every_way(units, steps, width, height, gap):
    """(cell, bands) of every layout there is, found by trying all of them."""
    for time, cell, bands in itertools.product(("down", "right"), range(1, 40), range(1, steps + 1)):
        along, across = (height, width) if time == "down" else (width, height)
        if -(-steps // bands) * cell <= along and bands * units * cell + (bands - 1) * gap(cell) <= across:
            yield cell, bands


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 9), st.integers(1, 40), st.integers(20, 200), st.integers(20, 200))
def test_the_largest_cells_with_the_fewest_bands_are_found(units, steps, width, height):
    place = CellArea((3, 5, 3 + width, 5 + height), 36)
    found = fit((units, steps), place, ["down", "right"])
    ways = list(every_way(units, steps, width, height, place.gap))
    if not ways:
        assert found is None
        return
    cell = max(cell for cell, _ in ways)
    if cell < 39:
        assert found.cell == cell
        assert len(found.bands) == min(bands for other, bands in ways if other == cell)


@given(st.integers(1, 200), st.integers(1, 30))
def test_stretches_follow_one_another_and_differ_little(steps, count):
    ranges = even(steps, count, steps)
    if count > steps:
        assert ranges is None
        return
    assert [ranges[0][0], ranges[-1][1], len(ranges)] == [0, steps, count]
    assert all(a[1] == b[0] for a, b in itertools.pairwise(ranges))
    sizes = [stop - start for start, stop in ranges]
    assert min(sizes) >= 1
    assert max(sizes) == -(-steps // count)
    assert even(steps, count, max(sizes) - 1) is None


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 8), st.integers(1, 300), st.integers(0, 150), st.integers(0, 150),
    st.integers(1, 120), st.integers(1, 120), st.sampled_from(["down", "right"]),
)  # fmt: skip
def test_bands_go_around_a_hole_and_leave_no_step_out(units, steps, x, y, width, height, time):
    hole = (10 + x, 20 + y, 10 + x + width, 20 + y + height)
    place = CellArea((10, 20, 210, 260), 36, holes=(hole,))
    found = fit((units, steps), place, [time])
    if found is None:
        return
    assert [found.bands[0].start, found.bands[-1].stop] == [0, steps]
    assert all(a.stop == b.start for a, b in itertools.pairwise(found.bands))
    for band in found.bands:
        size = ((band.stop - band.start) * found.cell, units * found.cell)
        across, down = size if time == "right" else size[::-1]
        assert 10 <= band.x <= band.x + across <= 210
        assert 20 <= band.y <= band.y + down <= 260
        outside = band.x + across <= hole[0] or band.x >= hole[2] or band.y + down <= hole[1] or band.y >= hole[3]
        assert outside


def test_going_around_beats_staying_below():
    hole = (0, 0, 500, 500)
    around = fit((24, 500), CellArea((0, 0, 800, 1700), 300, holes=(hole,)), ["right"])
    below = fit((24, 500), CellArea((0, 500, 800, 1700), 300), ["right"])
    assert around.cell > below.cell
    assert {band.x >= 500 for band in around.bands if band.y < 500} == {True}


def test_a_round_place_is_not_left():
    square = fit((10, 10), CellArea((0, 0, 200, 200), 300, radius=100), ["down"])
    assert square.cell == 14  # 14.14 is the side of the square in a circle of 200
    assert fit((10, 10), CellArea((0, 0, 200, 200), 300), ["down"]).cell == 20


def test_capacity_is_what_fits_and_no_more():
    place = CellArea((0, 0, 776, 1673), 300)
    count, each = capacity((128, 10**9), place, "down", 1)
    assert fit((128, count * each), place, ["down"], cell=1).bands[-1].stop == count * each
    assert fit((128, count * each + 1), place, ["down"], cell=1) is None


@pytest.mark.parametrize("bands", [2, 5])
def test_a_number_of_bands_that_is_asked_for_is_kept(bands):
    found = fit((8, 100), CellArea((0, 0, 300, 300), 72), ["down", "right"], bands=bands)
    assert len(found.bands) == bands


def test_bands_that_are_asked_for_around_a_camera_are_as_large_as_those_found():
    medium = Medium("bar", 71.6, 147.6, openings=((5.0, 18.0, 66.0, 32.0),), kind="phone")
    grid = rasterize(np.eye(128, 274))
    found = layout(grid, medium, camera="reflow")
    asked = layout(grid, medium, camera="reflow", bands=len(found.bands))
    assert len(found.bands) > 1
    assert asked.cell == found.cell
