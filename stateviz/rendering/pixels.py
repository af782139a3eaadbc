"""From states to cells: which palette index each value gets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.core.sheets import Palette, PixelGrid
from stateviz.core.states import StateMatrix
from stateviz.rendering.color.palettes import DEFAULT, resolve_palette
from stateviz.rendering.color.ramps import TONES, tones

GAP = (255, 255, 255)
"""The colour between groups: white, the paper itself, which no cell is drawn in."""


def rasterize(
    states: Any,
    *,
    palette: str | Palette = DEFAULT,
    threshold: float | None = None,
    scale: float | None = None,
    gap: int = 0,
) -> PixelGrid:
    """One cell a value: rows are units, columns steps, as in the matrix.

    Parameters
    ----------
    states : StateMatrix, Recording, array, tensor, DataFrame or path, shape (units, steps)
        Binary: -1 gets palette index 0, +1 index 1. Real: a level, see ``to_levels``; ``layout`` prints the levels of a
        two-colour palette as dots.
    palette : str or Palette
        See ``resolve_palette``: two colours, between which real values get 256 tones; or, for real values, a diverging
        palette, whose middle colour is 0.
    threshold : float, optional
        Real values only: those at or above it get index 1 (as the binary cell's sign counts 0 as +1).
    scale : float, optional
        Real values only: the magnitude of the last colour; by default the largest there is.
    gap : int
        Cells of white between groups, where rows or columns break; they are the palette's last index, which no state
        has (of tones there is one fewer then). 0 keeps a cell for a value and nothing else, as ``layout`` needs it.

    Returns
    -------
    PixelGrid
        Shape (units, steps), and the gaps.

    Raises
    ------
    InputError
        When a gap is no whole number from 0 on, a threshold or a scale came for binary values, both came, or the
        palette does not fit the values.

    Examples
    --------
    >>> rasterize([[-1, 1, 1], [1, -1, 1]]).indices.tolist()
    [[0, 1, 1], [1, 0, 1]]
    >>> rasterize([[0.5, -2.0]], threshold=0.0).indices.tolist()
    [[1, 0]]
    >>> rasterize([[0.5, -2.0]]).indices.tolist()
    [[159, 0]]
    >>> rasterize([[0.0, 0.5, -2.0]], palette="balance").indices.tolist()
    [[127, 159, 0]]
    >>> groups = StateMatrix([[-1, 1], [1, 1]], row_breaks=(1,))
    >>> rasterize(groups, gap=1).indices.tolist()
    [[0, 1], [2, 2], [1, 1]]
    """
    from stateviz.storage import load_states

    check_whole("gap", gap, 0)
    colors = resolve_palette(palette)
    matrix = load_states(states)
    apart = bool(gap and (matrix.row_breaks or matrix.column_breaks))
    grid = _cells(matrix, colors, threshold, scale, spare=apart)
    return _apart(grid, matrix.row_breaks, matrix.column_breaks, gap) if apart else grid


def _cells(
    matrix: StateMatrix, colors: Palette, threshold: float | None, scale: float | None, *, spare: bool
) -> PixelGrid:
    """One cell a value; with ``spare`` an index of a byte is left over."""
    if threshold is not None and not (isinstance(threshold, (int, float)) and math.isfinite(threshold)):
        raise InputError(f"threshold must be a finite number, got {threshold!r}")
    if threshold is not None and scale is not None:
        raise InputError("threshold parts the values in two, so scale would do nothing; give one of them")
    pair = len(colors.colors) == 2
    if matrix.binary:
        for name, option in (("threshold", threshold), ("scale", scale)):
            if option is not None:
                raise InputError(f"{name} does nothing to binary states; leave it out")
    if not pair and (matrix.binary or threshold is not None):
        raise InputError(f"palette {colors.name!r} has {len(colors.colors)} colours; states take two, -1 then +1")
    if matrix.binary:
        return PixelGrid((matrix.values > 0).astype(np.uint8), colors)
    if threshold is not None:
        return PixelGrid((matrix.values >= np.float32(threshold)).astype(np.uint8), colors)
    many = tones(colors, TONES - spare) if pair else colors
    return PixelGrid(to_levels(matrix.values, len(many.colors), scale=scale), many)


def _apart(grid: PixelGrid, rows: tuple[int, ...], columns: tuple[int, ...], gap: int) -> PixelGrid:
    """The grid with ``gap`` cells of white before each of these rows and columns."""
    white = len(grid.palette.colors)
    indices = np.insert(grid.indices, np.repeat(np.array(rows, np.int64), gap), white, axis=0)
    indices = np.insert(indices, np.repeat(np.array(columns, np.int64), gap), white, axis=1)
    return PixelGrid(indices, Palette(grid.palette.name, (*grid.palette.colors, GAP), grid.palette.note))


def to_levels(values: ArrayLike, count: int, *, scale: float | None = None) -> NDArray[np.uint8]:
    """Real values as whole levels of 0 to ``count`` - 1.

    Parameters
    ----------
    values : array_like, shape (rows, columns)
        Where some are below 0, -scale to scale is spread over all levels, 0 in the middle; else 0 to scale.
        Values beyond the scale get the first or the last level.
    count : int
        2 to 256. An odd number has a level for 0 itself; with an even number 0 falls on the upper of the middle two.
    scale : float, optional
        Above 0; by default the largest magnitude.

    Raises
    ------
    InputError
        When the values are no finite matrix, or the scale is not above 0.

    Examples
    --------
    >>> to_levels([[-1.0, 0.0, 1.0]], 255).tolist(), to_levels([[0.0, 0.25, 0.5]], 255).tolist()
    ([[0, 127, 254]], [[0, 127, 254]])
    """
    given = np.asarray(values, float)
    if given.ndim != 2 or given.size == 0 or not np.isfinite(given).all():
        raise InputError(
            f"expected a matrix of finite numbers, got shape {given.shape}; fill or leave out what is missing"
        )
    if scale is None:
        scale = float(np.abs(given).max()) or 1.0
    elif isinstance(scale, bool) or not isinstance(scale, (int, float)) or not (math.isfinite(scale) and scale > 0):
        raise InputError(f"scale must be a finite number above 0, got {scale!r}")
    share = np.clip(given / scale, -1, 1)
    if given.min() < 0:
        share = (share + 1) / 2
    return np.floor(share * (count - 1) + 0.5).astype(np.uint8)
