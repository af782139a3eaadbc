"""The mock-up of a T-shirt: cloth with folds and seams, the print on its chest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Color
from stateviz.printing.mockups.optics import Floats, Stage, ease, grain, smooth
from stateviz.rendering.color.srgb import to_linear

Point = tuple[float, float]

_WIDTH = 1.72
"""The width of the shirt's body over that of the print."""
_CHEST = 0.25
"""Where the print begins, in body widths below the shoulder, as all that follows."""
_SHOULDER, _SLEEVE_TOP, _SLEEVE_FOOT, _ARMPIT, _HEM = (
    (0.47, 0.085),
    (0.715, 0.385),
    (0.585, 0.468),
    (0.487, 0.345),
    1.34,
)
# Half of the outline, from the nape of the neck to the middle of the hem: Bezier curves of four points each.
_OUTLINE: tuple[tuple[Point, Point, Point, Point], ...] = (
    ((0.0, 0.030), (0.075, 0.030), (0.140, 0.022), (0.165, 0.0)),
    ((0.165, 0.0), (0.26, 0.030), (0.38, 0.050), _SHOULDER),
    (_SHOULDER, (0.560, 0.120), (0.648, 0.245), _SLEEVE_TOP),
    (_SLEEVE_TOP, (0.680, 0.420), (0.630, 0.450), _SLEEVE_FOOT),
    (_SLEEVE_FOOT, (0.555, 0.425), (0.515, 0.385), _ARMPIT),
    (_ARMPIT, (0.476, 0.60), (0.490, 1.00), (0.500, 1.325)),
    ((0.500, 1.325), (0.36, 1.338), (0.15, _HEM), (0.0, _HEM)),
)
_NECK, _RIB = (0.165, 0.125), 0.026
"""Half axes of the neckline, and the width of the ribbed band around it."""
# Folds: from, to, half width, strength; light falls on one flank and leaves the other.
_FOLDS = (
    ((0.47, 0.36), (0.20, 0.62), 0.030, 0.13), ((-0.47, 0.37), (-0.22, 0.56), 0.028, 0.12),
    ((0.45, 0.44), (0.27, 0.86), 0.034, 0.09), ((-0.45, 0.46), (-0.30, 0.92), 0.036, 0.10),
    ((0.33, 0.86), (0.39, 1.32), 0.030, 0.10), ((-0.28, 0.90), (-0.35, 1.33), 0.034, 0.10),
    ((0.03, 1.02), (0.08, 1.34), 0.040, 0.07), ((-0.12, 1.10), (-0.10, 1.34), 0.030, 0.06),
    ((0.44, 0.14), (0.60, 0.42), 0.026, 0.10), ((-0.45, 0.15), (-0.62, 0.41), 0.026, 0.10),
    ((0.20, 0.06), (0.34, 0.20), 0.030, 0.06), ((-0.20, 0.06), (-0.33, 0.21), 0.030, 0.06),
)  # fmt: skip


def shirt_extent(width: float, height: float) -> tuple[float, float]:
    """(width, height) of the picture of a shirt with a print of this size, all in millimetres."""
    body = _body(width, height)
    return 1.72 * body, 1.62 * body


def paint_shirt(art: Floats, scale: float, cloth: Color) -> Stage:
    """A T-shirt lying flat, seen from above.

    Parameters
    ----------
    art : array of float32, shape (height, width, 3)
        Linear light of the print, cloth where nothing is printed.
    scale
        Pixels a millimetre.
    cloth
        sRGB of the shirt.
    """
    height, width = (size / scale for size in art.shape[:2])
    body, (across, down) = _body(width, height), shirt_extent(width, height)
    dark = float(to_linear(cloth).mean()) < 0.3
    stage = Stage.of_size(across, down, scale, (206, 202, 196) if dark else (158, 163, 169))
    away = np.hypot((stage.x - 0.25 * across) / across, (stage.y - 0.1 * down) / down)
    stage.shade((1.14 - 0.36 * ease(away / 1.2)).astype(np.float32))
    top = 0.13 * body
    shirt = _Shirt(stage, across / 2, top, body)
    cover = shirt.cover()
    stage.shadow(cover, right=0.005 * body, down=0.009 * body, blur=0.006 * body, strength=0.5)
    stage.shadow(cover, right=0.014 * body, down=0.026 * body, blur=0.030 * body, strength=0.34)
    stage.fill(cover, cloth)
    row, column = round((top + _CHEST * body) * scale), round((across - width) / 2 * scale)
    place = slice(row, row + art.shape[0]), slice(column, column + art.shape[1])
    stage.light[place] += cover[place][..., None] * (art - stage.light[place])
    shirt.drape(cover, dark)
    shirt.collar(cover, cloth, dark)
    shirt.seams(cover, dark)
    return stage


def _body(width: float, height: float) -> float:
    return max(_WIDTH * width, height / 0.92)


class _Shirt:
    """Where the shirt lies: millimetres of the stage as body widths from the middle of the shoulders."""

    def __init__(self, stage: Stage, middle: float, top: float, body: float) -> None:
        self.stage, self.unit = stage, body * stage.scale
        self.x = ((stage.x - middle) / body).astype(np.float32)
        self.y = ((stage.y - top) / body).astype(np.float32)
        self._corner = (middle * stage.scale, top * stage.scale)

    def cover(self) -> Floats:
        """The outline as coverage: drawn three times as fine, then averaged."""
        half = np.concatenate([_bezier(points) for points in _OUTLINE])
        return self._drawn(np.concatenate([half, (half * [-1, 1])[::-1]]), closed=True, width=0)

    def drape(self, cover: Floats, dark: bool) -> None:
        """Folds, a slow unevenness, the weave, and an edge that turns away."""
        light = np.zeros_like(cover)
        for start, end, width, strength in _FOLDS:
            light += strength * self._fold(start, end, width)
        slow = grain(cover.shape, 21, across=0.30 * self.unit, down=0.45 * self.unit)
        self.stage.shade(1 + cover * np.clip(light + 0.018 * slow, -0.3, 0.2))
        weave = grain(cover.shape, 23, across=1.3, down=1.3)
        self.stage.shade(1 + (0.05 if dark else 0.012) * cover * weave)
        inner = smooth(cover, 0.012 * self.unit)
        self.stage.shade((1 - 0.5 * cover * np.clip(1.7 * (1 - inner), 0, 1) ** 2).astype(np.float32))
        if dark:
            self.stage.shine(0.02 * cover * np.clip(light, 0, 1))

    def collar(self, cover: Floats, cloth: Color, dark: bool) -> None:
        """The inside of the back above the neckline, in shadow, and the ribbed band around the neck."""
        away = np.hypot(self.x / _NECK[0], self.y / _NECK[1]).astype(np.float32)
        edge = (away - 1) * _NECK[1] * self.unit
        inside = np.clip(0.5 - edge, 0, 1) * cover
        self.stage.blend(inside, 0.42 * to_linear(cloth).astype(np.float32))
        nape = np.exp(-((np.maximum(self.y - 0.03, 0) / 0.035) ** 2)).astype(np.float32)
        self.stage.shade(1 + inside * (0.35 * nape - 0.25 * (1 - nape)))
        outer = np.hypot(self.x / (_NECK[0] + _RIB), self.y / (_NECK[1] + _RIB)).astype(np.float32)
        band = np.clip(0.5 - (outer - 1) * _NECK[1] * self.unit, 0, 1) * (cover - inside) * (self.y > -0.02)
        ribs = 0.5 + 0.5 * np.cos(np.arctan2(self.y / _NECK[1], self.x / _NECK[0]) * 190)
        self.stage.shade((1 - band * (0.03 + (0.10 if dark else 0.05) * ribs)).astype(np.float32))
        for distance, strength in ((edge, 0.34), ((outer - 1) * _NECK[1] * self.unit, 0.22)):
            line = np.exp(-((distance / (0.0022 * self.unit)) ** 2)) * (cover - inside) * (self.y > 0.004)
            self.stage.shade((1 - strength * line).astype(np.float32))

    def seams(self, cover: Floats, dark: bool) -> None:
        """Where the sleeves are set in, and the stitched hems."""
        strength = 0.35 if dark else 0.16
        armhole = (_SHOULDER, (0.440, 0.17), (0.455, 0.27), _ARMPIT)
        sleeve = ((0.700, 0.362), (0.665, 0.398), (0.615, 0.428), (0.570, 0.446))
        hem = ((0.500, 1.298), (0.36, 1.311), (0.15, 1.314), (0.0, 1.314))
        for points in (armhole, sleeve, hem):
            curve = _bezier(points)
            for side in (1, -1):
                line = self._drawn(curve * [side, 1], closed=False, width=0.0028)
                self.stage.shade(1 - strength * cover * line)

    def _fold(self, start: Point, end: Point, width: float) -> Floats:
        """A ridge from start to end: lighter on its upper left flank, darker on the other, fading at both ends."""
        along = np.array(end) - start
        length = float(np.hypot(*along))
        right, down = along / length
        t = ((self.x - start[0]) * right + (self.y - start[1]) * down) / length
        # Ridges are never straight: bend them by a part of their width.
        aside = (self.x - start[0]) * down - (self.y - start[1]) * right + 0.5 * width * np.sin(np.pi * t)
        faces = 1.0 if -down * 0.6 + right * 0.8 < 0 else -1.0
        flank = aside / width * np.exp(-((aside / width) ** 2)) * 2.3
        light: Floats = (faces * flank * np.sin(np.pi * np.clip(t, 0, 1)) ** 1.2).astype(np.float32)
        return light

    def _drawn(self, points: NDArray[np.float64], *, closed: bool, width: float) -> Floats:
        from PIL import Image, ImageDraw

        fine = 3
        height, across = self.stage.light.shape[:2]
        image = Image.new("L", (across * fine, height * fine))
        places = [tuple(place) for place in (points * self.unit + self._corner) * fine]
        if closed:
            ImageDraw.Draw(image).polygon(places, fill=255)
        else:
            ImageDraw.Draw(image).line(places, fill=255, width=max(1, round(width * self.unit * fine)))
        smoothed: Floats = np.asarray(image, np.float32).reshape(height, fine, across, fine).mean(axis=(1, 3))
        return smoothed / np.float32(255)


def _bezier(points: Sequence[Point], count: int = 48) -> NDArray[np.float64]:
    """Points along a cubic Bezier curve, shape (count, 2)."""
    t = np.linspace(0, 1, count)[:, None]
    a, b, c, d = (np.array(point) for point in points)
    curve: NDArray[np.float64] = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    return curve
