"""PixelGrid, Medium and Sheet: the seam between numbers and ink."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError

Color = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """Named colours, sRGB 0 to 255, one a palette index.

    A two-colour palette holds the colour of -1 first, then that of +1.
    """

    name: str
    colors: tuple[Color, ...]
    note: str = ""

    def __post_init__(self) -> None:
        for color in self.colors:
            if len(color) != 3 or any(not 0 <= c <= 255 for c in color):
                raise InputError(f"palette {self.name!r}: {color} is not three values of 0 to 255")


@dataclass(frozen=True, eq=False)
class PixelGrid:
    """One palette index a cell: ``indices[row, column]``, uint8, read-only."""

    indices: NDArray[np.uint8]
    palette: Palette

    def __post_init__(self) -> None:
        indices = np.array(self.indices, np.uint8)
        if indices.ndim != 2 or indices.size == 0:
            raise InputError(f"expected a grid of at least 1 x 1 cells, got shape {indices.shape}")
        if int(indices.max()) >= len(self.palette.colors):
            raise InputError(
                f"index {indices.max()} is outside palette {self.palette.name!r} of {len(self.palette.colors)} colours"
            )
        indices.flags.writeable = False
        object.__setattr__(self, "indices", indices)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) in cells."""
        return self.indices.shape  # type: ignore[return-value]


@dataclass(frozen=True)
class Medium:
    """A physical thing to print on, in millimetres, as its back is seen upright.

    ``openings`` are boxes (x0, y0, x1, y1) from the top left that nothing is seen through; None
    where they are not known. ``status`` says how sure the size is: maker, secondary, standard or custom.
    ``contour`` marks what is cut out along its outline (of radius ``corner``); ``transparent`` what keeps its own
    colour where no ink lies; ``most_mb`` is the largest file a vendor takes.
    """

    name: str
    width: float
    height: float
    bleed: float = 3.0
    margin: float = 3.0
    corner: float | None = None
    openings: tuple[tuple[float, float, float, float], ...] | None = None
    kind: str = "paper"
    source: str = ""
    status: str = ""
    contour: bool = False
    transparent: bool = False
    most_mb: float | None = None

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.height > 0 and self.bleed >= 0 and self.margin >= 0):
            raise InputError(f"medium {self.name!r}: sizes must be above 0 mm, bleed and margin 0 or more")
        if self.corner is not None and not 0 <= self.corner <= min(self.width, self.height) / 2 + 1e-9:
            raise InputError(f"medium {self.name!r}: a corner of {self.corner:g} mm is more than half its shorter side")


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
    ink
        Palette index.
    anchor : {"start", "middle", "end"}
        What of the line stands at ``x``.
    pitch
        Pixels a character, each centred in its own; None where the letters follow one another.
    """

    text: str
    x: int
    y: int
    size: float
    font: str = "serif"
    ink: int = 1
    anchor: str = "start"
    pitch: int | None = None


@dataclass(frozen=True)
class Rule:
    """A hairline or tick: a box of whole canvas pixels, of one palette index."""

    x: int
    y: int
    width: int
    height: int
    ink: int = 1


@dataclass(frozen=True)
class Contour:
    """The line a knife follows: a box in canvas pixels whose corners are rounded."""

    x: float
    y: float
    width: float
    height: float
    radius: float


class Screen(Protocol):
    """How a cell of a level becomes ink: ``screen(levels, row, cell)`` gives its pixels.

    ``levels`` are the grid's indices of canvas columns in one row of cells, shape (columns,), ``row`` and
    ``column`` the place of the first of them in the whole grid; the result is palette indices,
    shape (cell, columns * cell).
    """

    def __call__(self, levels: NDArray[np.uint8], row: int, column: int, cell: int) -> NDArray[np.uint8]: ...


@dataclass(frozen=True, eq=False)
class Sheet:
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
    screen, inks
        Where the grid holds levels and not inks: how a level becomes pixels, and the palette of those pixels.
    """

    grid: PixelGrid
    medium: Medium
    dpi: float
    canvas: tuple[int, int]
    cell: int
    origin: tuple[int, int]
    background: int = 0
    plan: dict[str, Any] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    time: str = "right"
    texts: tuple[TextRun, ...] = ()
    rules: tuple[Rule, ...] = ()
    transparent: int | None = None
    contour: Contour | None = None
    screen: Screen | None = None
    inks: Palette | None = None

    def __post_init__(self) -> None:
        if (self.screen is None) != (self.inks is None):
            raise InputError("a screen and the palette of its inks belong together; give both or neither")
        if not self.bands:
            steps = self.grid.shape[0 if self.time == "down" else 1]
            object.__setattr__(self, "bands", (Band(0, steps, *self.origin),))

    @property
    def palette(self) -> Palette:
        """The palette of the canvas: of what the writers stream."""
        return self.grid.palette if self.inks is None else self.inks

    def pieces(self) -> Iterator[tuple[NDArray[np.uint8], Band]]:
        """The cells of each band as they lie on the canvas, and where."""
        for band in self.bands:
            steps = slice(band.start, band.stop)
            yield (self.grid.indices[steps] if self.time == "down" else self.grid.indices[:, steps]), band
