"""The sRGB curve: between stored levels of 0 to 255 and linear light."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def to_linear(colors: ArrayLike) -> NDArray[np.float64]:
    """sRGB of 0 to 255, of any shape, as linear light of 0 to 1. Source: IEC 61966-2-1.

    Examples
    --------
    >>> to_linear((0, 255)).tolist()
    [0.0, 1.0]
    """
    values = np.asarray(colors, np.float64) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def from_linear(light: ArrayLike) -> NDArray[np.uint8]:
    """Linear light, of any shape, as sRGB of 0 to 255, clipped and rounded. Source: IEC 61966-2-1.

    Examples
    --------
    >>> from_linear(to_linear((20, 40, 90))).tolist()
    [20, 40, 90]
    """
    values = np.clip(np.asarray(light, np.float64), 0, 1)
    encoded = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
    levels: NDArray[np.uint8] = np.floor(encoded * 255 + 0.5).astype(np.uint8)
    return levels
