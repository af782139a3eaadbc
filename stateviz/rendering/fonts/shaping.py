"""Shaping: which letters a line of text is made of, from left to right, and how far each moves the next.

HarfBuzz kerns and joins, python-bidi puts right-to-left text in the order it is seen in. A shaped letter stays one
character, because every writer draws characters: joined Arabic letters become their presentation forms where the font
has them, and ligatures of other scripts are off.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from stateviz.core.errors import FileError

if TYPE_CHECKING:
    from uharfbuzz import Face, Font

_SEPARATE = {"liga": False, "clig": False, "dlig": False, "calt": False}
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


@dataclass(frozen=True, eq=False)
class FontMetrics:
    """A font file as HarfBuzz reads it: which characters it has, and how wide each is, in ems."""

    path: Path

    def __post_init__(self) -> None:
        if not self.characters:
            raise FileError(f"{self.path} is not a font that can be read (it has no letters)")

    @cached_property
    def _face(self) -> Face:
        import uharfbuzz

        return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(self.path)))

    @cached_property
    def _font(self) -> Font:
        import uharfbuzz

        return uharfbuzz.Font(self._face)

    @cached_property
    def characters(self) -> frozenset[str]:
        """Every character that the font has a letter for."""
        return frozenset(chr(code) for code in self._face.unicodes)

    def width(self, char: str) -> float:
        """Ems that ``char`` takes alone; that of a space where the font lacks it."""
        code = self._font.get_nominal_glyph(ord(char)) or self._font.get_nominal_glyph(ord(" ")) or 0
        return float(self._font.get_glyph_h_advance(code) / self._face.upem)

    def shaped(self, text: str, *, joined: bool = False) -> Iterator[tuple[str, float]]:
        """(character, ems to the next) of each letter.

        ``joined`` takes text of a script that joins its letters, in the order it is read in; without it, text comes
        from left to right and its letters stand apart.
        """
        import uharfbuzz

        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        if joined:
            buffer.guess_segment_properties()
        else:
            buffer.direction, buffer.script, buffer.language = "ltr", "Latn", "en"
        uharfbuzz.shape(self._font, buffer, {} if joined else _SEPARATE)
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            char = text[info.cluster]
            if self._font.get_nominal_glyph(ord(char)) != info.codepoint:
                char = self._character_of.get(info.codepoint, char)
            yield char, position.x_advance / self._face.upem

    @cached_property
    def _character_of(self) -> dict[int, str]:
        """The last character, by its number, that is drawn by each glyph: of Arabic its presentation form."""
        return {self._font.get_nominal_glyph(ord(char)) or 0: char for char in sorted(self.characters)}


@lru_cache(maxsize=16)
def metrics_of(path: Path) -> FontMetrics:
    """The metrics of a font file, read once.

    Raises
    ------
    FileError
        When it is no font.
    """
    return FontMetrics(path)


def visual(text: str, font: FontMetrics) -> str:
    """``text`` from left to right as it is seen; right-to-left letters reversed, and joined where ``font`` can.

    Examples
    --------
    >>> from stateviz.rendering.fonts.glyphs import font_path
    >>> sans = metrics_of(font_path("sans"))
    >>> visual("a שלום b", sans)
    'a םולש b'
    >>> visual("plain", sans)
    'plain'
    """
    if not any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text):
        return text
    from bidi.algorithm import get_display  # the one in Rust does not mirror brackets

    parts = []
    for arabic, group in groupby(text, key=_joins):
        part = "".join(group)
        # HarfBuzz gives the letters of a right-to-left text from left to right: back to the order they are read in.
        letters = [char for char, _ in font.shaped(part, joined=True)][::-1] if arabic else part
        parts.append("".join(letters))
    return str(get_display("".join(parts)))


def _joins(char: str) -> bool:
    return unicodedata.bidirectional(char) == "AL"


def spelled(char: str) -> str:
    """What a reader copies for a drawn character: the letters that an Arabic presentation form stands for.

    Examples
    --------
    >>> [hex(ord(letter)) for letter in spelled("\\ufefb")]
    ['0x644', '0x627']
    """
    form = "\ufb50" <= char <= "\ufdff" or "\ufe70" <= char <= "\ufefc"
    return unicodedata.normalize("NFKC", char) if form else char
