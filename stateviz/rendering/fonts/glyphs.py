"""Letters as measures and as pixels: the fonts a sheet is set in, where each letter stands, and its mask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.sheets import TextRun
from stateviz.core.table import Table
from stateviz.rendering.fonts.shaping import FontMetrics, metrics_of, visual

FONTS: Table[str] = Table(
    "font",
    {
        "serif": "STIXGeneral.ttf",
        "serif-italic": "STIXGeneralItalic.ttf",
        "serif-bold": "STIXGeneralBol.ttf",
        "sans": "DejaVuSans.ttf",
        "mono": "DejaVuSansMono.ttf",
    },
)
"""Free fonts (SIL Open Font License, Bitstream Vera License) that come with matplotlib and may be embedded."""
FALLBACK = "sans"
"""Where a letter is looked for that its own font lacks: of the fonts above, this one has the most."""
NO_GLYPH = "□"


@dataclass(frozen=True)
class Glyph:
    """One letter in its place.

    Parameters
    ----------
    char
        One character.
    font
        A row of FONTS or the path of a font file; the fallback where the asked-for font lacks the letter.
    x
        Pixels from the run's anchor to the letter's origin.
    """

    char: str
    font: str
    x: float


def font_path(font: str) -> Path:
    """The file of a font: a row of FONTS, or a .ttf or .otf file of the user's own.

    Raises
    ------
    UnknownNameError
        For a name that is no row.
    FileError
        For a font file that is not there.

    Examples
    --------
    >>> font_path("serif").name
    'STIXGeneral.ttf'
    """
    if font.lower().endswith((".ttf", ".otf")):
        path = Path(font)
        if not path.is_file():
            raise FileError(f"cannot read the font {font}: no such file")
        return path
    import matplotlib

    return Path(matplotlib.get_data_path(), "fonts", "ttf", FONTS[font])


def missing_glyphs(text: str, font: str) -> list[str]:
    """The characters of ``text``, each once, that ``font`` has no letter for.

    Examples
    --------
    >>> missing_glyphs("grace ἐν 恩典", "serif")
    ['ἐ', '恩', '典']
    """
    known = _metrics(font).characters
    return list(dict.fromkeys(char for char in text if char not in known and not char.isspace()))


def measure(text: str, font: str, size: float) -> float:
    """Width of ``text`` in pixels, kerned, at ``size`` pixels an em.

    Examples
    --------
    >>> round(measure("mm", "mono", 100), 1)
    120.4
    """
    return sum(advance for _, _, advance in _letters(text, font)) * size


def place(text: str, font: str, size: float, *, anchor: str = "start", pitch: float | None = None) -> list[Glyph]:
    """Where every letter of a line stands.

    Parameters
    ----------
    text
        One line. White space takes its room and yields no Glyph.
    size
        Pixels an em.
    anchor : {"start", "middle", "end"}
        What of the line stands at x = 0.
    pitch : float, optional
        Pixels a character: each letter is centred in its own, as under the columns of a grid; without it, the
        letters follow one another, kerned, right-to-left text in the order it is seen in.

    Examples
    --------
    >>> [(g.char, g.x) for g in place("a b", "mono", 100, pitch=80)]
    [('a', 9.897), ('b', 169.897)]
    """
    if pitch is None:
        letters = _letters(text, font)
        steps = [advance * size for _, _, advance in letters]
        offsets = [0.0] * len(letters)
    else:
        letters = tuple((char, name, _width(char, name)) for char in text for name in [_font_for(char, font)])
        steps = [pitch] * len(letters)
        offsets = [(pitch - width * size) / 2 for _, _, width in letters]
    x = {"start": 0.0, "middle": -sum(steps) / 2, "end": -sum(steps)}[anchor]
    found = []
    for (char, name, _), step, offset in zip(letters, steps, offsets, strict=True):
        if not char.isspace():
            shown = char if name is not None else NO_GLYPH
            found.append(Glyph(shown, name or FALLBACK, round(x + offset, 3)))
        x += step
    return found


def glyphs_of(run: TextRun) -> list[Glyph]:
    """Each letter of a line of typeset text with its font and its place, ``x`` pixels from the line's anchor."""
    return place(run.text, run.font, run.size, anchor=run.anchor, pitch=run.pitch)


def line_mask(glyphs: Iterable[Glyph], size: float) -> tuple[NDArray[np.bool_], int, int]:
    """The pixels of a line, and where the mask's top left corner lies from the anchor on the baseline.

    A pixel is set where at least half of it is covered, so that the letters have two colours and no more.

    Examples
    --------
    >>> mask, left, top = line_mask(place("H", "sans", 10), 10)
    >>> mask.shape[0], left, top
    (7, 0, -7)
    """
    parts = [(round(glyph.x) + left, top, mask) for glyph in glyphs for mask, left, top in [_mask(glyph, size)]]
    parts = [part for part in parts if part[2].size]
    if not parts:
        return np.zeros((0, 0), bool), 0, 0
    x0, y0 = min(x for x, _, _ in parts), min(y for _, y, _ in parts)
    x1, y1 = max(x + m.shape[1] for x, _, m in parts), max(y + m.shape[0] for _, y, m in parts)
    whole = np.zeros((y1 - y0, x1 - x0), bool)
    for x, y, mask in parts:
        whole[y - y0 : y - y0 + mask.shape[0], x - x0 : x - x0 + mask.shape[1]] |= mask
    return whole, x0, y0


def _metrics(font: str) -> FontMetrics:
    return metrics_of(font_path(font))


@lru_cache(maxsize=4096)
def _font_for(char: str, font: str) -> str | None:
    """``font`` where it has the letter, else the fallback; None where neither has."""
    if char.isspace() or char in _metrics(font).characters:
        return font
    return FALLBACK if char in _metrics(FALLBACK).characters else None


@lru_cache(maxsize=4096)
def _width(char: str, font: str | None) -> float:
    return _metrics(font or FALLBACK).width(char if font else NO_GLYPH)


@lru_cache(maxsize=4096)
def _letters(text: str, font: str) -> tuple[tuple[str, str | None, float], ...]:
    """(character, its font, ems to the next) from left to right, kerned among letters of one font."""
    found: list[tuple[str, str | None, float]] = []
    for name, group in groupby(visual(text, _metrics(font)), key=lambda char: _font_for(char, font)):
        part = "".join(group)
        if name is None:
            found += [(char, None, _width(char, None)) for char in part]
        else:
            found += [(char, name, advance) for char, advance in _metrics(name).shaped(part)]
    return tuple(found)


@lru_cache(maxsize=16)
def _raster_font(font: str, size: float) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(font_path(font)), size, layout_engine=ImageFont.Layout.BASIC)


def _mask(glyph: Glyph, size: float) -> tuple[NDArray[np.bool_], int, int]:
    return _letter(glyph.char, glyph.font, size)


@lru_cache(maxsize=1024)
def _letter(char: str, font: str, size: float) -> tuple[NDArray[np.bool_], int, int]:
    from PIL import Image, ImageDraw

    raster = _raster_font(font, size)
    left, top, right, bottom = raster.getbbox(char, anchor="ls")
    if right <= left or bottom <= top:
        return np.zeros((0, 0), bool), 0, 0
    picture = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(picture).text((-left, -top), char, fill=255, font=raster, anchor="ls")
    return np.asarray(picture) >= 128, int(left), int(top)
