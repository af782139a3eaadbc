"""What a camera and rounded corners take from the picture, and where there is room beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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


Centres = Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]]
"""x and y of the cells' centres of each band, millimetres from the medium's top left corner."""


def hidden_cells(sheet: Sheet, bleed: int) -> int | None:
    """How many cells have their centre behind an opening; None where openings are not known.

    ``bleed`` is the canvas pixels beyond each edge of the medium.
    """
    return None if sheet.medium.openings is None else behind_openings(sheet.medium, _centres(sheet, bleed))


def cut_cells(sheet: Sheet, bleed: int) -> int:
    """How many cells have their centre outside the medium's rounded corners."""
    return outside_corners(sheet.medium, _centres(sheet, bleed))


def behind_openings(medium: Medium, centres: Centres) -> int:
    """How many of the cells lie behind a medium's openings."""
    behind = 0
    for x, y in centres:
        covered = np.zeros((len(y), len(x)), bool)
        for x0, y0, x1, y1 in medium.openings or ():
            covered |= ((y >= y0) & (y < y1))[:, None] & ((x >= x0) & (x < x1))[None, :]
        behind += int(covered.sum())
    return behind


def outside_corners(medium: Medium, centres: Centres) -> int:
    """How many of the cells lie outside a medium's rounded corners."""
    radius = medium.corner
    if not radius:
        return 0
    outside = 0
    for x, y in centres:
        dx = np.maximum(0, radius - np.minimum(x, medium.width - x))
        dy = np.maximum(0, radius - np.minimum(y, medium.height - y))
        outside += int((dx[None, :] ** 2 + dy[:, None] ** 2 > radius**2).sum())
    return outside


def centres_of(
    left: float, top: float, columns: int, rows: int, cell: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y of the centres of a block's cells, all in one unit of length."""
    x, y = (at + (np.arange(n, dtype=np.float64) + 0.5) * cell for at, n in ((left, columns), (top, rows)))
    return x, y


def _centres(sheet: Sheet, bleed: int) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    for cells, band in sheet.pieces():
        rows, columns = cells.shape
        x, y = centres_of(band.x - bleed, band.y - bleed, columns, rows, sheet.cell)
        yield x * MM_PER_INCH / sheet.dpi, y * MM_PER_INCH / sheet.dpi


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
