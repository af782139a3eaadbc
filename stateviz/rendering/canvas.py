"""Canvas: a sheet as a raster stream of cells, letters and hairlines, row by row, never the whole picture."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Band, Rule, Sheet, TextRun
from stateviz.rendering.fonts.glyphs import glyphs_of, line_mask


class _Painted(Protocol):
    """Something on the canvas that fills the rows ``top`` to ``bottom`` - 1."""

    top: int
    bottom: int

    def changes(self) -> range:
        """The rows at which it may look other than in the row above."""

    def paint(self, line: NDArray[np.uint8], y: int) -> None:
        """Put the part that lies in row ``y`` on ``line``."""


def stream(sheet: Sheet) -> Iterator[NDArray[np.uint8]]:
    """Yield the canvas of ``sheet`` row by row: uint8 indices of ``sheet.palette``, shape (canvas width,).

    Cells, texts and hairlines are all there. Rows that repeat are the same array again; it is not to be changed.
    Memory holds a few rows, never the picture.
    """
    width, height = sheet.canvas
    blank = np.full(width, sheet.background, np.uint8)
    items = _items(sheet)
    waiting = sorted(items, key=lambda item: item.top, reverse=True)
    active: list[_Painted] = []
    stops = _stops(items, height)
    for y, following in itertools.pairwise(stops):
        while waiting and waiting[-1].top <= y:
            active.append(waiting.pop())
        active = [item for item in active if item.bottom > y]
        line = blank
        if active:
            line = blank.copy()
            for item in active:
                item.paint(line, y)
        for _ in range(following - y):
            yield line


def _items(sheet: Sheet) -> list[_Painted]:
    """Cells first: of what begins in one row, the later is painted over the earlier."""
    cells: list[_Painted] = [_PaintedCells(sheet, cells, band) for cells, band in sheet.pieces()]
    over: list[_Painted] = [
        *(_PaintedRule(rule) for rule in sheet.rules),
        *(_PaintedText(run, sheet.canvas) for run in sheet.texts),
    ]
    return [item for item in [*over[::-1], *cells[::-1]] if item.bottom > item.top]


def _stops(items: list[_Painted], height: int) -> list[int]:
    """The rows at which the canvas may change, with 0 and ``height``."""
    found = [np.array([0, height], np.int64)]
    for item in items:
        found.append(np.asarray(item.changes(), np.int64))
        found.append(np.array([item.bottom]))
    rows = np.unique(np.concatenate(found))
    return [int(y) for y in rows[(rows >= 0) & (rows <= height)]]


def reach(sheet: Sheet, band: Band) -> tuple[int, int, int, int]:
    """Pixels (left, top, right, bottom) that the cells of a band go on beyond it.

    To the edges of the canvas where the sheet is ``continued`` and no other band lies in the way, else 0.

    Examples
    --------
    >>> from stateviz.core.media import Medium
    >>> from stateviz.core.sheets import Palette, PixelGrid
    >>> grid = PixelGrid([[0, 1, 1]], Palette("ink", ((255, 255, 255), (0, 0, 0))))
    >>> sheet = Sheet(grid, Medium("card", 30, 10), 254, (300, 100), 90, (15, 5), continued=True)
    >>> reach(sheet, sheet.bands[0])
    (15, 5, 15, 5)
    """
    if not sheet.continued:
        return (0, 0, 0, 0)
    x0, y0, x1, y1 = _box(sheet, band)
    boxes = [_box(sheet, other) for other in sheet.bands]
    beside = [(a, c) for a, b, c, d in boxes if b < y1 and d > y0]
    above = [(b, d) for a, b, c, d in boxes if a < x1 and c > x0]
    return (
        0 if any(right <= x0 for _, right in beside) else x0,
        0 if any(low <= y0 for _, low in above) else y0,
        0 if any(left >= x1 for left, _ in beside) else sheet.canvas[0] - x1,
        0 if any(top >= y1 for top, _ in above) else sheet.canvas[1] - y1,
    )


def _box(sheet: Sheet, band: Band) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of a band in canvas pixels."""
    rows, columns = sheet.grid.shape
    steps = band.stop - band.start
    wide, tall = (columns, steps) if sheet.time == "down" else (steps, rows)
    return band.x, band.y, band.x + wide * sheet.cell, band.y + tall * sheet.cell


class _PaintedCells:
    def __init__(self, sheet: Sheet, cells: NDArray[np.uint8], band: Band) -> None:
        # Where they go on to the edges of the canvas, the outermost ones are repeated; the last may be cut.
        left, top, right, bottom = (-(-pixels // sheet.cell) for pixels in reach(sheet, band))
        self.cells, self.cell, self.halftone = cells, sheet.cell, sheet.halftone
        if sheet.continued:
            self.cells = np.pad(cells, ((top, bottom), (left, right)), mode="edge")
        self.x, self.top = band.x - left * sheet.cell, band.y - top * sheet.cell
        self.bottom = self.top + len(self.cells) * sheet.cell
        row, column = (band.start, 0) if sheet.time == "down" else (0, band.start)
        self.first = row - top, column - left
        self._halftoned: tuple[int, NDArray[np.uint8]] | None = None

    def changes(self) -> range:
        return range(self.top, self.bottom, self.cell if self.halftone is None else 1)

    def paint(self, line: NDArray[np.uint8], y: int) -> None:
        row, inside = divmod(y - self.top, self.cell)
        levels = self.cells[row]
        pixels = np.repeat(levels, self.cell) if self.halftone is None else self._dots(levels, row)[inside]
        shown = pixels[max(0, -self.x) : max(0, len(line) - self.x)]
        at = max(0, self.x)
        line[at : at + len(shown)] = shown

    def _dots(self, levels: NDArray[np.uint8], row: int) -> NDArray[np.uint8]:
        if self._halftoned is None or self._halftoned[0] != row:
            assert self.halftone is not None
            self._halftoned = row, self.halftone(levels, self.first[0] + row, self.first[1], self.cell)
        return self._halftoned[1]


class _PaintedRule:
    def __init__(self, rule: Rule) -> None:
        self.rule, self.top, self.bottom = rule, rule.y, rule.y + rule.height

    def changes(self) -> range:
        return range(self.top, self.top + 1)

    def paint(self, line: NDArray[np.uint8], y: int) -> None:
        line[max(0, self.rule.x) : max(0, self.rule.x + self.rule.width)] = self.rule.palette_index


class _PaintedText:
    """A line of letters; its mask is drawn when its first row comes."""

    def __init__(self, run: TextRun, canvas: tuple[int, int]) -> None:
        self.run, self.width = run, canvas[0]
        # Room that no letter leaves: ascenders and accents above, descenders below.
        self.top, self.bottom = run.y - int(1.5 * run.size) - 1, run.y + int(0.75 * run.size) + 1
        self._mask: tuple[NDArray[np.bool_], int, int] | None = None

    def changes(self) -> range:
        return range(self.top, self.bottom)

    def paint(self, line: NDArray[np.uint8], y: int) -> None:
        if self._mask is None:
            self._mask = line_mask(glyphs_of(self.run), self.run.size)
        mask, left, top = self._mask
        row, x = y - self.run.y - top, self.run.x + left
        if not 0 <= row < len(mask):
            return
        inside = slice(max(0, -x), max(0, self.width - x))
        bits = mask[row, inside]
        line[max(0, x) : max(0, x) + len(bits)][bits] = self.run.palette_index
