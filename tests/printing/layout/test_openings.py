"""What a camera hides, what corners cut, and the ways around them."""

import numpy as np
import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.media import Medium
from stateviz.printing import describe
from stateviz.printing.layout import layout
from stateviz.rendering import rasterize
from stateviz.rendering.canvas import stream

CASE = rasterize(np.random.default_rng(6).integers(0, 2, (128, 274)))


def hidden_pixels(sheet):
    """Share of the cells' pixels inside an opening, counted one by one."""
    scale, bleed = sheet.dpi / 25.4, sheet.plan["bleed_px"]
    covered = np.zeros(sheet.canvas[::-1], bool)
    for x0, y0, x1, y1 in sheet.medium.openings:
        x, y = (np.arange(size) + 0.5 - bleed for size in sheet.canvas)
        covered |= ((y >= y0 * scale) & (y < y1 * scale))[:, None] & ((x >= x0 * scale) & (x < x1 * scale))
    boxes = [
        covered[band.y : band.y + cells.shape[0] * sheet.cell, band.x : band.x + cells.shape[1] * sheet.cell]
        for cells, band in sheet.pieces()
    ]
    return sum(box.sum() for box in boxes) / sum(box.size for box in boxes)


@pytest.mark.parametrize("medium", ["iphone-16-pro", "iphone-11-pro", "pixel-10-pro"])
@pytest.mark.parametrize("bands", [1, 3])
def test_the_hidden_share_is_that_of_the_pixels(medium, bands):
    sheet = layout(CASE, medium, bands=bands, dpi=600)
    assert sheet.plan["hidden"] == pytest.approx(hidden_pixels(sheet), abs=0.004)


@pytest.mark.parametrize("camera", ["below", "reflow"])
def test_the_alternatives_of_the_plan_are_what_one_gets(camera):
    plan = layout(CASE, "iphone-16-pro").plan
    other = layout(CASE, "iphone-16-pro", camera=camera)
    assert plan["alternatives"][camera] == other.plan["cell_mm"]
    assert other.plan["alternatives"]["behind"] == plan["cell_mm"]
    assert (other.plan["hidden"], hidden_pixels(other), other.plan["camera"]) == (0, 0, camera)
    assert "nothing behind the camera" in describe(other.plan)


def test_bands_around_a_camera_are_taken_only_where_their_cells_are_larger():
    for medium in ("iphone-16-pro", "pixel-10-pro"):
        below, reflow = (layout(CASE, medium, camera=camera) for camera in ("below", "reflow"))
        assert reflow.cell > below.cell or reflow.bands == below.bands


def test_the_print_is_never_punched():
    sheet = layout(rasterize(np.ones((128, 274))), "iphone-16-pro", fit="contain")
    picture = np.array(list(stream(sheet)))
    assert picture.sum() == 128 * 274 * 36


def test_cells_outside_rounded_corners_are_told():
    medium = Medium("m", 50.8, 50.8, bleed=0, margin=0, corner=25.4, openings=())
    plan = layout(rasterize(np.eye(100)), medium).plan
    assert plan["cut"] == pytest.approx(1 - np.pi / 4, abs=0.01)
    assert any("lie outside the rounded corners" in warning for warning in plan["warnings"])


def test_a_way_with_the_camera_that_does_nothing_is_refused():
    with pytest.raises(InputError, match="a4 has no camera, so camera below does nothing"):
        layout(CASE, "a4", camera="below")
    with pytest.raises(InputError, match="not known, so nothing can be laid around it"):
        layout(CASE, "iphone-15", camera="reflow")
    with pytest.raises(UnknownNameError, match="did you mean 'behind'"):
        layout(CASE, "iphone-16-pro", camera="behnd")


def test_a_camera_that_leaves_nothing_is_told():
    medium = Medium("m", 50, 50, openings=((0, 0, 50, 46),))
    with pytest.raises(InputError, match="do not fit m"):
        layout(CASE, medium, camera="below")
