"""The mock-up of something that lies flat: a card or a sticker on a plain surface."""

from __future__ import annotations

from stateviz.core.media import Medium
from stateviz.core.sheets import Color
from stateviz.printing.mockups.optics import Floats, Stage, rounded_box
from stateviz.printing.mockups.phone import backdrop, cast_shadows, light_surface

_PAD = 0.24


def flat_extent(width: float, height: float) -> tuple[float, float]:
    """(width, height) of the picture of a card, all in millimetres."""
    pad = _PAD * max(width, height)
    return width + 2 * pad, height + 2 * pad


def paint_flat(art: Floats, scale: float, medium: Medium, ground: Color, ink: Color) -> Stage:
    """A card or a sticker, lit from the top left.

    Parameters
    ----------
    art : array of float32, shape (height, width, 3)
        Linear light of the trimmed sheet.
    scale
        Pixels a millimetre.
    medium
        Its corner radius, and whether it is cut along a contour.
    ground, ink
        sRGB of what surrounds the cells, and of what is drawn with.
    """
    height, width = (size / scale for size in art.shape[:2])
    pad = round(_PAD * max(width, height) * scale) / scale
    stage = Stage.of_size(*flat_extent(width, height), scale, backdrop(ground, ink))
    light_surface(stage)
    card = (pad, pad, pad + width, pad + height)
    outline = rounded_box(stage, card, medium.corner or 0.0)
    body = stage.inside(outline)
    # Vinyl is thinner than card. It is printed beyond the cut line, so that no edge of it stays white.
    cast_shadows(stage, body, lift=0.014 * max(width, height) * (0.6 if medium.contour else 1.0))
    first = round(pad * scale)
    place = slice(first, first + art.shape[0]), slice(first, first + art.shape[1])
    cover = body[place][..., None]
    stage.light[place] += cover * (art - stage.light[place])
    rim = body - stage.inside(outline + 0.35)
    stage.shade(1 - 0.10 * rim)
    return stage
