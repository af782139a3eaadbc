"""What every row of WRITERS promises."""

import io

import numpy as np
import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.sheets import Palette, PixelGrid
from stateviz.plotting.figures import FIGURE_FORMATS
from stateviz.printing.layout import layout
from stateviz.rendering import WRITERS, rasterize, write

GRID = rasterize(np.random.default_rng(0).integers(0, 2, (5, 9)))
WIDE = Palette("wide", tuple((i, 255 - i, 7 * i % 256) for i in range(20)))


@pytest.mark.parametrize("extension", WRITERS)
@pytest.mark.parametrize("picture", [GRID, layout(GRID, "sticker-100"), PixelGrid(np.arange(20).reshape(4, 5), WIDE)])
def test_the_same_picture_gives_the_same_bytes(tmp_path, extension, picture):
    first, second = (write(picture, tmp_path / f"{name}{extension}") for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"a{extension}", f"b{extension}"]


@pytest.mark.parametrize("extension", WRITERS)
def test_the_extension_is_read_in_any_case_and_an_old_file_is_replaced(tmp_path, extension):
    path = tmp_path / f"a{extension.upper()}"
    path.write_text("old")
    assert write(GRID, str(path), overwrite=True) == path
    assert not path.read_bytes().startswith(b"old")


@pytest.mark.parametrize("extension", WRITERS)
def test_no_format_names_a_time_or_carries_the_path(tmp_path, extension):
    data = write(GRID, tmp_path / f"secret-name{extension}").read_bytes()
    assert b"Date" not in data
    assert b"tIME" not in data
    assert b"secret-name" not in data


def test_an_unknown_extension_lists_the_known_ones(tmp_path):
    with pytest.raises(UnknownNameError, match=r"'\.gif'; choose from \.png, \.svg, \.pdf, \.tif"):
        write(GRID, tmp_path / "a.gif")
    with pytest.raises(InputError, match=r"no extension.*\.png, \.svg, \.pdf"):
        write(GRID, tmp_path / "a")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("scale", [0, -1, 1.5, 5000, True])
def test_a_scale_that_is_no_whole_number_of_pixels_is_refused(tmp_path, scale):
    with pytest.raises(InputError, match="scale must be a whole number"):
        write(GRID, tmp_path / "a.png", scale=scale)


@pytest.mark.parametrize("dpi", [0, -3, float("nan"), float("inf"), 1e9])
def test_an_impossible_dpi_is_refused(tmp_path, dpi):
    with pytest.raises(InputError, match="dpi must be"):
        write(GRID, tmp_path / "a.png", dpi=dpi)


@pytest.mark.parametrize("option", [{"scale": 2}, {"dpi": 300}])
def test_an_option_that_does_nothing_to_a_sheet_is_refused(tmp_path, option):
    with pytest.raises(InputError, match="its own cell size and dpi"):
        write(layout(GRID, "a6"), tmp_path / "a.png", **option)


def test_an_option_of_another_format_is_refused_with_those_that_take_it(tmp_path):
    with pytest.raises(InputError, match=r"\.png takes no 'compression'; \.tif, \.tiff do"):
        write(GRID, tmp_path / "a.png", compression="lzw")
    with pytest.raises(InputError, match=r"\.svg takes no 'colour'; no format does"):
        write(GRID, tmp_path / "a.svg", colour=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("extension", WRITERS)
def test_on_another_day_the_bytes_are_the_same_unless_the_day_is_given(tmp_path, extension, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    sheet = layout(GRID, "sticker-100")
    first = write(sheet, tmp_path / f"a{extension}").read_bytes()
    monkeypatch.setattr("time.time", lambda: 4e9)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert write(sheet, tmp_path / f"b{extension}").read_bytes() == first


def test_something_that_is_no_picture_is_refused(tmp_path):
    with pytest.raises(InputError, match="rasterize the states first"):
        write(np.ones((2, 2)), tmp_path / "a.png")


def test_figures_have_the_same_formats():
    assert list(FIGURE_FORMATS) == list(WRITERS)


@pytest.mark.parametrize("extension", WRITERS)
@pytest.mark.parametrize("dotted", [True, False])
def test_a_binary_file_gets_the_bytes_of_a_path(tmp_path, extension, dotted):
    stream = io.BytesIO(b"")
    name = extension if dotted else extension.removeprefix(".").upper()
    assert write(GRID, stream, format=name, scale=3) is stream
    assert stream.getvalue() == write(GRID, tmp_path / f"a{extension}", scale=3).read_bytes()


def test_a_binary_file_needs_a_format_and_a_path_has_its_own(tmp_path):
    with pytest.raises(InputError, match=r"format=\.png\|\.svg"):
        write(GRID, io.BytesIO())
    with pytest.raises(InputError, match="expected a path or a binary file such as io.BytesIO.., got StringIO"):
        write(GRID, io.StringIO(), format="svg")
    with pytest.raises(InputError, match="chooses the format; leave format 'svg' out"):
        write(GRID, tmp_path / "a.png", format="svg")
    with pytest.raises(UnknownNameError, match="unknown picture format '.bmp'"):
        write(GRID, io.BytesIO(), format="bmp")
