"""SVG: one path a colour, runs of equal cells merged, edges kept crisp."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from stateviz.core.sheets import Color, Sheet


def save(sheet: Sheet, path: Path) -> None:
    """Shapes, for editing: user units are canvas pixels, the outer size is in millimetres."""
    width, height = sheet.canvas
    colors = sheet.grid.palette.colors
    x, y = sheet.origin
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_mm(width, sheet.dpi)}mm" '
            f'height="{_mm(height, sheet.dpi)}mm" viewBox="0 0 {width} {height}" shape-rendering="crispEdges">\n'
        )
        if sheet.plan:
            file.write(f"<metadata>{escape(json.dumps(sheet.plan, ensure_ascii=False))}</metadata>\n")
        file.write(f'<path fill="{_hex(colors[sheet.background])}" d="M0 0h{width}v{height}H0z"/>\n')
        file.write(f'<g transform="translate({x} {y}) scale({sheet.cell})">\n')
        for index, color in enumerate(colors):
            if index != sheet.background and (sheet.grid.indices == index).any():
                file.write(f'<path fill="{_hex(color)}" d="')
                file.writelines(_runs(sheet, index))
                file.write('"/>\n')
        file.write("</g>\n</svg>\n")


def _runs(sheet: Sheet, index: int) -> Iterator[str]:
    for row, cells in enumerate(sheet.grid.indices):
        edges = np.diff(np.concatenate(([0], cells == index, [0])).astype(np.int8))
        for start, stop in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            yield f"M{start} {row}h{stop - start}v1h-{stop - start}z"


def _hex(color: Color) -> str:
    return "#" + "".join(f"{value:02x}" for value in color)


def _mm(pixels: int, dpi: float) -> str:
    return f"{pixels * 25.4 / dpi:.4f}".rstrip("0").rstrip(".")
