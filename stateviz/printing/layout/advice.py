"""What would fit, where something does not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from stateviz.printing.layout.bands import Fit, capacity, fit
from stateviz.printing.layout.panels import Panel, make_panel
from stateviz.printing.vendors import SMALLEST_CELL_MM

_DPIS = (300, 360, 400, 450, 600, 720, 900, 1200, 1800, 2400, 3600, 4800, 7200, 9600)


def too_large(
    shape: tuple[int, int], panel: Panel, times: Sequence[str], bands: int | None, camera: str, dpis: Iterable[float]
) -> str:
    """Why ``shape`` does not fit, the smallest cell there is, and what would fit, larger papers at one of ``dpis``."""
    units, steps = shape
    x0, y0, x1, y1 = panel.place(camera).area
    count, each = _held(shape, panel, times, 1, bands, camera)
    held = f"hold {count} band{'s' * (count != 1)} of {each} steps" if count * each else "hold none of them"
    advice = [
        _higher_dpi(shape, panel, times, bands, camera),
        _fewer_steps(shape, panel, times, bands, camera),
        larger_paper(shape, dpis) or "a larger medium",
    ]
    return (
        f"{units} units x {steps} steps do not fit {panel.medium.name} at {panel.dpi:g} dpi"
        f"{'' if len(times) > 1 else f' with time {times[0]}'}{'' if bands is None else f' in {bands} bands'}: "
        f"with the smallest cell, 1 px = {panel.mm(1):.3f} mm, its {x1 - x0} x {y1 - y0} px {held}; "
        f"what would fit: {'; '.join(part for part in advice if part)}"
    )


def too_large_a_cell(shape: tuple[int, int], panel: Panel, cell: int, largest: Fit) -> str:
    """That cells of ``cell`` pixels are too large, and how large they can be."""
    return (
        f"cells of {cell} px are too large for {shape[0]} units x {shape[1]} steps on {panel.medium.name}; "
        f"the largest that fit are {largest.cell} px = {panel.mm(largest.cell):.3f} mm"
    )


def larger_paper(shape: tuple[int, int], dpis: Iterable[float]) -> str:
    """The smallest paper that takes the grid at cells that print well, in words; empty where none does."""
    from stateviz.printing.media import MEDIA

    papers = [medium for medium in MEDIA.values() if medium.kind in ("paper", "poster")]
    for medium in sorted(papers, key=lambda medium: medium.width * medium.height):
        panels = [make_panel(medium, dpi, None, None) for dpi in dpis]
        found = [(panel, fit(shape, panel.place("behind"), ["down", "right"])) for panel in panels]
        largest = max(0.0 if cells is None else panel.mm(cells.cell) for panel, cells in found)
        if largest >= SMALLEST_CELL_MM:
            return f"{medium.name}, with cells of {largest:.3f} mm"
    return ""


def _held(
    shape: tuple[int, int], panel: Panel, times: Sequence[str], cell: int, bands: int | None, camera: str
) -> tuple[int, int]:
    """(bands, steps a band) that the panel holds at most of cells of ``cell`` pixels."""
    found = [capacity(shape, panel.place(camera), time, cell) for time in times]
    if bands is not None:
        found = [(min(bands, count), each) for count, each in found]
    return max(found, key=lambda pair: pair[0] * pair[1])


def _higher_dpi(shape: tuple[int, int], panel: Panel, times: Sequence[str], bands: int | None, camera: str) -> str:
    medium = panel.medium
    for dpi in (dpi for dpi in _DPIS if dpi > panel.dpi):
        finer = make_panel(medium, dpi, medium.bleed, medium.margin)
        found = fit(shape, finer.place(camera), times, bands=bands)
        if found is not None:
            return f"cells of {finer.mm(found.cell):.3f} mm at {dpi} dpi"
    return ""


def _fewer_steps(shape: tuple[int, int], panel: Panel, times: Sequence[str], bands: int | None, camera: str) -> str:
    smallest = math.ceil(panel.px(SMALLEST_CELL_MM))
    count, each = _held(shape, panel, times, smallest, bands, camera)
    steps = count * each
    return f"{steps} steps at cells of {panel.mm(smallest):.3f} mm" if 0 < steps < shape[1] else ""
