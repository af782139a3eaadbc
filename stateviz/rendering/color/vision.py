"""How colours look: Lab, the difference of two colours, grey, and three kinds of colour blindness."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.table import Table
from stateviz.rendering.color.srgb import from_linear, to_linear

Floats = NDArray[np.float64]

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(axis=1)

COLOR_BLINDNESS: Table[Floats] = Table(
    "kind of colour blindness",
    {
        "protanopia": np.array(
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
        ),
        "deuteranopia": np.array(
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
        ),
        "tritanopia": np.array(
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
        ),
    },
)
"""Linear sRGB as those without the long, middle or short cones see it.

Source: Machado, Oliveira and Fernandes (2009), A physiologically-based model for simulation of color vision deficiency,
table of severity 1.0.
"""


def to_lab(colors: ArrayLike) -> Floats:
    """CIE L*a*b* (D65) of sRGB colours of 0 to 255, shape (..., 3). Source: CIE 15.

    Examples
    --------
    >>> to_lab((255, 255, 255)).round(3).tolist()
    [100.0, 0.0, 0.0]
    """
    ratio = to_linear(colors) @ _TO_XYZ.T / _WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    lab = [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])]
    return np.stack(lab, axis=-1)


def difference(one: ArrayLike, other: ArrayLike) -> Floats:
    """Delta E 2000 of L*a*b* colours, shape (..., 3): 1 is just seen side by side.

    Source: Sharma, Wu and Dalal (2005), The CIEDE2000 color-difference formula, equations 2 to 22.

    Examples
    --------
    >>> difference((50, 2.5, 0), (73, 25, -18)).round(4).tolist()
    27.1492
    """
    (l1, c1, h1), (l2, c2, h2) = _hue_chroma(np.asarray(one, float), np.asarray(other, float))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    l, c = (l1 + l2) / 2, (c1 + c2) / 2
    apart = np.abs(h1 - h2) > 180
    h = np.where(grey, h1 + h2, (h1 + h2 + np.where(apart, np.where(h1 + h2 < 360, 360, -360), 0)) / 2)
    t = 1 + sum(
        weight * np.cos(np.radians(times * h - shift))
        for weight, times, shift in ((-0.17, 1, 30), (0.24, 2, 0), (0.32, 3, -6), (-0.20, 4, 63))
    )
    s_l = 1 + 0.015 * (l - 50) ** 2 / np.sqrt(20 + (l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    bend = 60 * np.exp(-(((h - 275) / 25) ** 2))
    r_t = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(bend))
    x, y, z = (l2 - l1) / s_l, (c2 - c1) / s_c, d_hue / s_h
    apart_by: Floats = np.sqrt(np.maximum(x * x + y * y + z * z + r_t * y * z, 0))
    return apart_by


def _hue_chroma(one: Floats, other: Floats) -> tuple[tuple[Floats, Floats, Floats], ...]:
    """(L', C', h' in degrees) of both; a' is stretched by how grey the two are together."""
    mean = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25.0**7))
    found = []
    for lab in (one, other):
        a, b = stretch * lab[..., 1], lab[..., 2]
        found.append((lab[..., 0], np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360))
    return tuple(found)


def simulate(colors: ArrayLike, kind: str) -> NDArray[np.uint8]:
    """sRGB colours, shape (..., 3), as someone with a row of COLOR_BLINDNESS sees them.

    Examples
    --------
    >>> red, green = simulate([(200, 60, 40), (110, 120, 40)], "protanopia").tolist()
    >>> red, green
    ([101, 91, 36], [128, 114, 30])
    """
    return from_linear(to_linear(colors) @ COLOR_BLINDNESS[kind].T)


def to_grey(colors: ArrayLike) -> NDArray[np.uint8]:
    """sRGB colours, shape (..., 3), as a grey of the same luminance.

    Examples
    --------
    >>> to_grey([(255, 0, 0)]).tolist()
    [[127, 127, 127]]
    """
    light = to_linear(colors) @ _TO_XYZ[1]
    return from_linear(np.repeat(light[..., None], 3, axis=-1))
