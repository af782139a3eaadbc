"""From states to cells: which palette index each value gets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.sheets import Palette, PixelGrid
from stateviz.rendering.palettes import DEFAULT, resolve_palette


def rasterize(states: Any, *, palette: str | Palette = DEFAULT, threshold: float | None = None) -> PixelGrid:
    """One cell a value: rows are units, columns steps, as in the matrix.

    Parameters
    ----------
    states : StateMatrix, Recording, array, tensor, DataFrame or path, shape (units, steps)
        -1 gets palette index 0, +1 index 1.
    palette : str or Palette
        Two colours, see ``resolve_palette``.
    threshold : float, optional
        Real values only: those at or above it get index 1 (as the binary cell's sign counts 0 as +1).

    Raises
    ------
    InputError
        When values are real and no threshold says how to make two colours of them, when a threshold
        came for binary values, or when the palette has not two colours.

    Examples
    --------
    >>> rasterize([[-1, 1, 1], [1, -1, 1]]).indices.tolist()
    [[0, 1, 1], [1, 0, 1]]
    >>> rasterize([[0.5, -2.0]], threshold=0.0).indices.tolist()
    [[1, 0]]
    """
    from stateviz.storage import load_states

    colors = resolve_palette(palette)
    if len(colors.colors) != 2:
        raise InputError(f"palette {colors.name!r} has {len(colors.colors)} colours; states take two, -1 then +1")
    if threshold is not None and not (isinstance(threshold, (int, float)) and math.isfinite(threshold)):
        raise InputError(f"threshold must be a finite number, got {threshold!r}")
    matrix = load_states(states)
    if matrix.binary:
        if threshold is not None:
            raise InputError("threshold does nothing to binary states; leave it out")
        return PixelGrid((matrix.values > 0).astype(np.uint8), colors)
    if threshold is None:
        low, high = float(matrix.values.min()), float(matrix.values.max())
        raise InputError(
            f"the states are real ({low:.3g} to {high:.3g}) and two colours would lose that; "
            "give threshold=0.0 to draw their signs, or use heatmap"
        )
    return PixelGrid((matrix.values >= np.float32(threshold)).astype(np.uint8), colors)
