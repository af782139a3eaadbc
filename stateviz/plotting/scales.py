"""From states to colours in matplotlib: a palette for two values, a colormap over a range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.sheets import Palette
from stateviz.core.states import StateMatrix
from stateviz.core.table import unknown
from stateviz.plotting import style
from stateviz.rendering.color.palettes import DEFAULT, DIVERGING, PALETTES, SIGNS, resolve_palette

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

PERCENT = (2, 98)
"""Where robust limits lie among the values."""
_OUTLIER = 10
"""A unit that reaches so many times as far as the median unit has no say: one of 20 is 5% of the cells."""


@dataclass(frozen=True)
class ColorScale:
    """How values become colours: a palette for two values, or a colormap over a range, and what lies beyond it."""

    colormap: Colormap
    low: float
    high: float
    palette: Palette | None
    note: str = ""
    beyond: tuple[bool, bool] = (False, False)

    @property
    def labels(self) -> tuple[str, str]:
        """The two values of a palette, as they are written."""
        return ("0", "1") if self.low == 0 else ("−1", "+1")

    @property
    def extend(self) -> str:
        """Which ends of a colorbar are arrows: those that values lie beyond."""
        return {(True, True): "both", (True, False): "min", (False, True): "max"}.get(self.beyond, "neither")


@dataclass(frozen=True)
class ColorLimits:
    """What a caller says of the colours' range: its ends, or that every value is within."""

    vmin: float | None = None
    vmax: float | None = None
    robust: bool = True

    def __post_init__(self) -> None:
        for name, value in (("vmin", self.vmin), ("vmax", self.vmax)):
            if value is not None and (isinstance(value, (bool, str)) or not math.isfinite(value)):
                raise InputError(f"{name} is {value!r}; the colours end at a finite number")
        if not isinstance(self.robust, bool):
            raise InputError(f"robust must be True or False, got {self.robust!r}")
        if self.vmin is not None and self.vmax is not None and not self.vmin < self.vmax:
            raise InputError(f"vmin is {self.vmin:g} and vmax {self.vmax:g}; vmin must be the lower one")

    @property
    def given(self) -> bool:
        """Whether anything but the default was asked for."""
        return self != ColorLimits()

    def ends(self, low: float, high: float) -> tuple[float, float]:
        """The ends given, else these."""
        ends = (low if self.vmin is None else float(self.vmin), high if self.vmax is None else float(self.vmax))
        if not ends[0] < ends[1]:
            name, given = ("vmin", self.vmin) if self.vmax is None else ("vmax", self.vmax)
            raise InputError(f"{name} is {given:g}, and the values run from {low:.4g} to {high:.4g}; give both ends")
        return ends


def choose_palette(palette: str | Palette | None, cmap: Any) -> Any:
    """The one of the two that came, else the default of real values."""
    if palette is not None and cmap is not None:
        raise InputError("palette and cmap both choose the colours; give one of them")
    return palette if palette is not None else cmap if cmap is not None else SIGNS


def color_scale(
    panels: Sequence[StateMatrix], palette: str | Palette | None, *, cmap: Any = None, limits: ColorLimits | None = None
) -> ColorScale:
    """The one scale that ``heatmap`` gives ``panels``; see there."""
    from matplotlib.colors import ListedColormap

    limits, chosen = limits or ColorLimits(), choose_palette(palette, cmap)
    if panels[0].binary:
        if limits.given:
            raise InputError("vmin, vmax and robust do nothing to the two colours of binary states; leave them out")
        pair = _pair(DEFAULT if palette is None else palette) if cmap is None else _ends_of(range_colormap(cmap))
        two = ListedColormap([style.rgb(c) for c in pair.colors], pair.name)
        return ColorScale(two, float(panels[0].off or 0), 1.0, pair)
    values = [panel.values for panel in panels]
    least, most = min(float(v.min()) for v in values), max(float(v.max()) for v in values)
    ends = _limits(values, least, most, limits)
    low, high, _ = ends
    colormap = range_colormap(chosen, low, high)
    beyond = (least < low, most > high)
    return ColorScale(colormap, low, high, None, _note(values[0], ends, least, most), beyond)


def _limits(values: Sequence[NDArray[Any]], least: float, most: float, limits: ColorLimits) -> tuple[float, float, str]:
    """Where the colours end, and which values chose them: as given, about zero where both signs occur, or from zero."""
    low, high, chosen_by = _inner(values, least, most) if limits.robust else (least, most, "")
    if least < 0 < most:
        reach = max(abs(low), abs(high))
        if (limits.vmin is None) != (limits.vmax is None):  # one end given: its mirror image, zero in the middle
            reach = abs(limits.vmin or limits.vmax or reach)
        low, high = -reach, reach
    elif not (low > high / 2 or high < low / 2):  # far from zero all of them would have one tint
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
    ends = limits.ends(low, high)
    return *ends, chosen_by if limits.vmin is limits.vmax is None else ""


def _inner(values: Sequence[NDArray[Any]], least: float, most: float) -> tuple[float, float, str]:
    """The 2nd and 98th percentile of the cells of all units but outliers; all there is where these are one value."""
    kept, units, ordinary_units = [], 0, 0
    for matrix in values:
        reach = np.percentile(np.abs(matrix), PERCENT[1], axis=1)
        ordinary = reach <= _OUTLIER * (np.median(reach) or np.inf)
        kept.append(matrix[ordinary].ravel())
        units, ordinary_units = len(reach), int(ordinary.sum())
    cells = np.concatenate(kept)
    low = float(np.percentile(cells, PERCENT[0], method="lower"))
    high = float(np.percentile(cells, PERCENT[1], method="higher"))
    of = "" if ordinary_units == units else f" of {ordinary_units} of the {units} units"
    told = f" ({PERCENT[0]}% and {PERCENT[1]}%{of})"
    return (low, high, told) if low < high else (least, most, "")


def _note(values: NDArray[Any], ends: tuple[float, float, str], least: float, most: float) -> str:
    """What the colours do not tell apart, with numbers; nothing where every value is within them."""
    low, high, chosen_by = ends
    if least >= low and most <= high:
        return ""
    count = int(np.count_nonzero((values < low) | (values > high)))
    return (
        f"colours end at {number(low)} and {number(high)}{chosen_by}; {count:,} of {values.size:,} cells "
        f"lie beyond, from {number(least)} to {number(most)}"
    )


def number(value: float) -> str:
    """A number of a legend: three digits, a true minus.

    Examples
    --------
    >>> number(-0.12345), number(2468.0), number(3e-7)
    ('−0.123', '2,470', '3e−07')
    """
    text = f"{value:.3g}"
    return (f"{float(text):,.0f}" if 1000 <= abs(value) < 1e6 else text).replace("-", "−")


def range_colormap(palette: Any, low: float = -1.0, high: float = 1.0) -> Colormap:
    """The colormap of values from ``low`` to ``high``: of a diverging palette the part that keeps zero in its middle.

    A palette's own colours, two blended, one that matplotlib has, or a Colormap as it is.
    """
    from matplotlib.colors import Colormap, LinearSegmentedColormap, ListedColormap

    if isinstance(palette, Colormap):
        return palette
    if isinstance(palette, str) and palette in DIVERGING:
        palette = DIVERGING[palette]
    if isinstance(palette, Palette) and len(palette.colors) > 2:
        ladder = np.array(palette.colors, float) / 255
        reach = max(abs(low), abs(high))
        # Values that lie far from zero, all of one sign, take the whole of that sign's half.
        start, stop = (0.5, 1) if low > 0 else (0, 0.5) if high < 0 else (0.5 + low / reach / 2, 0.5 + high / reach / 2)
        at = np.linspace(start, stop, len(ladder)) * (len(ladder) - 1)
        shown = np.stack([np.interp(at, np.arange(len(ladder)), ladder[:, i]) for i in range(3)], axis=1)
        return ListedColormap([tuple(color) for color in shown.tolist()], palette.name)
    if isinstance(palette, Palette) or (isinstance(palette, str) and (palette in PALETTES or "," in palette)):
        pair = _pair(palette)
        return LinearSegmentedColormap.from_list(pair.name, [style.rgb(c) for c in pair.colors], N=512)
    return _colormap(palette)


def _pair(palette: str | Palette) -> Palette:
    pair = resolve_palette(palette)
    if len(pair.colors) != 2:
        raise InputError(f"palette {pair.name!r} has {len(pair.colors)} colours; states take two, -1 then +1")
    return pair


def _ends_of(colormap: Colormap) -> Palette:
    """The two colours of binary states that a colormap begins and ends with."""
    off, on = (tuple(int(part) for part in color[:3]) for color in colormap([0.0, 1.0], bytes=True))
    return Palette(colormap.name, (off, on))  # type: ignore[arg-type]


def _colormap(name: object) -> Colormap:
    import matplotlib

    if not isinstance(name, str):
        raise InputError(f"expected a palette, or a matplotlib colormap or its name, got {type(name).__name__}")
    if name in matplotlib.colormaps:
        return matplotlib.colormaps[name]
    choices = dict.fromkeys([*DIVERGING, *PALETTES, *matplotlib.colormaps])
    raise UnknownNameError(unknown("palette or colormap", name, choices))
