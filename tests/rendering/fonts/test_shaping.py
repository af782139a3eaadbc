"""Letters kerned and joined by HarfBuzz, right-to-left text in the order it is seen in."""

import pytest

from stateviz.core.errors import FileError
from stateviz.rendering.fonts.glyphs import font_path, measure, place
from stateviz.rendering.fonts.shaping import metrics_of, spelled, visual


@pytest.fixture
def sans():
    return metrics_of(font_path("sans"))


def letters(text, font="sans"):
    return "".join(glyph.char for glyph in place(text, font, 10))


@pytest.mark.parametrize("font", ["serif", "sans"])
def test_pairs_are_kerned(font):
    assert measure("AV", font, 1000) < measure("A", font, 1000) + measure("V", font, 1000) - 20
    first, second = place("AV", font, 1000)
    assert second.x - first.x < measure("A", font, 1000) - 20


@pytest.mark.parametrize("text", ["fi", "ffl", "difficult"])
def test_ligatures_stay_apart(text):
    assert letters(text, "serif") == text


def test_hebrew_is_read_from_the_right_and_latin_within_it_from_the_left(sans):
    assert visual("שלום", sans) == "םולש"
    assert visual("שלום abc", sans) == "abc םולש"
    assert letters("(אב)") == "(בא)"


def test_arabic_letters_are_joined_and_copied_as_they_are_read(sans):
    shown = visual("سلام", sans)
    assert shown == "\u0645\ufefc\ufeb3"  # meem alone, final lam with alef, initial seen, from the left
    assert "".join(spelled(char) for char in reversed(shown)) == "سلام"


def test_a_column_of_its_own_keeps_a_letter_where_it_was_read():
    assert [glyph.char for glyph in place("שלום", "sans", 10, pitch=12)] == list("שלום")


def test_letters_of_another_font_are_shaped_by_that_font():
    found = place("a\N{GREEK SMALL LETTER EPSILON WITH PSILI}b", "serif", 10)
    assert [glyph.font for glyph in found] == ["serif", "sans", "serif"]


def test_a_file_that_is_no_font_is_refused(tmp_path):
    path = tmp_path / "a.ttf"
    path.write_bytes(b"no font at all")
    with pytest.raises(FileError, match="not a font that can be read"):
        metrics_of(path)
