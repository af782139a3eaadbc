"""Separations of colours and soft proofs through ICC profiles."""

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.rendering import DIVERGING, PALETTES
from stateviz.rendering.color.profiles import UNCOATED_INK, from_cmyk, limit_ink, profile_bytes, to_cmyk
from stateviz.rendering.color.ramps import to_oklab, tones

CUBE = np.stack(np.meshgrid(*[np.arange(0, 256, 51)] * 3), axis=-1).reshape(-1, 3)


def test_shipped_profiles_are_what_they_say():
    assert profile_bytes("fogra39")[12:20] == b"prtrCMYK"
    assert profile_bytes("srgb")[16:20] == b"RGB "
    assert len(profile_bytes("fogra39")) < 160_000


@pytest.mark.parametrize("limit", [300.0, UNCOATED_INK, 200.0])
def test_the_ink_limit_is_kept_for_every_colour(limit):
    inks = to_cmyk(CUBE, limit=limit)
    assert inks.sum(axis=1, dtype=int).max() * 100 <= limit * 255


def test_too_much_ink_is_taken_from_the_colours_and_never_from_black():
    inks = limit_ink(np.array([[255, 255, 255, 255], [200, 100, 0, 20], [255, 200, 150, 200]], np.uint8), 280)
    assert inks[0].tolist() == [153, 153, 153, 255]
    assert inks[1].tolist() == [200, 100, 0, 20]
    assert inks[2, 3] == 200 and inks[2].sum(dtype=int) <= 280 * 2.55


@pytest.mark.parametrize("dark", [(0, 0, 0), (17, 17, 17), (34, 33, 32)])
def test_black_text_is_the_black_ink_alone(dark):
    assert to_cmyk([dark]).tolist() == [[0, 0, 0, 255]]


def test_rich_black_on_request_and_coloured_darks_stay_coloured():
    assert to_cmyk([(0, 0, 0)], pure_black=False)[0, :3].min() > 0
    assert to_cmyk([(10, 20, 60)])[0, :3].max() > 0


@pytest.mark.parametrize("name", [name for name in PALETTES if name != "graphite"])
def test_light_grounds_carry_no_black_dots(name):
    light = max(PALETTES[name].colors, key=sum)
    assert to_cmyk([light])[0, 3] == 0


@pytest.mark.parametrize("colors", [PALETTES["graphite"].colors, tones(PALETTES["graphite"]).colors])
def test_greys_are_tints_of_black_as_light_as_they_were(colors):
    inks = to_cmyk(colors)
    assert not inks[:, :3].any()
    assert (np.diff(inks[:, 3].astype(int)) >= 0).all()
    light, meant = to_oklab(from_cmyk(inks))[:, 0], to_oklab(colors)[:, 0]
    assert np.abs(light - meant).max() < 0.01


@pytest.mark.parametrize("name", ["navy", "published", "oxblood", "terracotta"])
def test_creams_carry_no_cyan_and_look_as_they_did(name):
    cream = PALETTES[name].colors[0]
    inks = to_cmyk([cream])
    assert inks[0, 0] == inks[0, 3] == 0 < inks[0, 1] < inks[0, 2]
    assert np.linalg.norm(to_oklab(from_cmyk(inks)) - to_oklab([cream])) < 0.01
    assert to_cmyk([cream], pure_black=False)[0, 0] > 0
    assert to_cmyk([PALETTES["petrol"].colors[0]])[0, 0] > 0  # a cool ground keeps its cyan


def test_paper_white_stays_white_unless_paper_is_asked_for():
    assert to_cmyk([(255, 255, 255)]).tolist() == [[0, 0, 0, 0]]
    assert from_cmyk([(0, 0, 0, 0)]).tolist() == [[255, 255, 255]]
    assert from_cmyk([(0, 0, 0, 0)], paper=True).max() < 250


def test_colours_that_print_can_hold_come_back():
    colors = np.array([c for palette in PALETTES.values() for c in palette.colors])
    back = from_cmyk(to_cmyk(colors, pure_black=False)).astype(int)
    assert np.abs(back - colors).max() <= 22
    assert np.abs(back - colors).mean() < 4


def test_the_same_colours_give_the_same_inks():
    colors = DIVERGING["tide"].colors
    assert np.array_equal(to_cmyk(colors), to_cmyk(colors))


@pytest.mark.parametrize(
    ("colors", "message"),
    [([(0.1, 0.2, 0.3)], "whole numbers"), ([(0, 0)], "shape"), ([(0, 0, 256)], "0 to 256"), ([(-1, 0, 0)], "-1 to 0")],
)
def test_what_is_no_colour_is_refused(colors, message):
    with pytest.raises(InputError, match=message):
        to_cmyk(colors)


@pytest.mark.parametrize("limit", [0, 90, 401, float("nan"), "lots"])
def test_an_ink_limit_that_makes_no_sense_is_refused(limit):
    with pytest.raises(InputError, match="ink limit must be 100 to 400"):
        to_cmyk([(0, 0, 0)], limit=limit)


def test_profiles_that_cannot_be_used_are_refused(tmp_path):
    with pytest.raises(UnknownNameError, match="unknown profile 'fogra93'.*did you mean 'fogra39'"):
        profile_bytes("fogra93")
    with pytest.raises(FileError, match="cannot read profile .*No such file"):
        profile_bytes(tmp_path / "mine.icc")
    (tmp_path / "text.icc").write_text("no profile" * 50)
    with pytest.raises(FileError, match="is not an ICC profile"):
        profile_bytes(tmp_path / "text.icc")
    with pytest.raises(InputError, match="is of RGB, not CMYK"):
        to_cmyk([(0, 0, 0)], profile="srgb")
    (tmp_path / "cut.icc").write_bytes(profile_bytes("fogra39")[:300])
    with pytest.raises(InputError, match="cannot be used"):
        to_cmyk([(0, 0, 0)], profile=tmp_path / "cut.icc")


def test_a_users_own_profile_is_taken(tmp_path):
    (tmp_path / "mine.ICC").write_bytes(profile_bytes("fogra39"))
    assert np.array_equal(to_cmyk([(20, 40, 90)], profile=str(tmp_path / "mine.ICC")), to_cmyk([(20, 40, 90)]))


def test_no_colours_give_no_inks():
    assert to_cmyk(np.zeros((0, 3), int)).shape == (0, 4)
