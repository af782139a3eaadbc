"""A report before it is a file: headings, prose, tables, pictures and coloured text, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stateviz.plotting.files import png_and_close

Color = tuple[int, int, int]
COLORS_DPI = 200
"""Of text on colours as a picture."""


@dataclass(frozen=True)
class PaperHeading:
    """A heading of level 2 or 3."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class PaperText:
    """A paragraph; ``kind`` is ``note`` for one in small grey type."""

    words: str
    kind: str = ""


@dataclass(frozen=True)
class PaperPoints:
    """A list."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class PaperTable:
    """Rows under their names; a cell that is a pair is a link, what stands there and where it leads."""

    names: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def numeric(self) -> list[bool]:
        """Which columns hold numbers alone, and stand to the right."""
        columns = [[row[place] for row in self.rows if row[place] is not None] for place in range(len(self.names))]
        return [bool(column) and all(isinstance(cell, int | float) for cell in column) for column in columns]

    def worded(self) -> list[list[str]]:
        """The cells as text."""
        return [[worded(cell) for cell in row] for row in self.rows]


@dataclass(frozen=True)
class PaperFigure:
    """A picture, as the bytes of a PNG."""

    png: bytes
    caption: str
    dpi: float


@dataclass(frozen=True, eq=False)
class PaperColors:
    """Text, each token on its colour; ``draw`` makes the same as a figure, for files that know no colours of text."""

    tokens: tuple[str, ...]
    colors: tuple[Color, ...]
    draw: Callable[[], Any]

    @cached_property
    def png(self) -> bytes:
        """The figure."""
        return png_and_close(self.draw(), dpi=COLORS_DPI)


@dataclass(frozen=True)
class PaperContexts:
    """Places of a text, of each what is before, the token, and what is after it."""

    places: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class PaperLinks:
    """Links to other pages of a folder: what stands there, and where it leads."""

    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PaperBars:
    """A histogram: the first and the last value, and how many there are in each bin between."""

    low: float
    high: float
    counts: tuple[int, ...]


PaperBlock = (
    PaperHeading
    | PaperText
    | PaperPoints
    | PaperTable
    | PaperFigure
    | PaperColors
    | PaperContexts
    | PaperLinks
    | PaperBars
)


class Paper:
    """A report that is written from top to bottom.

    Examples
    --------
    >>> paper = Paper("A < B")
    >>> paper.heading("Units")
    >>> paper.blocks
    [PaperHeading(text='Units', level=2)]
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.blocks: list[PaperBlock] = []

    def heading(self, text: str, level: int = 2) -> None:
        """A heading of level 2 or 3."""
        self.blocks.append(PaperHeading(text, level))

    def text(self, words: str, kind: str = "") -> None:
        """A paragraph; ``kind`` is ``note`` for one in small grey type."""
        self.blocks.append(PaperText(words, kind))

    def points(self, words: Sequence[str]) -> None:
        """A list."""
        self.blocks.append(PaperPoints(tuple(words)))

    def table(self, names: Sequence[str], rows: Sequence[Sequence[object]], caption: str = "") -> None:
        """Rows under their names; numbers stand to the right."""
        self.blocks.append(PaperTable(tuple(names), tuple(map(tuple, rows))))
        if caption:
            self.text(caption, "note")

    def figure(self, picture: Any, caption: str, *, dpi: float = 150) -> None:
        """A Figure of matplotlib, or that of Axes; it is closed."""
        self.blocks.append(PaperFigure(png_and_close(picture, dpi=dpi), caption, dpi))

    def colored(self, tokens: Sequence[str], colors: Sequence[Color], draw: Callable[[], Any]) -> None:
        """Text, each token on its colour; ``draw`` makes the same as Axes."""
        self.blocks.append(PaperColors(tuple(tokens), tuple(colors), draw))

    def contexts(self, places: Sequence[tuple[str, str, str]]) -> None:
        """Places of a text: before, the token, after."""
        self.blocks.append(PaperContexts(tuple(places)))

    def bars(self, low: float, high: float, counts: Sequence[int]) -> None:
        """A histogram of equal bins from ``low`` to ``high``."""
        self.blocks.append(PaperBars(float(low), float(high), tuple(map(int, counts))))

    def links(self, links: Sequence[tuple[str, str]]) -> None:
        """Links to other pages of a folder."""
        self.blocks.append(PaperLinks(tuple(links)))


def worded(cell: Any) -> str:
    """A cell of a table as text.

    Examples
    --------
    >>> worded(-0.12345), worded(12345), worded(None), worded(1e-9)
    ('−0.123', '12,345', '–', '1e−09')
    """
    if isinstance(cell, tuple):
        return worded(cell[0])  # a link: what stands there, and where it leads
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return (f"{cell:.3f}" if cell == 0 or 0.001 <= abs(cell) < 1000 else f"{cell:.2g}").replace("-", "−")
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
