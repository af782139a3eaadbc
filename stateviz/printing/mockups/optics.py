"""Light and shape for mock-ups: smooth outlines, soft shadows and textures, computed in linear light."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.rendering.color.srgb import from_linear, to_linear

Floats = NDArray[np.float32]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in millimetres."""


@dataclass(frozen=True, eq=False)
class Stage:
    """What a scene is painted on: linear light, measured in millimetres from the top left.

    Parameters
    ----------
    light : array of float32, shape (height, width, 3)
        Changed in place.
    scale
        Pixels a millimetre.
    left, top
        Where its first pixel lies on the whole stage, of which it may be a part.
    """

    light: Floats
    scale: float
    left: int = 0
    top: int = 0

    @classmethod
    def of_size(cls, width: float, height: float, scale: float, color: ArrayLike) -> Stage:
        """A stage of millimetres in one sRGB colour."""
        shape = (math.ceil(height * scale), math.ceil(width * scale), 3)
        return cls(np.broadcast_to(to_linear(color).astype(np.float32), shape).copy(), scale)

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) in millimetres."""
        return self.light.shape[1] / self.scale, self.light.shape[0] / self.scale

    def part(self, box: Box) -> Stage:
        """The stage around a box of millimetres (x0, y0, x1, y1), in the same coordinates and the same memory."""
        corner = (self.left, self.top)
        x0, y0 = (max(0, math.floor(edge * self.scale) - at) for edge, at in zip(box[:2], corner, strict=True))
        x1, y1 = (max(0, math.ceil(edge * self.scale) - at) for edge, at in zip(box[2:], corner, strict=True))
        return Stage(self.light[y0:y1, x0:x1], self.scale, self.left + x0, self.top + y0)

    @cached_property
    def x(self) -> Floats:
        """Millimetres of the pixel centres, shape (1, width)."""
        return self._places(self.left, self.light.shape[1])[None, :]

    @cached_property
    def y(self) -> Floats:
        """Millimetres of the pixel centres, shape (height, 1)."""
        return self._places(self.top, self.light.shape[0])[:, None]

    def _places(self, first: int, count: int) -> Floats:
        return (np.arange(first, first + count, dtype=np.float32) + np.float32(0.5)) / np.float32(self.scale)

    def inside(self, distance: Floats, soft: float = 0.0) -> Floats:
        """How much of each pixel lies inside an outline, 0 to 1; ``soft`` millimetres blur its edge."""
        width = max(soft * self.scale, 1.0)
        cover: Floats = np.clip(0.5 - distance * np.float32(self.scale / width), 0, 1)
        return cover

    def fill(self, cover: Floats, color: ArrayLike) -> None:
        """Paint an sRGB colour where ``cover`` is above 0."""
        self.blend(cover, to_linear(color).astype(np.float32))

    def blend(self, cover: Floats, light: Floats) -> None:
        """Paint linear light, one colour or a picture of them, where ``cover`` is above 0."""
        self.light[...] += cover[..., None] * (light - self.light)

    def shade(self, amount: Floats) -> None:
        """Multiply the light: below 1 is shadow."""
        self.light[...] *= amount[..., None]

    def shine(self, amount: Floats, color: ArrayLike = (255, 255, 255)) -> None:
        """Add light of an sRGB colour."""
        self.light[...] += amount[..., None] * to_linear(color).astype(np.float32)

    def shadow(self, cover: Floats, *, right: float, down: float, blur: float, strength: float) -> None:
        """The shadow that ``cover`` throws, millimetres to the right and down, blurred by ``blur`` millimetres."""
        moved = shift(cover, round(right * self.scale), round(down * self.scale))
        self.shade(1 - np.float32(strength) * smooth(moved, blur * self.scale))

    def pixels(self) -> NDArray[np.uint8]:
        """sRGB, shape (height, width, 3); an even grain below one level keeps gradients from banding."""
        from stateviz.printing.halftone import threshold_tile

        height, width = self.light.shape[:2]
        tile = threshold_tile("blue-noise", 1).astype(np.float32) / 255 - 0.5
        grain = np.tile(tile, (-(-height // 64), -(-width // 64)))[:height, :width, None]
        light = np.clip(self.light, 0, 1)
        # A level of sRGB is this much linear light, about: the slope of the transfer curve.
        step = np.maximum(2.2 * light ** np.float32(1.2 / 2.2), 0.08) / 255
        places = np.clip((light + grain * step) * 65535, 0, 65535).astype(np.uint16)
        levels: NDArray[np.uint8] = from_linear(np.arange(65536) / 65535)[places]
        return levels


def rounded_box(stage: Stage, box: Box, radius: float, power: float = 2.0) -> Floats:
    """Signed distance in millimetres to a box (x0, y0, x1, y1) with rounded corners: below 0 is inside.

    ``power`` 2 gives circular corners, more gives corners that grow into the sides, as on telephones.
    """
    x0, y0, x1, y1 = box
    radius = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    x = np.abs(stage.x - (x0 + x1) / 2) - ((x1 - x0) / 2 - radius)
    y = np.abs(stage.y - (y0 + y1) / 2) - ((y1 - y0) / 2 - radius)
    outer_x, outer_y = np.maximum(x, 0), np.maximum(y, 0)
    corner = (outer_x**power + outer_y**power) ** np.float32(1 / power)
    distance: Floats = (corner + np.minimum(np.maximum(x, y), 0) - radius).astype(np.float32)
    return distance


def slopes(distance: Floats, scale: float) -> tuple[Floats, Floats]:
    """Which way an outline faces: (right, down), of length 1, from its signed distance."""
    down, right = np.gradient(distance, 1 / scale)
    length = np.maximum(np.hypot(right, down), 1e-6)
    return right / length, down / length


def shift(values: Floats, right: int, down: int) -> Floats:
    """Values moved by whole pixels; nothing comes in at the edges."""
    height, width = values.shape
    moved = np.zeros_like(values)
    if abs(right) < width and abs(down) < height:
        to = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
        source = slice(max(-down, 0), height + min(-down, 0)), slice(max(-right, 0), width + min(-right, 0))
        moved[to] = values[source]
    return moved


def smooth(values: Floats, sigma: float) -> Floats:
    """Gaussian blur of ``sigma`` pixels; a wide one is computed on a smaller picture, where nothing is lost."""
    from scipy.ndimage import gaussian_filter, zoom

    coarse = max(1, int(sigma / 6))
    blurred: Floats
    if coarse == 1:
        blurred = gaussian_filter(values, sigma, mode="nearest")
        return blurred
    height, width = values.shape
    padded = np.pad(values, ((0, -height % coarse), (0, -width % coarse)), mode="edge")
    small = padded.reshape(padded.shape[0] // coarse, coarse, padded.shape[1] // coarse, coarse).mean(axis=(1, 3))
    blurred = gaussian_filter(small, sigma / coarse, mode="nearest")
    blurred = zoom(blurred, coarse, order=1, grid_mode=True, mode="nearest")[:height, :width].astype(np.float32)
    return blurred


def grain(shape: tuple[int, ...], seed: int, *, across: float, down: float) -> Floats:
    """Smooth noise of mean 0 and deviation 1, its spots ``across`` and ``down`` pixels wide."""
    from scipy.ndimage import gaussian_filter, zoom

    steps = max(1, int(down / 3)), max(1, int(across / 3))
    small = (-(-shape[0] // steps[0]) + 2, -(-shape[1] // steps[1]) + 2)
    noise: Floats = np.random.default_rng(seed).standard_normal(small).astype(np.float32)
    noise = gaussian_filter(noise, (down / steps[0] / 2, across / steps[1] / 2), mode="wrap")
    noise = zoom(noise, steps, order=1, grid_mode=True, mode="nearest")[: shape[0], : shape[1]]
    even: Floats = ((noise - noise.mean()) / max(float(noise.std()), 1e-6)).astype(np.float32)
    return even


def grown(box: Box, by: float) -> Box:
    """A box with ``by`` millimetres more on each side."""
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def ease(values: Floats) -> Floats:
    """0 below 0, 1 above 1, and a smooth rise between: 3 t² - 2 t³."""
    t = np.clip(values, 0, 1)
    return t * t * (3 - 2 * t)
