"""SVG: one path a colour, runs of equal cells merged, edges kept crisp, letters as outlines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from stateviz.core.escapes import json_in_xml, xml_text
from stateviz.core.sheets import Color, Contour, Sheet, TextRun
from stateviz.rendering.canvas import stream
from stateviz.rendering.fonts.glyphs import glyphs_of


def save(sheet: Sheet, path: Path) -> None:
    """Shapes, for editing: user units are canvas pixels, the outer size is in millimetres.

    Every line of text is a group named by what it says, its letters drawn as outlines: they look the
    same where the font is missing. A cut line is a path with the id CutContour.
    """
    width, height = sheet.canvas
    colors = sheet.palette.colors
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_mm(width, sheet.dpi)}mm" '
            f'height="{_mm(height, sheet.dpi)}mm" viewBox="0 0 {width} {height}" shape-rendering="crispEdges">\n'
        )
        if sheet.plan:
            file.write(f"<metadata>{escape(json_in_xml(json.dumps(sheet.plan, ensure_ascii=False)))}</metadata>\n")
        if sheet.transparent != sheet.background:
            file.write(f'<path fill="{_hex(colors[sheet.background])}" d="M0 0h{width}v{height}H0z"/>\n')
        if sheet.halftone is None and not sheet.continued:
            for cells, band in sheet.pieces():
                _write_cells(file, sheet, band.x, band.y, sheet.cell, [(row, 1) for row in cells])
        else:  # dots are smaller than cells, and cells that go on to the edges are cut there
            _write_cells(file, sheet, 0, 0, 1, _lines(replace(sheet, texts=(), rules=())))
        for rule in sheet.rules:
            box = f"M{rule.x} {rule.y}h{rule.width}v{rule.height}h-{rule.width}z"
            file.write(f'<path fill="{_hex(colors[rule.palette_index])}" d="{box}"/>\n')
        for run in sheet.texts:
            _write_text(file, run, _hex(colors[run.palette_index]))
        if sheet.contour is not None:
            file.write(_outline(sheet.contour))
        file.write("</svg>\n")


def _lines(sheet: Sheet) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """Rows of the canvas, and how many in a row are alike."""
    last, count = None, 0
    for row in stream(sheet):
        if row is last:
            count += 1
            continue
        if last is not None:
            yield last, count
        last, count = row, 1
    if last is not None:
        yield last, count


def _write_cells(
    file: TextIO, sheet: Sheet, x: int, y: int, scale: int, rows: Iterable[tuple[NDArray[np.uint8], int]]
) -> None:
    """One path a colour, where a unit is ``scale`` pixels and rows come (indices, height)."""
    lines = list(rows)
    file.write(f'<g transform="translate({x} {y}) scale({scale})">\n')
    for index, color in enumerate(sheet.palette.colors):
        if index in (sheet.background, sheet.transparent):
            continue
        drawn = "".join(_runs(lines, index))
        if drawn:
            file.write(f'<path fill="{_hex(color)}" d="{drawn}"/>\n')
    file.write("</g>\n")


def _runs(lines: Iterable[tuple[NDArray[np.uint8], int]], index: int) -> Iterator[str]:
    top = 0
    for cells, tall in lines:
        edges = np.diff(np.concatenate(([0], cells == index, [0])).astype(np.int8))
        for start, stop in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            yield f"M{start} {top}h{stop - start}v{tall}h-{stop - start}z"
        top += tall


def _write_text(file: TextIO, run: TextRun, fill: str) -> None:
    file.write(f'<g fill="{fill}" role="img" aria-label={quoteattr(xml_text(run.text))} shape-rendering="auto">\n')
    for glyph in glyphs_of(run):
        outline, scale = _letter(glyph.font, glyph.char, run.size)
        if outline:
            place = f"translate({_short(run.x + glyph.x)} {run.y}) scale({scale:.6g} -{scale:.6g})"
            file.write(f'<path transform="{place}" d="{outline}"/>\n')
    file.write("</g>\n")


def _letter(font: str, char: str, size: float) -> tuple[str, float]:
    """The outline of a letter in the font's own units, and pixels a unit."""
    from fontTools.pens.svgPathPen import SVGPathPen

    file = _open(font)
    glyphs = file.getGlyphSet()
    pen = SVGPathPen(glyphs)
    glyphs[file.getBestCmap()[ord(char)]].draw(pen)
    return pen.getCommands(), size / file["head"].unitsPerEm


@lru_cache(maxsize=16)
def _open(font: str) -> Any:
    from fontTools.ttLib import TTFont

    from stateviz.rendering.fonts.glyphs import font_path

    return TTFont(font_path(font), fontNumber=0, lazy=False)


def _outline(contour: Contour) -> str:
    x, y, width, height, radius = contour.x, contour.y, contour.width, contour.height, contour.radius
    arc = f"a{_short(radius)} {_short(radius)} 0 0 1 "
    across, down = width - 2 * radius, height - 2 * radius
    path = (
        f"M{_short(x + radius)} {_short(y)}h{_short(across)}{arc}{_short(radius)} {_short(radius)}v{_short(down)}"
        f"{arc}-{_short(radius)} {_short(radius)}h-{_short(across)}{arc}-{_short(radius)} -{_short(radius)}"
        f"v-{_short(down)}{arc}{_short(radius)} -{_short(radius)}z"
    )
    return f'<path id="CutContour" fill="none" stroke="#ff00ff" stroke-width="1" d="{path}"/>\n'


def _short(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _hex(color: Color) -> str:
    return "#" + "".join(f"{value:02x}" for value in color)


def _mm(pixels: int, dpi: float) -> str:
    return f"{pixels * 25.4 / dpi:.4f}".rstrip("0").rstrip(".")
