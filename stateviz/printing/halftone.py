"""Real values in two colours: a dot a cell whose area is the value, blue noise, or an ordered pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.core.sheets import Palette, PixelGrid
from stateviz.core.table import Table
from stateviz.rendering.color.ramps import TONES, tones
from stateviz.rendering.pixels import to_levels

Ranks = NDArray[np.int64]

DEFAULT_HALFTONE = "dot"
NO_HALFTONE = "none"
_NOISE_SIDE = 64
_ORDERED_SIDE = 16


@dataclass(frozen=True)
class HalftoneStyle:
    """A row of HALFTONES: ``ranks(cell)`` numbers the pixels of a tile in the order in which they are filled."""

    description: str
    ranks: Callable[[int], Ranks]


@dataclass(frozen=True)
class TwoColors:
    """A halftone as ``Sheet`` takes it: tones of 0 to 255 become pixels of palette index 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> TwoColors("dot")(np.array([0, 64, 255], np.uint8), 0, 0, 4).astype(int)
    array([[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1],
           [0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1],
           [0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1],
           [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]])
    """

    style: str

    def __call__(self, levels: NDArray[np.uint8], row: int, column: int, cell: int) -> NDArray[np.uint8]:
        """The pixels of one row of cells, shape (cell, cells * cell); ``row`` and ``column`` place it on the tile."""
        return (np.repeat(levels, cell) > self.thresholds(row, column, len(levels), cell)).astype(np.uint8)

    def thresholds(self, row: int, column: int, count: int, cell: int) -> NDArray[np.uint8]:
        """The tone that each pixel of ``count`` cells must exceed to be filled, shape (cell, count * cell)."""
        tile = threshold_tile(self.style, cell)
        height, width = tile.shape
        down = (row * cell + np.arange(cell)) % height
        across = (column * cell + np.arange(count * cell)) % width
        return tile[np.ix_(down, across)]


def to_halftone(
    values: ArrayLike, *, cell: int, style: str = DEFAULT_HALFTONE, scale: float | None = None
) -> NDArray[np.uint8]:
    """Real values as pixels of two colours; the share of the second in each cell is the value.

    Parameters
    ----------
    values : array_like, shape (rows, columns)
        Real. Where some are below 0, -scale fills no pixel and 0 half of the cell.
    cell : int
        Pixels a cell, on both axes. A dot of cell x cell pixels has that many steps, so its share is at most
        ``1 / (2 cell²)`` off; the other styles spread the error over neighbouring cells.
    style : {"dot", "blue-noise", "ordered"}
        A row of HALFTONES.
    scale : float, optional
        The value that fills a cell; by default the largest magnitude.

    Returns
    -------
    array of uint8, shape (rows * cell, columns * cell)
        0 and 1.

    Raises
    ------
    UnknownNameError
        For an unknown style.
    InputError
        When the values are no finite matrix, or a number cannot be used.

    Examples
    --------
    >>> to_halftone([[-1.0, 0.0, 1.0]], cell=20).reshape(20, 3, 20).mean(axis=(0, 2)).tolist()
    [0.0, 0.5025, 1.0]
    """
    check_whole("cell", cell)
    _ = HALFTONES[style]
    levels = to_levels(values, TONES, scale=scale)
    halftone = TwoColors(style)
    return np.concatenate([halftone(line, row, 0, cell) for row, line in enumerate(levels)])


def cell_shares(pixels: ArrayLike, cell: int) -> NDArray[np.float64]:
    """The share of palette index 1 in each cell: what ``to_halftone`` turned into dots, read back.

    Examples
    --------
    >>> cell_shares(to_halftone([[-1.0, 0.0, 1.0]], cell=6), 6).tolist()
    [[0.0, 0.5, 1.0]]
    """
    filled = np.asarray(pixels)
    if filled.ndim != 2 or not filled.size or filled.shape[0] % cell or filled.shape[1] % cell:
        raise InputError(f"pixels of shape {filled.shape} are not whole cells of {cell} x {cell}")
    rows, columns = filled.shape[0] // cell, filled.shape[1] // cell
    shares: NDArray[np.float64] = filled.reshape(rows, cell, columns, cell).mean(axis=(1, 3))
    return shares


def choose_halftone(grid: PixelGrid, style: str = "auto") -> tuple[TwoColors | None, Palette | None]:
    """The halftone of a grid, and its palette of two colours; (None, None) where each cell is one colour.

    Parameters
    ----------
    grid : PixelGrid
    style : str
        A row of HALFTONES; "none" for continuous tone; "auto" takes dots where the grid holds tones between two
        (``rasterize`` of real values in a two-colour palette).

    Raises
    ------
    UnknownNameError
        For an unknown style.
    InputError
        When a style is asked for and the grid holds no tones between two colours.

    Examples
    --------
    >>> from stateviz.rendering import rasterize
    >>> choose_halftone(rasterize([[0.5, -2.0]]))[0]
    TwoColors(style='dot')
    >>> choose_halftone(rasterize([[1, -1]]))
    (None, None)
    """
    if style not in ("auto", NO_HALFTONE):
        _ = Table("halftone", {"auto": 0, **dict.fromkeys(HALFTONES, 0), NO_HALFTONE: 0})[style]
    pair = two_colors(grid.palette)
    if style == NO_HALFTONE or (style == "auto" and pair is None):
        return None, None
    if pair is None:
        raise InputError(
            f"halftone {style!r} prints real values in two colours, and this grid has the colours of "
            f"{grid.palette.name!r} ({len(grid.palette.colors)}); leave it out, or give real states and a palette of "
            "two colours"
        )
    return TwoColors(DEFAULT_HALFTONE if style == "auto" else style), pair


def two_colors(palette: Palette) -> Palette | None:
    """The two colours that ``palette`` is the tones between; None where it is not such a ramp."""
    if len(palette.colors) != TONES:
        return None
    pair = Palette(palette.name, (palette.colors[0], palette.colors[-1]), palette.note)
    return pair if tones(pair).colors == palette.colors else None


@lru_cache(maxsize=64)
def threshold_tile(style: str, cell: int) -> NDArray[np.uint8]:
    """The tone that each pixel of a tile must exceed to be filled; the tile repeats over the sheet."""
    ranks = HALFTONES[style].ranks(cell)
    tile = np.floor((TONES - 1) * (ranks + 0.5) / ranks.size).astype(np.uint8)
    tile.flags.writeable = False
    return tile


def _dot(cell: int) -> Ranks:
    """From the centre outwards; of equal distances opposite pixels follow one another, so that dots stay round."""
    y, x = np.indices((cell, cell)) * 2 - (cell - 1)
    order = [0, 2, 1, 3]
    quarter = np.array(order)[(np.arctan2(y, x) // (np.pi / 2)).astype(int) % 4]
    first = np.lexsort((np.abs(x).ravel(), quarter.ravel(), (x * x + y * y).ravel()))
    ranks = np.empty(cell * cell, np.int64)
    ranks[first] = np.arange(cell * cell)
    return ranks.reshape(cell, cell)


def _ordered(cell: int) -> Ranks:
    """Bayer's matrix of 16 x 16, whatever the cell. Source: Bayer (1973), An optimum method for two-level rendition."""
    ranks = np.zeros((1, 1), np.int64)
    while len(ranks) < _ORDERED_SIDE:
        ranks = np.block([[4 * ranks, 4 * ranks + 2], [4 * ranks + 3, 4 * ranks + 1]])
    return ranks


@lru_cache(maxsize=1)
def _noise_ranks() -> Ranks:
    """Void and cluster on a torus, in whole numbers, so that every machine gets the same tile.

    Source: Ulichney (1993), The void-and-cluster method for dither array generation, with sigma 1.5.
    """
    side = _NOISE_SIDE
    away = np.minimum(np.arange(side), side - np.arange(side))
    bell = np.round(np.exp(-(away[:, None] ** 2 + away[None, :] ** 2) / (2 * 1.5**2)) * 2**40).astype(np.int64)
    wrapped = np.tile(bell, (2, 2))

    def around(place: int) -> NDArray[np.int64]:
        y, x = divmod(place, side)
        return wrapped[side - y : 2 * side - y, side - x : 2 * side - x].ravel()

    never = np.int64(2**62)
    filled = np.zeros(side * side, bool)
    filled[np.random.default_rng(0).permutation(side * side)[: side * side // 10]] = True
    crowd = sum((around(int(place)) for place in np.flatnonzero(filled)), np.zeros(side * side, np.int64))
    while True:  # move the most crowded pixel into the largest void until it is where it was
        out = int(np.where(filled, crowd, -never).argmax())
        filled[out] = False
        crowd -= around(out)
        into = int(np.where(filled, never, crowd).argmin())
        filled[into] = True
        crowd += around(into)
        if into == out:
            break
    ranks = np.zeros(side * side, np.int64)
    start, started = crowd.copy(), filled.copy()
    for rank in range(int(filled.sum()) - 1, -1, -1):
        out = int(np.where(filled, crowd, -never).argmax())
        filled[out], ranks[out] = False, rank
        crowd -= around(out)
    for rank in range(int(started.sum()), side * side):
        into = int(np.where(started, never, start).argmin())
        started[into], ranks[into] = True, rank
        start += around(into)
    return ranks.reshape(side, side)


HALFTONES: Table[HalftoneStyle] = Table(
    "halftone",
    {
        "dot": HalftoneStyle("a round dot a cell, its area the value", _dot),
        "blue-noise": HalftoneStyle("fine grain without a pattern, by void and cluster", lambda cell: _noise_ranks()),
        "ordered": HalftoneStyle("a regular weave, by Bayer's matrix", _ordered),
    },
)
