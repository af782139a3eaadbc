"""The mock-up of a framed print: oak or black wood, a white mat, a wall in window light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Color
from stateviz.printing.mockups.optics import Box, Floats, Stage, ease, grain, grown, rounded_box, smooth
from stateviz.rendering.color.ramps import ramp
from stateviz.rendering.color.srgb import to_linear

_MAT, _FRAME, _BEVEL = 0.13, 0.036, 0.0045
"""Of the longer side of the print: the width of the mat and of the frame, and its cut edge."""
_WALL_SIDE, _WALL_TOP, _WALL_FOOT = 0.30, 0.24, 0.31
_OAK, _BLACK, _CARD = (190, 150, 106), (34, 32, 31), (250, 249, 245)
_DARK_GROUND = 0.18


def frame_extent(width: float, height: float, *, bare: bool = False) -> tuple[float, float]:
    """(width, height) of the picture of a framed print, ``bare`` where it has no mat, all in millimetres."""
    long = max(width, height)
    border = 2 * (_FRAME if bare else _MAT + _FRAME)
    return width + (2 * _WALL_SIDE + border) * long, height + (_WALL_TOP + _WALL_FOOT + border) * long


def paint_frame(art: Floats, scale: float, ground: Color, ink: Color, *, bare: bool = False) -> Stage:
    """A framed print on a wall, lit through a window to the left.

    Parameters
    ----------
    art : array of float32, shape (height, width, 3)
        Linear light of the trimmed sheet.
    scale
        Pixels a millimetre.
    ground, ink
        sRGB of what surrounds the cells, and of what is drawn with; they tint the wall.
    bare
        Without a mat: the print has a margin of its own.
    """
    height, width = (size / scale for size in art.shape[:2])
    long = max(width, height)
    mat, frame = (0.0 if bare else _MAT * long), _FRAME * long
    border = mat + frame
    side, top = _WALL_SIDE * long + border, _WALL_TOP * long + border
    stage = Stage.of_size(*frame_extent(width, height, bare=bare), scale, _wall(ground, ink))
    _light_wall(stage, long)
    left, up = round(side * scale) / scale, round(top * scale) / scale
    sheet = (left, up, left + width, up + height)
    opening = grown(sheet, mat)
    _hang(stage, grown(opening, frame), long)
    if not bare:
        _paint_mat(stage, sheet, opening, long)
    row, column = round(up * scale), round(left * scale)
    stage.light[row : row + art.shape[0], column : column + art.shape[1]] = art
    _inner_shadow(stage, sheet, 0.004 * long, 0.22)
    dark = float(to_linear(ground).mean()) < _DARK_GROUND
    _paint_wood(stage, opening, frame, dark)
    _inner_shadow(stage, opening, 0.014 * long, 0.5, outside=frame)
    _reflect(stage, opening)
    return stage


def _wall(ground: Color, ink: Color) -> Color:
    """Plaster: off-white mixed with a little of the print's darker colour."""
    darker = min(ground, ink, key=sum)
    return ramp(((241, 236, 227), darker), 101)[6]


def _light_wall(stage: Stage, long: float) -> None:
    """Daylight falls off to the right; two panes of a window throw their soft slanted patches; plaster is not even."""
    width, height = stage.size
    stage.shade((1.02 - 0.30 * ease(stage.x / width * 0.75 + stage.y / height * 0.35)).astype(np.float32))
    slant = stage.x - 0.62 * (stage.y - 0.1 * height)
    panes = np.zeros(stage.light.shape[:2], np.float32)
    for start in (-0.30, 0.16):
        edge = np.minimum(slant - start * width, (start + 0.40) * width - slant)
        level = np.minimum(stage.y - 0.03 * height, 0.92 * height - stage.y)
        panes += np.clip(np.minimum(edge, level) / (0.03 * long) + 0.5, 0, 1)
    stage.shade(1 + 0.13 * smooth(panes, 0.022 * long * stage.scale))
    plaster = grain(panes.shape, 3, across=0.010 * long * stage.scale, down=0.010 * long * stage.scale)
    stage.shade(1 + 0.0035 * plaster)


def _hang(stage: Stage, outer: Box, long: float) -> None:
    """The shadow of a frame that stands off the wall by its own depth."""
    cover = stage.inside(rounded_box(stage, outer, 0.001 * long))
    stage.shadow(cover, right=0.006 * long, down=0.009 * long, blur=0.006 * long, strength=0.50)
    stage.shadow(cover, right=0.026 * long, down=0.036 * long, blur=0.024 * long, strength=0.34)
    stage.shadow(cover, right=0.060 * long, down=0.085 * long, blur=0.070 * long, strength=0.22)


def _paint_mat(stage: Stage, sheet: Box, opening: Box, long: float) -> None:
    """White card whose window is cut at a slant, so that its core catches the light below and right."""
    part = stage.part(grown(opening, 1.0))
    cover = part.inside(rounded_box(part, opening, 0.0))
    part.fill(cover, _CARD)
    fibre = grain(cover.shape, 5, across=2.2, down=2.2)
    part.shade(1 + 0.004 * cover * fibre)
    bevel = _BEVEL * long
    outer = grown(sheet, bevel)
    ring = part.inside(rounded_box(part, outer, 0.0)) - part.inside(rounded_box(part, sheet, 0.0))
    near_left, near_top, near_right, _ = _sides(part, sheet)
    brightness = np.where(near_top, 0.80, np.where(near_left, 0.86, np.where(near_right, 1.02, 1.05)))
    part.blend(np.clip(ring, 0, 1), (brightness[..., None] * to_linear((246, 244, 238))).astype(np.float32))


def _paint_wood(stage: Stage, opening: Box, width: float, dark: bool) -> None:
    """Four mitred lengths, the grain along each, rounded at both edges, lit from the upper left."""
    outer = grown(opening, width)
    part = stage.part(grown(outer, 1.0))
    out, inner = rounded_box(part, outer, 0.03 * width), rounded_box(part, opening, 0.0)
    cover = np.clip(part.inside(out) - part.inside(inner), 0, 1)
    near_left, near_top, near_right, near_bottom = _sides(part, opening)
    shape = cover.shape
    fine, long = 0.028 * width * part.scale, 3.2 * width * part.scale
    figure = np.zeros(shape, np.float32)
    for sides, seed, flat in (((near_top, near_bottom), 11, True), ((near_left, near_right), 12, False)):
        for index, side in enumerate(sides):
            streaks = _streaks(shape, seed + 10 * index, fine, long, flat)
            figure = np.where(side, streaks, figure)
    base = to_linear(_BLACK if dark else _OAK).astype(np.float32)
    tone = (1 + (0.10 if dark else 0.085) * figure)[..., None]
    warm = np.array([1.0, 1 - 0.010, 1 - 0.028], np.float32) ** np.clip(-figure, -2, 2)[..., None]
    side_light = np.where(near_top, 1.10, np.where(near_left, 1.04, np.where(near_right, 0.88, 0.80)))[..., None]
    part.blend(cover, (base * tone * warm * side_light).astype(np.float32))
    across = np.clip(_beyond(part, opening).max(axis=0) / width, 0, 1)
    round_over = 1 - 0.34 * ease((across - 0.86) / 0.14) - 0.22 * ease((0.10 - across) / 0.10)
    part.shade((1 - cover * (1 - round_over)).astype(np.float32))
    glint = np.exp(-(((across - 0.80) / 0.06) ** 2)) * np.where(near_top | near_left, 1.0, 0.25)
    part.shine((cover * glint * (0.05 if dark else 0.045)).astype(np.float32))
    part.shade(1 - 0.55 * cover * _mitre(part, opening))


def _streaks(shape: tuple[int, ...], seed: int, fine: float, long: float, flat: bool) -> Floats:
    """Pores and bands of wood along one direction."""
    across, down = (long, fine) if flat else (fine, long)
    pores = grain(shape, seed, across=across, down=down)
    bands = grain(shape, seed + 1, across=2.5 * across if flat else 7 * across, down=7 * down if flat else 2.5 * down)
    return (0.55 * pores + 0.8 * bands).astype(np.float32)


def _sides(part: Stage, box: Box) -> tuple[NDArray[np.bool_], ...]:
    """Which of the four sides of a box (left, top, right, bottom) each pixel around it belongs to, cut by mitres."""
    nearest = np.argmax(_beyond(part, box), axis=0)
    return tuple(nearest == side for side in range(4))


def _beyond(part: Stage, box: Box) -> Floats:
    """How far each pixel lies beyond the left, top, right and bottom of a box, shape (4, height, width)."""
    return np.stack(np.broadcast_arrays(box[0] - part.x, box[1] - part.y, part.x - box[2], part.y - box[3]))


def _mitre(part: Stage, box: Box) -> Floats:
    """The hairline where two lengths of the frame meet."""
    across = np.maximum(box[0] - part.x, part.x - box[2])
    down = np.maximum(box[1] - part.y, part.y - box[3])
    joint = np.exp(-(((across - down) * part.scale / 0.9) ** 2))
    cover: Floats = (joint * (across > 0) * (down > 0)).astype(np.float32)
    return cover


def _inner_shadow(stage: Stage, box: Box, reach: float, strength: float, outside: float = 0.0) -> None:
    """What stands above a box throws its shadow into it, from the upper left."""
    part = stage.part(box)
    left, top = part.x - box[0], part.y - box[1]
    right, bottom = box[2] - part.x, box[3] - part.y
    dark = np.maximum(
        np.exp(-((np.maximum(left, 0) / reach) ** 1.3)), np.exp(-((np.maximum(top, 0) / (1.3 * reach)) ** 1.3))
    )
    faint = np.maximum(np.exp(-np.maximum(right, 0) / (0.4 * reach)), np.exp(-np.maximum(bottom, 0) / (0.4 * reach)))
    part.shade((1 - strength * np.maximum(dark, 0.45 * faint)).astype(np.float32))


def _reflect(stage: Stage, opening: Box) -> None:
    """Glass: a faint broad light across the upper left."""
    part = stage.part(opening)
    width, height = opening[2] - opening[0], opening[3] - opening[1]
    along = (part.x - opening[0]) / width + 0.8 * (part.y - opening[1]) / height
    part.shine((0.008 * np.exp(-(((along - 0.52) / 0.20) ** 2))).astype(np.float32))
