"""layout(): the largest whole-pixel cells a medium holds, and where they lie."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.sheets import Medium, PixelGrid, Sheet
from stateviz.core.table import Table
from stateviz.printing.lengths import MM_PER_INCH, parse_length, to_pixels
from stateviz.printing.media import resolve_medium
from stateviz.rendering.palettes import PRINT_CONTRAST, contrast

Time = Literal["auto", "down", "right"]

SCHEMA = 1
SMALLEST_CELL_MM = 0.25
"""Below this, neighbouring cells run together on most presses."""
LOWEST_DPI, HIGHEST_DPI, FLOOR_DPI = 36.0, 9600.0, 150.0

TIMES: Table[str] = Table(
    "direction of time",
    {
        "auto": "whichever gives the larger cells",
        "down": "text runs from top to bottom, units side by side",
        "right": "text runs from left to right, units below one another",
    },
)


def layout(
    grid: PixelGrid,
    medium: str | Path | Medium,
    *,
    dpi: float = 300,
    time: Time | str = "auto",
    cell: int | str | None = None,
    bleed: float | str | None = None,
    margin: float | str | None = None,
    background: int = 0,
) -> Sheet:
    """Lay a grid of units x steps out on a medium, to the pixel.

    The canvas is the medium plus its bleed, rounded to whole pixels once. Cells are square and a whole
    number of pixels; what is left over goes to the margins, evenly, never into the cells.

    Parameters
    ----------
    grid : PixelGrid, shape (units, steps)
    medium : str, Path or Medium
        See ``resolve_medium``.
    dpi : float
        Pixels an inch, 36 to 9600.
    time : {"auto", "down", "right"}
        Which way the steps run. "auto" takes the larger cells; where both are equal, along the longer side.
    cell : int or str, optional
        Pixels a cell, or a length rounded to whole pixels; without it, the largest that fits.
    bleed, margin : float or str, optional
        Printed beyond each edge, and kept free inside it: millimetres or a length; the medium's own otherwise.
    background : int
        Palette index of everything around the grid.

    Returns
    -------
    Sheet
        Its ``plan`` holds every figure of the layout, as plain JSON values: sizes in ``_px`` and ``_mm``,
        ``share`` of the panel (trim size) the grid covers, ``hidden`` share of the cells behind known openings
        (the word "unknown" where they are not known), and ``warnings``.

    Raises
    ------
    UnknownNameError
        For an unknown medium or direction of time.
    InputError
        When a number cannot be used, or the grid does not fit; the message says what would.

    Examples
    --------
    >>> import numpy as np
    >>> from stateviz.rendering import rasterize
    >>> sheet = layout(rasterize(np.eye(128, 274)), "iphone-15")
    >>> sheet.cell, sheet.plan["time"], sheet.plan["grid_px"]
    (6, 'down', [768, 1644])
    """
    if not isinstance(grid, PixelGrid):
        raise InputError(f"expected a PixelGrid, got {type(grid).__name__}; rasterize the states first")
    dpi = _checked_dpi(dpi)
    TIMES[time]
    colors = len(grid.palette.colors)
    if isinstance(background, bool) or not isinstance(background, int) or not 0 <= background < colors:
        raise InputError(f"background must be a palette index of 0 to {colors - 1}, got {background!r}")
    panel = _panel(resolve_medium(medium, dpi=dpi), dpi, bleed, margin)
    turned, size = _fit(grid.shape, panel, dpi, time, cell)
    cells = PixelGrid(grid.indices.T, grid.palette) if turned else grid
    rows, columns = cells.shape
    width, height = panel.canvas
    origin = ((width - columns * size) // 2, (height - rows * size) // 2)
    sheet = Sheet(cells, panel.medium, dpi, panel.canvas, size, origin, int(background))
    return replace(sheet, plan=_plan(sheet, panel, "down" if turned else "right"))


@dataclass(frozen=True)
class _Panel:
    """A medium in whole pixels."""

    medium: Medium
    trim: tuple[int, int]
    bleed: int
    margin: int

    @property
    def canvas(self) -> tuple[int, int]:
        return self.trim[0] + 2 * self.bleed, self.trim[1] + 2 * self.bleed

    @property
    def inner(self) -> tuple[int, int]:
        return self.trim[0] - 2 * self.margin, self.trim[1] - 2 * self.margin


def _checked_dpi(dpi: float) -> float:
    try:
        value = float(dpi)
    except (TypeError, ValueError):
        raise InputError(f"dpi must be a number of pixels an inch, got {dpi!r}") from None
    if not (math.isfinite(value) and LOWEST_DPI <= value <= HIGHEST_DPI):
        raise InputError(f"dpi must be {LOWEST_DPI:g} to {HIGHEST_DPI:g} pixels an inch, got {value:g}")
    return value


def _panel(medium: Medium, dpi: float, bleed: float | str | None, margin: float | str | None) -> _Panel:
    medium = replace(
        medium,
        bleed=medium.bleed if bleed is None else parse_length(bleed, dpi=dpi),
        margin=medium.margin if margin is None else parse_length(margin, dpi=dpi),
    )
    trim = (to_pixels(medium.width, dpi), to_pixels(medium.height, dpi))
    # The margin is a promise, so it rounds up.
    kept_free = math.ceil(round(medium.margin / MM_PER_INCH * dpi, 6))
    panel = _Panel(medium, trim, to_pixels(medium.bleed, dpi), kept_free)
    if min(panel.inner) < 1:
        raise InputError(
            f"a margin of {medium.margin:g} mm leaves nothing of {medium.name} "
            f"({medium.width:g} x {medium.height:g} mm); give a smaller margin"
        )
    return panel


def _fit(shape: tuple[int, int], panel: _Panel, dpi: float, time: str, cell: int | str | None) -> tuple[bool, int]:
    """(whether the grid is turned, pixels a cell)."""
    units, steps = shape
    width, height = panel.inner
    largest = {True: min(width // units, height // steps), False: min(width // steps, height // units)}
    if time == "auto":
        # Of equal cells, the text takes the longer side.
        turned = max((True, False), key=lambda t: (largest[t], t == (height > width)))
    else:
        turned = time == "down"
    size = largest[turned] if cell is None else _cell_pixels(cell, dpi)
    if largest[turned] < 1:
        raise InputError(_too_large(shape, panel, dpi, turned, time))
    if size > largest[turned]:
        raise InputError(
            f"cells of {size} px are too large for {units} x {steps} cells on {panel.medium.name}; "
            f"the largest that fit are {largest[turned]} px = {_mm(largest[turned], dpi):.3f} mm"
        )
    return turned, size


def _cell_pixels(cell: int | str, dpi: float) -> int:
    if isinstance(cell, str):
        pixels = to_pixels(parse_length(cell, dpi=dpi), dpi)
        if pixels < 1:
            raise InputError(f"a cell of {cell} is less than a pixel at {dpi:g} dpi; give a higher dpi")
        return pixels
    if isinstance(cell, bool) or not math.isfinite(cell) or int(cell) != cell or cell < 1:
        raise InputError(f"cell must be a whole number of pixels, 1 or more, or a length such as '0.5mm', got {cell}")
    return int(cell)


def _too_large(shape: tuple[int, int], panel: _Panel, dpi: float, turned: bool, time: str) -> str:
    units, steps = shape
    across, along = panel.inner if turned else panel.inner[::-1]
    needed = dpi * max(units / across, steps / along)
    # Margins round up at every dpi, so leave a little room.
    enough = math.ceil(needed * 1.01 / 10) * 10
    legible = math.floor(_mm(along, dpi) / SMALLEST_CELL_MM)
    advice = f"at {enough} dpi cells of 1 px = {_mm(1, enough):.3f} mm would" if enough <= HIGHEST_DPI else ""
    fewer = f"{legible} steps at cells of {SMALLEST_CELL_MM} mm" if legible < steps else ""
    return (
        f"{units} units x {steps} steps do not fit {panel.medium.name} at {dpi:g} dpi: the smallest cell, "
        f"1 px = {_mm(1, dpi):.3f} mm, needs {units} x {steps} px and {across} x {along} are inside its margin"
        f"{'' if time == 'auto' else f' with time {time}'}; what would fit: "
        + "; ".join(part for part in (advice, fewer, "a larger medium") if part)
    )


def _plan(sheet: Sheet, panel: _Panel, time: str) -> dict[str, Any]:
    medium, dpi, cell = sheet.medium, sheet.dpi, sheet.cell
    rows, columns = sheet.grid.shape
    grid_px = (columns * cell, rows * cell)
    palette = sheet.grid.palette
    hidden = _hidden(sheet, panel)
    plan = {
        "schema": SCHEMA,
        "medium": medium.name,
        "medium_mm": [medium.width, medium.height],
        "medium_status": medium.status,
        "dpi": dpi,
        "canvas_px": list(sheet.canvas),
        "trim_px": list(panel.trim),
        "bleed_mm": medium.bleed,
        "bleed_px": panel.bleed,
        "margin_mm": medium.margin,
        "margin_px": panel.margin,
        "cell_px": cell,
        "cell_mm": round(_mm(cell, dpi), 4),
        "time": time,
        "grid_cells": [rows, columns],
        "grid_px": list(grid_px),
        "grid_mm": [round(_mm(size, dpi), 3) for size in grid_px],
        "origin_px": list(sheet.origin),
        "share": round(grid_px[0] * grid_px[1] / (panel.trim[0] * panel.trim[1]), 4),
        "hidden": "unknown" if hidden is None else round(hidden, 4),
        "palette": palette.name,
        "colors": [list(color) for color in palette.colors],
        "contrast": round(contrast(palette), 2) if len(palette.colors) > 1 else None,
        "background": sheet.background,
    }
    plan["warnings"] = _warnings(plan, medium)
    return plan


def _hidden(sheet: Sheet, panel: _Panel) -> float | None:
    """Share of the cells whose centre lies behind an opening; None where openings are not known."""
    if sheet.medium.openings is None:
        return None
    rows, columns = sheet.grid.shape
    x = (sheet.origin[0] - panel.bleed + (np.arange(columns) + 0.5) * sheet.cell) * MM_PER_INCH / sheet.dpi
    y = (sheet.origin[1] - panel.bleed + (np.arange(rows) + 0.5) * sheet.cell) * MM_PER_INCH / sheet.dpi
    behind = np.zeros((rows, columns), bool)
    for x0, y0, x1, y1 in sheet.medium.openings:
        behind |= ((y >= y0) & (y < y1))[:, None] & ((x >= x0) & (x < x1))[None, :]
    return float(behind.mean())


def _warnings(plan: dict[str, Any], medium: Medium) -> list[str]:
    found = []
    if plan["cell_mm"] < SMALLEST_CELL_MM:
        found.append(f"cells of {plan['cell_mm']:.3f} mm are below {SMALLEST_CELL_MM} mm and may run together in print")
    if plan["contrast"] is not None and plan["contrast"] < PRINT_CONTRAST:
        found.append(
            f"the colours of {plan['palette']!r} have a contrast of {plan['contrast']:.1f}, "
            f"below {PRINT_CONTRAST:g}; the pattern will be faint"
        )
    if plan["dpi"] < FLOOR_DPI:
        found.append(f"{plan['dpi']:g} dpi is below the {FLOOR_DPI:g} that printers ask for at least")
    if medium.status == "secondary":
        found.append(f"the size of {medium.name} is quoted second hand; check it against the printer's template")
    return found


def _mm(pixels: float, dpi: float) -> float:
    return pixels * MM_PER_INCH / dpi
