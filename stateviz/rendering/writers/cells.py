"""From pixels back to cells, by the plan that a file carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError


def cells_by_plan(
    rows: Iterable[NDArray[np.uint8]], size: tuple[int, int], plan: dict[str, Any], name: str
) -> tuple[NDArray[np.uint8], int]:
    """The cells that a plan says lie in a picture, and how many of its pixels do not belong to their cell.

    Parameters
    ----------
    rows
        Palette indices, row by row.
    size
        (width, height) of the picture in pixels.
    plan
        Of ``layout``: ``bands`` (or ``origin_px``), ``cell_px``, ``grid_cells`` and ``time``.
    name
        Of the file, for errors.

    Returns
    -------
    cells : array of uint8, shape (units, steps)
    altered : int

    Raises
    ------
    FileError
        When the plan cannot be used, or says more than the picture holds.
    """
    place = placed_cells(plan, size, name)
    cell, found = place.cell, np.zeros(place.shape, np.uint8)
    altered, last = 0, None
    for y, row in enumerate(rows):
        for x, top, width, height, first_row, first_column in place.boxes:
            inside = y - top
            if not 0 <= inside < height or (row is last and inside % cell):
                continue
            line, columns = row[x : x + width], slice(first_column, first_column + width // cell)
            if inside % cell == 0:
                found[first_row + inside // cell, columns] = line[cell // 2 :: cell]
            altered += int(np.count_nonzero(line != found[first_row + inside // cell, columns].repeat(cell)))
        last = row
    return np.ascontiguousarray(found.T if place.down else found), altered


@dataclass(frozen=True)
class PlacedCells:
    """Where a plan says that cells lie.

    Parameters
    ----------
    down
        Whether time runs down.
    cell
        Pixels a cell.
    shape
        (rows, columns) of cells as they lie on the canvas.
    boxes
        Of each band (x, y, width, height) in pixels, and the first row and column of its cells.
    """

    down: bool
    cell: int
    shape: tuple[int, int]
    boxes: tuple[tuple[int, int, int, int, int, int], ...]


def placed_cells(plan: dict[str, Any], size: tuple[int, int], name: str) -> PlacedCells:
    """The cells of a plan, see ``cells_by_plan``; a FileError where it cannot be used."""
    try:
        down, cell = plan.get("time") == "down", int(plan["cell_px"])
        shape = int(plan["grid_cells"][0]), int(plan["grid_cells"][1])
        bands = plan.get("bands") or [{"steps": [0, shape[0] if down else shape[1]], "at_px": plan["origin_px"]}]
        boxes = [_box(band, down, cell, shape) for band in bands]
        fits = all(min(x, y) >= 0 and x + w <= size[0] and y + h <= size[1] for x, y, w, h, _, _ in boxes)
    except (KeyError, TypeError, ValueError, IndexError):
        raise FileError(f"{name} holds no layout plan to read the matrix back by; write it with stateviz") from None
    if not fits or min(*shape, cell) < 1 or shape[0] * shape[1] > size[0] * size[1]:
        raise FileError(f"{name}: its plan says more than its {size[0]} x {size[1]} pixels hold; it was cut or scaled")
    return PlacedCells(down, cell, shape, tuple(boxes))


def _box(band: Any, down: bool, cell: int, shape: tuple[int, int]) -> tuple[int, int, int, int, int, int]:
    """(x, y, width, height) in pixels, and the first row and column of the band's cells in the grid."""
    start, stop = (int(step) for step in band["steps"])
    x, y = (int(pixel) for pixel in band["at_px"])
    if not 0 <= start < stop <= shape[0 if down else 1]:
        raise ValueError("steps that the grid has not")
    if down:
        return x, y, shape[1] * cell, (stop - start) * cell, start, 0
    return x, y, (stop - start) * cell, shape[0] * cell, 0, start
