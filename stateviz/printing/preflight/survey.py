"""Where the ink lies on a file, in one pass over its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stateviz.printing.files.print_file import PrintFile
from stateviz.printing.readback.read import ReadBack

PixelBox = tuple[int, int, int, int]


@dataclass(frozen=True)
class Survey:
    """What the pixels show.

    Parameters
    ----------
    ground
        Palette index around the picture.
    content
        Box (x0, y0, x1, y1) of all that is not ground, in pixels from the top left; None on an empty sheet.
    shares
        Share of the pixels of each palette index.
    cells
        Boxes of the bands of cells, where they are known.
    cell
        Pixels a cell, 0 where they are not.
    """

    ground: int
    content: PixelBox | None
    shares: NDArray[np.float64]
    cells: tuple[PixelBox, ...] = ()
    cell: int = 0


def survey(printed: PrintFile, found: ReadBack | None) -> Survey:
    """Count the colours, and find the box of everything that is drawn."""
    width, height = printed.pixels.size
    counts = np.zeros(max(len(printed.pixels.colors), 1), np.int64)
    last: NDArray[np.uint8] | None = None
    here, first, final = np.zeros(len(counts), np.int64), width, -1
    top, bottom, ground = height, -1, -1
    left, right = width, -1
    for y, row in enumerate(printed.pixels.rows()):
        if ground < 0:
            ground = _ground(printed, row)
        if row is not last:
            last = row
            here = np.bincount(row, minlength=len(counts))
            drawn = np.flatnonzero(row != ground) if here[ground] < width else np.zeros(0, np.int64)
            first, final = (int(drawn[0]), int(drawn[-1])) if len(drawn) else (width, -1)
        counts += here
        if final >= 0:
            top, bottom = min(top, y), y
            left, right = min(left, first), max(right, final)
    content = None if bottom < 0 else (left, top, right + 1, bottom + 1)
    return Survey(ground, content, counts / max(1, counts.sum()), _bands(printed, found), found.cell if found else 0)


def _ground(printed: PrintFile, row: NDArray[np.uint8]) -> int:
    """What most of the first row is: in a file of inks the palette may be in an order of its own."""
    return int(np.bincount(row).argmax())


def _bands(printed: PrintFile, found: ReadBack | None) -> tuple[PixelBox, ...]:
    plan = printed.plan
    if found is None or found.how != "plan":
        return ()
    down, cell = plan.get("time") == "down", found.cell
    rows, columns = plan["grid_cells"]
    bands = plan.get("bands") or [{"steps": [0, rows if down else columns], "at_px": plan["origin_px"]}]
    boxes = []
    for band in bands:
        (x, y), steps = band["at_px"], band["steps"][1] - band["steps"][0]
        wide, tall = (columns, steps) if down else (steps, rows)
        boxes.append((x, y, x + wide * cell, y + tall * cell))
    return tuple(boxes)
