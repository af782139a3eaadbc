"""Layouts: the geometry, the plan and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.sheets import Medium
from stateviz.printing import describe, layout
from stateviz.rendering import rasterize

CASE = rasterize(np.random.default_rng(6).integers(0, 2, (128, 274)))


def test_the_published_matrix_on_a_phone_case():
    sheet = layout(CASE, "iphone-15")
    plan = sheet.plan
    assert (sheet.cell, plan["time"], plan["grid_px"], plan["grid_cells"]) == (6, "down", [768, 1644], [274, 128])
    assert (plan["cell_mm"], plan["share"], plan["hidden"]) == (0.508, 0.8562, "unknown")
    assert sheet.canvas == (846 + 2 * 35, 1743 + 2 * 35)
    np.testing.assert_array_equal(sheet.grid.indices, CASE.indices.T)


def test_a_centred_panel_loses_a_fifth_to_the_camera_of_a_pro():
    assert layout(CASE, "iphone-16-pro").plan["hidden"] == pytest.approx(0.19, abs=0.005)
    assert layout(CASE, "a4").plan["hidden"] == 0


def test_openings_that_overlap_are_counted_once():
    medium = Medium("m", 50, 50, bleed=0, margin=0, openings=((0, 0, 25, 50), (0, 0, 25, 25)))
    assert layout(rasterize(np.eye(10)), medium).plan["hidden"] == 0.5


@pytest.mark.parametrize(("medium", "expected"), [("70x140mm", "down"), ("140x70mm", "right")])
def test_time_takes_the_direction_of_larger_cells(medium, expected):
    sheet = layout(CASE, medium)
    other = layout(CASE, medium, time="right" if expected == "down" else "down")
    assert sheet.plan["time"] == expected
    assert sheet.cell > other.cell


def test_where_both_directions_are_equal_time_takes_the_longer_side():
    square = rasterize(np.eye(9))
    assert layout(square, "70x140mm").plan["time"] == "down"
    assert layout(square, "140x70mm").plan["time"] == "right"


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.floats(20, 300),
    st.floats(20, 300),
    st.floats(72, 700),
    st.floats(0, 6),
    st.floats(0, 5),
)
def test_any_layout_keeps_its_promises(units, steps, width, height, dpi, bleed, margin):
    grid = rasterize(np.random.default_rng(0).integers(0, 2, (units, steps)))
    medium = Medium("m", width, height)
    needed = max(max(units, steps) / max(width, height), min(units, steps) / min(width, height))
    assume(needed * 25.4 * 1.2 < dpi * (1 - 2 * margin / min(width, height)))
    sheet = layout(grid, medium, dpi=dpi, bleed=bleed, margin=margin)
    rows, columns = sheet.grid.shape
    left, top = sheet.origin
    right = sheet.canvas[0] - left - columns * sheet.cell
    bottom = sheet.canvas[1] - top - rows * sheet.cell
    assert right - left in (0, 1)
    assert bottom - top in (0, 1)
    kept = sheet.plan["bleed_px"] + sheet.plan["margin_px"]
    assert min(left, right, top, bottom) >= kept
    assert sheet.plan["margin_px"] * 25.4 / dpi >= margin - 1e-6
    lines = list(sheet.rows())
    assert len(lines) == sheet.canvas[1]
    assert {len(line) for line in lines} == {sheet.canvas[0]}


def test_a_cell_may_be_asked_for_in_pixels_or_as_a_length():
    assert layout(CASE, "iphone-15", cell=4).cell == 4
    sheet = layout(CASE, "iphone-15", cell="0.4mm")
    assert sheet.cell == 5
    assert sheet.plan["cell_mm"] == 0.4233


def test_bleed_and_margin_replace_the_mediums_own():
    sheet = layout(CASE, "iphone-15", bleed="0.1in", margin=0)
    assert (sheet.plan["bleed_px"], sheet.plan["margin_px"], sheet.plan["bleed_mm"]) == (30, 0, 2.54)


def test_the_background_surrounds_the_grid():
    sheet = layout(rasterize([[0, 1]]), "a6", background=1, dpi=72)
    assert (next(iter(sheet.rows())) == 1).all()


@pytest.mark.parametrize("time", ["auto", "right"])
def test_too_large_a_grid_says_the_smallest_cell_and_what_would_fit(time):
    long = rasterize(np.zeros((128, 20_000)))
    with pytest.raises(InputError, match=r"1 px = 0\.085 mm, needs 128 x 20000 px") as error:
        layout(long, "iphone-15", time=time)
    text = str(error.value)
    advised = int(text.split("at ")[-2 if "steps at" in text else -1].split(" dpi")[0])
    assert layout(long, "iphone-15", time=time, dpi=advised).cell >= 1
    fewer = int(text.split("would; ")[1].split(" steps")[0])
    sheet = layout(rasterize(np.zeros((128, fewer))), "iphone-15", time=time, dpi=1200)
    assert sheet.plan["cell_mm"] > 0.23


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dpi": 0}, "dpi must be"),
        ({"dpi": float("nan")}, "dpi must be"),
        ({"dpi": "many"}, "dpi must be"),
        ({"cell": 7}, "largest that fit are 6 px = 0.508 mm"),
        ({"cell": 0}, "whole number"),
        ({"cell": 2.5}, "whole number"),
        ({"cell": "0.01mm"}, "less than a pixel"),
        ({"margin": 40}, "leaves nothing"),
        ({"margin": "4"}, "has no unit"),
        ({"bleed": -1}, "0 mm or more"),
        ({"background": 2}, "palette index"),
    ],
)
def test_a_number_that_cannot_be_used_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        layout(CASE, "iphone-15", **options)


def test_unknown_names_are_guessed():
    with pytest.raises(UnknownNameError, match="did you mean 'down'"):
        layout(CASE, "iphone-15", time="dwon")
    with pytest.raises(UnknownNameError, match="did you mean 'iphone-15'"):
        layout(CASE, "iphon-15")


def test_the_plan_is_plain_json():
    plan = layout(CASE, "iphone-13-pro").plan
    assert json.loads(json.dumps(plan)) == plan


def test_warnings_come_with_their_numbers():
    small = layout(CASE, "a6", cell=2)
    assert any("0.169 mm are below 0.25" in warning for warning in small.plan["warnings"])
    faint = layout(rasterize(np.eye(4), palette="ffffff,cccccc"), "a6")
    assert any("contrast of 1.6" in warning for warning in faint.plan["warnings"])
    coarse = layout(rasterize(np.eye(4)), "a6", dpi=100)
    assert any("100 dpi is below the 150" in warning for warning in coarse.plan["warnings"])
    assert any("second hand" in warning for warning in layout(CASE, "iphone-15").plan["warnings"])
    assert layout(rasterize(np.eye(4)), "a6").plan["warnings"] == []


def test_the_plan_in_words():
    first, *notes = describe(layout(CASE, "iphone-15").plan).splitlines()
    assert first.startswith("iphone-15 71.6 x 147.6 mm: cell 6 px = 0.508 mm; grid 768 x 1644 px, time down; 86% of")
    assert first.endswith("300 dpi, 916 x 1813 px; bleed 3 mm; camera opening not known")
    assert len(notes) == 1
    assert notes[0].startswith("note: ")
    assert "19% of the cells behind the camera" in describe(layout(CASE, "iphone-16-pro").plan)
    assert describe(layout(CASE, "70x140mm").plan).startswith("70 x 140 mm: ")
