"""From states to pixels: palettes, exact pixels, and file formats."""

from stateviz.rendering.color.palettes import DIVERGING, PALETTES, contrast, resolve_palette
from stateviz.rendering.pixels import rasterize
from stateviz.rendering.writers import WRITERS, write
from stateviz.rendering.writers.png_reader import decode_png, read_grid, read_plan

__all__ = [
    "DIVERGING",
    "PALETTES",
    "WRITERS",
    "contrast",
    "decode_png",
    "rasterize",
    "read_grid",
    "read_plan",
    "resolve_palette",
    "write",
]
