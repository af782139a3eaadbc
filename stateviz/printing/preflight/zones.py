"""Where on a medium nothing that matters should lie: at the cut, in rounded corners, behind the camera."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from stateviz.core.media import Medium
from stateviz.printing.layout.fits import continued_in_words
from stateviz.printing.layout.openings import Centres, behind_openings, centres_of, outside_corners
from stateviz.printing.lengths import MM_PER_INCH
from stateviz.printing.preflight.subject import Status
from stateviz.printing.preflight.survey import PixelBox, Survey
from stateviz.printing.vendors import CAMERA_MM, CORNER_MM

Zone = tuple[Status, str, str]
Box = tuple[float, float, float, float]


def zones(
    medium: Medium,
    survey: Survey,
    dpi: float,
    extra: tuple[float, float],
    trim: tuple[int, int],
    plan: Mapping[str, Any] | None = None,
) -> Iterator[Zone]:
    """(status, text, fix) for what lies where it should not.

    Parameters
    ----------
    extra
        Pixels of the file beyond the medium, on the left and at the top.
    trim
        (width, height) of the medium in pixels.
    plan
        Of the file: what covers a medium to its edges is meant to be cut there, and what hides is listed; what is to
        be contained and is not is a failure.
    """
    fit = (plan or {}).get("fit")
    covers = fit in ("cover", "crop")
    if survey.content is None:
        yield "fail", "the sheet is empty: one colour all over", "check the palette and the threshold"
        return

    def millimetres(box: PixelBox) -> Box:
        x0, y0, x1, y1 = box
        return tuple(  # type: ignore[return-value]
            (value - extra[axis % 2]) * MM_PER_INCH / dpi for axis, value in enumerate((x0, y0, x1, y1))
        )

    size = trim[0] * MM_PER_INCH / dpi, trim[1] * MM_PER_INCH / dpi
    problems = [] if covers else [*_edges(medium, millimetres(survey.content), size, MM_PER_INCH / dpi)]
    blocks = [millimetres(box) for box in survey.cells] or [millimetres(survey.content)]
    centres = _centres(survey, blocks, dpi)
    told: Status = "note" if covers else "fail" if fit == "contain" else "warn"
    problems += [
        _as(told, zone) for zone in (*_corners(medium, blocks, size, centres), *_camera(medium, blocks, centres))
    ]
    yield from problems
    if covers:
        yield "ok", _said(plan or {}), ""
    elif not problems:
        kept = min(_distances(millimetres(survey.content), size))
        yield "ok", f"everything keeps {kept:.1f} mm from the cut", ""


def _centres(survey: Survey, blocks: list[Box], dpi: float) -> Centres | None:
    """The centres of the cells of each block in millimetres; None where cells are not known."""
    if not survey.cells or not survey.cell:
        return None
    size, counts = survey.cell, [((x1 - x0), (y1 - y0)) for x0, y0, x1, y1 in survey.cells]
    return [
        centres_of(block[0], block[1], wide // size, tall // size, size * MM_PER_INCH / dpi)
        for block, (wide, tall) in zip(blocks, counts, strict=True)
    ]


def _said(plan: Mapping[str, Any]) -> str:
    """What a plan says was continued or cut: it came with the file, so it may say anything."""
    try:
        return continued_in_words(plan) or "to every edge"
    except (TypeError, KeyError, IndexError, ValueError, AttributeError):
        return "to every edge"


def _as(status: Status, zone: Zone) -> Zone:
    """A zone's warning of what is hidden or cut, as ``status``."""
    return (status, *zone[1:]) if zone[0] == "warn" else zone


def _distances(box: Box, size: tuple[float, float]) -> tuple[float, float, float, float]:
    """From the left, top, right and bottom edge inwards; negative in the bleed."""
    return box[0], box[1], size[0] - box[2], size[1] - box[3]


def _edges(medium: Medium, content: Box, size: tuple[float, float], pixel: float) -> Iterator[Zone]:
    for name, away in zip(("left", "top", "right", "bottom"), _distances(content, size), strict=True):
        if medium.beyond - pixel <= -away:
            continue  # runs to the end of the bleed, as a picture meant to be cut does
        if away < medium.margin - pixel:
            text = f"{away:.1f} mm from the {name} cut, {medium.name} keeps {medium.margin:g} free"
            yield "fail" if away < 0 else "warn", text, f"lay it out again with --margin {medium.margin:g}mm"


def _corners(medium: Medium, blocks: list[Box], size: tuple[float, float], centres: Centres | None) -> Iterator[Zone]:
    radius = medium.corner or 0.0
    cut = near = 0
    for box, right, low in product(blocks, (False, True), (False, True)):
        dx = size[0] - box[2] if right else box[0]
        dy = size[1] - box[3] if low else box[1]
        if radius and dx < radius and dy < radius and (radius - dx) ** 2 + (radius - dy) ** 2 > radius**2:
            cut += 1
        elif medium.kind == "phone" and (dx**2 + dy**2) ** 0.5 < CORNER_MM:
            near += 1
    if cut:
        lost = "" if centres is None else f"{outside_corners(medium, centres):,} "
        text = f"{lost}cells lie outside {cut} rounded corner{'s' * (cut > 1)} (radius {radius:g} mm) and are cut off"
        yield "warn", text, "a larger --margin, or --bands, keeps them inside"
    elif near:
        yield "note", f"cells come within {CORNER_MM:g} mm of {near} corner{'s' * (near > 1)}, where cases bend", ""


def _camera(medium: Medium, blocks: list[Box], centres: Centres | None) -> Iterator[Zone]:
    if medium.kind != "phone":
        return
    if medium.openings is None:
        yield "note", f"where the camera of {medium.name} is, is not known: look at the printer's template", ""
        return
    area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in blocks)
    behind = sum(_overlap(box, opening) for box in blocks for opening in medium.openings)
    close = any(
        _overlap(box, (x0 - CAMERA_MM, y0 - CAMERA_MM, x1 + CAMERA_MM, y1 + CAMERA_MM))
        for box in blocks
        for x0, y0, x1, y1 in medium.openings
    )
    if behind:
        share = f"{behind / area:.0%} of the cells"
        text = f"{share if centres is None else f'{behind_openings(medium, centres):,} cells ({behind / area:.0%})'}"
        text += " lie behind the camera"
        yield "warn", text, "--camera below or --camera reflow keeps them in sight"
    elif close:
        yield "note", f"cells come within {CAMERA_MM:g} mm of the camera", ""


def _overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
