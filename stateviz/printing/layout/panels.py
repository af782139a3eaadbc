"""A medium in whole pixels: the one place where its millimetres are rounded."""

from __future__ import annotations

import math
from dataclasses import dataclass

from stateviz.core.errors import InputError
from stateviz.core.media import Medium
from stateviz.printing.layout.bands import Box, CellArea
from stateviz.printing.lengths import MM_PER_INCH, at_least, to_pixels
from stateviz.printing.media import with_edges

PAGE_MARGIN = 0.04
"""Of the shorter side: papers, and what has text on it, need more air than a safe margin."""

LARGEST_CANVAS = 10**12
"""Pixels; A0 at 9,600 dpi has 1.4e11."""


@dataclass(frozen=True)
class Panel:
    """A medium in pixels: its ``trim`` size, the ``margin`` kept free inside, and what is printed beyond it.

    ``bleed`` is all of that: what goes round the edges of a medium with a wrap, and what is cut away.
    """

    medium: Medium
    dpi: float
    trim: tuple[int, int]
    bleed: int
    margin: int

    @property
    def canvas(self) -> tuple[int, int]:
        """(width, height) with the bleed."""
        return self.trim[0] + 2 * self.bleed, self.trim[1] + 2 * self.bleed

    @property
    def inner(self) -> tuple[int, int]:
        """(width, height) inside the margin."""
        return self.trim[0] - 2 * self.margin, self.trim[1] - 2 * self.margin

    def px(self, millimetres: float) -> float:
        """Pixels, not rounded."""
        return millimetres / MM_PER_INCH * self.dpi

    def mm(self, pixels: float) -> float:
        """Millimetres."""
        return pixels * MM_PER_INCH / self.dpi

    def place(self, camera: str, *, corners: bool = True) -> CellArea:
        """Where cells may lie: inside the margin, and clear of the camera by as much where it asks for that.

        ``corners`` says whether they keep inside a contour's rounded corners.
        """
        edge = self.bleed + self.margin
        x0, y0, x1, y1 = edge, edge, edge + self.inner[0], edge + self.inner[1]
        holes = self._holes()
        if camera == "below":
            y0 = min(max([y0, *(hole[3] for hole in holes)]), y1)
        # Phones are printed over their corners; what is cut along a contour keeps its picture inside the cut.
        radius = max(0.0, self.px(self.medium.corner or 0.0) - self.margin) if corners and self.medium.contour else 0.0
        return CellArea((x0, y0, x1, y1), self.dpi, radius, holes if camera == "reflow" else ())

    def _holes(self) -> tuple[Box, ...]:
        """The openings with the margin around them, rounded outwards, in canvas pixels."""
        found = []
        for x0, y0, x1, y1 in self.medium.openings or ():
            low = [math.floor(self.px(edge) + 1e-6) + self.bleed - self.margin for edge in (x0, y0)]
            high = [math.ceil(self.px(edge) - 1e-6) + self.bleed + self.margin for edge in (x1, y1)]
            found.append((low[0], low[1], high[0], high[1]))
        return tuple(found)


def make_panel(
    medium: Medium, dpi: float, bleed: float | str | None, margin: float | str | None, *, captioned: bool = False
) -> Panel:
    """``medium`` in pixels, with the bleed and margin asked for, or its own.

    Raises
    ------
    InputError
        When the margin leaves nothing, or there are more pixels than LARGEST_CANVAS.
    """
    # What a user describes says its margin itself.
    airy = captioned or (medium.kind in ("paper", "poster") and medium.status == "standard")
    own = max(medium.margin, PAGE_MARGIN * min(medium.width, medium.height)) if airy else medium.margin
    medium = with_edges(medium, bleed, round(own, 4) if margin is None else margin, dpi=dpi)
    trim = (to_pixels(medium.width, dpi), to_pixels(medium.height, dpi))
    # At least the margin is kept free, and at least the bleed is cut away, so both round up.
    panel = Panel(medium, dpi, trim, at_least(medium.beyond, dpi), at_least(medium.margin, dpi))
    if min(panel.inner) < 1:
        raise InputError(
            f"a margin of {medium.margin:g} mm leaves nothing of {medium.name} "
            f"({medium.width:g} x {medium.height:g} mm); give a smaller margin"
        )
    if math.prod(panel.canvas) > LARGEST_CANVAS:
        raise InputError(
            f"{medium.name} has {panel.canvas[0]:,} x {panel.canvas[1]:,} pixels at {dpi:g} dpi, more than "
            f"{LARGEST_CANVAS:.0e} in all; give a lower dpi, or a smaller medium"
        )
    return panel
