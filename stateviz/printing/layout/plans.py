"""A layout's plan: every figure of it as plain values, its warnings, and all of it in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from stateviz.core.sheets import PLAN_SCHEMA, Palette, Sheet
from stateviz.printing.layout.advice import larger_paper
from stateviz.printing.layout.bands import Fit
from stateviz.printing.layout.captions import plain
from stateviz.printing.layout.digests import cells_digest
from stateviz.printing.layout.fits import Window, continued, continued_in_words, few_steps, steps_that_fit
from stateviz.printing.layout.openings import cut_cells, hidden_cells, text_warnings
from stateviz.printing.layout.panels import Panel
from stateviz.printing.layout.requests import LayoutRequest, ways_in_words
from stateviz.printing.vendors import CHOSEN_DPI, FLOOR_DPI, SMALLEST_CELL_MM
from stateviz.rendering.color.palettes import span

LEFT_BY_CAPTION = 0.7
"""Of the side a cell would have without the caption; where it leaves less, the plan warns."""


def make_plan(
    sheet: Sheet, request: LayoutRequest, found: Fit, *, asked: bool, window: Window | None = None
) -> dict[str, Any]:
    """The plan of a sheet that was laid out as ``found``; ``asked`` where its cells were of a size asked for.

    ``window`` is what was left of the grid where it was cropped.
    """
    medium, dpi, cell, panel, caption = sheet.medium, sheet.dpi, sheet.cell, request.panel, request.caption
    x0, y0, x1, y1 = found.box
    hidden, cut, cells = hidden_cells(sheet, panel.bleed), cut_cells(sheet, panel.bleed), sheet.grid.indices.size
    palette = sheet.palette
    plan: dict[str, Any] = {
        "schema": PLAN_SCHEMA,
        "medium": medium.name,
        "medium_mm": [medium.width, medium.height],
        "medium_status": medium.status,
        "dpi": dpi,
        "dpi_range": [CHOSEN_DPI[0], CHOSEN_DPI[-1]] if request.free else None,
        "canvas_px": list(sheet.canvas),
        "trim_px": list(panel.trim),
        "bleed_mm": medium.bleed,
        "wrap_mm": "unknown" if medium.wrap is None else medium.wrap,
        "bleed_px": panel.bleed,
        "margin_mm": medium.margin,
        "margin_px": panel.margin,
        "margins_px": [x0 - panel.bleed, y0 - panel.bleed, *_after(panel, x1, y1)],
        "cell_px": cell,
        "cell_mm": round(panel.mm(cell), 4),
        "time": sheet.time,
        "grid_cells": list(sheet.grid.shape),
        "cells_sha256": cells_digest(sheet),
        "grid_px": [x1 - x0, y1 - y0],
        "grid_mm": [round(panel.mm(x1 - x0), 3), round(panel.mm(y1 - y0), 3)],
        "origin_px": [x0, y0],
        "bands": [{"steps": [band.start, band.stop], "at_px": [band.x, band.y]} for band in sheet.bands],
        "share": round(cells * cell * cell / (panel.trim[0] * panel.trim[1]), 4),
        "fit": request.fit,
        **({"continued": continued(sheet, panel)} if sheet.continued else {}),
        **({} if window is None else {"crop": _crop(window)}),
        "fits_steps": min(steps_that_fit(request.shape, panel) for panel in request.panels),
        "openings_mm": "unknown" if medium.openings is None else [list(box) for box in medium.openings],
        "camera": request.camera,
        "hidden": "unknown" if hidden is None else round(hidden / cells, 4),
        "hidden_cells": "unknown" if hidden is None else hidden,
        "alternatives": request.other_cameras(),
        "cut": round(cut / cells, 4),
        "cut_cells": cut,
        "palette": palette.name,
        "colors": [list(color) for color in palette.colors],
        "contrast": round(span(palette.colors), 2) if len(palette.colors) > 1 else None,
        "background": sheet.background,
        "transparent": sheet.transparent,
        "halftone": None if sheet.halftone is None else getattr(sheet.halftone, "style", "own"),
        "contour_px": None if sheet.contour is None else list(vars(sheet.contour).values()),
        "texts": plain(sheet.texts),
        "rules": plain(sheet.rules),
    }
    plan["warnings"] = [
        *(() if asked else _of_caption(plan, request)),
        *_warnings(plan, sheet, request),
        *few_steps(plan, request.shape[1]),
        *text_warnings(sheet, panel.bleed),
        *(() if caption is None else caption.warnings()),
    ]
    return plan


def _after(panel: Panel, x1: int, y1: int) -> tuple[int, int]:
    width, height = panel.trim
    return width + panel.bleed - x1, height + panel.bleed - y1


def _crop(window: Window) -> dict[str, Any]:
    """The units and steps that are left, of how many, and how many cells are not."""
    return {
        "units": list(window.units),
        "steps": list(window.steps),
        "of": list(window.whole),
        "cut": window.cut,
    }


def _warnings(plan: Mapping[str, Any], sheet: Sheet, request: LayoutRequest) -> list[str]:
    found = []
    units, steps = sheet.grid.shape[:: -1 if sheet.time == "down" else 1]
    if plan["cell_mm"] < SMALLEST_CELL_MM:
        better = larger_paper((units, steps), request.dpis)
        found.append(
            f"cells of {plan['cell_mm']:.3f} mm are below {SMALLEST_CELL_MM} mm and may run together in print"
            + (f"; what would do: {better}" if better else "")
        )
    found += _of_colors(sheet.palette)
    if plan["dpi"] < FLOOR_DPI:
        found.append(f"{plan['dpi']:g} dpi is below the {FLOOR_DPI:g} that printers ask for at least")
    if plan["cut"]:
        found.append(f"{plan['cut_cells']:,} cells ({plan['cut']:.1%}) lie outside the rounded corners and are cut off")
    if sheet.medium.status == "secondary":
        found.append(f"the size of {sheet.medium.name} is quoted second hand; check it against the printer's template")
    return found


def _of_caption(plan: Mapping[str, Any], request: LayoutRequest) -> list[str]:
    """That the caption takes the cells' room, and what less of it would give."""
    cell = plan["cell_mm"]
    without = replace(request, caption=None).find()
    if without is None or (cell >= LEFT_BY_CAPTION * request.panel.mm(without.cell) and cell >= SMALLEST_CELL_MM):
        return []
    ways = {way: size for way, size in request.with_less_caption().items() if size > cell}
    return [f"the caption leaves cells of {cell:.3f} mm; {ways_in_words(ways)}"] if ways else []


@lru_cache(maxsize=64)
def _of_colors(palette: Palette) -> tuple[str, ...]:
    """What print, colour blindness or grey would do to the colours."""
    from stateviz.printing.proofs.colour import check_palette

    return check_palette(palette).warnings if len(palette.colors) > 1 else ()


def describe(plan: Mapping[str, Any]) -> str:
    """What the plan of a Sheet says, on one line, and a line for each warning.

    Examples
    --------
    >>> import numpy as np
    >>> from stateviz.printing.layout import layout
    >>> from stateviz.rendering import rasterize
    >>> print(describe(layout(rasterize(np.eye(40, 30)), "sticker-100").plan))
    sticker-100 100 x 100 mm: cell 28 px = 2.347 mm; grid 840 x 1120 px, time right; 66% of the panel; \
303 dpi (of 300 to 330, for the largest cells), 1265 x 1265 px; bleed 3 mm
    """
    width, height = plan["medium_mm"]
    canvas, bands = plan["canvas_px"], plan.get("bands", ())
    parts = [
        f"cell {plan['cell_px']} px = {plan['cell_mm']:.3f} mm",
        f"grid {plan['grid_px'][0]} x {plan['grid_px'][1]} px, time {plan['time']}",
        *([f"{len(bands)} bands of up to {_longest(bands)} steps"] if len(bands) > 1 else []),
        f"{plan['share']:.0%} of the panel",
        *filter(None, [continued_in_words(plan)]),
        f"{plan['dpi']:g} dpi{_of_range(plan)}, {canvas[0]} x {canvas[1]} px",
        f"bleed {plan['bleed_mm']:g} mm",
        *_camera(plan),
    ]
    name, size = plan["medium"], f"{width:g} x {height:g} mm"
    first = f"{size}: " if name[:1].isdigit() else f"{name} {size}: "
    return "\n".join([first + "; ".join(parts), *(f"note: {warning}" for warning in plan["warnings"])])


def _of_range(plan: Mapping[str, Any]) -> str:
    low, high = plan.get("dpi_range") or (None, None)
    aim = "the fewest cells cut off" if plan.get("fit") == "crop" else "the largest cells"
    return "" if low is None else f" (of {low} to {high}, for {aim})"


def _longest(bands: Iterable[Mapping[str, Any]]) -> int:
    return max(int(band["steps"][1] - band["steps"][0]) for band in bands)


def _camera(plan: Mapping[str, Any]) -> list[str]:
    hidden = plan["hidden"]
    if hidden == "unknown":
        return ["camera opening not known"]
    others = plan.get("alternatives", {})
    told = ", ".join(f"--camera {way}: cell {size:.3f} mm" for way, size in others.items() if way != "behind")
    if hidden:
        return [f"{plan['hidden_cells']:,} cells ({hidden:.0%}) behind the camera" + (f" ({told})" if told else "")]
    return ["nothing behind the camera"] if others else []
