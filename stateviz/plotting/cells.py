"""Cells on axes: the values in their colours, and lines where rows or columns break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from stateviz.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from stateviz.core.states import StateMatrix
    from stateviz.plotting.artist import CellImage
    from stateviz.plotting.scales import ColorScale


def add_cells(ax: Axes, values: NDArray[Any], colors: ColorScale) -> CellImage:
    """The values as cells, the first row on top, filling ``ax`` whatever its shape."""
    from matplotlib.colors import Normalize

    from stateviz.plotting.artist import CellImage

    image = CellImage(
        ax, cmap=colors.colormap, norm=Normalize(colors.low, colors.high), interpolation="none", origin="upper"
    )
    image.set_data(values)
    image.set_clip_path(ax.patch)
    ax.add_image(image)
    rows, columns = values.shape
    image.set_extent((-0.5, columns - 0.5, rows - 0.5, -0.5))
    ax.set(aspect="auto", xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    return image


def draw_cells(ax: Axes, matrix: StateMatrix, colors: ColorScale) -> CellImage:
    """The states themselves, and lines where rows or columns break."""
    image = add_cells(ax, matrix.values, colors)
    for place in matrix.row_breaks:
        ax.axhline(place - 0.5, **_break_line())
    for place in matrix.column_breaks:
        ax.axvline(place - 0.5, **_break_line())
    return image


def _break_line() -> dict[str, Any]:
    """Dark within a light casing, so that it shows on any colour."""
    from matplotlib.patheffects import Normal, Stroke

    casing = [Stroke(linewidth=1.8, foreground="white"), Normal()]
    return {"color": style.INK, "linewidth": 0.7, "path_effects": casing}
