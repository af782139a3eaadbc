"""From pixels back to cells, by the plan that a file carries, and the digest by which they are known again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import FileError
from stateviz.core.sheets import Sheet


def digest(cells: ArrayLike) -> str:
    """SHA-256 of whole numbers of shape (units, steps): what a plan says of its cells.

    Examples
    --------
    >>> digest([[1, 0]])[:16], digest([[1], [0]])[:16]
    ('fef03bb45852f8eb', '1b05cb6b182e0776')
    """
    values = np.ascontiguousarray(cells, "<u4")
    return hashlib.sha256(f"{values.shape}".encode() + values.tobytes()).hexdigest()


def distinct_colors(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of each colour, shape (n, channels), the first index at which it stands: (n,).

    Examples
    --------
    >>> distinct_colors(np.array([[9, 9], [0, 0], [9, 9]], np.uint8)).tolist()
    [0, 1, 0]
    """
    _, first, kind = np.unique(values, axis=0, return_index=True, return_inverse=True)
    return first[kind.reshape(-1)].astype(np.uint8)


def plan_in_colors(sheet: Sheet, values: NDArray[np.uint8]) -> dict[str, Any]:
    """The plan that a file of these colours carries: where several tones have the same, its digest is of the first."""
    first = distinct_colors(values[: len(sheet.palette.colors)])
    if sheet.halftone is not None or "cells_sha256" not in sheet.plan or (first == np.arange(len(first))).all():
        return dict(sheet.plan)
    cells = first[sheet.grid.indices]
    return {**sheet.plan, "cells_sha256": digest(cells.T if sheet.time == "down" else cells)}


def cells_by_plan(
    rows: Iterable[NDArray[np.uint8]],
    size: tuple[int, int],
    plan: dict[str, Any],
    name: str,
    *,
    rim: int = 0,
    other: int | None = None,
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
    rim
        Pixels at the edges of each cell that are not looked at, where it has more than that.
    other
        The index of colours that no cell has; a cell that shows it is given as 0.

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
    rim = rim if cell > 2 * rim else 0
    held: list[list[NDArray[np.uint8]]] = [[] for _ in place.boxes]
    altered = 0
    for y, row in enumerate(rows):
        for lines, (x, top, width, height, first_row, first_column) in zip(held, place.boxes, strict=True):
            inside = y - top
            if not 0 <= inside < height:
                continue
            lines.append(row)
            if len(lines) == cell:
                at, columns = first_row + inside // cell, slice(first_column, first_column + width // cell)
                found[at, columns], wrong = _row_of_cells(lines, slice(x, x + width), cell, rim, other)
                altered += wrong
                lines.clear()
    return np.ascontiguousarray(found.T if place.down else found), altered


def _row_of_cells(
    lines: list[NDArray[np.uint8]], across: slice, cell: int, rim: int, other: int | None
) -> tuple[NDArray[np.uint8], int]:
    """What the middles of a row of cells show, and how many pixels inside the rim show something else."""
    middle, looked_at = lines[cell // 2][across], lines[rim : cell - rim]
    shown = middle[cell // 2 :: cell]
    alike = all(line is looked_at[0] for line in looked_at)
    pixels = np.stack([line[across] for line in (looked_at[:1] if alike else looked_at)])
    pixels = pixels.reshape(len(pixels), -1, cell)[..., rim : cell - rim]
    off = pixels != shown[:, None]
    if other is not None:
        off |= pixels == other
        shown = np.where(shown == other, np.uint8(0), shown)
    return shown, int(np.count_nonzero(off)) * (len(looked_at) if alike else 1)


MOST_BANDS = 2000
"""Each row of a picture is looked at once a band."""


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
        if len(bands) > MOST_BANDS or sum(int(band["steps"][1]) - int(band["steps"][0]) for band in bands) > max(shape):
            raise ValueError("bands that lie over one another")
        boxes = [_box(band, down, cell, shape) for band in bands]
        fits = all(min(x, y) >= 0 and x + w <= size[0] and y + h <= size[1] for x, y, w, h, _, _ in boxes)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
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
