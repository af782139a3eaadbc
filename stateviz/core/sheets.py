"""PixelGrid, Medium and Sheet: the seam between numbers and ink."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    where they are not known. ``status`` says how sure the size is: maker, secondary or standard.
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

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.height > 0 and self.bleed >= 0 and self.margin >= 0):
            raise InputError(f"medium {self.name!r}: sizes must be above 0 mm, bleed and margin 0 or more")


@dataclass(frozen=True, eq=False)
class Sheet:
    """A grid laid out for a medium, to the pixel.

    Parameters
    ----------
    grid
        The cells as they lie on the canvas (already turned where time runs down).
    medium
        What it is printed on.
    dpi
        Pixels an inch of the canvas.
    canvas : (width, height)
        Pixels, bleed included.
    cell
        Pixels a cell, on both axes.
    origin : (x, y)
        Pixel of the grid's top left corner.
    background
        Palette index of everything outside the grid.
    plan
        The numbers of the layout, for people and for reading the matrix back.
    """

    grid: PixelGrid
    medium: Medium
    dpi: float
    canvas: tuple[int, int]
    cell: int
    origin: tuple[int, int]
    background: int = 0
    plan: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> Any:
        """Yield the canvas row by row: uint8 palette indices, shape (canvas width,)."""
        width, height = self.canvas
        x, y = self.origin
        grid_rows, columns = self.grid.shape
        blank = np.full(width, self.background, np.uint8)
        for _ in range(y):
            yield blank
        for row in range(grid_rows):
            line = blank.copy()
            line[x : x + columns * self.cell] = np.repeat(self.grid.indices[row], self.cell)
            for _ in range(self.cell):
                yield line
        for _ in range(height - y - grid_rows * self.cell):
            yield blank
