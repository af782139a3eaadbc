"""mockup(): the finished thing as a picture to share, before it is printed."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.sheets import Color, Palette, Sheet
from stateviz.core.table import Table
from stateviz.printing.mockups.flat import flat_extent, paint_flat
from stateviz.printing.mockups.frame import frame_extent, paint_frame
from stateviz.printing.mockups.optics import Floats, Stage
from stateviz.printing.mockups.phone import WALL, paint_phone, phone_extent
from stateviz.printing.mockups.shirt import paint_shirt, shirt_extent
from stateviz.printing.proofs.sheet import check_png, write_picture
from stateviz.printing.proofs.thumbnails import Picture, thumbnail_light, trim_pixels
from stateviz.rendering.color.palettes import luminance

SCENES: Table[str] = Table(
    "scene",
    {
        "auto": "phone for telephones, shirt for shirts, flat for cards and stickers, frame for all else",
        "phone": "a case on a telephone, its camera where the medium has it",
        "frame": "framed, with a mat where its cells go to the edges, on a wall in window light",
        "flat": "a card or a sticker on a plain surface",
        "shirt": "printed on a T-shirt",
    },
)
_SCENE_OF = {"phone": "phone", "shirt": "shirt", "postcard": "flat", "sticker": "flat"}
_SMALLEST, _LARGEST = 200, 8000
_EXTENT = {"phone": phone_extent, "flat": flat_extent, "shirt": shirt_extent}


def mockup(sheet: Sheet, *, scene: str = "auto", size: int = 2600) -> Picture:
    """The sheet as a finished thing in its surroundings.

    Parameters
    ----------
    sheet : Sheet
    scene : {"auto", "phone", "frame", "flat", "shirt"}
        A row of SCENES.
    size : int
        The most pixels of the picture's longer side, 200 to 8,000. Pixels of the sheet are enlarged or averaged by a
        whole number, so that its cells stay as sharp as they can be.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        sRGB.

    Raises
    ------
    UnknownNameError
        For an unknown scene.
    InputError
        When the size cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> from stateviz.printing.layout import layout
    >>> from stateviz.rendering import rasterize
    >>> max(mockup(layout(rasterize(np.eye(40, 30)), "sticker-100"), size=300).shape[:2]) <= 300
    True
    """
    _ = SCENES[scene]
    if isinstance(size, bool) or not isinstance(size, int) or not _SMALLEST <= size <= _LARGEST:
        raise InputError(f"size must be {_SMALLEST} to {_LARGEST} pixels, got {size!r}")
    if scene == "auto":
        scene = _SCENE_OF.get(sheet.medium.kind, "frame")
    width, height, _ = trim_pixels(sheet)
    per_mm = sheet.dpi / 25.4
    extent = partial(frame_extent, bare=_has_margin(sheet)) if scene == "frame" else _EXTENT[scene]
    room = (size - 1) / (per_mm * max(extent(width / per_mm, height / per_mm)))
    enlarged, factor = (int(room), 1) if room >= 1 else (1, math.ceil(1 / room))
    ground, ink = _ground_and_ink(sheet)
    cloth = _cloth(sheet, ink)
    around = _around_edges(sheet, factor) if scene == "phone" else 0
    art = thumbnail_light(_on(sheet, cloth) if scene == "shirt" else sheet, factor, around=around)
    art = np.repeat(np.repeat(art, enlarged, axis=0), enlarged, axis=1)
    scale = per_mm * enlarged / factor
    if scene == "phone":
        return paint_phone(art, scale, sheet.medium, ground, ink, around=around * enlarged).pixels()
    return _paint(scene, art, scale, sheet, (ground, ink), cloth).pixels()


def _around_edges(sheet: Sheet, factor: int) -> int:
    """How many averaged pixels of a covering sheet's bleed lie on the edges of a case; 0 where there are too few."""
    needed = math.ceil(WALL * sheet.dpi / 25.4 / factor)
    *_, bleed = trim_pixels(sheet)
    return needed if sheet.continued and needed * factor <= bleed else 0


def write_mockup(
    sheet: Sheet, path: str | Path, *, scene: str = "auto", size: int = 2600, overwrite: bool = False
) -> Path:
    """Write ``mockup`` as a PNG file; over another file than a picture of stateviz only with ``overwrite``.

    Raises
    ------
    FileError
        When the file cannot be written, or does not end in .png.
    """
    check_png(path, overwrite=overwrite)
    return write_picture(mockup(sheet, scene=scene, size=size), path, overwrite=overwrite)


def _paint(scene: str, art: Floats, scale: float, sheet: Sheet, colors: tuple[Color, Color], cloth: Color) -> Stage:
    if scene == "flat":
        return paint_flat(art, scale, sheet.medium, *colors)
    if scene == "shirt":
        return paint_shirt(art, scale, cloth)
    return paint_frame(art, scale, *colors, bare=_has_margin(sheet))


def _has_margin(sheet: Sheet) -> bool:
    return not sheet.continued and sheet.medium.margin > 0


def _ground_and_ink(sheet: Sheet) -> tuple[Color, Color]:
    """The colour around the cells, and of all others the one that stands out most from it."""
    colors = sheet.palette.colors
    ground = colors[sheet.background]
    return ground, max(colors, key=lambda color: abs(luminance(color) - luminance(ground)))


def _cloth(sheet: Sheet, ink: Color) -> Color:
    """The shirt that the print would stand on: its unprinted colour, or black or white against the ink."""
    if sheet.transparent is None:
        return sheet.palette.colors[sheet.background]
    unprinted = sheet.palette.colors[sheet.transparent]
    if unprinted != ink:
        return unprinted
    return (28, 28, 30) if luminance(ink) > 0.4 else (244, 243, 240)


def _on(sheet: Sheet, cloth: Color) -> Sheet:
    """The sheet with cloth where nothing is printed."""
    if sheet.transparent is None:
        return sheet
    colors = list(sheet.palette.colors)
    colors[sheet.transparent] = cloth
    palette = Palette(sheet.palette.name, tuple(colors))
    if sheet.halftone_palette is not None:
        return replace(sheet, halftone_palette=palette)
    return replace(sheet, grid=replace(sheet.grid, palette=palette))
