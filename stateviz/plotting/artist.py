"""CellImage: every cell of a matrix in its own colour, as pixels, in SVG and in PDF, in little memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.image import AxesImage
from matplotlib.transforms import Affine2D, Bbox
from numpy.typing import NDArray

MOST_SHAPES = 200_000
"""Up to so many runs of cells an SVG holds shapes, which every viewer keeps crisp; beyond, one image, enlarged."""
PPI = 300
"""Pixels an inch that an image inside a PDF or SVG has at least."""
MOST_PIXELS = 40_000
"""An image is not enlarged beyond so many pixels a side, as it would be where axes show a small part of it."""


class CellImage(AxesImage):
    """A matrix as an image whose cells are never blended: matplotlib's own takes 90 bytes a pixel and more to draw."""

    def draw(self, renderer: Any) -> None:
        """Shapes or an enlarged image where the format scales, else whole pixels."""
        if not (self.get_visible() and renderer.option_scale_image() and self.get_transform().is_affine):
            super().draw(renderer)
            return
        colors = self._colors(self.get_alpha())
        left, right, bottom, top = self._box()
        gc = renderer.new_gc()
        if self.get_clip_on():
            gc.set_clip_rectangle(self.get_clip_box())
            gc.set_clip_path(self.get_clip_path())
        if hasattr(renderer, "writer") and self._whole() and np.count_nonzero(_begins(colors)) <= MOST_SHAPES:
            self._draw_shapes(renderer, colors, (left, right, bottom, top))
        else:
            enlarge = [
                max(1, min(math.ceil(PPI / 72 * abs(span) / count), MOST_PIXELS // count))
                for span, count in ((top - bottom, colors.shape[0]), (right - left, colors.shape[1]))
            ]
            image = colors.repeat(enlarge[0], 0).repeat(enlarge[1], 1)
            place = Affine2D().scale(right - left, top - bottom).translate(left, bottom)
            renderer.draw_image(gc, 0, 0, image[::-1], place)
        gc.restore()
        self.stale = False

    def make_image(  # type: ignore[override]
        self, renderer: Any, magnification: float = 1.0, unsampled: bool = False
    ) -> tuple[NDArray[np.uint8] | None, float, float, Any]:
        """The pixels within the axes, from the lowest row up, and the place of the first."""
        if unsampled or not self.get_transform().is_affine:
            made: tuple[NDArray[np.uint8] | None, float, float, Any] = super().make_image(
                renderer, magnification, unsampled
            )
            return made
        alpha = self.get_alpha()
        colors = self._colors(alpha if isinstance(alpha, np.ndarray) else None)  # a single one is the renderer's
        left, right, bottom, top = self._box()
        clip = (self.get_clip_box() if self.get_clip_on() else None) or Bbox([(-np.inf, -np.inf), (np.inf, np.inf)])
        columns, x = _sampled(left, right, clip.x0, clip.x1, colors.shape[1], magnification)
        rows, y = _sampled(top, bottom, clip.y0, clip.y1, colors.shape[0], magnification)
        if not (len(columns) and len(rows)):
            return None, 0.0, 0.0, None
        pixels = _packed(colors)[rows[:, None], columns]
        return pixels.view(np.uint8).reshape(*pixels.shape, 4), x, y, Affine2D()

    def _colors(self, alpha: Any) -> NDArray[np.uint8]:
        """The cells as RGBA."""
        values = self.get_array()
        assert values is not None
        colors: NDArray[np.uint8] = self.to_rgba(values, alpha=alpha, bytes=True)
        return colors

    def _box(self) -> tuple[float, float, float, float]:
        """Where the image's left, right, bottom and top edges lie in the renderer's pixels."""
        left, right, bottom, top = self.get_extent()
        (x0, y0), (x1, y1) = self.get_transform().transform([(left, bottom), (right, top)])
        return float(x0), float(x1), float(y0), float(y1)

    def _whole(self) -> bool:
        """Whether all cells are within the axes, so that nothing has to be clipped."""
        (x0, x1), (y0, y1) = map(sorted, (self.axes.get_xlim(), self.axes.get_ylim()))
        left, right, bottom, top = self.get_extent()
        return x0 <= min(left, right) and x1 >= max(left, right) and y0 <= min(bottom, top) and y1 >= max(bottom, top)

    def _draw_shapes(self, renderer: Any, colors: NDArray[np.uint8], box: tuple[float, float, float, float]) -> None:
        left, right, bottom, top = box
        rows, columns = colors.shape[:2]
        place = (
            f"matrix({(right - left) / columns:.9g} 0 0 {(top - bottom) / rows:.9g} "
            f"{left:.9g} {renderer.height - top:.9g})"
        )
        renderer.writer.start("g", transform=place, attrib={"shape-rendering": "crispEdges"})
        for (*color, alpha), path in _run_paths(colors):
            opacity = {} if alpha == 255 else {"fill-opacity": f"{alpha / 255:.3g}"}
            renderer.writer.element("path", d=path, fill=f"#{bytes(color).hex()}", attrib=opacity)
        renderer.writer.end("g")


def _sampled(
    start: float, stop: float, low: float, high: float, count: int, magnification: float
) -> tuple[NDArray[np.int64], float]:
    """The cell under the middle of each pixel between ``low`` and ``high``, and where the first of them lies.

    Cell 0 begins at ``start``, the last ends at ``stop``, which may be the lower of the two.
    """
    first = round(max(low, min(start, stop)) * magnification)
    last = round(min(high, max(start, stop)) * magnification)
    middles = (np.arange(first, last) + 0.5) / magnification
    cells = np.floor((middles - start) / (stop - start) * count).astype(np.int64)
    return np.clip(cells, 0, count - 1), first / magnification


def _packed(colors: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """An RGBA picture, shape (rows, columns, 4), with one number a cell."""
    return np.ascontiguousarray(colors).view(np.uint32)[..., 0]


def _begins(colors: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a run of equal cells begins in its row."""
    packed = _packed(colors)
    begins = np.ones(packed.shape, bool)
    begins[:, 1:] = packed[:, 1:] != packed[:, :-1]
    return begins


def _run_paths(colors: NDArray[np.uint8]) -> Iterator[tuple[list[int], str]]:
    """Each colour of an RGBA picture, and the SVG path of its cells, those beside one another merged."""
    packed, starts = _packed(colors), np.flatnonzero(_begins(colors))
    widths = np.diff(np.append(starts, packed.size))
    shown = packed.ravel()[starts]
    for color in np.unique(shown):
        rgba = np.array([color]).view(np.uint8)
        if rgba[3]:
            chosen = shown == color
            ys, xs = np.divmod(starts[chosen], packed.shape[1])
            runs = zip(xs.tolist(), ys.tolist(), widths[chosen].tolist(), strict=True)
            yield rgba.tolist(), "".join(f"M{x} {y}h{width}v1h-{width}z" for x, y, width in runs)
