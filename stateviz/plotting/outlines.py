"""A picture in the outline of the thing it is printed on, with its openings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stateviz.core.media import Medium
from stateviz.plotting.style import HAIRLINE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch

_ROUND = 0.27
"""Radius of an opening's corners, of its shorter side: makers give the box alone."""


def draw_outlined(ax: Axes, picture: NDArray[np.uint8], medium: Medium, scale: float) -> None:
    """Draw ``picture`` in the outline of ``medium``; its openings are left white, as nothing is printed there.

    Parameters
    ----------
    ax : Axes
        Of as many pixels as the picture has.
    picture : array of uint8, shape (height, width, 3)
        RGB, trimmed.
    medium : Medium
        Whose corners and openings are drawn.
    scale : float
        Pixels a millimetre.
    """
    from matplotlib.patches import FancyBboxPatch

    tall, wide = picture.shape[:2]
    ax.set_axis_off()
    image = ax.imshow(picture, interpolation="none", aspect="auto", extent=(0, wide, tall, 0))

    def box(x0: float, y0: float, x1: float, y1: float, radius: float, fill: str) -> FancyBboxPatch:
        shape = f"round,pad=0,rounding_size={max(radius, 0.01)}"
        patch = FancyBboxPatch((x0, y0), x1 - x0, y1 - y0, boxstyle=shape, fc=fill, ec=HAIRLINE, lw=0.8, clip_on=False)
        ax.add_patch(patch)
        return patch

    image.set_clip_path(box(0, 0, wide, tall, (medium.corner or 0.0) * scale, "none"))
    for opening in medium.openings or ():
        x0, y0, x1, y1 = (edge * scale for edge in opening)
        box(x0, y0, x1, y1, _ROUND * min(x1 - x0, y1 - y0), "white")
    ax.set(xlim=(0, wide), ylim=(tall, 0))
