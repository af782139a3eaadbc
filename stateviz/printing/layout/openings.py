"""What a camera and rounded corners take from the picture, and where there is room beside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.media import Medium
from stateviz.core.sheets import Sheet
from stateviz.core.table import Table
from stateviz.printing.lengths import MM_PER_INCH
from stateviz.printing.vendors import CAMERA_MM, CORNER_MM

CAMERAS: Table[str] = Table(
    "way with the camera",
    {
        "behind": "the cells go on behind the camera; the hidden share is reported",
        "below": "all cells lie below the camera",
        "reflow": "bands of cells go around the camera, where they are larger than below it",
    },
)


def check_camera(camera: str, medium: Medium) -> None:
    """Refuse a way with the camera that does nothing, or that needs to know where the camera is."""
    CAMERAS[camera]
    if camera == "behind":
        return
    if medium.openings is None:
        where = "below" if camera == "below" else "around"
        raise InputError(
            f"the camera of {medium.name} is not known, so nothing can be laid {where} it; "
            "give its openings in a media file of your own, or take camera behind"
        )
    if not medium.openings:
        raise InputError(f"{medium.name} has no camera, so camera {camera} does nothing; leave it out")


def hidden_share(sheet: Sheet, bleed: int) -> float | None:
    """Share of the cells whose centre lies behind an opening; None where openings are not known.

    ``bleed`` is the canvas pixels beyond each edge of the medium.
    """
    openings = sheet.medium.openings
    if openings is None:
        return None
    behind = 0
    for x, y in _centres(sheet, bleed):
        covered = np.zeros((len(y), len(x)), bool)
        for x0, y0, x1, y1 in openings:
            covered |= ((y >= y0) & (y < y1))[:, None] & ((x >= x0) & (x < x1))[None, :]
        behind += int(covered.sum())
    return behind / sheet.grid.indices.size


def cut_share(sheet: Sheet, bleed: int) -> float:
    """Share of the cells whose centre lies outside the medium's rounded corners."""
    medium, radius = sheet.medium, sheet.medium.corner
    if not radius:
        return 0.0
    outside = 0
    for x, y in _centres(sheet, bleed):
        dx = np.maximum(0, radius - np.minimum(x, medium.width - x))
        dy = np.maximum(0, radius - np.minimum(y, medium.height - y))
        outside += int((dx[None, :] ** 2 + dy[:, None] ** 2 > radius**2).sum())
    return outside / sheet.grid.indices.size


def _centres(sheet: Sheet, bleed: int) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """x and y of the cells' centres of each band, millimetres from the medium's top left corner."""
    for cells, band in sheet.pieces():
        rows, columns = cells.shape
        x = (band.x - bleed + (np.arange(columns, dtype=np.float64) + 0.5) * sheet.cell) * MM_PER_INCH / sheet.dpi
        y = (band.y - bleed + (np.arange(rows, dtype=np.float64) + 0.5) * sheet.cell) * MM_PER_INCH / sheet.dpi
        yield x, y


def text_warnings(sheet: Sheet, bleed: int) -> list[str]:
    """Where a line begins too near to a camera or a rounded corner to be read safely."""
    medium, found = sheet.medium, []
    points = [((t.x - bleed) * MM_PER_INCH / sheet.dpi, (t.y - bleed) * MM_PER_INCH / sheet.dpi) for t in sheet.texts]
    near = [max(x0 - x, x - x1, y0 - y, y - y1) for x, y in points for x0, y0, x1, y1 in medium.openings or ()]
    if near and min(near) < CAMERA_MM:
        found.append(f"text begins {max(0.0, min(near)):.1f} mm from the camera; keep {CAMERA_MM:g} mm clear")
    if medium.corner:
        corners = [max(min(x, medium.width - x), min(y, medium.height - y)) for x, y in points]
        if corners and min(corners) < CORNER_MM:
            found.append(f"text begins {min(corners):.1f} mm from a rounded corner; keep {CORNER_MM:g} mm clear")
    return found
