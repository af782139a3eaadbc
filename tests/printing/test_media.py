"""Naming what to print on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stateviz import layout, load_states, preflight, rasterize, shipped_recording, write
from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.core.media import Medium
from stateviz.printing import MEDIA, mockup, read_media, resolve_medium


def test_a_row_is_found_by_its_name():
    medium = resolve_medium("iphone-15")
    assert medium is MEDIA["iphone-15"]
    assert (medium.width, medium.height, medium.corner, medium.openings) == (71.6, 147.6, 12.4, None)


@pytest.mark.parametrize(
    ("text", "size"),
    [("70x140mm", (70, 140)), ("7cm x 140mm", (70, 140)), ("3x5in", (76.2, 127)), ("70.5 × 140 mm", (70.5, 140))],
)
def test_a_size_is_a_medium_of_which_no_openings_are_known(text, size):
    medium = resolve_medium(text)
    assert (medium.width, medium.height) == pytest.approx(size)
    assert (medium.bleed, medium.margin, medium.openings, medium.kind) == (3, 3, None, "custom")


def test_a_size_in_pixels_takes_the_dpi():
    assert resolve_medium("300x600px", dpi=300).height == pytest.approx(50.8)
    assert resolve_medium("300x600px", dpi=600).dpi == 600
    assert (resolve_medium("300x600px").height, resolve_medium("300x600px").dpi) == (pytest.approx(50.8), 300)
    assert resolve_medium("30x60mm").dpi is None


def test_the_example_beside_the_docs_is_a_phone_with_two_openings(tmp_path):
    phone = resolve_medium(Path(__file__).parents[2] / "docs" / "howto" / "my-phone.toml")
    assert (phone.kind, len(phone.openings), phone.wrap, phone.status) == ("phone", 2, 2, "custom")
    states = load_states(shipped_recording())
    sheet = layout(rasterize(states), phone)
    x0, y0, x1, y1 = phone.openings[1]
    bare = replace(phone, openings=phone.openings[:1])
    fewer = layout(rasterize(states), bare)
    assert sheet.plan["openings_mm"] == [list(box) for box in phone.openings]
    assert sheet.plan["hidden_cells"] > fewer.plan["hidden_cells"] > 0
    assert "20.7 8 50.7 21 mm, 29.7 31 41.7 43 mm" in sheet._repr_html_()
    assert layout(rasterize(states), phone, camera="below").plan["hidden"] == 0
    report = preflight(write(sheet, tmp_path / "a.png"), phone, against=states)
    assert report.ready
    assert f"{sheet.plan['hidden_cells']:,} cells" in str(report)
    with_sensor, without = (mockup(one, size=700).astype(int) for one in (sheet, fewer))
    rows, columns = np.nonzero(np.abs(with_sensor - without).max(axis=2) > 12)
    millimetres = (rows.max() - rows.min()) / (columns.max() - columns.min())
    assert millimetres == pytest.approx((y1 - y0) / (x1 - x0), abs=0.1)


def test_the_picture_of_a_sheet_shows_its_opening():
    medium = Medium("m", 20, 10, bleed=0, margin=0, openings=((5, 0, 10, 5),))
    sheet = layout(rasterize(np.ones((10, 20))), medium, dpi=254, time="right")
    picture = sheet._picture()
    seen = (picture == 255).all(axis=2)
    assert seen.mean() == pytest.approx(25 / 200)
    assert seen[0, picture.shape[1] * 3 // 8]
    assert not seen[-1].any()


def test_a_template_in_pixels_names_its_dpi(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[mug]\nwidth = "2000px"\nheight = "900px"\ndpi = 200')
    assert (resolve_medium(file).width, resolve_medium(file).dpi) == (254, 200)
    file.write_text('[mug]\nwidth = "2000px"\nheight = "900px"')
    with pytest.raises(FileError, match="which have no size without a dpi"):
        resolve_medium(file)
    file.write_text("[mug]\nwidth = 20\nheight = 90\ndpi = 20")
    with pytest.raises(FileError, match="dpi must be 36 to 9600, got 20"):
        resolve_medium(file)
    assert [medium.name for medium in MEDIA.values() if medium.dpi] == ["amazon-merch"]


def test_a_medium_is_returned_as_it_is():
    mine = Medium("mine", 10, 20)
    assert resolve_medium(mine) is mine


def test_a_misspelt_medium_is_guessed_and_the_line_stays_short():
    with pytest.raises(UnknownNameError, match="did you mean 'iphone-15'") as error:
        resolve_medium("iphone15")
    assert len(str(error.value)) < 250


@pytest.mark.parametrize("text", ["70x140", "70xmm", "0x140mm", "7x"])
def test_an_unreadable_size_is_refused(text):
    with pytest.raises(InputError):
        resolve_medium(text)


MUG = '[mug]\nwidth = "21cm"\nheight = 95\nbleed = 2\nopenings = [[0, 0, 5, 5]]\ncitation = "a ruler"\n'


def test_a_users_own_file_is_read(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MUG)
    mug = resolve_medium(path)
    assert (mug.name, mug.width, mug.height, mug.bleed, mug.margin) == ("mug", 210, 95, 2, 3)
    assert mug.openings == ((0, 0, 5, 5),)


def test_a_file_of_several_media_needs_a_name(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MUG + "[pin]\nwidth = 20\nheight = 20\n")
    assert resolve_medium(f"{path}:pin").width == 20
    with pytest.raises(InputError, match="2 media; name one"):
        resolve_medium(path)
    with pytest.raises(UnknownNameError, match="did you mean 'pin'"):
        resolve_medium(f"{path}:pim")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[mug", "not TOML"),
        ("[mug]\nwidth = 3\n", "width and a height"),
        ("mug = 3\n", "width and a height"),
        (MUG + "colour = 3\n", "unknown 'colour'"),
        ("[mug]\nwidth = -3\nheight = 3\n", "0 mm or more"),
        ("[mug]\nwidth = 0\nheight = 3\n", "above 0 mm"),
        ("[mug]\nwidth = 3\nheight = 3\nopenings = [[0, 0, 5]]\n", "mug"),
        ("", "holds no medium"),
        (MUG + "contour = 3\n", "contour is 3; it must be bool"),
        (MUG + "most_mb = true\n", "most_mb is True"),
        (MUG + "corner = 80\n", "corner of 80 mm is more than half"),
        (MUG + "kind = 4\n", "kind is 4; it must be str"),
        ("[mug]\nwidth = 3\nheight = 3\nopenings = [[5, 0, 0, 5]]\n", "left, top, right, bottom"),
    ],
)
def test_a_bad_file_is_refused_with_its_name(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(FileError, match=message) as error:
        resolve_medium(path)
    assert "mine.toml" in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileError, match=r"gone\.toml"):
        resolve_medium(tmp_path / "gone.toml")


def test_a_users_medium_may_be_cut_out_or_transparent_and_says_that_it_is_their_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MUG + 'corner = "1cm"\ncontour = true\ntransparent = true\nmost_mb = 10\n')
    table = read_media(path)
    assert list(table) == ["mug"]
    mug = table["mug"]
    assert (mug.corner, mug.contour, mug.transparent, mug.most_mb, mug.status) == (10, True, True, 10, "custom")
