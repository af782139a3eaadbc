"""Colours between colours: perceptually even steps, for real values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError
from stateviz.core.sheets import Color, Palette
from stateviz.rendering.color.srgb import from_linear, to_linear

TONES = 256
"""Steps of a ramp between two colours."""
SIGNED = 255
"""Colours of a diverging palette: an odd number, so that the middle one is zero."""

_TO_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_OKLAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def ramp(anchors: Sequence[Color], count: int) -> tuple[Color, ...]:
    """``count`` colours from the first anchor to the last, perceptually even between neighbours.

    Straight lines in OKLab. Source: Ottosson (2020), A perceptual color space for image processing.

    Parameters
    ----------
    anchors : sequence of sRGB colours
        Two or more, evenly spread over the ramp.
    count : int
        Two or more.

    Raises
    ------
    InputError
        When there are fewer than two anchors or colours.

    Examples
    --------
    >>> ramp([(0, 0, 0), (255, 255, 255)], 3)
    ((0, 0, 0), (99, 99, 99), (255, 255, 255))
    """
    if len(anchors) < 2 or count < 2:
        raise InputError(f"a ramp needs two colours or more, got {len(anchors)} anchors and {count} steps")
    lab = to_oklab(anchors)
    at, known = np.linspace(0, 1, count), np.linspace(0, 1, len(anchors))
    mixed = np.stack([np.interp(at, known, lab[:, axis]) for axis in range(3)], axis=1)
    return tuple((int(r), int(g), int(b)) for r, g, b in _to_srgb(mixed))


def tones(palette: Palette, count: int = TONES) -> Palette:
    """The ramp of ``count`` colours between the two of ``palette``.

    Examples
    --------
    >>> from stateviz.rendering import PALETTES
    >>> many = tones(PALETTES["navy"]).colors
    >>> len(many), many[0], many[-1]
    (256, (250, 245, 235), (20, 40, 90))
    """
    if len(palette.colors) != 2:
        raise InputError(f"palette {palette.name!r} has {len(palette.colors)} colours; tones lie between two")
    return Palette(palette.name, ramp(palette.colors, count), palette.note)


def to_oklab(colors: ArrayLike) -> NDArray[np.float64]:
    """Lightness, green to red and blue to yellow of sRGB colours, shape (n, 3): distances are about those seen.

    Source: Ottosson (2020), A perceptual color space for image processing.

    Examples
    --------
    >>> to_oklab([(255, 255, 255)]).round(3).tolist()
    [[1.0, 0.0, 0.0]]
    """
    lab: NDArray[np.float64] = np.cbrt(to_linear(colors) @ _TO_CONES.T) @ _TO_OKLAB.T
    return lab


def _to_srgb(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    return from_linear((lab @ np.linalg.inv(_TO_OKLAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T)
