"""By what the cells of a print are known again, without the recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Halftone, Sheet
from stateviz.rendering.writers.cells import digest, distinct_colors


def cells_digest(sheet: Sheet) -> str:
    """The digest of what a sheet's cells show, units x steps.

    A cell shows the first palette index of its colour; as a halftone, so many filled pixels.

    Examples
    --------
    >>> from stateviz.printing.layout import layout
    >>> from stateviz.rendering import rasterize
    >>> right, down = (layout(rasterize([[1, -1, 1]]), "a6", time=time) for time in ("right", "down"))
    >>> cells_digest(right) == cells_digest(down) != cells_digest(layout(rasterize([[1, 1, 1]]), "a6"))
    True
    """
    cells = sheet.grid.indices
    if sheet.halftone is not None:
        shown = filled_pixels(cells, sheet.halftone, sheet.cell)
    else:
        shown = distinct_colors(np.array(sheet.palette.colors, np.uint8))[cells].astype(np.uint32)
    return digest(shown.T if sheet.time == "down" else shown)


def filled_pixels(levels: NDArray[np.uint8], halftone: Halftone, cell: int) -> NDArray[np.uint32]:
    """How many pixels of each cell a halftone fills, shape (rows, columns) as the levels lie on the canvas."""
    counts = np.zeros(levels.shape, np.uint32)
    for row, line in enumerate(levels):
        counts[row] = halftone(line, row, 0, cell).reshape(cell, -1, cell).sum(axis=(0, 2), dtype=np.uint32)
    return counts
