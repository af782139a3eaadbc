"""The mock-up of a telephone case: the art on its back, the camera where the medium has it."""

from __future__ import annotations

import numpy as np

from stateviz.core.media import Medium
from stateviz.core.sheets import Color
from stateviz.printing.mockups.optics import Box, Floats, Stage, ease, grown, rounded_box, slopes, smooth
from stateviz.rendering.color.ramps import ramp
from stateviz.rendering.color.srgb import to_linear
from stateviz.rendering.color.vision import to_grey

PAD = (30.0, 28.0)
"""Millimetres of surroundings beside, and above and below."""
WALL = 1.3
"""Millimetres that a case adds on each side."""
_CURVE = 2.6
"""Millimetres over which its edge rounds off."""
_CORNERS = 2.4


def phone_extent(width: float, height: float) -> tuple[float, float]:
    """(width, height) of the picture of a telephone, all in millimetres."""
    return width + 2 * PAD[0], height + 2 * PAD[1]


def paint_phone(art: Floats, scale: float, medium: Medium, ground: Color, ink: Color, *, around: int = 0) -> Stage:
    """A case lying on a plain surface, lit from the top left.

    Parameters
    ----------
    art : array of float32, shape (height, width, 3)
        Linear light of the trimmed sheet, and of ``around`` pixels of its bleed on each side.
    scale
        Pixels a millimetre.
    medium
        Its corner radius and openings; a camera that is not known is not drawn.
    ground, ink
        sRGB of what surrounds the cells, and of what is drawn with.
    around
        Where the print goes on round the case's edges, what it covers them with; 0 leaves them in the ground's colour.
    """
    height, width = ((size - 2 * around) / scale for size in art.shape[:2])
    stage = Stage.of_size(*phone_extent(width, height), scale, backdrop(ground, ink))
    light_surface(stage)
    left, top = (round(pad * scale) / scale for pad in PAD)
    back = (left, top, left + width, top + height)
    radius = medium.corner if medium.corner is not None else 0.12 * min(width, height)
    outline = rounded_box(stage, grown(back, WALL), radius + WALL, _CORNERS)
    body = stage.inside(outline)
    cast_shadows(stage, body, lift=8.0)
    stage.fill(body, ground)
    row, column = round(top * scale) - around, round(left * scale) - around
    window = stage.light[row : row + art.shape[0], column : column + art.shape[1]]
    cover = body if around else stage.inside(rounded_box(stage, back, radius, _CORNERS))
    cover = cover[row : row + art.shape[0], column : column + art.shape[1], None]
    window += cover * (art - window)
    _round_edge(stage, outline, body)
    for x0, y0, x1, y1 in medium.openings or ():
        _camera(stage, (left + x0, top + y0, left + x1, top + y1), back)
    return stage


def backdrop(ground: Color, ink: Color) -> Color:
    """A colour between the two, of low contrast with the dark one, so that the light one stands out."""
    between = np.array(ramp((_lighter(ground, ink), _darker(ground, ink)), 101)[24], np.uint8)
    red, green, blue = np.round(0.5 * between + 0.5 * to_grey(between)).astype(int).tolist()
    return red, green, blue


def light_surface(stage: Stage) -> None:
    """A window to the top left: brighter there, and a slow fall to the far corner."""
    width, height = stage.size
    away = np.hypot((stage.x - 0.22 * width) / width, (stage.y - 0.12 * height) / height)
    stage.shade((1.16 - 0.42 * ease(away / 1.25)).astype(np.float32))


def cast_shadows(stage: Stage, cover: Floats, *, lift: float) -> None:
    """Where it touches the surface, near it, and far away: three shadows make one that looks real."""
    stage.shadow(cover, right=0.12 * lift, down=0.2 * lift, blur=0.16 * lift, strength=0.42)
    stage.shadow(cover, right=0.45 * lift, down=0.9 * lift, blur=0.75 * lift, strength=0.34)
    stage.shadow(cover, right=0.9 * lift, down=2.0 * lift, blur=2.2 * lift, strength=0.26)


def _round_edge(stage: Stage, outline: Floats, body: Floats) -> None:
    """The edge turns away from the eye: lighter towards the window, darker away from it, with a thin glint."""
    right, down = slopes(outline, stage.scale)
    facing = -(0.55 * right + 0.83 * down)
    turn = 1 - ease(-outline / _CURVE)
    stage.shade(1 + body * turn * turn * (0.16 * facing - 0.12).astype(np.float32))
    glint = np.exp(-(((outline + 0.62) / 0.26) ** 2)) * np.clip(facing, 0, 1) ** 2
    stage.shine((0.34 * body * glint).astype(np.float32))
    rim = np.exp(-(((outline + 0.1) / 0.22) ** 2)) * np.clip(0.35 - facing, 0, 1)
    stage.shade((1 - 0.4 * body * rim).astype(np.float32))
    width, height = stage.size
    sheen = np.exp(-((((stage.x / width) * 0.8 + (stage.y / height) * 0.6 - 0.52) / 0.16) ** 2))
    stage.shade((1 + 0.03 * body * sheen).astype(np.float32))
    stage.shine((0.005 * body * sheen).astype(np.float32))


def _camera(stage: Stage, box: Box, back: Box) -> None:
    """An opening in the case, and in it the camera's island with its lenses. The arrangement of lenses is a sketch."""
    x0, y0, x1, y1 = box
    stage = stage.part(grown(box, 4.0))
    short = min(x1 - x0, y1 - y0)
    inset = min(x0 - back[0], y0 - back[1], back[2] - x1)
    radius = 0.5 * short if max(x1 - x0, y1 - y0) > 1.6 * short or short < 22 else 0.27 * short
    hole = rounded_box(stage, box, radius, _CORNERS)
    cut = stage.inside(hole)
    lip = np.exp(-(((hole - 0.35) / 0.3) ** 2)) * (1 - cut)
    right, down = slopes(hole, stage.scale)
    stage.shade((1 + lip * (0.22 * (0.55 * right + 0.83 * down) - 0.06)).astype(np.float32))
    stage.fill(cut, (30, 31, 34))
    wall = min(0.9, 0.06 * short, max(inset, 0.4))
    plate_box = grown(box, -wall)
    plate = rounded_box(stage, plate_box, max(radius - wall, 0.5), _CORNERS)
    cover = stage.inside(plate)
    stage.blend(cover, _glass(stage, plate_box))
    # The wall of the case keeps light from the island's near edge.
    inner = smooth(1 - cut, 0.9 * stage.scale)
    shade = np.roll(np.roll(inner, round(0.7 * stage.scale), axis=0), round(0.4 * stage.scale), axis=1)
    stage.shade(1 - cut * np.clip(1.1 * shade, 0, 0.85))
    edge = np.exp(-(((plate + 0.22) / 0.16) ** 2)) * cover
    right, down = slopes(plate, stage.scale)
    stage.shine((edge * np.clip(0.05 + 0.16 * (0.55 * right + 0.83 * down), 0, 1)).astype(np.float32))
    if not _is_sensor(box, back):
        for x, y, size, kind in _fittings(plate_box):
            (_lens if kind == "lens" else _flash)(stage, x, y, size)


def _is_sensor(box: Box, back: Box) -> bool:
    """Whether an opening is that of a fingerprint sensor: as wide as a finger, in the middle, well below the top."""
    x0, y0, x1, y1 = box
    in_the_middle = abs(x0 + x1 - back[0] - back[2]) < 0.1 * (back[2] - back[0])
    return in_the_middle and max(x1 - x0, y1 - y0) < 20 and y0 - back[1] > 0.15 * (back[3] - back[1])


def _glass(stage: Stage, box: Box) -> Floats:
    """Dark tinted glass, a little lighter where it mirrors the window."""
    x0, y0, x1, y1 = box
    along = np.clip(((stage.x - x0) / (x1 - x0) + (stage.y - y0) / (y1 - y0)) / 2, 0, 1)[..., None]
    near, far = (to_linear(color).astype(np.float32) for color in ((72, 75, 82), (38, 40, 45)))
    return (near + (far - near) * ease(along.astype(np.float32))).astype(np.float32)


def _fittings(box: Box) -> list[tuple[float, float, float, str]]:
    """(x, y, radius, kind) of what sits on an island of this shape."""
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    if max(width, height) < 20:  # one lens an opening
        return [((x0 + x1) / 2, (y0 + y1) / 2, 0.4 * min(width, height), "lens")]
    if 0.7 < width / height < 1.4:
        lens, flash = 0.205 * min(width, height), 0.062 * min(width, height)
        places = [(0.275, 0.28, lens, "lens"), (0.275, 0.72, lens, "lens"), (0.715, 0.5, lens, "lens")]
        places += [(0.715, 0.165, flash, "flash"), (0.715, 0.835, 0.9 * flash, "flash")]
        return [(x0 + x * width, y0 + y * height, size, kind) for x, y, size, kind in places]
    tall = height > width
    short, long = min(width, height), max(width, height)
    lens = min(0.36 * short, 0.1 * long)
    count = 2 if long < 2.4 * short and tall else 3
    spots = [(0.5 * short + index * 2.35 * lens, lens, "lens") for index in range(count)]
    spots.append((long - 0.5 * short, 0.28 * lens, "flash"))
    middle = (x0 + x1) / 2 if tall else (y0 + y1) / 2
    return [(middle, y0 + at, size, kind) if tall else (x0 + at, middle, size, kind) for at, size, kind in spots]


def _lens(stage: Stage, x: float, y: float, radius: float) -> None:
    """Metal ring, black barrel, coated glass with the window mirrored in it."""
    stage = stage.part(grown((x, y, x, y), 1.5 * radius))
    across, down = (stage.x - x) / radius, (stage.y - y) / radius
    away = np.hypot(across, down).astype(np.float32)
    angle = np.arctan2(down, across)
    cover = stage.inside((away - 1) * np.float32(radius))
    stage.shade(1 - (1 - cover) * 0.5 * np.exp(-(((away - 1) / 0.13) ** 2)))
    brushed = 0.30 + 0.22 * np.cos(2 * angle + 1.6) + 0.10 * np.cos(angle + 2.2)
    stage.blend(cover, np.repeat(np.clip(brushed, 0.03, 1)[..., None], 3, axis=2).astype(np.float32))
    barrel = stage.inside((away - 0.87) * np.float32(radius))
    stage.fill(barrel, (13, 13, 15))
    stage.shine(
        (barrel * 0.03 * np.exp(-(((away - 0.74) / 0.035) ** 2)) * (1.3 + np.cos(angle + 2.2))).astype(np.float32)
    )
    glass = stage.inside((away - 0.6) * np.float32(radius))
    stage.fill(glass, (8, 9, 14))
    coating = np.exp(-(((across - 0.16) / 0.30) ** 2) - ((down - 0.22) / 0.24) ** 2)
    stage.shine((glass * 0.085 * coating).astype(np.float32), (96, 110, 230))
    second = np.exp(-(((across + 0.2) / 0.22) ** 2) - ((down + 0.16) / 0.26) ** 2)
    stage.shine((glass * 0.10 * second).astype(np.float32), (70, 190, 190))
    for ring, strength in ((0.58, 0.10), (0.43, 0.05), (0.27, 0.035)):
        line = np.exp(-(((away - ring) / 0.016) ** 2)) * (0.55 + 0.45 * np.cos(angle + 2.2))
        stage.shine((strength * line * cover).astype(np.float32), (170, 180, 205))
    pupil = stage.inside((away - 0.17) * np.float32(radius), soft=0.12 * radius)
    stage.fill(0.9 * pupil, (2, 2, 4))
    window = np.exp(-((((across + 0.20) / 0.10) ** 2 + ((down + 0.26) / 0.075) ** 2) ** 2))
    stage.shine((0.62 * glass * window).astype(np.float32), (235, 242, 255))
    spark = np.exp(-(((across - 0.24) / 0.045) ** 2) - ((down - 0.30) / 0.045) ** 2)
    stage.shine((0.22 * glass * spark).astype(np.float32), (200, 190, 255))


def _flash(stage: Stage, x: float, y: float, radius: float) -> None:
    """A small pale disc behind glass."""
    stage = stage.part(grown((x, y, x, y), 1.5 * radius))
    across, down = (stage.x - x) / radius, (stage.y - y) / radius
    away = np.hypot(across, down).astype(np.float32)
    cover = stage.inside((away - 1) * np.float32(radius))
    stage.fill(cover, (182, 176, 160))
    core = np.exp(-((away / 0.45) ** 2))
    stage.shade((1 - cover * (0.5 * ease((away - 0.7) / 0.3) - 0.35 * core)).astype(np.float32))
    rings = 0.5 + 0.5 * np.cos(away * 26)
    stage.shade((1 - 0.10 * cover * rings).astype(np.float32))


def _lighter(one: Color, other: Color) -> Color:
    return one if sum(one) >= sum(other) else other


def _darker(one: Color, other: Color) -> Color:
    return other if sum(one) >= sum(other) else one
