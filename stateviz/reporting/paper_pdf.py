"""A report as pages of a PDF: text and tables as text, pictures as they are."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from stateviz.plotting import style
from stateviz.plotting.typefaces import typeface, wrap
from stateviz.reporting.paper import (
    COLORS_DPI,
    Paper,
    PaperBlock,
    PaperColors,
    PaperContexts,
    PaperFigure,
    PaperHeading,
    PaperLinks,
    PaperPoints,
    PaperTable,
    PaperText,
)
from stateviz.views import glyphs

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 56.0
"""Of a page, A4, in points."""
_ROOM = WIDTH - 2 * MARGIN
_LEADING = 1.38
_TEXT, _NOTE, _CELL, _LEAST = 9.5, 8.0, 8.0, 5.5
_HEADINGS = {1: (17.0, 0.0), 2: (13.0, 20.0), 3: (10.5, 12.0)}  # size, space above


def write_pdf(paper: Paper, path: Path) -> None:
    """Write the report; equal reports give equal bytes."""
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages

    facts = {"Title": paper.title, "CreationDate": None, "Creator": "stateviz", "Producer": None}
    with matplotlib.rc_context({"pdf.fonttype": 42}), PdfPages(path, metadata=facts) as file:
        pages = _Pages(file)
        pages.words(paper.title, *_HEADINGS[1], bold=True)
        for block, following in zip(paper.blocks, [*paper.blocks[1:], None], strict=True):
            if isinstance(block, PaperHeading) and isinstance(following, PaperFigure | PaperColors):
                pages.need(60 + pages.fitted(*_points(following))[1])
            _write(pages, block)
        pages.end()


class _Pages:
    """Pages that are filled from top to bottom."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.number = 0
        self.figure: Any = None
        self.down = 0.0
        self.turn()

    def turn(self) -> None:
        """Begin a page."""
        from matplotlib.figure import Figure

        self.end()
        self.number += 1
        self.figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72, facecolor="white")
        self.down = MARGIN

    def end(self) -> None:
        """Write the page, with its number at the foot."""
        if self.figure is not None:
            self.put(WIDTH / 2, HEIGHT - 28, str(self.number), _NOTE, ha="center", color=style.MUTED)
            self.file.savefig(self.figure)

    def need(self, room: float) -> None:
        """Begin a page where this one has less room."""
        if self.down + room > HEIGHT - MARGIN and self.down > MARGIN:
            self.turn()

    def put(self, across: float, baseline: float, text: str, size: float, **options: Any) -> None:
        """Text at a place, measured from the top left."""
        place = (across / WIDTH, 1 - baseline / HEIGHT)
        style.write_text(self.figure, *place, text, fontsize=size, va="baseline", **options)

    def words(self, text: str, size: float, above: float = 4.0, *, bold: bool = False, **more: Any) -> None:
        """A paragraph."""
        indent = more.pop("indent", 0.0)
        # Bold type is wider than what is measured.
        lines = wrap(text, (_ROOM - indent) / (1.12 if bold else 1.0), size).split("\n")
        step = size * _LEADING
        self.need(above + step * min(len(lines), 2) + (70 if bold else 0))  # a heading stays with what it is of
        self.down += above if self.down > MARGIN else 0
        for line in lines:
            self.need(step)
            self.down += step
            self.put(MARGIN + indent, self.down, line, size, fontweight="bold" if bold else "normal", **more)

    @staticmethod
    def fitted(width: float, height: float) -> tuple[float, float]:
        """A picture's size, made smaller where it is larger than a page."""
        scale = min(1.0, _ROOM / width, (HEIGHT - 2 * MARGIN - 70) / height)
        return width * scale, height * scale

    def picture(self, png: bytes, width: float, height: float) -> None:
        """A picture, no larger than a page."""
        import numpy as np
        from PIL import Image

        width, height = self.fitted(width, height)
        self.need(height + 10)
        top = self.down + 8
        box = (MARGIN / WIDTH, 1 - (top + height) / HEIGHT, width / WIDTH, height / HEIGHT)
        axes = self.figure.add_axes(box)
        axes.set_axis_off()
        with Image.open(BytesIO(png)) as image:
            axes.imshow(np.asarray(image.convert("RGB")), interpolation="none", aspect="auto")
        self.down = top + height


def _write(pages: _Pages, block: PaperBlock) -> None:
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
            pages.picture(block.png, *_points(block))
            pages.words(block.caption, _NOTE, color=style.MUTED)
        case PaperColors():
            pages.picture(block.png, *_points(block))
        case PaperContexts():
            for before, token, after in block.places:
                pages.words("".join(map(glyphs, f"{before}[{token}]{after}")), _NOTE, 0, fontfamily=style.MONO)
        case PaperLinks():
            return  # they lead to pages of a folder, and this is one file


def _points(block: PaperFigure | PaperColors) -> tuple[float, float]:
    """The size of a picture in points."""
    from PIL import Image

    dpi = block.dpi if isinstance(block, PaperFigure) else COLORS_DPI
    with Image.open(BytesIO(block.png)) as image:
        return image.width * 72 / dpi, image.height * 72 / dpi


def _table(pages: _Pages, block: PaperTable) -> None:
    """Columns as wide as what they hold, in smaller type where they would not fit; names again on each page."""
    cells = [["".join(map(glyphs, cell)) for cell in row] for row in block.worded()]
    lines = [list(block.names), *cells]
    face = typeface([cell for line in lines for cell in line])
    widths = [max(face.width(line[place], 1.0) for line in lines) for place in range(len(block.names))]
    size = max(_LEAST, min(_CELL, (_ROOM - 12 * len(widths)) / max(sum(widths) * 1.04, 1e-9)))
    room = _ROOM - sum(width * size * 1.04 + 12 for width in widths[:-1])
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
            pages.down += size * _LEADING
            pages.put(starts[-1], pages.down, more, size)

    pages.need(step * min(4, len(lines)) + 6)
    pages.down += 4
    row(lines[0], head=True)
    for line in cells:
        if pages.down + 2 * step > HEIGHT - MARGIN:
            pages.turn()
            row(lines[0], head=True)
        row(line, head=False)
