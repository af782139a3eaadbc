"""The largest whole-pixel cells: over both directions of time and every number of bands."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stateviz.core.sheets import Band
from stateviz.printing.lengths import MM_PER_INCH

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in canvas pixels, x1 and y1 just outside."""

GAP_MM, GAP_CELLS = 2.0, 3
"""Between two bands at least this: it has to be seen beside the cells."""


@dataclass(frozen=True)
class CellArea:
    """Where cells may lie.

    Parameters
    ----------
    area
        The box they keep to, in canvas pixels.
    dpi
        Pixels an inch.
    radius
        Of the area's rounded corners, which the block of cells may not leave, in pixels.
    holes
        Boxes that the bands go around.
    """

    area: Box
    dpi: float
    radius: float = 0.0
    holes: tuple[Box, ...] = ()

    def size(self, time: str) -> tuple[int, int]:
        """(along, across) time, in pixels."""
        x0, y0, x1, y1 = self.area
        return (y1 - y0, x1 - x0) if time == "down" else (x1 - x0, y1 - y0)

    def gap(self, cell: int) -> int:
        """Pixels between two bands."""
        return max(math.ceil(GAP_MM / MM_PER_INCH * self.dpi), GAP_CELLS * cell)


@dataclass(frozen=True)
class Furniture:
    """What stands around the bands, in pixels: ``above`` and ``below`` them all, and ``under`` each.

    ``block`` is the least width of what stands above and below.
    """

    above: int = 0
    below: int = 0
    under: tuple[int, ...] = ()
    block: int = 0


@dataclass(frozen=True)
class Fit:
    """Cells of ``cell`` pixels that fit; ``box`` is around all bands, ``furniture`` what stands around them."""

    time: str
    cell: int
    bands: tuple[Band, ...]
    box: Box
    furniture: Furniture


Furnish = Callable[[int, Sequence[tuple[int, int]], int], Furniture]


def even(steps: int, count: int, most: int) -> list[tuple[int, int]] | None:
    """``steps`` in ``count`` stretches of at most ``most``; None where that is too few, or a stretch would be empty.

    They are equally long, or the first ones by one longer.

    Examples
    --------
    >>> even(10, 3, 4), even(6, 4, 4)
    ([(0, 4), (4, 7), (7, 10)], [(0, 2), (2, 4), (4, 5), (5, 6)])
    """
    base, more = divmod(steps, count)
    if base + bool(more) > most or count > steps:
        return None
    ends = list(itertools.accumulate(base + (i < more) for i in range(count)))
    return list(zip([0, *ends[:-1]], ends, strict=True))


def bare(cell: int, ranges: Sequence[tuple[int, int]], width: int) -> Furniture:
    """Bands with nothing around them."""
    return Furniture(under=(0,) * len(ranges))


def fit(
    shape: tuple[int, int],
    place: CellArea,
    times: Sequence[str],
    *,
    bands: int | None = None,
    cell: int | None = None,
    furnish: Furnish = bare,
) -> Fit | None:
    """The largest cells that a place holds; None where it holds none.

    Of equal cells the fewest bands win, then time along the longer side.

    Parameters
    ----------
    shape : (units, steps)
    times
        The directions of time to choose from.
    bands, cell
        How many bands, and pixels a cell, where they are asked for.
    furnish : callable
        ``furnish(cell, ranges, width)`` says how much room captions take around bands ``width`` pixels wide.

    Examples
    --------
    >>> found = fit((128, 274), CellArea((0, 0, 776, 1673), 300), ["down", "right"])
    >>> found.cell, found.time, found.bands
    (6, 'down', (Band(start=0, stop=274, x=4, y=14),))
    """
    largest = {time: _largest(shape, place.size(time), bands, around=bool(place.holes)) for time in times}
    if cell is not None and cell > max(largest.values(), default=0):
        return None
    for size in range(max(largest.values()), 0, -1) if cell is None else [cell]:
        ways = [_way(shape, place, time, size, bands, furnish) for time in times if size <= largest[time]]
        found = [way for way in ways if way is not None]
        if found:
            x0, y0, x1, y1 = place.area
            longer = "down" if y1 - y0 > x1 - x0 else "right"
            return min(found, key=lambda way: (len(way.bands), way.time != longer))
    return None


def capacity(shape: tuple[int, int], place: CellArea, time: str, cell: int) -> tuple[int, int]:
    """(bands, steps a band) that ``place`` holds of cells of ``cell`` pixels, whatever number of steps there is.

    Examples
    --------
    >>> capacity((128, 20_000), CellArea((0, 0, 776, 1673), 300), "down", 1)
    (5, 1673)
    """
    along, across = place.size(time)
    thick, gap = shape[0] * cell, place.gap(cell)
    return (across + gap) // (thick + gap), along // cell


def _largest(shape: tuple[int, int], size: tuple[int, int], bands: int | None, *, around: bool = False) -> int:
    """No cell above this fits; what does is found by trying."""
    units, steps = shape
    along, across = size
    if bands is None:
        # Cells that cover the whole area at most, and one band across it.
        return min(across // units, along, math.isqrt(along * across // (units * steps)) if along > 0 < across else 0)
    # Around a hole several bands may share a lane.
    return max(0, min(across // (units if around else units * bands), along // -(-steps // bands)))


def _way(
    shape: tuple[int, int], place: CellArea, time: str, cell: int, bands: int | None, furnish: Furnish
) -> Fit | None:
    if place.holes:
        return _around(shape, place, time, cell, bands)
    units, steps = shape
    along, across = place.size(time)
    most = along // cell
    if most < 1:
        return None
    thick, gap = units * cell, place.gap(cell)
    fewest = -(-steps // most)
    count = fewest if bands is None else bands
    ranges = even(steps, count, most)
    if ranges is None or count * thick + (count - 1) * gap > across:
        return None
    return _stacked(place, time, cell, units, ranges, furnish)


def _stacked(
    place: CellArea, time: str, cell: int, units: int, ranges: list[tuple[int, int]], furnish: Furnish
) -> Fit | None:
    """Bands side by side, the whole block in the middle of the place."""
    thick, gap, down = units * cell, place.gap(cell), time == "down"
    longest = max(stop - start for start, stop in ranges) * cell
    # Nothing stands under a band whose time runs down: text needs the columns of time right.
    furniture = furnish(cell, ranges, len(ranges) * (thick + gap) - gap if down else longest)
    depths = [thick + under for under in furniture.under]
    across = sum(depths) + (len(ranges) - 1) * gap
    width, height = (across, longest) if down else (longest, across)
    width, tall = max(width, furniture.block), height + furniture.above + furniture.below
    x0, y0, x1, y1 = place.area
    if width > x1 - x0 or tall > y1 - y0 or not _inside_corners(place, width, tall):
        return None
    x, y = x0 + (x1 - x0 - width) // 2, y0 + (y1 - y0 - tall) // 2 + furniture.above
    box = (x, y, x + (across if down else longest), y + height)
    bands = []
    for (start, stop), depth in zip(ranges, depths, strict=True):
        bands.append(Band(start, stop, x, y))
        x, y = (x + depth + gap, y) if down else (x, y + depth + gap)
    return Fit(time, cell, tuple(bands), box, furniture)


def _inside_corners(place: CellArea, width: int, height: int) -> bool:
    """Whether a block in the middle of the place keeps clear of its rounded corners."""
    x0, y0, x1, y1 = place.area
    dx, dy = place.radius - (x1 - x0 - width) / 2, place.radius - (y1 - y0 - height) / 2
    return dx <= 0 or dy <= 0 or dx * dx + dy * dy <= place.radius**2


def _around(shape: tuple[int, int], place: CellArea, time: str, cell: int, bands: int | None) -> Fit | None:
    """Bands that stop at the holes and go on behind them, on one lattice of cells."""
    units, steps = shape
    across = place.size(time)[1]
    thick, gap = units * cell, place.gap(cell)
    for lanes in range(1, (across + gap) // (thick + gap) + 1):
        slack = across - lanes * thick - (lanes - 1) * gap
        for before in _offsets(place, time, slack, thick + gap):
            found = list(_lanes(place, time, cell, steps, [(before + i * (thick + gap), thick) for i in range(lanes)]))
            if sum(band.stop - band.start for band in found) == steps and (bands is None or len(found) == bands):
                return Fit(time, cell, tuple(found), _box(found, time, thick, cell), Furniture(under=(0,) * len(found)))
    return None


def _offsets(place: CellArea, time: str, slack: int, pitch: int) -> list[int]:
    """Where the first lane may begin across time: in the middle, else so that a lane begins just behind a hole."""
    axis = 0 if time == "down" else 1
    behind = [(hole[axis + 2] - place.area[axis]) % pitch for hole in place.holes]
    return [slack // 2, *(offset for offset in behind if offset <= slack)]


def _lanes(place: CellArea, time: str, cell: int, steps: int, lanes: list[tuple[int, int]]) -> Iterator[Band]:
    """The stretches of each lane that no hole touches, filled one after another."""
    along, _ = place.size(time)
    lattice, first = along % cell // 2, 0
    left, top = place.area[:2]
    shortest = max(place.gap(cell) // cell, 1)
    for offset, thick in lanes:
        for start, stop in _free(place, time, offset, offset + thick):
            a, b = -((lattice - start) // cell), (stop - lattice) // cell  # the whole cells inside
            if b - a < min(shortest, steps - first) or first >= steps:
                continue
            taken, at = min(b - a, steps - first), lattice + a * cell
            x, y = (left + offset, top + at) if time == "down" else (left + at, top + offset)
            yield Band(first, first + taken, x, y)
            first += taken


def _free(place: CellArea, time: str, low: int, high: int) -> list[tuple[int, int]]:
    """The stretches along a lane from ``low`` to ``high`` across, clear of holes, from the area's corner."""
    x, y = place.area[:2]
    blocked = []
    for x0, y0, x1, y1 in place.holes:
        span, across = ((y0 - y, y1 - y), (x0 - x, x1 - x)) if time == "down" else ((x0 - x, x1 - x), (y0 - y, y1 - y))
        if across[0] < high and across[1] > low:
            blocked.append(span)
    along, _ = place.size(time)
    found, at = [], 0
    for start, stop in [*sorted(blocked), (along, along)]:
        if start > at:
            found.append((at, min(start, along)))
        at = max(at, stop)
    return found


def _box(bands: Sequence[Band], time: str, thick: int, cell: int) -> Box:
    pairs = [(band, (band.stop - band.start) * cell) for band in bands]
    ends = [(b.x + thick, b.y + size) if time == "down" else (b.x + size, b.y + thick) for b, size in pairs]
    return min(b.x for b in bands), min(b.y for b in bands), max(x for x, _ in ends), max(y for _, y in ends)
