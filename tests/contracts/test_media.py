"""What every row of MEDIA promises, and that a layout on it is whole to the pixel."""

import numpy as np
import pytest

from stateviz.printing import MEDIA
from stateviz.printing.layout import layout
from stateviz.rendering import rasterize

ROWS = list(MEDIA.values())
STATES = np.random.default_rng(1).integers(0, 2, (37, 61))


@pytest.mark.parametrize("medium", ROWS, ids=list(MEDIA))
def test_a_row_says_where_its_size_is_from(medium):
    assert medium.citation
    assert medium.status in {"maker", "secondary", "standard"}
    assert medium.kind in {"phone", "paper", "postcard", "sticker", "shirt", "poster"}
    short, long = sorted((medium.width, medium.height))
    assert 50 < short <= long < 1300
    assert (medium.width > medium.height) == medium.name.endswith("-landscape")
    assert medium.margin < medium.width / 4
    assert medium.bleed < 6


@pytest.mark.parametrize("medium", ROWS, ids=list(MEDIA))
def test_openings_lie_on_the_medium_and_only_a_phone_may_not_know_them(medium):
    assert medium.openings is not None or medium.kind == "phone"
    for x0, y0, x1, y1 in medium.openings or ():
        assert 0 <= x0 < x1 <= medium.width
        assert 0 <= y0 < y1 <= medium.height


@pytest.mark.parametrize("time", ["down", "right"])
@pytest.mark.parametrize("medium", ROWS, ids=list(MEDIA))
def test_a_layout_is_whole_and_inside_the_margin(medium, time):
    sheet = layout(rasterize(STATES), medium, time=time, dpi=150, bands=1, fit="contain")
    rows, columns = sheet.grid.shape
    assert (rows, columns) == (STATES.T if time == "down" else STATES).shape
    for axis, cells in ((0, columns), (1, rows)):
        size = (medium.width, medium.height)[axis]
        trim, bleed = sheet.plan["trim_px"][axis], sheet.plan["bleed_px"]
        assert abs(trim - size / 25.4 * 150) <= 0.5
        assert sheet.canvas[axis] == trim + 2 * bleed
        before = sheet.origin[axis] - bleed
        after = trim - before - cells * sheet.cell
        assert min(before, after) * 25.4 / 150 >= medium.margin - 25.4 / 150  # less than the odd pixel off centre
        assert 0 <= after - before <= 1
    if medium.contour and medium.corner:
        return  # where the knife goes round, the corners end the picture and not the sides
    # One pixel more a cell would not fit.
    inner = [t - 2 * sheet.plan["margin_px"] for t in sheet.plan["trim_px"]]
    assert columns * sheet.cell <= inner[0]
    assert rows * sheet.cell <= inner[1]
    assert columns * (sheet.cell + 1) > inner[0] or rows * (sheet.cell + 1) > inner[1]


@pytest.mark.parametrize("time", ["down", "right"])
@pytest.mark.parametrize("medium", ROWS, ids=list(MEDIA))
def test_every_medium_prints_every_state_once_at_whole_pixels_in_bands(medium, time):
    for bands in (1, 2, 3):
        sheet = layout(rasterize(STATES), medium, time=time, dpi=72, bands=bands)
        seen = np.zeros(sheet.grid.shape, int)
        for cells, band in sheet.pieces():
            steps = np.s_[band.start : band.stop]
            seen[steps if time == "down" else np.s_[:, steps]] += 1
            for at, axis, count in ((band.x, 0, cells.shape[1]), (band.y, 1, cells.shape[0])):
                kept = sheet.plan["bleed_px"] + sheet.plan["margin_px"]
                assert kept <= at <= sheet.canvas[axis] - kept - count * sheet.cell
        assert (seen == 1).all()
        assert len(sheet.bands) == bands


@pytest.mark.parametrize("medium", [row for row in ROWS if row.openings], ids=lambda row: row.name)
@pytest.mark.parametrize("camera", ["below", "reflow"])
def test_nothing_is_hidden_where_the_cells_keep_clear_of_the_camera(medium, camera):
    sheet = layout(rasterize(STATES), medium, camera=camera)
    assert sheet.plan["hidden"] == 0
    assert sheet.cell <= layout(rasterize(STATES), medium).cell


def test_the_iso_papers_halve():
    pairs = [*((f"a{n}", f"a{n + 1}") for n in range(6)), ("b1", "b2"), ("b2", "b3")]
    for larger, smaller in ((MEDIA[a], MEDIA[b]) for a, b in pairs):
        assert smaller.height == larger.width
        assert smaller.width == larger.height // 2
