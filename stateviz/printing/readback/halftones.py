"""Real values read back from a screen: how much of each cell is inked, and which tones ink just so many pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.printing.halftone import SCREENS, TwoInks
from stateviz.rendering.color.ramps import TONES
from stateviz.rendering.writers.cells import placed_cells

Tones = NDArray[np.uint8]


def tones_by_plan(
    rows: Iterable[NDArray[np.uint8]], size: tuple[int, int], plan: dict[str, Any], name: str, inked: NDArray[np.bool_]
) -> tuple[Tones, Tones, int]:
    """The least and the most tone that each cell can be, by its number of inked pixels, and pixels out of place.

    Parameters
    ----------
    rows
        Palette indices of the file, row by row.
    size
        (width, height) of the picture in pixels.
    plan
        Of ``layout``, with the ``screen`` that the values went through.
    name
        Of the file, for errors.
    inked : array of bool, shape (palette indices,)
        Which of them are ink.

    Returns
    -------
    low, high : arrays of uint8, shape (units, steps)
    altered : int

    Raises
    ------
    FileError
        When the plan cannot be used, or the screen is no row of SCREENS.
    """
    if plan["screen"] not in SCREENS:
        raise FileError(f"{name} shows real values through a screen of its own, which cannot be read back")
    screen, place = TwoInks(plan["screen"]), placed_cells(plan, size, name)
    cell = place.cell
    low, high = np.zeros(place.shape, np.uint8), np.zeros(place.shape, np.uint8)
    held = [np.zeros((cell, width), bool) for _, _, width, *_ in place.boxes]
    altered = 0
    for y, row in enumerate(rows):
        for (x, top, width, height, first, column), pixels in zip(place.boxes, held, strict=True):
            inside = y - top
            if not 0 <= inside < height:
                continue
            pixels[inside % cell] = inked[row[x : x + width]]
            if inside % cell == cell - 1:
                at, columns = first + inside // cell, slice(column, column + width // cell)
                thresholds = screen.thresholds(at, column, width // cell, cell)
                low[at, columns], high[at, columns], wrong = _between(pixels, thresholds, cell)
                altered += wrong
    if place.down:
        low, high = np.ascontiguousarray(low.T), np.ascontiguousarray(high.T)
    return low, high, altered


def _between(pixels: NDArray[np.bool_], thresholds: Tones, cell: int) -> tuple[Tones, Tones, int]:
    """Of a row of cells: the tones above as many thresholds as there are inked pixels, and not above the next."""
    inked, least = (
        grid.reshape(cell, -1, cell).swapaxes(0, 1).reshape(-1, cell * cell) for grid in (pixels, thresholds)
    )
    count = inked.sum(axis=1)
    ends = np.full((len(least), 1), -1), np.full((len(least), 1), TONES - 1)
    steps = np.concatenate([ends[0], np.sort(least.astype(int), axis=1), ends[1]], axis=1)
    below, high = (np.take_along_axis(steps, (count + i)[:, None], axis=1)[:, 0] for i in (0, 1))
    low = np.minimum(below + 1, high)  # pixels of one threshold go together: a number between is of an altered file
    drawn = ((low + high) // 2)[:, None] > least
    wrong = int(np.count_nonzero(inked != drawn))
    return low.astype(np.uint8), high.astype(np.uint8), wrong
