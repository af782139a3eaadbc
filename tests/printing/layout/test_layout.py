"""Layouts: the geometry, the plan and what is refused."""

import json
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.media import Medium
from stateviz.printing import describe
from stateviz.printing.layout import layout
from stateviz.rendering import rasterize
from stateviz.rendering.canvas import stream

CASE = rasterize(np.random.default_rng(6).integers(0, 2, (128, 274)))


def test_the_published_matrix_on_a_phone_case():
    sheet = layout(CASE, "iphone-15", dpi=300)
    plan = sheet.plan
    assert (sheet.cell, plan["time"], plan["grid_px"], plan["grid_cells"]) == (6, "down", [768, 1644], [274, 128])
    assert (plan["cell_mm"], plan["share"], plan["hidden"]) == (0.508, 0.8562, "unknown")
    assert sheet.canvas == (846 + 2 * 36, 1743 + 2 * 36)
    np.testing.assert_array_equal(sheet.grid.indices, CASE.indices.T)


def test_without_a_dpi_the_largest_cells_of_300_to_330_are_taken():
    plan = layout(CASE, "iphone-16-pro").plan
    assert (plan["dpi"], plan["cell_px"], plan["cell_mm"], plan["share"]) == (326, 7, 0.5454, 0.9761)
    assert plan["dpi_range"] == [300, 330]
    assert "326 dpi (of 300 to 330, for the largest cells), 995 x 1998 px" in describe(plan)
    every = [layout(CASE, "iphone-16-pro", dpi=dpi).plan for dpi in range(300, 331)]
    assert max(one["cell_mm"] for one in every) == plan["cell_mm"]
    assert {one["dpi_range"] for one in every} == {None}
    assert "; 300 dpi, 916 x 1839 px" in describe(every[0])


def test_papers_and_posters_keep_four_percent_free():
    for medium, share in (("a3", 297), ("poster-24x36", 609.6), ("a4-landscape", 210)):
        assert layout(CASE, medium).plan["margin_mm"] == pytest.approx(0.04 * share)
    assert layout(CASE, "a3", margin=5).plan["margin_mm"] == 5
    assert layout(CASE, Medium("mine", 297, 420, margin=2)).plan["margin_mm"] == 2
    assert layout(CASE, "sticker-100").plan["margin_mm"] == 3


def test_a_paper_on_its_side_is_as_wide_as_it_is_tall_upright():
    upright, lying = layout(CASE, "a3", time="down"), layout(CASE, "a3-landscape", time="right")
    assert upright.plan["trim_px"] == lying.plan["trim_px"][::-1]
    assert upright.plan["cell_px"] == lying.plan["cell_px"]


@pytest.mark.parametrize("medium", ["iphone-12", "galaxy-s25-ultra"])
def test_of_equal_cells_the_lowest_dpi_is_taken(medium):
    assert layout(CASE, medium).dpi == 300


@pytest.mark.parametrize(
    ("medium", "options", "dpi"),
    [
        ("iphone-16-pro", {"dpi": 310}, 310),
        ("iphone-16-pro", {"cell": 4}, 300),
        ("iphone-16-pro", {"bleed": "40px"}, 300),
        ("iphone-16-pro", {"margin": "40 px"}, 300),
        ("amazon-merch", {}, 300),
        ("amazon-merch", {"dpi": 150}, 150),
        ("844x1767px", {}, 300),
        ("844x1767px", {"dpi": 200}, 200),
    ],
)
def test_a_dpi_that_was_given_is_exact(medium, options, dpi):
    sheet = layout(CASE, medium, **options)
    assert (sheet.dpi, sheet.plan["dpi"], sheet.plan["dpi_range"]) == (dpi, dpi, None)
    assert medium != "844x1767px" or sheet.plan["trim_px"] == [844, 1767]


def test_a_centred_panel_loses_a_fifth_to_the_camera_of_a_pro():
    assert layout(CASE, "iphone-16-pro").plan["hidden"] == pytest.approx(0.19, abs=0.005)
    assert layout(CASE, "a4").plan["hidden"] == 0


def test_openings_that_overlap_are_counted_once():
    medium = Medium("m", 50, 50, bleed=0, margin=0, openings=((0, 0, 25, 50), (0, 0, 25, 25)))
    assert layout(rasterize(np.eye(10)), medium).plan["hidden"] == 0.5


@pytest.mark.parametrize(("medium", "expected"), [("70x140mm", "down"), ("140x70mm", "right")])
def test_time_takes_the_direction_of_larger_cells(medium, expected):
    sheet = layout(CASE, medium, bands=1)
    other = layout(CASE, medium, bands=1, time="right" if expected == "down" else "down")
    assert sheet.plan["time"] == expected
    assert sheet.cell > other.cell
    assert layout(CASE, medium).plan["time"] == expected


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
    st.sampled_from(["auto", 1, 2, 3]),
)
def test_any_layout_keeps_its_promises(units, steps, width, height, dpi, bleed, margin, bands):
    grid = rasterize(np.random.default_rng(0).integers(0, 2, (units, steps)))
    medium = Medium("m", width, height)
    try:
        sheet = layout(grid, medium, dpi=dpi, bleed=bleed, margin=margin, bands=bands)
    except InputError:
        assume(False)
    left, top = sheet.origin
    right, bottom = (
        total - start - size
        for total, start, size in zip(sheet.canvas, sheet.origin, sheet.plan["grid_px"], strict=True)
    )
    assert right - left in (0, 1)
    assert bottom - top in (0, 1)
    kept = sheet.plan["bleed_px"] + sheet.plan["margin_px"]
    assert min(left, right, top, bottom) >= kept
    assert sheet.plan["margin_px"] * 25.4 / dpi >= margin - 1e-6
    assert bands in ("auto", len(sheet.bands))
    lines = list(stream(sheet))
    assert len(lines) == sheet.canvas[1]
    assert {len(line) for line in lines} == {sheet.canvas[0]}
    assert np.array_equal(read_cells(np.array(lines), sheet), sheet.grid.indices)


def read_cells(picture, sheet):
    """The matrix out of the pixels; fails where a cell is not whole, or anything is drawn outside the bands."""
    down, cell, parts = sheet.time == "down", sheet.cell, []
    rest = picture.copy()
    for cells, band in sheet.pieces():
        box = np.s_[band.y : band.y + len(cells) * cell, band.x : band.x + cells.shape[1] * cell]
        corners = picture[box][::cell, ::cell]
        assert np.array_equal(picture[box], corners.repeat(cell, 0).repeat(cell, 1))
        parts.append(corners)
        rest[box] = sheet.background
    assert (rest == sheet.background).all()
    return np.concatenate(parts, axis=0 if down else 1)


@pytest.mark.parametrize("bands", [1, 2, 3, 7])
@pytest.mark.parametrize("time", ["down", "right"])
def test_any_number_of_bands_reads_back(time, bands):
    sheet = layout(CASE, "a3", time=time, bands=bands, dpi=150)
    assert len(sheet.bands) == bands
    assert [band["steps"] for band in sheet.plan["bands"]] == [[band.start, band.stop] for band in sheet.bands]
    cells = read_cells(np.array(list(stream(sheet))), sheet)
    assert np.array_equal(cells.T if time == "down" else cells, CASE.indices)


def test_bands_are_as_few_as_the_largest_cells_allow():
    long = rasterize(np.zeros((128, 20_000)))
    sheet = layout(long, "a2")
    assert (sheet.cell, len(sheet.bands), sheet.plan["time"]) == (3, 10, "down")
    with pytest.raises(InputError):
        layout(long, "a2", bands=9, cell=3)
    with pytest.raises(InputError):
        layout(long, "a2", cell=4)


def test_a_cell_may_be_asked_for_in_pixels_or_as_a_length():
    assert layout(CASE, "iphone-15", cell=4).cell == 4
    sheet = layout(CASE, "iphone-15", cell="0.4mm")
    assert sheet.cell == 5
    assert sheet.plan["cell_mm"] == 0.4233


def test_bleed_and_margin_replace_the_mediums_own():
    sheet = layout(CASE, "iphone-15", bleed="0.1in", margin=0, dpi=300)
    assert (sheet.plan["bleed_px"], sheet.plan["margin_px"], sheet.plan["bleed_mm"]) == (30, 0, 2.54)


def test_the_background_surrounds_the_grid():
    sheet = layout(rasterize([[0, 1]]), "a6", background=1, dpi=72)
    assert (next(iter(stream(sheet))) == 1).all()


@pytest.mark.parametrize("time", ["auto", "right"])
def test_too_large_a_grid_says_the_smallest_cell_and_what_would_fit(time):
    long = rasterize(np.zeros((128, 20_000)))
    with pytest.raises(InputError, match=r"smallest cell, 1 px = 0\.085 mm, its 774 x 1671 px hold \d+ bands") as error:
        layout(long, "iphone-15", time=time, fit="contain")
    text = str(error.value)
    size, dpi = map(float, re.search(r"cells of ([0-9.]+) mm at (\d+) dpi", text).groups())
    assert layout(long, "iphone-15", time=time, dpi=dpi, fit="contain").plan["cell_mm"] == pytest.approx(size, abs=1e-3)
    fewer = int(re.search(r"(\d+) steps at cells of 0\.254 mm", text)[1])
    assert layout(rasterize(np.zeros((128, fewer))), "iphone-15", time=time, fit="contain").plan["cell_mm"] >= 0.25
    paper, size = re.search(r"; ([a-z0-9-]+), with cells of ([0-9.]+) mm$", text).groups()
    assert layout(long, paper).plan["cell_mm"] == pytest.approx(float(size), abs=1e-3)


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
        ({"bands": 0}, "bands must be auto or a whole number of 1 to 274"),
        ({"bands": 275}, "bands must be"),
        ({"bands": "some"}, "bands must be"),
        ({"bands": True}, "bands must be"),
        ({"bands": 200}, "do not fit iphone-15 at 300 dpi in 200 bands"),
        ({"camera": "below"}, "camera of iphone-15 is not known"),
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
    assert any("contrast in print is 1." in warning for warning in faint.plan["warnings"])
    coarse = layout(rasterize(np.eye(4)), "a6", dpi=100)
    assert any("100 dpi is below the 150" in warning for warning in coarse.plan["warnings"])
    assert any("second hand" in warning for warning in layout(CASE, "iphone-15").plan["warnings"])
    assert layout(rasterize(np.eye(4)), "a6").plan["warnings"] == []


def test_cells_below_the_floor_are_told_which_paper_would_do():
    plan = layout(rasterize(np.zeros((1024, 4000))), "a2").plan
    assert any("0.169 mm are below 0.25" in w and w.endswith("with cells of 0.254 mm") for w in plan["warnings"])


def test_a_transparent_medium_leaves_its_ground_out_and_a_sticker_has_a_contour():
    shirt = layout(CASE, "tee-12x16")
    assert (shirt.transparent, shirt.plan["transparent"], shirt.contour) == (0, 0, None)
    round_one = layout(CASE, "sticker-round-100", dpi=300)
    assert (round_one.contour.radius, round_one.contour.width) == (590.5, 1181)
    assert round_one.plan["contour_px"] == [36, 36, 1181, 1181, 590.5]
    assert round_one.transparent is None


@pytest.mark.parametrize("medium", ["sticker-round-75", "sticker-round-100", "sticker-75x100"])
def test_what_is_cut_round_keeps_its_picture_and_margin_inside_the_cut(medium):
    sheet = layout(CASE, medium)
    assert sheet.plan["cut"] == 0
    left, top = sheet.origin
    contour, margin = sheet.contour, sheet.plan["margin_px"]
    x, y = left - contour.x, top - contour.y
    radius = contour.radius
    if x < radius and y < radius:
        assert np.hypot(radius - x, radius - y) <= radius - margin + 1.5
    larger = layout(CASE, medium, cell=sheet.cell - 1) if sheet.cell > 1 else sheet
    assert larger.plan["cut"] == 0
    with pytest.raises(InputError, match="too large"):
        layout(CASE, medium, cell=sheet.cell + 1)


def test_the_plan_in_words():
    first, *notes = describe(layout(CASE, "iphone-15", dpi=300).plan).splitlines()
    assert first.startswith("iphone-15 71.6 x 147.6 mm: cell 6 px = 0.508 mm; grid 768 x 1644 px, time down; 86% of")
    assert first.endswith("300 dpi, 918 x 1815 px; bleed 3 mm; camera opening not known")
    assert len(notes) == 1
    assert notes[0].startswith("note: ")
    assert "6,723 cells (19%) behind the camera (--camera below: cell 0.339 mm" in describe(
        layout(CASE, "iphone-16-pro").plan
    )
    assert describe(layout(CASE, "70x140mm").plan).startswith("70 x 140 mm: ")


def test_around_a_diverging_grid_lies_the_colour_of_zero():
    states = np.random.default_rng(3).normal(size=(8, 12))
    sheet = layout(rasterize(states, palette="balance"), "a6", dpi=100)
    assert sheet.background == len(sheet.palette.colors) // 2 == sheet.plan["background"]
    assert layout(CASE, "a6").background == 0


def test_real_values_are_printed_as_dots_of_two_inks():
    states = np.random.default_rng(3).normal(size=(8, 12))
    sheet = layout(rasterize(states), "a6", dpi=100)
    assert (sheet.plan["halftone"], len(sheet.palette.colors)) == ("dot", 2)
    assert {int(value) for row in stream(sheet) for value in np.unique(row)} == {0, 1}
    plain = layout(rasterize(states), "a6", dpi=100, halftone="none")
    assert (plain.plan["halftone"], len(plain.palette.colors)) == (None, 256)
