"""From states to colours in matplotlib: a palette for two values, a colormap over a range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.sheets import Palette
from stateviz.core.states import StateMatrix
from stateviz.core.table import unknown
from stateviz.plotting import style
from stateviz.rendering.color.palettes import DEFAULT, DIVERGING, PALETTES, resolve_palette

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

SIGNED, UNSIGNED = "RdBu_r", "cividis_r"


@dataclass(frozen=True)
class ColorScale:
    """How values become colours: a palette for two values, or a colormap over a range."""

    colormap: Colormap
    low: float
    high: float
    palette: Palette | None

    @property
    def labels(self) -> tuple[str, str]:
        """The two values of a palette, as they are written."""
        return ("0", "1") if self.low == 0 else ("−1", "+1")


def color_scale(matrix: StateMatrix, palette: str | Palette | None) -> ColorScale:
    """The colours that ``heatmap`` gives ``matrix``; see there."""
    from matplotlib.colors import ListedColormap

    if matrix.binary:
        pair = _pair(DEFAULT if palette is None else palette)
        colormap = ListedColormap([style.rgb(c) for c in pair.colors], pair.name)
        return ColorScale(colormap, float(matrix.off or 0), 1.0, pair)
    low, high = float(matrix.values.min()), float(matrix.values.max())
    reach = max(abs(low), abs(high)) or 1.0
    signed = low < 0 < high
    low, high = (-reach, reach) if signed else (min(low, 0.0), max(high, 0.0))
    if low == high:
        high = 1.0
    if palette is None:
        palette = SIGNED if signed else UNSIGNED if high > 0 else UNSIGNED.removesuffix("_r")
    return ColorScale(range_colormap(palette), low, high, None)


def range_colormap(palette: str | Palette) -> Colormap:
    """The colormap of a range of values: a palette's own colours, two blended, or one that matplotlib has."""
    from matplotlib.colors import LinearSegmentedColormap, ListedColormap

    if isinstance(palette, str) and palette in DIVERGING:
        palette = DIVERGING[palette]
    if isinstance(palette, Palette) and len(palette.colors) > 2:
        return ListedColormap([style.rgb(c) for c in palette.colors], palette.name)
    if isinstance(palette, Palette) or palette in PALETTES or "," in palette:
        pair = _pair(palette)
        return LinearSegmentedColormap.from_list(pair.name, [style.rgb(c) for c in pair.colors], N=512)
    return _colormap(palette)


def _pair(palette: str | Palette) -> Palette:
    pair = resolve_palette(palette)
    if len(pair.colors) != 2:
        raise InputError(f"palette {pair.name!r} has {len(pair.colors)} colours; states take two, -1 then +1")
    return pair


def _colormap(name: str) -> Colormap:
    import matplotlib

    if name in matplotlib.colormaps:
        return matplotlib.colormaps[name]
    choices = dict.fromkeys([SIGNED, UNSIGNED, *PALETTES, *matplotlib.colormaps])
    raise UnknownNameError(unknown("palette or colormap", name, choices))
