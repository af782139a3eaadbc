"""A report as pages of a PDF: text and tables as text, pictures as they are."""

from __future__ import annotations

import struct
from pathlib import Path

from stateviz.plotting import style
from stateviz.plotting.text_pages import HEIGHT, LEADING, MARGIN, ROOM, TextPages, text_pages
from stateviz.plotting.typefaces import typeface, wrap
from stateviz.rendering.pictures import png_pixels
from stateviz.reporting.paper import (
    COLORS_DPI,
    Paper,
    PaperBars,
    PaperBlock,
    PaperColors,
    PaperContexts,
    PaperFigure,
    PaperHeading,
    PaperLinks,
    PaperPoints,
    PaperTable,
    PaperText,
    worded,
)
from stateviz.views import glyphs

_TEXT, _NOTE, _CELL, _LEAST = 9.5, 8.0, 8.0, 5.5
_HEADINGS = {1: (17.0, 0.0), 2: (13.0, 20.0), 3: (10.5, 12.0)}  # size, space above


def write_pdf(paper: Paper, path: Path) -> None:
    """Write the report; equal reports give equal bytes."""
    with text_pages(path, paper.title) as pages:
        pages.words(paper.title, *_HEADINGS[1], bold=True)
        for block, following in zip(paper.blocks, [*paper.blocks[1:], None], strict=True):
            if isinstance(block, PaperHeading) and isinstance(following, PaperFigure | PaperColors):
                pages.need(60 + pages.fitted(*_points(following))[1])
            _write(pages, block)


def _write(pages: TextPages, block: PaperBlock) -> None:
    match block:
        case PaperHeading():
            pages.words(block.text, *_HEADINGS[block.level], bold=True)
        case PaperText():
            note = block.kind == "note"
            pages.words(block.words, _NOTE if note else _TEXT, color=style.MUTED if note else style.INK)
        case PaperPoints():
            for one in block.words:
                pages.words(f"•  {one}", _TEXT)
        case PaperTable():
            _table(pages, block)
        case PaperFigure():
            pages.picture(png_pixels(block.png), *_points(block))
            pages.words(block.caption, _NOTE, color=style.MUTED)
        case PaperColors():
            pages.picture(png_pixels(block.png), *_points(block))
        case PaperContexts():
            for before, token, after in block.places:
                pages.words("".join(map(glyphs, f"{before}[{token}]{after}")), _NOTE, 0, fontfamily=style.MONO)
        case PaperBars():
            counts = ", ".join(f"{count:,}" for count in block.counts)
            pages.words(
                f"From {worded(block.low)} to {worded(block.high)} in {len(block.counts)} bins: {counts}", _TEXT
            )
        case PaperLinks():
            return  # they lead to pages of a folder, and this is one file


def _points(block: PaperFigure | PaperColors) -> tuple[float, float]:
    """The size of a picture in points."""
    dpi = block.dpi if isinstance(block, PaperFigure) else COLORS_DPI
    width, height = struct.unpack(">II", block.png[16:24])  # of the header of a PNG
    return width * 72 / dpi, height * 72 / dpi


def _table(pages: TextPages, block: PaperTable) -> None:
    """Columns as wide as what they hold, in smaller type where they would not fit; names again on each page."""
    cells = [["".join(map(glyphs, cell)) for cell in row] for row in block.worded()]
    lines = [list(block.names), *cells]
    face = typeface([cell for line in lines for cell in line])
    widths = [max(face.width(line[place], 1.0) for line in lines) for place in range(len(block.names))]
    size = max(_LEAST, min(_CELL, (ROOM - 12 * len(widths)) / max(sum(widths) * 1.04, 1e-9)))
    room = ROOM - sum(width * size * 1.04 + 12 for width in widths[:-1])
    starts = [MARGIN]
    for width in widths[:-1]:
        starts.append(starts[-1] + width * size * 1.04 + 12)
    step = size * 1.75
    numeric = block.numeric()

    def row(line: list[str], *, head: bool) -> None:
        last = wrap(line[-1], max(room, 60.0), size).split("\n") if not numeric[-1] else [line[-1]]
        pages.down += step
        for place, cell in enumerate([*line[:-1], last[0]]):
            right = numeric[place]
            across = starts[place] + (widths[place] * size * 1.04 if right else 0)
            look = {"ha": "right" if right else "left", "color": style.MUTED if head else style.INK}
            pages.put(across, pages.down, cell, size, **look)
        for more in last[1:]:
            pages.down += size * LEADING
            pages.put(starts[-1], pages.down, more, size)

    pages.need(step * min(4, len(lines)) + 6)
    pages.down += 4
    row(lines[0], head=True)
    for line in cells:
        if pages.down + 2 * step > HEIGHT - MARGIN:
            pages.turn()
            row(lines[0], head=True)
        row(line, head=False)
