"""The nouns of a print file: its pixels as palette indices, and what the file says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Color

Box = tuple[float, float, float, float]
MOST_PIXELS = 1_000_000_000
"""Of a picture that has to be held in memory to be read; a PNG of stateviz streams and may be larger."""


@dataclass(frozen=True)
class Pixels:
    """A picture as palette indices, row by row.

    Parameters
    ----------
    size
        (width, height).
    colors
        The palette as seen, sRGB.
    rows
        Called to begin anew: yields uint8 indices, shape (width,); a row that repeats the one above may be the same
        array again.
    exact
        Whether the file holds these colours, and not more of which these are the nearest.
    """

    size: tuple[int, int]
    colors: tuple[Color, ...]
    rows: Callable[[], Iterator[NDArray[np.uint8]]]
    exact: bool = True


@dataclass(frozen=True)
class PrintFile:
    """A file, as far as a print shop looks at it; lengths in millimetres.

    Parameters
    ----------
    format
        "PNG", "TIFF", "PDF", "SVG" or what Pillow calls it.
    dpi
        Pixels an inch, across and down; None where the file does not say.
    page
        (width, height) of the whole page, or None where nothing gives the pixels a size.
    boxes
        PDF: media, bleed and trim box, (x0, y0, x1, y1) from the lower left.
    space
        "RGB", "CMYK" or "Gray".
    profile
        What the embedded profile, or the mark that stands for one, is called.
    inks
        CMYK of each palette index, 0 to 255; None for RGB.
    indexed
        The palette stands in the file, in the order it was laid out in.
    standard
        PDF: "PDF/X-4" and the like, as the file claims; ``missing`` lists what that lacks.
    fonts
        PDF: (name, whether it is embedded).
    shapes
        PDF: how many vector shapes are filled; a grid of them shows seams.
    """

    path: Path
    format: str
    pixels: Pixels
    bytes: int
    dpi: tuple[float, float] | None = None
    page: tuple[float, float] | None = None
    boxes: Mapping[str, Box] = field(default_factory=dict)
    pages: int = 1
    space: str = "RGB"
    profile: str | None = None
    inks: NDArray[np.uint8] | None = None
    indexed: bool = False
    transparent: bool = False
    standard: str | None = None
    missing: tuple[str, ...] = ()
    fonts: tuple[tuple[str, bool], ...] = ()
    shapes: int = 0
    plan: Mapping[str, Any] = field(default_factory=dict)
