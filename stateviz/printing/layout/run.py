"""layout(): the largest whole-pixel cells a medium holds, and where they lie."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.media import HIGHEST_DPI, LOWEST_DPI, Medium
from stateviz.core.sheets import Contour, Palette, PixelGrid, Sheet
from stateviz.core.table import Table
from stateviz.printing.layout.captions import Caption
from stateviz.printing.layout.panels import Panel
from stateviz.printing.layout.plans import make_plan
from stateviz.printing.layout.requests import LayoutRequest
from stateviz.printing.lengths import in_pixels, parse_length, to_pixels
from stateviz.printing.media import resolve_medium
from stateviz.printing.vendors import TARGET_DPI
from stateviz.rendering.color.palettes import luminance

Time = Literal["auto", "down", "right"]
Camera = Literal["behind", "below", "reflow"]

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
    dpi: float | None = None,
    time: Time | str = "auto",
    bands: int | str = "auto",
    camera: Camera | str = "behind",
    cell: int | str | None = None,
    bleed: float | str | None = None,
    margin: float | str | None = None,
    background: int | None = None,
    halftone: str = "auto",
    caption: Caption | None = None,
    fit: str = "auto",
) -> Sheet:
    """Lay a grid of units x steps out on a medium, to the pixel.

    The canvas is the medium plus its bleed, rounded to whole pixels once. Cells are square and a whole
    number of pixels, the largest over both directions of time and every number of bands; of equal cells the fewest
    bands. What is left over goes to the margins, evenly, never into the cells; where cells cover a medium, the
    outermost rows and columns are continued there, to the edges of the canvas.

    Parameters
    ----------
    grid : PixelGrid, shape (units, steps)
    medium : str, Path or Medium
        See ``resolve_medium``.
    dpi : float, optional
        Pixels an inch, 36 to 9600, exactly. By default the medium's own, where its template names pixels; 300 where a
        cell, bleed or margin is given in pixels; and else the one of 300 to 330 that gives the largest cells, or, with
        fit "crop", cuts off the fewest.
    time : {"auto", "down", "right"}
        Which way the steps run. "auto" takes the larger cells; where both are equal, along the longer side.
    bands : int or "auto"
        Into how many stretches a long text is broken, which lie side by side (time down) or below one another.
    camera : {"behind", "below", "reflow"}
        What happens at the medium's openings, see ``CAMERAS``. Nothing is ever cut out of the picture.
    cell : int or str, optional
        Pixels a cell, or a length rounded to whole pixels; without it, the largest that fits.
    bleed, margin : float or str, optional
        Printed beyond each edge, and kept free inside it: millimetres or a length; the medium's own otherwise, and
        with a caption 4% of the shorter side where that is more, and none where cells cover the medium.
    background : int, optional
        Palette index of everything around the grid; by default that of -1, and where the palette diverges, of 0.
    halftone : str
        How values between two colours become dots: "auto" (a dot a cell where the grid holds such values), "none"
        (continuous tone), or a row of HALFTONES.
    caption : Caption, optional
        Title, text and legend, see ``make_caption``. Text stands under its columns, so it needs time "right".
    fit : {"auto", "cover", "contain", "crop"}
        Whether cells go to every edge, keep inside a margin, or are cut to be larger, see ``FITS``.

    Returns
    -------
    Sheet
        Its ``plan`` holds every figure of the layout, as plain JSON values: sizes in ``_px`` and ``_mm``,
        ``dpi_range`` those among which that of the largest cells was taken (None where it was given),
        ``share`` of the panel (trim size) that cells cover, ``openings_mm`` the openings, ``hidden`` share of the cells
        behind them and ``hidden_cells`` their number (each the word "unknown" where openings are not known), ``cut``
        and ``cut_cells`` those outside rounded corners, how far cells are ``continued``, which are left after a
        ``crop``, what other ways with the camera would give (``alternatives``), and ``warnings``.

    Raises
    ------
    UnknownNameError
        For an unknown medium, fit, direction of time or way with the camera.
    InputError
        When a number cannot be used, or the grid does not fit; the message says what would.

    Examples
    --------
    >>> import numpy as np
    >>> from stateviz.rendering import rasterize
    >>> sheet = layout(rasterize(np.eye(128, 274)), "iphone-15")
    >>> sheet.dpi, sheet.cell, sheet.plan["time"], sheet.plan["grid_px"]
    (330.0, 7, 'down', [896, 1918])
    >>> sheet.plan["fit"], sheet.plan["continued"]["px"]
    ('cover', [56, 39, 56, 39])
    >>> long = layout(rasterize(np.eye(128, 20_000)), "a2")
    >>> len(long.bands), long.plan["cell_mm"]
    (10, 0.254)
    """
    from stateviz.printing.halftone import choose_halftone

    if not isinstance(grid, PixelGrid):
        raise InputError(f"expected a PixelGrid, got {type(grid).__name__}; rasterize the states first")
    count = _checked_bands(bands, grid.shape[1])
    thing = resolve_medium(medium, dpi=None if dpi is None else _checked_dpi(dpi))
    held = _held_dpi(dpi, thing, cell, bleed, margin)
    chosen, pair = choose_halftone(grid, halftone)
    ground = _checked_background(background, pair or grid.palette)
    TIMES[time]
    colors = (pair or grid.palette).colors
    letters = _reading_index(pair or grid.palette, ground)
    request = LayoutRequest(
        grid.shape, thing, held or TARGET_DPI, bleed, margin, time, count, camera, caption,
        letters, fit, held is None, len(grid.palette.colors), pair is not None,
        luminance(colors[letters]) < luminance(colors[ground]),
    ).settled()  # fmt: skip
    dpi = request.dpi
    size = None if cell is None else _cell_pixels(cell, dpi)
    found, panel = request.found(size), request.panel
    texts, rules = ([], []) if request.setter is None else request.setter.draw(found, grid.shape[0])
    window = request.window(size)
    shown = grid.indices if window is None else grid.indices[slice(*window.units), slice(*window.steps)]
    cells = PixelGrid(shown.T if found.time == "down" else shown, grid.palette)
    sheet = Sheet(
        cells, panel.medium, dpi, panel.canvas, found.cell, found.box[:2], ground, {}, found.bands, found.time,
        tuple(texts), tuple(rules), ground if panel.medium.transparent else None,
        _contour(panel), chosen, pair, request.covers,
    )  # fmt: skip
    return replace(sheet, plan=make_plan(sheet, request, found, asked=size is not None, window=window))


def _reading_index(palette: Palette, ground: int) -> int:
    """What reads best on the ground: the farthest from it in luminance."""
    lights = [luminance(color) for color in palette.colors]
    return max(range(len(lights)), key=lambda i: abs(lights[i] - lights[ground]))


def _contour(panel: Panel) -> Contour | None:
    if not panel.medium.contour:
        return None
    width, height = panel.trim
    radius = min(panel.px(panel.medium.corner or 0.0), min(panel.trim) / 2)
    return Contour(panel.bleed, panel.bleed, width, height, radius)


def _checked_background(background: int | None, palette: Palette) -> int:
    colors = len(palette.colors)
    if background is None:
        # An odd number of colours has a middle, which stands for 0 (see DIVERGING).
        return colors // 2 if colors > 2 and colors % 2 else 0
    if isinstance(background, bool) or not isinstance(background, int) or not 0 <= background < colors:
        raise InputError(f"background must be a palette index of 0 to {colors - 1}, got {background!r}")
    return background


def _checked_dpi(dpi: float) -> float:
    try:
        value = float(dpi)
    except (TypeError, ValueError):
        raise InputError(f"dpi must be a number of pixels an inch, got {dpi!r}") from None
    if not (math.isfinite(value) and LOWEST_DPI <= value <= HIGHEST_DPI):
        raise InputError(f"dpi must be {LOWEST_DPI:g} to {HIGHEST_DPI:g} pixels an inch, got {value:g}")
    return value


def _held_dpi(dpi: float | None, medium: Medium, cell: object, *edges: object) -> float | None:
    """The dpi asked for, that of the medium's template, or that of lengths in pixels; None where it is free."""
    if dpi is not None:
        return _checked_dpi(dpi)
    return medium.dpi or (TARGET_DPI if cell is not None or in_pixels(*edges) else None)


def _checked_bands(bands: int | str, steps: int) -> int | None:
    if bands == "auto":
        return None
    if isinstance(bands, bool) or not isinstance(bands, (int, np.integer)) or not 1 <= bands <= steps:
        raise InputError(
            f"bands must be auto or a whole number of 1 to {steps} (there are {steps} steps), got {bands!r}"
        )
    return int(bands)


def _cell_pixels(cell: int | str, dpi: float) -> int:
    if isinstance(cell, str):
        pixels = to_pixels(parse_length(cell, dpi=dpi), dpi)
        if pixels < 1:
            raise InputError(f"a cell of {cell} is less than a pixel at {dpi:g} dpi; give a higher dpi")
        return pixels
    number = not isinstance(cell, bool) and isinstance(cell, (int, float, np.number)) and math.isfinite(cell)
    if not number or cell % 1 or cell < 1:
        raise InputError(f"cell must be a whole number of pixels, 1 or more, or a length such as '0.5mm', got {cell!r}")
    return int(cell)
