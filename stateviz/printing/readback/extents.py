"""What lies around a matrix: ground at its edges that was not seen, and the outermost cells, repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.printing.files.print_file import Pixels
from stateviz.rendering.writers.cells import placed_cells


def padded(cells: NDArray[np.uint8], shape: tuple[int, int]) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """``cells`` in every place that it can have in ``shape``, with ground around it."""
    extra = shape[0] - cells.shape[0], shape[1] - cells.shape[1]
    if min(extra) < 0 or max(extra) > 8:
        return
    for top in range(extra[0] + 1):
        for left in range(extra[1] + 1):
            around = ((top, extra[0] - top), (left, extra[1] - left))
            for ground in (0, 1) if max(extra) else (0,):
                yield np.pad(cells, around, constant_values=ground), sum(extra)


def uncontinued(cells: NDArray[np.uint8], shape: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    """What is left of ``cells`` without those that repeat the outermost, wherever as much as ``shape`` can lie."""
    extra = cells.shape[0] - shape[0], cells.shape[1] - shape[1]
    if min(extra) < 0 or not max(extra):
        return
    tops, lefts = (
        [start for start in range(extra[axis] + 1) if _is_continued(np.moveaxis(cells, axis, 0), start, shape[axis])]
        for axis in (0, 1)
    )
    for top in tops:
        for left in lefts:
            yield cells[top : top + shape[0], left : left + shape[1]]


def _is_continued(lines: NDArray[np.uint8], start: int, count: int) -> bool:
    """Whether all lines before and after those from ``start`` on repeat the outermost of theirs."""
    around = (start, len(lines) - start - count)
    return bool(np.array_equal(np.pad(lines[start : start + count], (around, (0, 0)), mode="edge"), lines))


def altered_beyond(cells: NDArray[np.uint8], pixels: Pixels, plan: Mapping[str, Any], name: str, rim: int) -> int:
    """How many pixels around one band do not repeat its outermost cells, where a plan says that these go on.

    ``cells`` are units x steps; ``rim`` pixels at the edges of cells and of the picture are not looked at.
    """
    place = placed_cells(dict(plan), pixels.size, name)
    if not plan.get("continued") or plan.get("texts") or plan.get("rules") or len(place.boxes) != 1:
        return 0
    left, top, across, down, *_ = place.boxes[0]
    canvas = cells.T if place.down else cells
    x, y = (np.arange(size) - start for size, start in zip(pixels.size, (left, top), strict=True))
    column, row = (x // place.cell).clip(0, canvas.shape[1] - 1), (y // place.cell).clip(0, canvas.shape[0] - 1)
    looked_x, looked_y = (_looked_at(at, place.cell, rim) for at in (x, y))
    beside = looked_x & ((x < 0) | (x >= across))
    altered = 0
    for at, line in enumerate(pixels.rows()):
        if looked_y[at]:
            off = (line != canvas[row[at]][column]) & (beside if 0 <= y[at] < down else looked_x)
            altered += int(np.count_nonzero(off))
    return altered


def _looked_at(at: NDArray[np.int64], cell: int, rim: int) -> NDArray[np.bool_]:
    """Of places along an axis, counted from the first cell: which are ``rim`` from where a colour may change."""
    inside = at % cell
    looked: NDArray[np.bool_] = (inside >= rim) & (inside < cell - rim)
    looked[: 2 * rim] = looked[len(at) - 2 * rim :] = False
    return looked
