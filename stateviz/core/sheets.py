"""PixelGrid and Sheet: the seam between numbers and print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError
from stateviz.core.html import HIGHEST, WIDEST, enlarged
from stateviz.core.media import Medium
from stateviz.core.noun import FrozenDict, Noun

Color = tuple[int, int, int]

PLAN_SCHEMA = 2
"""Of the plans that sheets carry and printed files hold; it rises when a field of them changes."""


@dataclass(frozen=True, repr=False)
class Palette(Noun):
    """Named colours, one a palette index.

    Parameters
    ----------
    name : str
        What it is called.
    colors : tuple of (int, int, int)
        sRGB, 0 to 255 each. A palette of two colours holds the colour of -1 first, then that of +1.
    note : str
        What it is good for, for people.

    Raises
    ------
    InputError
        When a colour is not three values of 0 to 255.

    Examples
    --------
    >>> Palette("night", ((0, 0, 40), (255, 255, 255)))
    Palette(night: 2 colours)
    """

    name: str
    colors: tuple[Color, ...]
    note: str = ""

    def __post_init__(self) -> None:
        for color in self.colors:
            if len(color) != 3 or any(not 0 <= c <= 255 for c in color):
                raise InputError(f"palette {self.name!r}: {color} is not three values of 0 to 255")

    def __repr__(self) -> str:
        return f"Palette({self.name}: {len(self.colors)} colours)"

    def _picture(self) -> NDArray[np.uint8] | None:
        return enlarged(np.array(self.colors, np.uint8)[None, :WIDEST]) if self.colors else None


@dataclass(frozen=True, eq=False, repr=False, init=False)
class PixelGrid(Noun):
    """One palette index a cell.

    Parameters
    ----------
    indices : array of uint8, shape (rows, columns)
        ``indices[row, column]``; copied and read-only.
    palette : Palette
        The colour of each index.

    Raises
    ------
    InputError
        When there is no cell, or an index is outside the palette.

    Examples
    --------
    >>> PixelGrid([[0, 1, 1], [1, 0, 0]], Palette("night", ((0, 0, 40), (255, 255, 255))))
    PixelGrid(2 x 3 cells, palette night)
    """

    indices: NDArray[np.uint8]
    palette: Palette

    def __init__(self, indices: ArrayLike, palette: Palette) -> None:
        cells = np.array(indices, np.uint8)
        if cells.ndim != 2 or cells.size == 0:
            raise InputError(f"expected a grid of at least 1 x 1 cells, got shape {cells.shape}")
        if int(cells.max()) >= len(palette.colors):
            raise InputError(
                f"index {cells.max()} is outside palette {palette.name!r} of {len(palette.colors)} colours"
            )
        cells.flags.writeable = False
        self._hold(indices=cells, palette=palette)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) in cells."""
        rows, columns = self.indices.shape
        return rows, columns

    def __repr__(self) -> str:
        return f"PixelGrid({self.shape[0]} x {self.shape[1]} cells, palette {self.palette.name})"

    def _picture(self) -> NDArray[np.uint8]:
        return enlarged(np.array(self.palette.colors, np.uint8)[self.indices[:HIGHEST, :WIDEST]])


@dataclass(frozen=True)
class Band:
    """Steps ``start`` to ``stop`` - 1, drawn with their top left corner at canvas pixel (x, y)."""

    start: int
    stop: int
    x: int
    y: int


@dataclass(frozen=True)
class TextRun:
    """A line of typeset text.

    Parameters
    ----------
    text
        What it says.
    x, y
        Canvas pixel of the anchor, on the baseline.
    size
        Pixels an em.
    font
        A row of ``rendering.fonts.glyphs.FONTS``, or the path of a font file.
    palette_index
        Its colour.
    anchor : {"start", "middle", "end"}
        What of the line stands at ``x``.
    pitch
        Pixels a character, each centred in its own; None where the letters follow one another.
    black
        In a file of inks it is set in black alone, not in its colour.
    """

    text: str
    x: int
    y: int
    size: float
    font: str = "serif"
    palette_index: int = 1
    anchor: str = "start"
    pitch: int | None = None
    black: bool = False


@dataclass(frozen=True)
class Rule:
    """A hairline or tick: a box of whole canvas pixels, of one palette index; ``black`` alone in a file of inks."""

    x: int
    y: int
    width: int
    height: int
    palette_index: int = 1
    black: bool = False


@dataclass(frozen=True)
class Contour:
    """The line a knife follows: a box in canvas pixels whose corners are rounded."""

    x: float
    y: float
    width: float
    height: float
    radius: float


class Halftone(Protocol):
    """How a cell of a level becomes pixels of two colours: ``halftone(levels, row, column, cell)`` gives them.

    ``levels`` are the grid's indices of canvas columns in one row of cells, shape (columns,), ``row`` and
    ``column`` the place of the first of them in the whole grid; the result is palette indices,
    shape (cell, columns * cell).
    """

    def __call__(self, levels: NDArray[np.uint8], row: int, column: int, cell: int) -> NDArray[np.uint8]: ...


@dataclass(frozen=True, eq=False, repr=False)
class Sheet(Noun):
    """A grid laid out for a medium, to the pixel.

    Parameters
    ----------
    grid
        The cells, already turned where time runs down: rows are steps then.
    medium
        What it is printed on.
    dpi
        Pixels an inch of the canvas.
    canvas : (width, height)
        Pixels, bleed included.
    cell
        Pixels a cell, on both axes.
    origin : (x, y)
        Pixel of the top left corner of the box around all cells.
    background
        Palette index of everything outside the grid.
    plan
        The numbers of the layout, for people and for reading the matrix back.
    bands
        Where each stretch of steps lies; empty for one band at ``origin``. See ``pieces``.
    time : {"right", "down"}
        Which way the steps run.
    texts, rules
        What is typeset on the sheet, and its hairlines.
    transparent
        Palette index that is not printed, so that the medium shows; None where all is.
    contour
        Where the medium is cut out; no part of the picture.
    halftone, halftone_palette
        Where the grid holds levels that are printed in two colours: how a level becomes pixels, and their palette.
    continued
        Whether cells go on to the edges of the canvas: the outermost rows and columns are repeated.

    Examples
    --------
    >>> grid = PixelGrid([[0, 1, 1]], Palette("ink", ((255, 255, 255), (0, 0, 0))))
    >>> sheet = Sheet(grid, Medium("card", 30, 10), 254, (300, 100), 90, (15, 5))
    >>> sheet.grid.shape, sheet.bands[0].stop
    ((1, 3), 3)
    """

    grid: PixelGrid
    medium: Medium
    dpi: float
    canvas: tuple[int, int]
    cell: int
    origin: tuple[int, int]
    background: int = 0
    plan: Mapping[str, Any] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    time: str = "right"
    texts: tuple[TextRun, ...] = ()
    rules: tuple[Rule, ...] = ()
    transparent: int | None = None
    contour: Contour | None = None
    halftone: Halftone | None = None
    halftone_palette: Palette | None = None
    continued: bool = False

    def __post_init__(self) -> None:
        if (self.halftone is None) != (self.halftone_palette is None):
            raise InputError("a halftone and the palette of its pixels belong together; give both or neither")
        if not self.bands:
            steps = self.grid.shape[0 if self.time == "down" else 1]
            self._hold(bands=(Band(0, steps, *self.origin),))
        self._hold(plan=FrozenDict(self.plan))

    def __repr__(self) -> str:
        width, height = self.canvas
        return f"Sheet({self.medium.name}: {width} x {height} pixels at {self.dpi:g} dpi, {self.cell} pixels a cell)"

    def _facts(self) -> Mapping[str, object]:
        rows, columns = self.grid.shape
        openings = self.medium.openings
        seen = "not known" if openings is None else ", ".join("{:g} {:g} {:g} {:g} mm".format(*box) for box in openings)
        cells = {"cells": f"{rows:,} x {columns:,}", "bands": len(self.bands), "time": self.time}
        return cells | {"openings": seen or "none"}

    def _picture(self) -> NDArray[np.uint8] | None:
        """The cells, white where an opening hides them; of one band, for several have no place of their own here."""
        if self.halftone is not None:
            return None
        cells = np.array(self.grid.palette.colors, np.uint8)[self.grid.indices]
        if len(self.bands) == 1:
            bleed = float(self.plan.get("bleed_px", 0))
            for box in self.medium.openings or ():
                edges = [edge * self.dpi / 25.4 + bleed - self.origin[axis % 2] for axis, edge in enumerate(box)]
                x0, y0, x1, y1 = (max(0, round(edge / self.cell)) for edge in edges)
                cells[y0:y1, x0:x1] = 255
        return enlarged(cells[:HIGHEST, :WIDEST])

    @property
    def palette(self) -> Palette:
        """The palette of the canvas: of what the writers stream."""
        return self.grid.palette if self.halftone_palette is None else self.halftone_palette

    def pieces(self) -> Iterator[tuple[NDArray[np.uint8], Band]]:
        """The cells of each band as they lie on the canvas, and where."""
        for band in self.bands:
            steps = slice(band.start, band.stop)
            yield (self.grid.indices[steps] if self.time == "down" else self.grid.indices[:, steps]), band
