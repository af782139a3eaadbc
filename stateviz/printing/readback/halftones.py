"""Real values read back from a halftone: how much of each cell is filled, and which tones fill just so many pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.printing.halftone import HALFTONES, TwoColors
from stateviz.rendering.color.ramps import TONES
from stateviz.rendering.writers.cells import placed_cells

Tones = NDArray[np.uint8]


def tones_by_plan(
    rows: Iterable[NDArray[np.uint8]],
    size: tuple[int, int],
    plan: dict[str, Any],
    name: str,
    filled: NDArray[np.bool_],
    *,
    other: int | None = None,
) -> tuple[Tones, Tones, int]:
    """The least and the most tone that each cell can be, by its number of filled pixels, and pixels out of place.

    Parameters
    ----------
    rows
        Palette indices of the file, row by row.
    size
        (width, height) of the picture in pixels.
    plan
        Of ``layout``, with the ``halftone`` that shows the values.
    name
        Of the file, for errors.
    filled : array of bool, shape (palette indices,)
        Which of them fill a cell.
    other
        The index of colours that no pixel should have; each that has it is out of place.

    Returns
    -------
    low, high : arrays of uint8, shape (units, steps)
    altered : int

    Raises
    ------
    FileError
        When the plan cannot be used, or the halftone is no row of HALFTONES.
    """
    if not isinstance(plan["halftone"], str) or plan["halftone"] not in HALFTONES:
        raise FileError(f"{name} shows real values as a halftone of its own, which cannot be read back")
    halftone, place = TwoColors(plan["halftone"]), placed_cells(plan, size, name)
    cell = place.cell
    low, high = np.zeros(place.shape, np.uint8), np.zeros(place.shape, np.uint8)
    held = [np.zeros((cell, width), bool) for _, _, width, *_ in place.boxes]
    altered = 0
    for y, row in enumerate(rows):
        for (x, top, width, height, first, column), pixels in zip(place.boxes, held, strict=True):
            inside = y - top
            if not 0 <= inside < height:
                continue
            pixels[inside % cell] = filled[row[x : x + width]]
            if other is not None:
                altered += int(np.count_nonzero(row[x : x + width] == other))
            if inside % cell == cell - 1:
                at, columns = first + inside // cell, slice(column, column + width // cell)
                thresholds = halftone.thresholds(at, column, width // cell, cell)
                low[at, columns], high[at, columns], wrong = _between(pixels, thresholds, cell)
                altered += wrong
    if place.down:
        low, high = np.ascontiguousarray(low.T), np.ascontiguousarray(high.T)
    return low, high, altered


def _between(pixels: NDArray[np.bool_], thresholds: Tones, cell: int) -> tuple[Tones, Tones, int]:
    """Of a row of cells: the tones above as many thresholds as there are filled pixels, and not above the next."""
    filled, least = (
        grid.reshape(cell, -1, cell).swapaxes(0, 1).reshape(-1, cell * cell) for grid in (pixels, thresholds)
    )
    count = filled.sum(axis=1)
    ends = np.full((len(least), 1), -1), np.full((len(least), 1), TONES - 1)
    steps = np.concatenate([ends[0], np.sort(least.astype(int), axis=1), ends[1]], axis=1)
    below, high = (np.take_along_axis(steps, (count + i)[:, None], axis=1)[:, 0] for i in (0, 1))
    low = np.minimum(below + 1, high)  # pixels of one threshold go together: a number between is of an altered file
    drawn = ((low + high) // 2)[:, None] > least
    wrong = int(np.count_nonzero(filled != drawn))
    return low.astype(np.uint8), high.astype(np.uint8), wrong
