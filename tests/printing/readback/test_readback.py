"""The matrix comes back from every format, with the plan in the file or without."""

import re
from dataclasses import replace

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError
from stateviz.core.inputs import coerce_states
from stateviz.core.sheets import PixelGrid
from stateviz.printing import HALFTONES, MEDIA, Caption, compare_matrix, make_caption, read_back
from stateviz.printing.layout import layout
from stateviz.printing.readback.halftones import tones_by_plan
from stateviz.rendering import WRITERS, rasterize, read_grid, write
from stateviz.rendering.canvas import stream
from stateviz.rendering.color.palettes import resolve_palette

Image = pytest.importorskip("PIL.Image")

STATES = coerce_states(np.random.default_rng(11).integers(0, 2, (24, 71)))
GRID = rasterize(STATES)
REAL = coerce_states(np.random.default_rng(12).normal(size=(24, 71)))
CAPTION = Caption(
    title="A title", tokens=tuple("to be or not to be, that is the question; whether tis nobler in the mind")[:71]
)


def without_plan(path, mode="RGB", **options):
    plain = path.with_name(f"plain{options.pop('suffix', '.png')}")
    with Image.open(path) as picture:
        picture.convert(mode).save(plain, **options)
    return plain


def needs_pikepdf(extension):
    if extension == ".pdf":
        pytest.importorskip("pikepdf")


@pytest.mark.parametrize("extension", WRITERS)
@pytest.mark.parametrize("options", [{}, {"bands": 3}, {"caption": CAPTION, "dpi": 150}, {"time": "down", "bands": 2}])
def test_every_format_reads_back_by_its_plan(tmp_path, extension, options):
    needs_pikepdf(extension)
    path = write(layout(GRID, "a6", **{"dpi": 100, **options}), tmp_path / f"a{extension}")
    found = read_back(path)
    assert (found.how, found.altered) == ("plan", 0)
    np.testing.assert_array_equal(found.grid.indices, GRID.indices)
    assert compare_matrix(found, STATES).cells == 0


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("time", ["down", "right"])
@pytest.mark.parametrize("bands", [1, 3])
def test_cells_are_of_one_size_and_decode_to_the_input_on_every_medium(tmp_path, medium, time, bands):
    dpi = 72 if max(MEDIA[medium].width, MEDIA[medium].height) < 400 else 36
    sheet = layout(GRID, medium, time=time, bands=bands, dpi=dpi, margin=0)
    path = write(sheet, tmp_path / "a.png")
    found = read_back(path)
    assert found.altered == 0  # every pixel of a cell has its colour, so all cells are cell x cell pixels
    np.testing.assert_array_equal(found.grid.indices, GRID.indices)
    np.testing.assert_array_equal(read_grid(path).indices, GRID.indices)


@pytest.mark.parametrize(
    "options",
    [{}, {"time": "down"}, {"bands": 2, "time": "down"}, {"bands": 5}, {"caption": CAPTION, "dpi": 300}, {"cell": 1}],
    ids=lambda options: "-".join(options) or "plain",
)
def test_cells_are_found_from_pixels_alone(tmp_path, options):
    sheet = layout(GRID, "a6", **{"dpi": 120, **options})
    found = read_back(without_plan(write(sheet, tmp_path / "a.png")))
    assert (found.how, found.cell, found.altered) == ("pixels", sheet.cell, 0)
    assert compare_matrix(found, STATES).cells == 0


def test_cells_are_found_in_a_lossy_copy(tmp_path):
    path = write(layout(GRID, "a6", dpi=100), tmp_path / "a.png")
    found = read_back(without_plan(path, suffix=".jpg", quality=85))
    assert compare_matrix(found, STATES).cells == 0


def test_edges_of_the_grounds_colour_are_taken_as_read_and_told(tmp_path):
    values = np.array(STATES.values)
    values[0] = values[:, :2] = 0
    states = coerce_states(values)
    found = read_back(without_plan(write(layout(rasterize(states), "a6", dpi=100, bands=1), tmp_path / "a.png")))
    difference = compare_matrix(found, states)
    assert (difference.cells, difference.blank) == (0, 3)


def test_a_picture_in_inverse_colours_is_the_same_matrix(tmp_path):
    path = write(layout(rasterize(STATES, palette="brass"), "a6", dpi=100), tmp_path / "a.png")
    assert compare_matrix(read_back(without_plan(path)), STATES).cells == 0


def test_more_colours_come_back_too(tmp_path):
    pytest.importorskip("pikepdf")
    palette = replace(resolve_palette("ink"), colors=((255, 255, 255), (200, 30, 30), (30, 120, 60), (20, 20, 90)))
    grid = PixelGrid(np.random.default_rng(3).integers(0, 4, (9, 14)), palette)
    for extension in WRITERS:
        found = read_back(write(layout(grid, "a6", dpi=72), tmp_path / f"a{extension}"))
        np.testing.assert_array_equal(found.grid.indices, grid.indices)


def test_a_cell_that_was_changed_is_named(tmp_path):
    other = np.array(STATES.values)
    other[5, 7] = 1 - other[5, 7]
    found = read_back(write(layout(rasterize(other), "a6", dpi=100), tmp_path / "a.png"))
    difference = compare_matrix(found, STATES)
    assert (difference.cells, difference.total, difference.unit, difference.step) == (1, 24 * 71, 5, 7)


def test_pixels_that_were_changed_are_counted(tmp_path):
    path = write(layout(GRID, "a6", dpi=100), tmp_path / "a.tif")
    with Image.open(path) as picture:
        pixels, tags = np.array(picture), {270: picture.tag_v2[270]}
    sheet = layout(GRID, "a6", dpi=100)
    x, y = sheet.origin
    pixels[y, x : x + 2] = pixels[y - 1, 0] if (pixels[y, x] != pixels[y - 1, 0]).any() else (200, 200, 50, 50)
    Image.fromarray(pixels, "CMYK").save(path, tiffinfo=tags)
    assert read_back(path).altered > 0


def test_another_shape_is_refused_with_both(tmp_path):
    found = read_back(write(layout(GRID, "a6", dpi=100), tmp_path / "a.png"))
    with pytest.raises(InputError, match="shows 24 x 71 cells, the states are 24 units x 50 steps; give the steps"):
        compare_matrix(
            found,
            STATES.select_steps(slice(0, 50))
            if hasattr(STATES, "select_steps")
            else coerce_states(np.array(STATES.values)[:, :50]),
        )


def inks_of(path):
    """The inks of every pixel of a TIFF, or of a PDF's image and of what its text is set in."""
    if path.suffix == ".tif":
        return np.unique(np.asarray(Image.open(path)).reshape(-1, 4), axis=0)
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(path) as file:
        page = file.pages[0]
        held = np.frombuffer(bytes(page.Resources.XObject.Grid.ColorSpace[3]), np.uint8).reshape(-1, 4)
        text = re.findall(rb"([\d. ]+) k", page.Contents.read_bytes())
    return np.vstack([held, *([np.rint(np.array(line.split(), float) * 255)] for line in text)])


@pytest.mark.parametrize("extension", [".tif", ".pdf"])
@pytest.mark.parametrize(
    ("palette", "black"),
    [("navy", True), ("forest", True), ("brass", False), ("balance", True), ("14285a,faf5eb", False)],
)
def test_small_text_and_rules_are_black_alone_in_inks_where_they_are_dark(tmp_path, palette, black, extension):
    states = REAL if palette == "balance" else STATES
    caption = replace(make_caption(states, parts="legend"), title="Grace")
    sheet = layout(rasterize(states, palette=palette), "a5", dpi=200, caption=caption)
    path = write(sheet, tmp_path / f"a{extension}")
    assert (inks_of(path) == [0, 0, 0, 255]).all(axis=1).any() == black
    assert not sheet.texts[0].black
    assert {run.black for run in sheet.texts[1:]} == {rule.black for rule in sheet.rules if rule.width > 100} == {black}
    found = read_back(path)
    assert (found.altered, compare_matrix(found, states).cells) == (0, 0)


def test_small_text_on_a_screen_keeps_its_colour(tmp_path):
    sheet = layout(rasterize(STATES), "a5", dpi=200, caption=make_caption(STATES, parts="legend"))
    with Image.open(write(sheet, tmp_path / "a.png")) as picture:
        assert len(picture.convert("RGB").getcolors()) == 2


def test_a_scaled_picture_is_no_grid_of_whole_pixels(tmp_path):
    path = write(layout(GRID, "a6", dpi=150, margin=3), tmp_path / "a.png")
    with Image.open(path) as picture:
        picture.convert("RGB").resize((700, 1011), Image.Resampling.BICUBIC).save(tmp_path / "b.png")
    with pytest.raises(FileError, match="no (grid of )?cells"):
        read_back(tmp_path / "b.png")


def test_a_cropped_file_is_told_by_its_plan(tmp_path):
    path = write(layout(GRID, "a6", dpi=100), tmp_path / "a.tif")
    with Image.open(path) as picture:
        tags = {270: picture.tag_v2[270]}
        picture.crop((0, 0, 100, 100)).save(tmp_path / "b.tif", tiffinfo=tags)
    with pytest.raises(FileError, match="its plan says more than its 100 x 100 pixels hold; it was cut or scaled"):
        read_back(tmp_path / "b.tif")


@pytest.mark.parametrize("time", ["down", "right"])
@pytest.mark.parametrize("style", HALFTONES)
@pytest.mark.parametrize("extension", WRITERS)
def test_values_come_back_from_their_dots_as_near_as_the_halftone_tells(tmp_path, extension, style, time):
    needs_pikepdf(extension)
    values = np.random.default_rng(0).normal(size=(9, 41)).astype(np.float32)
    values[:, 30] = 2.0
    real = coerce_states(values)
    sheet = layout(rasterize(real), "a6", dpi=100, cell=7, time=time, bands=3, halftone=style)
    found = read_back(write(sheet, tmp_path / f"a{extension}"))
    difference = compare_matrix(found, real)
    assert (found.altered, difference.cells, difference.total) == (0, 0, real.values.size)
    low, high = found.tones
    assert 0 < difference.off <= ((high.astype(int) - low).max() + 1) / 2 / 255
    if style == "dot":  # 50 sizes of dot, and so 50 steps
        assert difference.off <= 0.5 / 49 + 1 / 255
    other = coerce_states(np.where(np.arange(41) == 30, -values, values))
    wrong = compare_matrix(found, other)
    assert (wrong.cells, wrong.step) == (9, 30)
    assert wrong.off > 0.1


def test_filled_pixels_out_of_place_are_counted_and_more_of_them_are_another_tone():
    sheet = layout(rasterize(np.random.default_rng(0).normal(size=(9, 14))), "a6", dpi=100, cell=9)
    x, y = sheet.origin
    rows = np.stack(list(stream(sheet)))
    filled = np.array([False, True])
    low, high, altered = tones_by_plan(rows, sheet.canvas, sheet.plan, "a", filled)
    assert altered == 0
    first = rows[y : y + 9, x : x + 9]
    first[4, 4], first[0, 0] = first[0, 0], first[4, 4]  # a dot begins in its middle
    assert tones_by_plan(rows, sheet.canvas, sheet.plan, "a", filled)[2] == 2
    first[:] = 1
    other, _, altered = tones_by_plan(rows, sheet.canvas, sheet.plan, "a", filled)
    assert (altered, np.argwhere(other != low).tolist(), other[0, 0] > 250 > high[0, 0]) == (0, [[0, 0]], True)


def test_what_a_halftone_is_not_compared_with_is_said(tmp_path):
    real = coerce_states(np.random.default_rng(0).normal(size=(9, 14)).astype(np.float32))
    found = read_back(write(layout(rasterize(real, scale=2.0), "a6", dpi=100), tmp_path / "a.png"))
    assert compare_matrix(found, real, scale=2.0).cells == 0
    assert compare_matrix(found, real).cells > 0
    with pytest.raises(InputError, match="shows real values, and the states are binary"):
        compare_matrix(found, coerce_states(real.values > 0))
    with pytest.raises(InputError, match="parted by a threshold"):
        compare_matrix(found, real, threshold=0.0)


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.png", b"\x89PNG\r\n\x1a\nrubbish"), ("a.tif", b"II*\0rubbish"), ("a.svg", b"<svg>"), ("a.txt", b"words")],
)
def test_a_damaged_file_is_one_line(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FileError) as error:
        read_back(tmp_path / name)
    assert "\n" not in str(error.value)
    assert name in str(error.value)


def test_a_damaged_pdf_is_one_line(tmp_path):
    pytest.importorskip("pikepdf")
    path = write(layout(GRID, "a6", dpi=72), tmp_path / "a.pdf")
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(FileError, match=r"a\.pdf"):
        read_back(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileError, match=r"gone\.png"):
        read_back(tmp_path / "gone.png")


@pytest.mark.parametrize("palette", ["balance", "navy"])  # of navy's tones several have the same inks
@pytest.mark.parametrize("extension", WRITERS)
def test_continuous_tone_is_compared_level_by_level(tmp_path, extension, palette):
    needs_pikepdf(extension)
    real = coerce_states(np.random.default_rng(1).normal(size=(9, 14)).astype(np.float32))
    path = write(layout(rasterize(real, palette=palette), "a6", dpi=72, halftone="none"), tmp_path / f"a{extension}")
    difference = compare_matrix(read_back(path), real)
    assert difference.cells == 0
