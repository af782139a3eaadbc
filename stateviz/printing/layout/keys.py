"""The key of a picture: what its colours mean, as swatches with numbers in a line of the legend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from stateviz.core.number_wording import table_amount
from stateviz.core.sheets import Rule
from stateviz.core.states import StateMatrix

SWATCH = "\ue000"
"""Stands in a line of the legend where a swatch is drawn: a private character, which no font has."""
ADVANCE = 1.15  # ems that a swatch and the gap behind it take
_SIDE = 0.75  # of the swatch, in ems
_APART = "\N{NO-BREAK SPACE}" * 2
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def key_of(states: StateMatrix, threshold: float | None = None, scale: float | None = None) -> tuple[str, ...]:
    """What is written beside the swatches: of the first colour of the palette, to the last.

    Two labels where the states are on and off, five numbers where they are real.

    Examples
    --------
    >>> key_of(StateMatrix([[1, -1]])), key_of(StateMatrix([[0.5, -2.0]]))
    (('−1', '+1'), ('−2', '−1', '0', '1', '2'))
    """
    if states.binary:
        return ("0", "1") if states.off == 0 else ("−1", "+1")
    if threshold is not None:
        return f"<\N{NO-BREAK SPACE}{_number(threshold)}", f"≥\N{NO-BREAK SPACE}{_number(threshold)}"
    most = float(scale or np.abs(states.values).max() or 1.0)
    low = -most if states.values.min() < 0 else 0.0
    return tuple(_number(low + share * (most - low)) for share in _SHARES)


def worded(key: tuple[str, ...], colors: int, *, dots: bool) -> tuple[str, tuple[int, ...]]:
    """A line of the legend with ``SWATCH`` in it, and the palette index of each swatch; empty where the key is none.

    ``colors`` is how many colours the cells have; with ``dots``, values are dots of two colours.

    Examples
    --------
    >>> worded(("−1", "+1"), 2, dots=False)[1], worded(("0", "1", "2", "3", "4"), 255, dots=False)[1]
    ((0, 1), (0, 64, 127, 191, 254))
    >>> worded(("0", "1", "2", "3", "4"), 256, dots=True)[0].replace(SWATCH, "")
    'fills none of a cell at 0, half at 2, all at 4'
    """
    if not key or (len(key) == 2) != (colors == 2):
        return "", ()
    if dots:
        return f"{SWATCH}fills none of a cell at {key[0]}, half at {key[len(key) // 2]}, all at {key[-1]}", (1,)
    last = len(key) - 1
    words = " ".join(f"{SWATCH}{label}{_APART if at < last else ''}" for at, label in enumerate(key))
    return words, tuple(int(at * (colors - 1) / last + 0.5) for at in range(len(key)))


def swatch(x: int, baseline: int, em: float, hair: int, palette_index: int, outline: Rule) -> Iterator[Rule]:
    """A square of a colour with a hairline around it, coloured as ``outline``: the ground's own is seen as one, too."""
    side = round(_SIDE * em)
    yield replace(outline, x=x, y=baseline - side, width=side, height=side)
    yield Rule(x + hair, baseline - side + hair, side - 2 * hair, side - 2 * hair, palette_index)


def _number(value: float) -> str:
    return table_amount(float(f"{value:.3g}")).replace("-", "−")
