"""Text of a PDF: the letters that are used, embedded, and how they map back to characters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from stateviz.core.sheets import TextRun
from stateviz.rendering.fonts.glyphs import Glyph, font_path, glyphs_of
from stateviz.rendering.fonts.shaping import spelled


@dataclass(frozen=True)
class Face:
    """A font cut down to the letters that a sheet uses.

    Parameters
    ----------
    name
        PostScript name behind its subset tag: ``ABCDEF+DejaVuSans``.
    data
        The font file: of a TrueType font whole, of an OpenType one its CFF table.
    outlines : {"truetype", "cff"}
        What ``data`` is.
    ids, widths
        Of each character, its glyph number, and its advance in thousandths of an em.
    box, ascent, descent, capital
        Of the whole font, in thousandths of an em.
    """

    name: str
    data: bytes
    outlines: str
    ids: dict[str, int]
    widths: dict[str, float]
    box: tuple[int, int, int, int]
    ascent: int
    descent: int
    capital: int


def faces(texts: Iterable[TextRun]) -> dict[str, Face]:
    """Each font that ``texts`` use, with its letters and no more, by the name that their glyphs give.

    Examples
    --------
    >>> found = faces([TextRun("abba", 0, 0, 10, "mono")])
    >>> {name: sorted(face.ids) for name, face in found.items()}
    {'mono': ['a', 'b']}
    """
    letters: dict[str, set[str]] = {}
    for run in texts:
        for glyph in glyphs_of(run):
            letters.setdefault(glyph.font, set()).add(glyph.char)
    return {font: subset(font, used) for font, used in sorted(letters.items())}


def subset(font: str, characters: Iterable[str]) -> Face:
    """The letters for ``characters`` of a font; equal letters give equal bytes."""
    from fontTools import subset as cutting
    from fontTools.ttLib import TTFont

    wanted = sorted(set(characters))
    options = cutting.Options(
        layout_features=[], hinting=False, notdef_outline=True, recalc_timestamp=False, legacy_kern=False
    )
    options.drop_tables += ["FFTM", "kern", "GPOS", "GSUB", "GDEF"]
    with TTFont(font_path(font), fontNumber=0, recalcTimestamp=False) as file:
        title = str(file["name"].getDebugName(6) or "Font").replace(" ", "")
        cutter = cutting.Subsetter(options)
        cutter.populate(unicodes=[ord(char) for char in wanted])
        cutter.subset(file)
        return _face(file, title, wanted)


def _face(file: Any, title: str, wanted: list[str]) -> Face:
    em: int = file["head"].unitsPerEm
    names, order = file.getBestCmap(), {name: index for index, name in enumerate(file.getGlyphOrder())}
    head, across, os2 = file["head"], file["hhea"], file.get("OS/2")

    def thousandths(value: float) -> int:
        return round(value * 1000 / em)

    buffer = BytesIO()
    file.save(buffer, reorderTables=None)
    truetype = "glyf" in file
    data = buffer.getvalue() if truetype else _table(buffer, "CFF ")
    tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(data).digest()[:6])
    return Face(
        f"{tag}+{title}",
        data,
        "truetype" if truetype else "cff",
        {char: order[names[ord(char)]] for char in wanted},
        {char: file["hmtx"][names[ord(char)]][0] * 1000 / em for char in wanted},
        (thousandths(head.xMin), thousandths(head.yMin), thousandths(head.xMax), thousandths(head.yMax)),
        thousandths(across.ascent),
        thousandths(across.descent),
        thousandths(getattr(os2, "sCapHeight", 0) or across.ascent * 0.7),
    )


def _table(buffer: BytesIO, tag: str) -> bytes:
    from fontTools.ttLib import TTFont

    buffer.seek(0)
    with TTFont(buffer) as saved:
        return bytes(saved.reader[tag])


def to_unicode(face: Face) -> str:
    """The CMap by which a reader copies and searches text (PDF 32000-1, 9.10.3)."""
    lines = [f"<{index:04x}> <{spelled(char).encode('utf-16-be').hex()}>" for char, index in sorted(face.ids.items())]
    blocks = "".join(
        f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar\n"
        for part in (lines[i : i + 100] for i in range(0, len(lines), 100))
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{blocks}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    )


def widths(face: Face) -> str:
    """The advance of each letter, as a CIDFont's /W (PDF 32000-1, 9.7.4.3)."""
    return "".join(f"{face.ids[char]} [{_short(face.widths[char])}] " for char in sorted(face.ids)).strip()


def show(run: TextRun, found: dict[str, Face], names: dict[str, str], scale: float, height: float) -> str:
    """The operators that set one line: every letter where the raster has it.

    Parameters
    ----------
    names
        The page's name of each font.
    scale
        Points a canvas pixel.
    height
        Of the page, in points: a page is measured from below.
    """
    parts = []
    size = run.size * scale
    for font, glyphs in _stretches(glyphs_of(run)):
        face = found[font]
        x, y = (run.x + glyphs[0].x) * scale, height - run.y * scale
        shown, at = [], 0.0
        for glyph in glyphs:
            wanted = (glyph.x - glyphs[0].x) / run.size * 1000
            if abs(wanted - at) >= 0.01:
                shown.append(_short(at - wanted))  # what is written here moves back
            shown.append(f"<{face.ids[glyph.char]:04x}>")
            at = wanted + face.widths[glyph.char]
        line = "".join(shown).replace("><", "")
        parts.append(f"/{names[font]} {_short(size)} Tf 1 0 0 1 {_short(x)} {_short(y)} Tm [{line}] TJ")
    return "\n".join(parts)


def _stretches(glyphs: list[Glyph]) -> list[tuple[str, list[Glyph]]]:
    """Letters in a row that are of one font."""
    from itertools import groupby

    return [(font, list(group)) for font, group in groupby(glyphs, key=lambda glyph: glyph.font)]


def _short(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))
