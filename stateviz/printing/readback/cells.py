"""Cells found in a picture that says nothing of itself: how large they are, and where they lie."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.printing.files.print_file import Pixels

_MOST_CELL = 4096
_WHOLE = 0.8
"""Share of the runs that must be whole cells; the rest is letters and ticks."""
_LOST = 0.03
"""Share of the pixels of a band that may be of another colour than their cell; of letters it is more."""
_ALONE = 0.02
"""Share of the runs that are of a single cell."""
_GAP = 3
"""Bands stand at least this many cells apart: see printing.bands."""


_Part = tuple[int, int, NDArray[np.uint8], NDArray[np.int64]]
"""x, y, cells, and of each cell how many of its pixels have another colour."""


@dataclass(frozen=True)
class Found:
    """What lies in the pixels.

    Parameters
    ----------
    cell
        Pixels a cell.
    bands
        Cells of each band as they lie on the canvas, with their place: (x, y, indices).
    altered
        Pixels that are not of their cell's colour.
    ground
        Palette index around the cells.
    """

    cell: int
    bands: tuple[tuple[int, int, NDArray[np.uint8]], ...]
    altered: int
    ground: int


def find_cells(pixels: Pixels, name: str) -> Found:
    """The cells of a picture without a plan.

    A cell is the largest whole number of pixels of which most runs of one colour are multiples; the edges that keep
    to one such raster, over a good part of the picture's height and width, are the grid's. A first or last row or
    column of nothing but the ground's colour cannot be told from the ground. Where cells go on to the edges, the
    repeated ones are among those that are found.

    Parameters
    ----------
    pixels
    name
        Of the file, for errors.

    Raises
    ------
    FileError
        When there is no raster of whole pixels: the picture was scaled, or holds no cells.
    """
    across, edges_x, edges_y = _survey(pixels)
    cell = _cell(across)
    columns = _chains(edges_x, cell) if cell else []
    rows = _chains(edges_y, cell) if cell else []
    if not columns or not rows:
        raise FileError(f"{name}: no cells of whole pixels were found; the picture was scaled, or holds something else")
    if len(columns) == len(rows) == 1 and _covers(pixels):
        columns, rows = (
            [_to_edges(*chain[0], size, cell)] for chain, size in zip((columns, rows), pixels.size, strict=True)
        )
    ground = int(np.bincount(next(iter(pixels.rows()))).argmax())
    sampled = [_trimmed(*part, cell, ground) for part in _sample(pixels, columns, rows, cell)]
    found = [part for part in sampled if part[2].size and _pure(part[3], cell) and np.ptp(part[2])]
    kept = [(x, y, cells) for x, y, cells, _ in found]
    if not kept or _broken(kept, cell):
        raise FileError(f"{name}: no cells of whole pixels were found; the picture was scaled, or holds something else")
    altered = sum(int(lost.sum()) for *_, lost in found)
    return Found(cell, tuple(kept), altered, ground)


def _covers(pixels: Pixels) -> bool:
    """Whether cells go on to the edges of the picture, where there is no ground around them."""
    first: NDArray[np.uint8] | None = None
    for row in pixels.rows():
        if first is None:
            first = row
            if (row != row[0]).any():
                return True
        if row[0] != first[0]:
            return True
    return False


def _to_edges(low: int, high: int, size: int, cell: int) -> tuple[int, int]:
    """A stretch of cells, made longer by all whole cells up to the edges."""
    return low % cell, high + (size - high) // cell * cell


def _pure(lost: NDArray[np.int64], cell: int) -> bool:
    return float(lost.mean()) <= _LOST * cell * cell


def _trimmed(x: int, y: int, cells: NDArray[np.uint8], lost: NDArray[np.int64], cell: int, ground: int) -> _Part:
    """A part without letters at its edges, whose edges fell in with the cells', and the ground before them."""
    for side in ("top", "right", "bottom", "left"):  # a quarter turn to the left brings the next one to the top
        drop = 0
        while drop < len(cells) and not _pure(lost[drop], cell):
            drop += 1
            while drop < len(cells) and (cells[drop] == ground).all():
                drop += 1
        cells, lost = np.rot90(cells[drop:]), np.rot90(lost[drop:])
        x, y = x + drop * cell * (side == "left"), y + drop * cell * (side == "top")
    return x, y, cells, lost


def _broken(bands: list[tuple[int, int, NDArray[np.uint8]]], cell: int) -> bool:
    """Whether bands lie nearer to one another than they are laid out: a scaled picture, cut where its cells slip."""
    boxes = [(x, y, x + cells.shape[1] * cell, y + cells.shape[0] * cell) for x, y, cells in bands]
    for a, b in itertools.combinations(boxes, 2):
        across, down = (max(a[i], b[i]) - min(a[i + 2], b[i + 2]) for i in (0, 1))
        if max(across, down) < (_GAP - 1) * cell:
            return True
    return False


def _survey(pixels: Pixels) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """How often each length of run comes, and how many pixels change colour at each column and each row."""
    width, height = pixels.size
    lengths = np.zeros(width + 1, np.int64)
    at_x, at_y = np.zeros(width + 1, np.int64), np.zeros(height + 1, np.int64)
    before: NDArray[np.uint8] | None = None
    edges = np.zeros(0, np.int64)
    for y, row in enumerate(pixels.rows()):
        if before is not None and row is not before:
            at_y[y] = np.count_nonzero(row != before)
        if before is None or at_y[y]:
            edges = np.flatnonzero(row[1:] != row[:-1]) + 1
        before = row
        at_x[edges] += 1
        # Every distinct line of cells counts once for each of its pixel rows: letters weigh little.
        np.add.at(lengths, np.diff(edges), 1)
    return lengths, at_x, at_y


def _cell(lengths: NDArray[np.int64]) -> int:
    total = int(lengths.sum())
    if not total:
        return 0
    # Beyond the most frequent length nothing can divide most runs.
    longest = min(int(np.flatnonzero(lengths).max()), _MOST_CELL)
    for cell in range(longest, 0, -1):
        # Many single cells stand alone; in a scaled picture everything is a multiple of 1 px, and little is 1 px.
        if lengths[cell::cell].sum() >= _WHOLE * total and lengths[cell] >= _ALONE * total:
            return cell
    return 0


def _chains(edges: NDArray[np.int64], cell: int) -> list[tuple[int, int]]:
    """(first, last) edge of each stretch of cells along one axis.

    Edges of a stretch lie a whole number of cells apart, and no further than the gap between two bands.
    """
    if not edges.any():
        return []
    strong = np.flatnonzero(edges >= max(1, 0.04 * edges.max()))
    chains: list[list[int]] = []
    for edge in strong.tolist():
        for chain in reversed(chains):
            step = edge - chain[-1]
            if step % cell == 0 and step < _GAP * cell:
                chain.append(edge)
                break
        else:
            chains.append([edge])
    weights = [int(edges[chain].sum()) for chain in chains]
    most = max(weights)
    boxes = [(chain[0], chain[-1]) for chain, w in zip(chains, weights, strict=True) if w * 20 >= most]
    return sorted(box for box in boxes if box[1] > box[0] and not _covered(box, boxes))


def _covered(box: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    """Whether a longer stretch of another phase lies over this one: letters within the grid's extent."""
    size = box[1] - box[0]
    return any(
        other != box and other[1] - other[0] > size and other[0] < box[1] and box[0] < other[1] for other in others
    )


def _sample(pixels: Pixels, columns: list[tuple[int, int]], rows: list[tuple[int, int]], cell: int) -> list[_Part]:
    """Every stretch of columns by every stretch of rows."""
    boxes = [
        (x0, y0, np.zeros(((y1 - y0) // cell, (x1 - x0) // cell), np.uint8)) for y0, y1 in rows for x0, x1 in columns
    ]
    lost = [np.zeros(cells.shape, np.int64) for *_, cells in boxes]
    last: NDArray[np.uint8] | None = None
    for y, row in enumerate(pixels.rows()):
        for which, (x, top, cells) in enumerate(boxes):
            inside = y - top
            if not 0 <= inside < cells.shape[0] * cell or (row is last and inside % cell):
                continue
            line = row[x : x + cells.shape[1] * cell]
            if inside % cell == 0:
                cells[inside // cell] = line[cell // 2 :: cell]
            other = line.reshape(-1, cell) != cells[inside // cell][:, None]
            lost[which][inside // cell] += np.count_nonzero(other, axis=1)
        last = row
    return [(x, y, cells, lost[which]) for which, (x, y, cells) in enumerate(boxes)]


def arrangements(found: Found) -> Iterator[NDArray[np.uint8]]:
    """The matrices, units x steps, that bands as found may be: time to the right, or down.

    Bands follow one another across time; all have as many units as the largest. Where their number does not divide
    the steps some are shorter, and what was read there is ground: it is left out in a second reading.
    """
    bands = sorted(found.bands, key=lambda band: (band[1], band[0]))
    for down in (False, True):
        parts = [cells.T if down else cells for _, _, cells in bands]
        units = max(len(part) for part in parts)
        if any(len(part) != units for part in parts):
            continue
        whole = np.ascontiguousarray(np.concatenate(parts, axis=1))
        yield whole
        drawn = [np.flatnonzero((part != found.ground).any(axis=0)) for part in parts]
        short = [part[:, : columns[-1] + 1] for part, columns in zip(parts, drawn, strict=True) if len(columns)]
        if len(short) > 1 and sum(part.shape[1] for part in short) < whole.shape[1]:
            yield np.ascontiguousarray(np.concatenate(short, axis=1))
