"""How large a picture is: whole pixels a cell on a screen, or exact millimetres on a page."""

from __future__ import annotations

import math

from stateviz.core.errors import InputError
from stateviz.core.table import Table
from stateviz.plotting import style

PAGE_WIDTHS: Table[float] = Table("size", {"column": 89.0, "page": 183.0})
"""Millimetres that one column and a whole page of a paper are wide (Nature, Guide to preparing final artwork)."""
_PAPER_DPI, _FINEST_DPI = 300, 1200
_TALLEST_MM = 230.0
_NARROWEST_MM = 60.0


def paper_width(size: str | float) -> float:
    """Millimetres of a size: a row of PAGE_WIDTHS, or a number of them from 60 on.

    Raises
    ------
    UnknownNameError
        For a name that is no row.
    InputError
        For a number too small to hold a picture with its labels, or too large.

    Examples
    --------
    >>> paper_width("column"), paper_width(120)
    (89.0, 120.0)
    """
    if isinstance(size, str):
        number = size.strip().removesuffix("mm")
        if not number.replace(".", "", 1).strip().isdecimal():
            return PAGE_WIDTHS[size]
        size = float(number)
    if isinstance(size, bool) or not isinstance(size, (int, float)) or not _NARROWEST_MM <= size <= 1000:
        raise InputError(
            f"size is {size!r}; give column, page, or the width in millimetres, from {_NARROWEST_MM:g} to 1,000"
        )
    return float(size)


def paper_cells(units: int, steps: int, millimetres: float, beside: float) -> tuple[float, int, int]:
    """(pixels an inch, pixels across, pixels down) of cells that fill ``millimetres`` less ``beside`` points.

    From 300 pixels an inch on, as many as make a column a whole number of pixels.

    Raises
    ------
    InputError
        When the cells would be finer than 1,200 pixels an inch, or too little room or too high a picture is left.
    """
    inches = millimetres / 25.4 - beside / 72
    if inches < 1:
        raise InputError(f"{millimetres:g} mm leave no room for cells beside the names of the units; shorten the names")
    across = max(1, math.ceil(_PAPER_DPI * inches / steps))
    dpi = across * steps / inches
    if dpi > _FINEST_DPI:
        raise InputError(
            f"{steps:,} steps do not fit {millimetres:g} mm: at {_FINEST_DPI:,} dpi {int(inches * _FINEST_DPI):,} do; "
            "select fewer steps, or leave size out"
        )
    # Wider than high reads best, and a row of over 3 mm, the room its name needs, gains nothing.
    down = max(1, min(int(0.75 * inches * dpi / units), round(3 / 25.4 * dpi)))
    if down * units > _TALLEST_MM / 25.4 * dpi:
        raise InputError(
            f"{units:,} units do not fit {_TALLEST_MM:g} mm at {dpi:.0f} dpi; select fewer units, or leave size out"
        )
    return dpi, across, down


def screen_cells(units: int, steps: int) -> tuple[float, int, int]:
    """(pixels an inch, pixels across, pixels down) of cells in a picture of about 1,400 x 640 pixels."""
    return style.DPI, *style.cell_pixels(steps, units)
