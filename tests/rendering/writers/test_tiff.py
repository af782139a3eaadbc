"""TIFF files hold the inks of the profile, strip by strip, read by another's reader."""

import json
from dataclasses import replace

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError, StatevizError
from stateviz.core.sheets import Palette, PixelGrid, TextRun
from stateviz.printing.layout import layout
from stateviz.rendering import rasterize, write
from stateviz.rendering.canvas import stream
from stateviz.rendering.color.profiles import profile_bytes, to_cmyk
from stateviz.rendering.writers import tiff

Image = pytest.importorskip("PIL.Image")

GRID = rasterize(np.random.default_rng(5).integers(0, 2, (9, 23)))
FOUR = PixelGrid(
    np.random.default_rng(6).integers(0, 4, (7, 11)), Palette("four", ((9, 9, 9), (255, 0, 0), (0, 255, 0), (0, 0, 0)))
)


@pytest.mark.parametrize("compression", ["deflate", "lzw"])
@pytest.mark.parametrize("strip", [1, 1000, 1 << 20])
@pytest.mark.parametrize("grid", [GRID, FOUR])
def test_every_pixel_has_the_inks_of_its_colour(tmp_path, monkeypatch, compression, strip, grid):
    monkeypatch.setattr(tiff, "_STRIP", strip)
    sheet = layout(grid, "sticker-100", dpi=72)
    path = write(sheet, tmp_path / "a.tif", compression=compression)
    inks = to_cmyk(grid.palette.colors)
    with Image.open(path) as picture:
        assert picture.mode == "CMYK"
        assert picture.info["compression"] == {"deflate": "tiff_adobe_deflate", "lzw": "tiff_lzw"}[compression]
        np.testing.assert_array_equal(np.asarray(picture), inks[np.array(list(stream(sheet)))])


def test_the_profile_the_size_and_the_plan_are_in_the_file(tmp_path):
    sheet = layout(GRID, "a6", dpi=300)
    with Image.open(write(sheet, tmp_path / "a.tiff")) as picture:
        assert picture.info["icc_profile"] == profile_bytes("fogra39")
        assert picture.info["dpi"] == (300, 300)
        assert json.loads(picture.tag_v2[270]) == sheet.plan


def test_letters_are_in_the_raster(tmp_path):
    sheet = layout(GRID, "a6", dpi=72)
    written = replace(sheet, texts=(TextRun("text", 20, 40, 20.0),))
    plain, lettered = (
        np.asarray(Image.open(write(each, tmp_path / f"{i}.tif"))) for i, each in enumerate((sheet, written))
    )
    assert (plain != lettered).any()
    np.testing.assert_array_equal(lettered, to_cmyk(GRID.palette.colors)[np.array(list(stream(written)))])


def test_what_is_not_printed_has_no_ink(tmp_path):
    sheet = replace(layout(GRID, "a6", dpi=72), transparent=0)
    with pytest.warns(UserWarning, match="has no transparency, .* refuse it; write a .png, .pdf or .svg"):
        path = write(sheet, tmp_path / "a.tif", compression="lzw")
    with Image.open(path) as picture:
        pixels = np.asarray(picture)
    indices = np.array(list(stream(sheet)))
    assert (pixels[indices == 0] == 0).all()
    np.testing.assert_array_equal(pixels[indices == 1], np.tile(to_cmyk(GRID.palette.colors)[1], (indices.sum(), 1)))


def test_a_strip_that_repeats_is_packed_once(tmp_path, monkeypatch):
    packed = []
    monkeypatch.setattr(tiff, "_STRIP", 1)  # a row a strip
    monkeypatch.setitem(tiff.COMPRESSIONS._rows, "deflate", (8, lambda *a: packed.append(1) or tiff._deflate(*a)))
    sheet = layout(GRID, "sticker-100", dpi=72)
    write(sheet, tmp_path / "a.tif")
    assert len(packed) <= max(sheet.grid.shape) + 2 < sheet.canvas[1] / 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compression": "zip"}, "unknown compression 'zip'; choose from deflate, lzw"),
        ({"profile": "srgb"}, "not CMYK"),
        ({"profile": "gone.icc"}, "gone.icc"),
    ],
)
def test_what_it_cannot_be_is_refused_before_a_file_is_there(tmp_path, options, message):
    with pytest.raises(StatevizError, match=message):
        write(GRID, tmp_path / "a.tif", **options)
    assert not list(tmp_path.iterdir())


def test_more_than_a_tiff_holds_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff, "_LARGEST", 1000)
    with pytest.raises(FileError, match="more than 4 GiB"):
        write(layout(GRID, "a6", dpi=72), tmp_path / "a.tif")
    assert not list(tmp_path.iterdir())


def test_a_profile_for_a_png_is_of_rgb(tmp_path):
    with pytest.raises(InputError, match=r"for CMYK; a PNG holds RGB, write a \.tif"):
        write(GRID, tmp_path / "a.png", profile="fogra39")
    with Image.open(write(GRID, tmp_path / "a.png", profile="srgb")) as picture:
        assert picture.info["icc_profile"] == profile_bytes("srgb")
        assert "srgb" not in picture.info
