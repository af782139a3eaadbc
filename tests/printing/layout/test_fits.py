"""Cells to every edge, inside a margin, or cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stateviz import StateMatrix
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.media import Medium
from stateviz.printing.layout.captions import Caption
from stateviz.printing.layout.plans import describe
from stateviz.printing.layout.run import layout
from stateviz.printing.media import resolve_medium
from stateviz.printing.preflight.run import preflight
from stateviz.printing.readback.read import compare_matrix, read_back
from stateviz.rendering import rasterize, write
from stateviz.rendering.canvas import stream

STATES = StateMatrix(np.random.default_rng(8).integers(0, 2, (24, 71)) * 2 - 1, tuple(range(24)))
GRID = rasterize(STATES)
REAL = StateMatrix(np.random.default_rng(9).normal(size=(24, 71)), tuple(range(24)))
PHONE = Medium("phone", 71.6, 147.6, corner=12, openings=((5, 5, 40, 40), (30, 60, 42, 72)), kind="phone")


def drawn(sheet):
    return np.array(list(stream(sheet)))


def test_a_phone_is_covered_and_a_paper_is_not():
    assert layout(GRID, PHONE).plan["fit"] == "cover"
    assert layout(GRID, "iphone-15").plan["fit"] == "cover"
    assert layout(GRID, "a6").plan["fit"] == "contain"
    assert layout(GRID, "sticker-100").plan["fit"] == "contain"
    for asked in ({"margin": 5}, {"camera": "below"}, {"camera": "reflow"}, {"caption": Caption("Grace")}):
        assert layout(GRID, PHONE, **asked).plan["fit"] == "contain"
    assert layout(GRID, PHONE, fit="cover", margin=5).plan["margin_mm"] == 5
    assert layout(GRID, PHONE).plan["margin_mm"] == 0


@pytest.mark.parametrize("time", ["down", "right"])
@pytest.mark.parametrize("medium", [PHONE, "a6", "sticker-round-100"])
def test_what_covers_leaves_no_pixel_of_its_ground_inside_or_outside_the_cut(medium, time):
    sheet = layout(rasterize(np.ones((24, 71))), medium, time=time, bands=1, fit="cover")
    assert (drawn(sheet) == 1).all()


def test_the_outermost_rows_and_columns_are_continued_to_the_edges():
    sheet = layout(GRID, PHONE, fit="cover")
    (x, y), cell = sheet.origin, sheet.cell
    rows, columns = sheet.grid.shape
    picture = drawn(sheet)
    below, right = picture.shape[0] - y - rows * cell, picture.shape[1] - x - columns * cell
    for line in range(picture.shape[0]):
        row = min(max((line - y) // cell, 0), rows - 1)
        across = np.clip((np.arange(picture.shape[1]) - x) // cell, 0, columns - 1)
        np.testing.assert_array_equal(picture[line], sheet.grid.indices[row, across])
    more = sheet.plan["continued"]
    assert more["px"] == [x, y, right, below]
    bleed, (wide, tall) = sheet.plan["bleed_px"], sheet.plan["trim_px"]
    outside = wide * tall - rows * columns * cell * cell
    assert more["share"] == pytest.approx(outside / (wide * tall), abs=1e-4)
    sides = [-(-max(0, edge - bleed) // cell) for edge in more["px"]]
    assert more["cells"] == (columns + sides[0] + sides[2]) * (rows + sides[1] + sides[3]) - rows * columns
    assert f"to every edge by {more['cells']:,} repeats of the outermost cells" in describe(sheet.plan)


def test_bands_that_cover_keep_the_gaps_between_them():
    sheet = layout(rasterize(np.ones((24, 71))), PHONE, bands=2, time="down", fit="cover")
    columns = (drawn(sheet) == 0).all(axis=0)
    first, second = sheet.bands
    assert np.flatnonzero(columns).tolist() == list(range(first.x + 24 * sheet.cell, second.x))
    assert (drawn(sheet)[:, ~columns] == 1).all()


@pytest.mark.parametrize("extension", [".png", ".svg", ".pdf", ".tif"])
@pytest.mark.parametrize("fit", ["cover", "contain", "crop"])
def test_every_fit_is_read_back_exactly(tmp_path, extension, fit):
    if extension == ".pdf":
        pytest.importorskip("pikepdf")
    path = write(layout(GRID, PHONE, fit=fit, bands=1), tmp_path / f"a{extension}")
    found = read_back(path)
    assert found.altered == 0
    assert compare_matrix(found, STATES).cells == 0
    flipped = StateMatrix(-STATES.values, STATES.units)
    assert compare_matrix(found, flipped).cells == found.grid.indices.size


@pytest.mark.parametrize("halftone", ["dot", "blue-noise"])
@pytest.mark.parametrize("fit", ["cover", "crop"])
def test_real_values_that_cover_are_read_back(tmp_path, fit, halftone):
    path = write(layout(rasterize(REAL), PHONE, fit=fit, halftone=halftone), tmp_path / "a.png")
    found = read_back(path)
    assert found.altered == 0
    assert compare_matrix(found, REAL).cells == 0


@pytest.mark.parametrize("constant", [None, 0, 23])
@pytest.mark.parametrize("time", ["down", "right"])
def test_a_covering_sheet_without_its_plan_is_compared_by_its_pixels(tmp_path, time, constant):
    values = STATES.values.copy()
    if constant is not None:
        values[constant] = -1
    states = StateMatrix(values, STATES.units)
    sheet = layout(rasterize(states), PHONE, fit="cover", time=time, bands=1)
    found = read_back(write(replace(sheet, plan={}), tmp_path / "a.png"))
    assert found.how == "pixels"
    assert compare_matrix(found, states).cells == 0
    values[11, 30] *= -1
    assert compare_matrix(found, StateMatrix(values, STATES.units)).cells == 1


def test_crop_takes_the_smallest_cells_that_fill_and_says_what_it_cuts(tmp_path):
    sheet = layout(GRID, PHONE, fit="crop", time="down")
    wide, tall = sheet.plan["trim_px"]
    assert sheet.cell == max(-(-wide // 24), -(-tall // 71))
    crop = sheet.plan["crop"]
    kept = [high - low for low, high in (crop["units"], crop["steps"])]
    assert kept == [wide // sheet.cell, tall // sheet.cell] == sheet.plan["grid_cells"][::-1]
    assert crop["cut"] == 24 * 71 - kept[0] * kept[1] > 0
    np.testing.assert_array_equal(sheet.grid.indices.T, GRID.indices[slice(*crop["units"]), slice(*crop["steps"])])
    said = f"{crop['cut']:,} of 1,704 cells cut off"
    assert said in describe(sheet.plan)
    report = preflight(write(sheet, tmp_path / "a.png"), PHONE, against=STATES)
    assert report.ready
    assert any(said in result.text for result in report.results)


def test_crop_takes_the_dpi_that_cuts_the_fewest_cells():
    plan = layout(GRID, PHONE, fit="crop").plan
    every = [layout(GRID, PHONE, fit="crop", dpi=dpi).plan["crop"]["cut"] for dpi in range(300, 331)]
    assert plan["crop"]["cut"] == min(every) < max(every)
    assert "(of 300 to 330, for the fewest cells cut off)" in describe(plan)


def test_crop_keeps_all_where_all_fits_and_a_cell_asked_for_is_kept():
    assert "crop" not in layout(GRID, PHONE, fit="crop", cell=4).plan
    larger = layout(GRID, PHONE, fit="crop", cell=100)
    assert larger.cell == 100
    assert larger.plan["crop"]["cut"] == 24 * 71 - larger.grid.indices.size


def test_hidden_and_cut_cells_are_counted_in_the_plan_and_the_preflight(tmp_path):
    sheet = layout(rasterize(np.eye(34, 71)), PHONE, bleed=0, dpi=330)
    centres = [
        ((x + (column + 0.5) * sheet.cell) * 25.4 / 330, (y + (row + 0.5) * sheet.cell) * 25.4 / 330)
        for x, y in [sheet.origin]
        for row in range(sheet.grid.shape[0])
        for column in range(sheet.grid.shape[1])
    ]
    hidden = sum(any(a <= x < c and b <= y < d for a, b, c, d in PHONE.openings) for x, y in centres)
    assert sheet.plan["hidden_cells"] == hidden > 0
    corner = [(max(0, 12 - min(x, 71.6 - x)), max(0, 12 - min(y, 147.6 - y))) for x, y in centres]
    cut = sum(x * x + y * y > 144 for x, y in corner)
    assert sheet.plan["cut_cells"] == cut > 0
    report = preflight(write(sheet, tmp_path / "a.png"), PHONE, bleed=0)
    texts = {result.text: result.status for result in report.results}
    behind = next(text for text in texts if "behind the camera" in text)
    assert behind.startswith(f"{hidden:,} cells (")
    outside = next(text for text in texts if "rounded corner" in text)
    assert outside.startswith(f"{cut:,} cells lie outside 4 rounded corners")
    assert texts[behind] == texts[outside] == "note"
    assert report.ready


def test_plan_and_preflight_count_the_same_at_a_dpi_that_is_no_whole_number_a_metre(tmp_path):
    medium = resolve_medium("iphone-16-pro")
    sheet = layout(rasterize(np.eye(128, 274)), medium)
    assert sheet.dpi == 326
    report = str(preflight(write(sheet, tmp_path / "a.png"), medium))
    assert f"{sheet.plan['cut_cells']:,} cells lie outside 4 rounded corners" in report
    assert f"{sheet.plan['hidden_cells']:,} cells (" in report


def test_what_is_to_be_contained_and_is_hidden_fails(tmp_path):
    hidden = preflight(write(layout(GRID, PHONE, fit="contain"), tmp_path / "a.png"), PHONE)
    assert [result.check for result in hidden.failures] == ["safe zones"]
    assert "behind the camera" in hidden.failures[0].text
    below = preflight(write(layout(GRID, PHONE, camera="below", margin=6), tmp_path / "b.png"), PHONE)
    assert "behind the camera" not in str(below)


def test_a_wrap_is_printed_beyond_the_panel_and_unknown_is_bleed_alone(tmp_path):
    wrapped = Medium("wrapped", 71.6, 147.6, wrap=5, kind="phone", openings=())
    sheet = layout(GRID, wrapped, dpi=300)
    assert sheet.plan["wrap_mm"] == 5
    assert sheet.plan["bleed_px"] == 95  # 8 mm, rounded up
    assert sheet.canvas == (846 + 2 * 95, 1743 + 2 * 95)
    assert layout(GRID, PHONE).plan["wrap_mm"] == "unknown"
    assert layout(GRID, PHONE, dpi=300).plan["bleed_px"] == 36
    assert preflight(write(sheet, tmp_path / "a.png"), wrapped).ready
    short = preflight(write(layout(GRID, Medium("flat", 71.6, 147.6, kind="phone")), tmp_path / "b.png"), wrapped)
    assert "bleed" in {result.check for result in short.failures}
    with pytest.raises(InputError, match="wrap must be 0 mm or more"):
        Medium("m", 10, 10, wrap=-1)


def test_few_steps_are_told_how_many_would_fill_the_medium():
    (warning,) = [w for w in layout(rasterize(np.eye(128, 10)), PHONE).plan["warnings"] if "repeated" in w]
    assert "10 steps do not fill it, 264 would" in warning
    full = layout(rasterize(np.eye(128, 264)), PHONE).plan
    assert not [w for w in full["warnings"] if "repeated" in w]
    assert (full["cell_px"], full["dpi"]) == (7, 318)
    held = layout(rasterize(np.eye(128, 10)), PHONE, dpi=300).plan
    assert any("10 steps do not fill it, 290 would" in warning for warning in held["warnings"])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"fit": "stretch"}, UnknownNameError, "unknown fit 'stretch'"),
        ({"fit": "cover", "caption": Caption("Grace")}, InputError, "a caption stands in a margin"),
        ({"fit": "cover", "camera": "reflow"}, InputError, "choose one of them"),
        ({"fit": "crop", "bands": 2}, InputError, "cuts one block"),
    ],
)
def test_fits_that_cannot_be_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        layout(GRID, PHONE, **options)
