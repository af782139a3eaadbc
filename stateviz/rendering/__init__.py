"""From states to pictures: palettes, exact pixels, heatmaps with their text, and file formats."""

from stateviz.rendering.figures import save_figure, side_by_side
from stateviz.rendering.heatmaps import heatmap
from stateviz.rendering.multiples import small_multiples
from stateviz.rendering.palettes import DIVERGING, PALETTES, contrast, resolve_palette
from stateviz.rendering.pixels import rasterize
from stateviz.rendering.writers import WRITERS, write
from stateviz.rendering.writers.png_reader import decode_png, read_grid, read_plan

__all__ = [
    "DIVERGING",
    "PALETTES",
    "WRITERS",
    "contrast",
    "decode_png",
    "heatmap",
    "rasterize",
    "read_grid",
    "read_plan",
    "resolve_palette",
    "save_figure",
    "side_by_side",
    "small_multiples",
    "write",
]
