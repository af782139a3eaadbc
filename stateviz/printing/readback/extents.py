"""What a matrix found in pixels alone may be of: with ground at its edges that was not seen, or repeated cells."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


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
