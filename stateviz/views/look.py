"""Look: what a caller chose of a view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.sheets import Palette
from stateviz.plotting.scales import ColorLimits

Limits = tuple[float | None, float | None] | str
"""Where colours end: two numbers, either of them None, or ``"full"``."""


@dataclass(frozen=True)
class Look:
    """What was chosen of a view; None where nothing was.

    Parameters
    ----------
    units
        Rows that colour the text, or are drawn as lines.
    palette, limits
        The colours, and where they end.
    threshold
        As ``view`` takes it.
    title
        That the caller gave.
    size
        Of a heatmap for print.
    scale, gap
        Of exact pixels.
    phrase
        Of a match.
    growth
        Of states as a training goes on: what is known of each model.
    """

    units: Sequence[int] = (0,)
    palette: str | Palette | None = None
    limits: ColorLimits | None = None
    threshold: float | None = None
    title: str | None = None
    size: str | float | None = None
    scale: int | None = None
    gap: int | None = None
    phrase: Any = None
    growth: Sequence[Any] = ()


def color_limits(limits: Limits | None) -> ColorLimits | None:
    """What a caller said of the colours' ends, checked.

    Examples
    --------
    >>> color_limits((-1, 2)), color_limits("full").robust
    (ColorLimits(vmin=-1, vmax=2, robust=True), False)
    """
    if limits is None:
        return None
    if isinstance(limits, str):
        if limits != "full":
            raise InputError(f"limits is {limits!r}; give two numbers such as (-1, 1), or 'full'")
        return ColorLimits(robust=False)
    if len(limits) != 2 or limits == (None, None):
        raise InputError(f"limits is {limits!r}; give two numbers such as (-1, 1), one of which may be None")
    low, high = limits
    if low is not None and high is not None and not low < high:
        raise InputError(f"limits are {limits}; give the lower one first")
    return ColorLimits(low, high)
