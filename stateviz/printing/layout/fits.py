"""How cells fill a medium: inside a margin, to every edge, or cut to be larger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.media import Medium
from stateviz.core.sheets import Band, Sheet
from stateviz.core.table import Table
from stateviz.printing.layout.bands import CellArea, Fit, Furniture
from stateviz.printing.layout.panels import Panel
from stateviz.rendering.canvas import reach

FITS: Table[str] = Table(
    "fit",
    {
        "auto": "cover for phones, contain for all else, and with a margin, a caption, or the camera kept clear",
        "cover": "every cell inside the medium; its edges and the bleed continue the outermost rows and columns",
        "contain": "every cell inside the margin, which stays free",
        "crop": "cells large enough to fill the medium both ways; those that do not fit are cut off and counted",
    },
)
MOST_CONTINUED = 0.25
"""Of the medium: where repeated cells take more, the states are too few for it, and the plan warns."""


@dataclass(frozen=True)
class Window:
    """The cells of a grid that a sheet shows: units and steps, as (start, stop), of (units, steps) in all."""

    units: tuple[int, int]
    steps: tuple[int, int]
    whole: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """(units, steps) that are shown."""
        return self.units[1] - self.units[0], self.steps[1] - self.steps[0]

    @property
    def cut(self) -> int:
        """Cells that are not."""
        units, steps = self.shape
        return self.whole[0] * self.whole[1] - units * steps


def choose_fit(
    fit: str, medium: Medium, camera: str, margin: float | str | None, *, captioned: bool, bands: int | None
) -> str:
    """The row of FITS that ``fit`` means here.

    Raises
    ------
    UnknownNameError
        When there is no such row.
    InputError
        When something else that was asked for needs a margin, or a single band.
    """
    FITS[fit]
    if fit == "auto":
        covers = medium.kind == "phone" and camera == "behind" and margin is None and not captioned
        return "cover" if covers else "contain"
    if fit != "contain" and captioned:
        raise InputError(f"a caption stands in a margin, and fit {fit} leaves none; take fit contain")
    if fit != "contain" and camera == "reflow":
        raise InputError(f"fit {fit} fills the medium, and camera reflow goes around its openings; choose one of them")
    if fit == "crop" and bands not in (None, 1):
        raise InputError("fit crop cuts one block of cells; leave bands out, or take fit cover")
    return fit


def cropped(shape: tuple[int, int], place: CellArea, times: Sequence[str], cell: int | None) -> tuple[Fit, Window]:
    """The block that fills a place with the fewest cells cut, by the smallest cells that do, or those of ``cell``."""
    ways = [_cropped(shape, place, time, cell) for time in times]
    return min(ways, key=lambda way: way[1].cut)


def _cropped(shape: tuple[int, int], place: CellArea, time: str, cell: int | None) -> tuple[Fit, Window]:
    along, across = place.size(time)
    size = cell or max(1, -(-across // shape[0]), -(-along // shape[1]))
    size = min(size, along, across)
    units, steps = (_middle(count, room // size) for count, room in zip(shape, (across, along), strict=True))
    window = Window(units, steps, shape)
    thick, long = (count * size for count in window.shape)
    width, height = (thick, long) if time == "down" else (long, thick)
    x0, y0, x1, y1 = place.area
    x, y = x0 + (x1 - x0 - width) // 2, y0 + (y1 - y0 - height) // 2
    band = Band(0, window.shape[1], x, y)
    return Fit(time, size, (band,), (x, y, x + width, y + height), Furniture(under=(0,))), window


def _middle(count: int, room: int) -> tuple[int, int]:
    kept = min(count, room)
    start = (count - kept) // 2
    return start, start + kept


def continued(sheet: Sheet, panel: Panel) -> dict[str, Any]:
    """How far the outermost cells are repeated, for the plan: pixels to the canvas' edges, and repeats inside the cut.

    ``cells`` counts whole and cut ones inside the trim, ``share`` is the part of the trim that they take.
    """
    size, bleed, (wide, tall) = sheet.cell, panel.bleed, panel.trim
    cells = pixels = 0
    sides = []
    for band in sheet.bands:
        rows, columns = sheet.grid.shape
        steps = band.stop - band.start
        across, down = (columns, steps) if sheet.time == "down" else (steps, rows)
        beyond = reach(sheet, band)
        inside = [max(0, edge - bleed) for edge in beyond]
        left, top, right, bottom = (-(-edge // size) for edge in inside)
        cells += (across + left + right) * (down + top + bottom) - across * down
        pixels += (across * size + inside[0] + inside[2]) * (down * size + inside[1] + inside[3])
        pixels -= across * down * size * size
        sides.append(beyond)
    reached = [max(side) for side in zip(*sides, strict=True)]
    return {"px": reached, "cells": cells, "share": round(pixels / (wide * tall), 4)}


def continued_in_words(plan: Mapping[str, Any]) -> str:
    """What a plan says of cells that were continued or cut; empty where none were.

    Examples
    --------
    >>> continued_in_words({"fit": "cover", "continued": {"cells": 870, "share": 0.02}})
    'to every edge by 870 repeats of the outermost cells (2% of the panel)'
    """
    parts = []
    more = plan.get("continued")
    if more:
        share = f"{more['share']:.0%} of the panel"
        parts.append(f"to every edge by {more['cells']:,} repeats of the outermost cells ({share})")
    crop = plan.get("crop")
    if crop:
        whole = crop["of"][0] * crop["of"][1]
        parts.append(f"{crop['cut']:,} of {whole:,} cells cut off")
    return "; ".join(parts)


def few_steps(plan: Mapping[str, Any], steps: int) -> list[str]:
    """That repeated cells take much of a medium, and how many steps would fill it."""
    more = plan.get("continued")
    if not more or more["share"] <= MOST_CONTINUED:
        return []
    most = plan["fits_steps"]
    way = f"{steps} steps do not fill it, {most} would" if steps < most else "--fit crop fills it with larger cells"
    return [f"repeated cells take {more['share']:.0%} of the panel: {way}"]


def steps_that_fit(shape: tuple[int, int], panel: Panel) -> int:
    """How many steps one band of the widest cells holds, whichever way time runs: the more of both.

    Examples
    --------
    >>> from stateviz.printing.layout.panels import make_panel
    >>> from stateviz.printing.media import MEDIA
    >>> steps_that_fit((128, 10), make_panel(MEDIA["iphone-15"], 300, None, 0))
    290
    """
    width, height = panel.inner
    return max(along // max(1, across // shape[0]) for along, across in ((height, width), (width, height)))
