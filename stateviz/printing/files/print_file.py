"""The nouns of a print file: its pixels as palette indices, and what the file says of itself."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.sheets import Color

Box = tuple[float, float, float, float]
MOST_PIXELS = 250_000_000
"""Of a picture that has to be held in memory to be read; what streams may be larger."""
MOST_SIDE = 500_000
"""Pixels of a side: A0 at 9,600 an inch has fewer. What is longer, and a pixel wide, has rows without end."""
NEAR = 10
"""Of 255 a channel, that a rendered pixel may be off its colour; more is of another."""
BACKS: tuple[Color, ...] = ((255, 255, 255), (255, 0, 255), (0, 255, 0))
"""What a picture that is transparent is rendered on: what is least like its colours."""
_KEPT_BYTES = 1 << 27


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
    count
        How many colours the file holds; where they are more than 256, ``colors`` are the two that are most of it. None
        where it is a page that was rendered: there the edges of letters are of many colours.
    other
        The index of all colours that are none of the file's own palette, the last of ``colors``; None where there are
        none.
    """

    size: tuple[int, int]
    colors: tuple[Color, ...]
    rows: Callable[[], Iterator[NDArray[np.uint8]]]
    count: int | None = None
    other: int | None = None


class KeptRows:
    """Rows that are costly to make: kept from the first time on, where memory allows.

    Parameters
    ----------
    make
        Called to begin anew, as ``Pixels.rows``.
    """

    def __init__(self, make: Callable[[], Iterator[NDArray[np.uint8]]]) -> None:
        self._make = make
        self._kept: list[NDArray[np.uint8]] | None = None

    def __call__(self) -> Iterator[NDArray[np.uint8]]:
        """Rows as palette indices."""
        return iter(self._kept) if self._kept is not None else self._first()

    def _first(self) -> Iterator[NDArray[np.uint8]]:
        kept: list[NDArray[np.uint8]] = []
        held = 0
        for row in self._make():
            if held <= _KEPT_BYTES:
                held += row.nbytes if not kept or row is not kept[-1] else 8
                kept.append(row)
            yield row
        if held <= _KEPT_BYTES:
            self._kept = kept


@dataclass(frozen=True)
class PrintFile:
    """A file, as far as a print shop looks at it; lengths in millimetres.

    Of a PDF or SVG the pixels are those of the page as it is rendered.

    Parameters
    ----------
    format
        "PNG", "TIFF", "JPEG", "PDF" or "SVG".
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
    most_ink
        Percent of ink, all four together, of the fullest colour that a PDF paints with beside its image.
    icc
        The profile itself, where it is of four inks.
    condition
        PDF: the printing condition that its output intent names.
    faults
        What is not as it is printed, or cannot be told from the pixels, each in words.
    contours
        PDF, SVG: boxes (x0, y0, x1, y1) of the cut lines, in pixels from the top left.
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
    most_ink: float = 0.0
    icc: builtins.bytes | None = None
    condition: str | None = None
    faults: tuple[str, ...] = ()
    contours: tuple[Box, ...] = ()
    transparent: bool = False
    standard: str | None = None
    missing: tuple[str, ...] = ()
    fonts: tuple[tuple[str, bool], ...] = ()
    shapes: int = 0
    plan: Mapping[str, Any] = field(default_factory=dict)


def check_side(path: Path, size: tuple[int, int]) -> None:
    """Raise FileError where a picture is longer, or wider, than any that is printed, or has no pixels at all."""
    if not (min(size) > 0 and max(size) <= MOST_SIDE):
        raise FileError(
            f"{path}: {size[0]:,} x {size[1]:,} px are none that can be printed (1 to {MOST_SIDE:,} a side)"
        )


def colors_of(plan: Mapping[str, Any]) -> NDArray[np.uint8] | None:
    """The colours that a plan names, shape (n, 3); None where it names none that can be used."""
    try:
        colors = np.array([[int(part) for part in color] for color in plan["colors"]], np.int64)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    shaped = colors.ndim == 2 and colors.shape[1] == 3 and 0 < len(colors) <= 256
    return colors.astype(np.uint8) if shaped and colors.min() >= 0 and colors.max() <= 255 else None
