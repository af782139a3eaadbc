"""Which colour of the plan each colour of a file is, and how far it has moved from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.printing.files.print_file import PrintFile
from stateviz.rendering.writers.cells import distinct_colors

_CLOSE = 12.0
"""An index stands for itself where its colour is no further from the plan's than the nearest and this, of 255."""


@dataclass(frozen=True)
class PlannedColors:
    """The colours of a plan, as a file shows them.

    Parameters
    ----------
    index : array, shape (file colours,)
        The plan's index of each colour of the file.
    shift : array, shape (file colours,)
        Delta E 2000 between the two.
    first : array, shape (plan colours,)
        Of each colour of the plan, the first that looks the same in this file.
    known
        Whether ``first`` is what was written: in inks within a limit it may not be found again.
    """

    index: NDArray[np.uint8]
    shift: NDArray[np.float64]
    first: NDArray[np.uint8]
    known: bool = True


def planned_colors(printed: PrintFile, colors: NDArray[np.uint8]) -> PlannedColors:
    """Match the colours of a file with those of its plan, shape (n, 3)."""
    from stateviz.rendering.color.vision import difference, to_lab

    held = np.array(printed.pixels.colors, np.uint8).reshape(-1, 3)
    values, expected, known = _as_written(printed, colors)
    away = np.sqrt(((held[:, None].astype(float) - expected) ** 2).sum(axis=2))
    index = away.argmin(axis=1)
    if printed.inks is not None and len(colors) > 2:  # what is alike to the eye is told apart by its inks
        count = len(printed.inks)
        index[:count] = ((printed.inks[:, None].astype(int) - values.astype(int)) ** 2).sum(axis=2).argmin(axis=1)
    if len(colors) == 2 <= len(held):  # whatever a press does to two colours, the closer pairing was meant
        straight = away[0, 0] + away[1, 1] <= away[0, 1] + away[1, 0]
        index[:2] = (0, 1) if straight else (1, 0)
    elif printed.indexed and len(held) >= len(colors):
        itself = np.arange(len(colors))
        keeps = away[itself, itself] <= away.min(axis=1)[itself] + _CLOSE
        index[itself[keeps]] = itself[keeps]
    shift = difference(to_lab(held), to_lab(expected[index]))
    in_order = printed.inks is not None and printed.indexed and len(printed.inks) >= len(colors)
    first = distinct_colors(printed.inks[: len(colors)] if printed.inks is not None and in_order else values)
    return PlannedColors(index.astype(np.uint8), shift, first, known or in_order)


def _as_written(printed: PrintFile, colors: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], bool]:
    """The plan's colours as a file of this kind holds them, and as they are seen there; whether that is certain."""
    from stateviz.rendering.color.profiles import BLACK, COATED_INK, PRINT_PROFILE, UNCOATED_INK, from_cmyk, to_cmyk

    if printed.inks is None:
        return colors, colors, True
    profile = printed.icc or PRINT_PROFILE
    held = {tuple(inks) for inks in printed.inks.tolist()}
    most = float(printed.inks.sum(axis=1).max() / 2.55)
    limits = [COATED_INK, UNCOATED_INK, *(np.ceil(most) + np.arange(2)).clip(100, 400)]
    try:
        made = [to_cmyk(colors, profile=profile, limit=float(limit)) for limit in limits]
        best = max(made, key=lambda values: len(held & {tuple(inks) for inks in values.tolist()}))
        seen = from_cmyk(best, profile=profile)
    except InputError:  # a profile that is damaged
        best = to_cmyk(colors)
        seen = from_cmyk(best)
    known = held <= {tuple(inks) for inks in best.tolist()} | {(0, 0, 0, 0), BLACK}
    return best, seen, known
