"""Whether cells that were read back are those that were laid out, by the plan's digest; else, what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.printing.halftone import TwoColors
from stateviz.printing.layout.digests import filled_pixels
from stateviz.rendering.writers.cells import digest

Cells = NDArray[np.integer[Any]]

_TURNS: dict[str, Callable[[Cells], Cells]] = {
    "": lambda cells: cells,
    "mirrored left to right": np.fliplr,
    "mirrored top to bottom": np.flipud,
    "turned by 180 degrees": lambda cells: np.rot90(cells, 2),
}


def confirm(cells: Cells, plan: Mapping[str, Any], *, most: int) -> tuple[bool, str]:
    """Whether a plan's digest is that of ``cells``, and what they are where it is not: mirrored, in exchanged colours.

    Parameters
    ----------
    cells : array, shape (units, steps)
        The index of the colour of each, or how many of its pixels are filled.
    most
        The largest that a cell can show.
    """
    down, said = plan.get("time") == "down", plan.get("cells_sha256")
    for words, shown in _became(cells.T if down else cells, most):
        if digest(shown.T if down else shown) == said:
            return not words, words
    return False, ""


def _became(canvas: Cells, most: int) -> Iterator[tuple[str, Cells]]:
    for exchanged, shown in (("", canvas), ("in exchanged colours", most - canvas.astype(np.int64))):
        for words, turn in _TURNS.items():
            yield " and ".join(filter(None, (words, exchanged))), turn(shown)


def filled(low: NDArray[np.uint8], plan: Mapping[str, Any], cell: int) -> NDArray[np.uint32]:
    """How many pixels of each cell are filled, by the least tone that it can be, shape (units, steps)."""
    down = plan.get("time") == "down"
    counts = filled_pixels(low.T if down else low, TwoColors(str(plan["halftone"])), cell)
    return counts.T if down else counts
