"""Pictures of what will be printed: thumbnails, the contact sheet, mock-ups."""

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.core.media import Medium
from stateviz.printing import SCENES, mockup, proof_sheet, soft_proof, write_mockup, write_proof
from stateviz.printing.layout import layout
from stateviz.printing.proofs.thumbnails import thumbnail
from stateviz.rendering import rasterize
from stateviz.rendering.canvas import stream
from stateviz.rendering.color.srgb import to_linear
from stateviz.rendering.color.vision import simulate, to_grey

VALUES = np.where(np.random.default_rng(1).random((16, 24)) < 0.5, -1, 1)
CARD = Medium("card", 50, 70, bleed=3, margin=4, corner=5)


@pytest.fixture(scope="module")
def sheet():
    return layout(rasterize(VALUES), CARD, dpi=150)


def test_a_thumbnail_of_full_size_is_the_trimmed_canvas(sheet):
    picture = np.array(sheet.palette.colors, np.uint8)[np.stack(list(stream(sheet)))]
    bleed = sheet.plan["bleed_px"]
    assert np.array_equal(thumbnail(sheet), picture[bleed:-bleed, bleed:-bleed])


def test_a_thumbnail_averages_light_and_keeps_cells_whole(sheet):
    factor = sheet.cell
    small = thumbnail(sheet, factor)
    colors = np.array(sheet.palette.colors, np.uint8)
    (cells, band), *_ = sheet.pieces()
    bleed = sheet.plan["bleed_px"]
    x, y = (band.x - bleed) // factor, (band.y - bleed) // factor
    assert np.array_equal(small[y : y + len(cells), x : x + cells.shape[1]], colors[cells])
    light = to_linear(thumbnail(sheet)).mean()
    assert to_linear(thumbnail(sheet, 3)).mean() == pytest.approx(light, rel=0.02)


def test_thumbnail_factors_that_cannot_be_are_refused(sheet):
    for factor in (0, 1.5, True):
        with pytest.raises(InputError, match="give a whole number, 1 or more"):
            thumbnail(sheet, factor)
    with pytest.raises(InputError, match="leaves nothing of card"):
        thumbnail(sheet, 5000)


def test_the_contact_sheet_shows_the_six_views(sheet):
    page = proof_sheet(sheet)
    pixels = set(_packed(page.reshape(-1, 3)))
    screen = np.array(sheet.palette.colors, np.uint8)
    printed = np.array(soft_proof(sheet).palette.colors, np.uint8)
    views = [screen, printed, to_grey(printed), *(simulate(printed, k) for k in ("protanopia", "tritanopia"))]
    for view in views:
        assert set(_packed(view)) <= pixels


def _packed(colors):
    return np.unique(colors.astype(int) @ [65536, 256, 1]).tolist()


def test_a_proof_is_written_as_a_png_with_a_profile_and_the_same_bytes_twice(sheet, tmp_path):
    from PIL import Image

    one, other = write_proof(sheet, tmp_path / "a.png"), write_proof(sheet, tmp_path / "b.png")
    assert one.read_bytes() == other.read_bytes()
    with Image.open(one) as image:
        assert image.mode == "RGB" and image.info["icc_profile"][16:20] == b"RGB "
        assert np.array_equal(np.asarray(image), proof_sheet(sheet))


def test_proofs_of_tones_and_of_diverging_palettes():
    values = np.linspace(-1, 1, 96).reshape(8, 12)
    for palette in ("navy", "balance"):
        assert proof_sheet(layout(rasterize(values, palette=palette), CARD, dpi=100)).std() > 5


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene != "auto"])
def test_a_mockup_shows_the_cells_within_its_size(sheet, scene):
    picture = mockup(sheet, scene=scene, size=600)
    assert picture.dtype == np.uint8 and picture.shape[2] == 3
    assert 300 < max(picture.shape[:2]) <= 600
    ink = np.abs(picture.astype(int) - sheet.palette.colors[1]).max(axis=2) < 40
    covered = thumbnail(sheet)
    share = (np.abs(covered.astype(int) - sheet.palette.colors[1]).max(axis=2) < 5).mean()
    assert ink.mean() > 0.05 * share
    assert np.array_equal(picture, mockup(sheet, scene=scene, size=600))


@pytest.mark.parametrize(
    ("medium", "scene"),
    [
        ("iphone-15", "phone"),
        ("a4", "frame"),
        ("postcard-4x6", "flat"),
        ("sticker-100", "flat"),
        ("tee-12x16", "shirt"),
    ],
)
def test_the_scene_goes_with_the_medium(medium, scene):
    sheet = layout(rasterize(VALUES), medium, dpi=72)
    assert np.array_equal(mockup(sheet, size=240), mockup(sheet, scene=scene, size=240))


def test_the_camera_is_where_the_medium_has_it_and_only_there():
    case = Medium("case", 70, 140, corner=11, kind="phone", openings=((2, 2, 36, 38),))
    plain = Medium("case", 70, 140, corner=11, kind="phone", openings=())
    with_camera, without = (mockup(layout(rasterize(VALUES), m, dpi=100), size=800) for m in (case, plain))
    changed = np.abs(with_camera.astype(int) - without).max(axis=2) > 12
    rows, columns = np.nonzero(changed)
    scale = 100 / 25.4 * round(with_camera.shape[0] / ((140 + 56) * 100 / 25.4))
    left, top = 30 * scale, 28 * scale
    box = [columns.min() - left, rows.min() - top, columns.max() - left, rows.max() - top]
    np.testing.assert_allclose(np.array(box) / scale, [2, 2, 36, 38], atol=1.5)


def test_dots_and_unprinted_cloth_show_in_mockups():
    values = np.linspace(-1, 1, 96).reshape(8, 12)
    sheet = layout(rasterize(values, palette="ffd27a,34224c"), "tee-12x16", dpi=72)
    picture = mockup(sheet, size=400)
    yellow = np.abs(picture.astype(int) - (255, 210, 122)).max(axis=2) < 45
    assert yellow.mean() > 0.2


def test_a_sticker_is_printed_up_to_its_cut():
    picture = mockup(layout(rasterize(np.ones((8, 8)), palette="14285a,faf5eb"), "sticker-100", dpi=72), size=300)
    row = picture[150].astype(int)
    printed = np.flatnonzero(np.abs(row - (20, 40, 90)).max(axis=1) < 40)
    around = row[printed[0] - 6 : printed[0] - 1]
    assert around.max() < 235  # the surface, and no white vinyl


def test_what_cannot_be_drawn_is_refused_before_drawing(sheet, tmp_path):
    with pytest.raises(UnknownNameError, match="unknown scene 'wall'"):
        mockup(sheet, scene="wall")
    for size in (0, 100, 9000, 800.0, True):
        with pytest.raises(InputError, match="size must be 200 to 8000"):
            mockup(sheet, size=size)
    for write in (write_proof, write_mockup):
        with pytest.raises(FileError, match="must end in .png"):
            write(sheet, tmp_path / "x.jpg")
        with pytest.raises(FileError, match="does not exist"):
            write(sheet, tmp_path / "no" / "x.png")
    assert list(tmp_path.iterdir()) == []


def test_a_written_mockup_is_whole(sheet, tmp_path):
    path = write_mockup(sheet, tmp_path / "m.png", size=300)
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert not list(tmp_path.glob("*.partial"))
