"""print_sheet(): from states to a sheet for a medium, the one call behind ``stateviz print``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.media import Medium
from stateviz.core.orders import Ordering
from stateviz.core.sheets import Palette, PixelGrid, Sheet
from stateviz.core.states import StateMatrix
from stateviz.printing.layout.captions import CAPTIONS, FONT, Caption, groups_in_words, make_caption
from stateviz.printing.layout.run import layout
from stateviz.printing.lengths import parse_length
from stateviz.printing.media import resolve_medium
from stateviz.printing.vendors import TARGET_DPI
from stateviz.rendering.color.palettes import DEFAULT, resolve_palette

FindOrder = Callable[[StateMatrix], Ordering]


def print_sheet(
    states: Any,
    medium: str | Path | Medium,
    *,
    site: str | None = None,
    steps: slice | str | None = None,
    ordering: Ordering | FindOrder | str | None = "auto",
    dry_run: bool = False,
    palette: str | Palette = DEFAULT,
    threshold: float | None = None,
    scale: float | None = None,
    halftone: str = "auto",
    dpi: float | None = None,
    time: str = "auto",
    bands: int | str = "auto",
    camera: str = "behind",
    cell: int | str | None = None,
    bleed: float | str | None = None,
    margin: float | str | None = None,
    background: int | None = None,
    caption: str | None = None,
    title: str = "",
    legend: Mapping[str, str] | None = None,
    font: str = FONT,
    fit: str = "auto",
) -> Sheet:
    """Lay states out on a thing to print on, their rows ordered, captioned where asked for; ``write`` makes the file.

    What does not fit is refused before any order is looked for.

    Parameters
    ----------
    states : StateMatrix, Recording, array, tensor, DataFrame or path, shape (units, steps)
        What is printed, a cell a value.
    medium : str, Path or Medium
        What it is printed on: a row of MEDIA, a size such as ``"70x140mm"``, or a TOML file of your own, see
        ``resolve_medium``.
    site : str, optional
        Which site of a recording that has more than one.
    steps : slice or str, optional
        Only these steps; ``"A:B"`` is A to B - 1, counted from 0.
    ordering : Ordering, str, callable or None
        The order of the rows: one that was found before; the method that finds one, as ``order`` takes it; a
        function from the StateMatrix to its Ordering, called once the sheet is known to fit; None leaves the rows as
        they came.
    dry_run : bool
        Find no order: the rows stay as they came, and the legend leaves room for what it would say of the order. Every
        size of the layout is that of the finished sheet.
    palette : str or Palette
        Two colours, that of -1 first, or a diverging palette for real values, see ``resolve_palette``.
    threshold : float, optional
        Real states only: from this value on a cell takes the second colour.
    scale : float, optional
        Real states only: the magnitude that gets the last colour, or fills its cell; by default the largest there is.
    halftone : str
        How real values become pixels of two colours: ``"auto"`` (a dot a cell where there are such values), ``"none"``
        (continuous tone), or a row of HALFTONES.
    dpi : float, optional
        Pixels an inch, 36 to 9600, exactly; by default the one of 300 to 330 that gives the largest cells, see
        ``layout``.
    time : {"auto", "down", "right"}
        Which way the steps run; ``"auto"`` takes the larger cells.
    bands : int or "auto"
        Into how many stretches a long text is broken; ``"auto"`` takes the largest cells.
    camera : {"behind", "below", "reflow"}
        What happens at the medium's openings, see CAMERAS.
    cell : int or str, optional
        Pixels a cell, or a length such as ``"0.5mm"``, rounded to whole pixels; without it the largest that fits.
    bleed, margin : float or str, optional
        Printed beyond each edge, and kept free inside it: millimetres or a length; by default the medium's own,
        and no margin where cells cover the medium.
    background : int, optional
        Palette index of everything around the cells; by default that of -1, or of 0 where the palette diverges.
    caption : {"all", "text", "legend"}, optional
        What is set around the cells besides the title, see CAPTIONS.
    title : str
        Set large above the cells.
    legend : mapping of str to str, optional
        Words of the legend for the labels model, text, units, order, groups, reading, cells or others; an empty text
        leaves a label out.
    font : str
        ``"serif"``, ``"sans"``, ``"mono"``, or a .ttf or .otf file.
    fit : {"auto", "cover", "contain", "crop"}
        Whether cells go to every edge, keep inside a margin, or are cut to be larger, see FITS.

    Returns
    -------
    Sheet
        Its ``plan`` holds every figure of the layout, in pixels and millimetres, and its warnings; see ``layout``.

    Raises
    ------
    UnknownNameError
        When no medium, palette, halftone, method, fit, direction of time or caption has the name given.
    InputError
        When a number cannot be used, the states do not fit (the message says what would), an argument does nothing,
        or a text is to be set and the states carry none.
    FileError
        When a file of states, media or letters cannot be read.
    MismatchError
        When the ordering is for other units.

    Examples
    --------
    >>> sheet = print_sheet([[0, 1, 1], [1, 0, 0], [0, 1, 0]], "a6")
    >>> sheet.cell, sheet.grid.shape, sheet.plan["time"]
    (412, (3, 3), 'down')
    >>> print_sheet([[0, 1, 1], [1, 0, 0]], "a6", ordering=None, title="Two units").texts[0].text
    'Two units'
    """
    from stateviz.storage import load_states

    _check_caption(caption, title, legend, font)
    found = resolve_medium(medium, dpi=dpi)
    for length in (bleed, margin):
        parse_length(0 if length is None else length, dpi=dpi or TARGET_DPI)
    colors = resolve_palette(palette)
    find = _finder(ordering)
    matrix = load_states(states, site=site, steps=steps)
    words = _Words(caption, title, dict(legend or {}), font, threshold, scale)

    def laid_out(drawn: StateMatrix, applied: Ordering | None) -> Sheet:
        sheet = layout(
            _grid(drawn, colors, threshold, scale), found, dpi=dpi, time=time, bands=bands, camera=camera, cell=cell,
            bleed=bleed, margin=margin, background=background, halftone=halftone, fit=fit,
            caption=words.caption(drawn, applied, to_come=ordering if find else None),
        )  # fmt: skip
        groups = groups_in_words(drawn)
        told = [f"groups: {groups} in a print; stateviz view --kind pixels sets them apart"] if groups else []
        return replace(sheet, plan={**sheet.plan, "warnings": [*sheet.plan["warnings"], *told]}) if told else sheet

    if isinstance(ordering, Ordering):
        return laid_out(ordering.apply(matrix), ordering)
    sheet = laid_out(matrix, None)
    if find is None or dry_run or min(matrix.shape) < 2:
        return sheet
    applied = find(matrix)
    return laid_out(applied.apply(matrix), applied)


def _grid(states: StateMatrix, palette: Palette, threshold: float | None, scale: float | None) -> PixelGrid:
    from stateviz.rendering.pixels import rasterize

    return rasterize(states, palette=palette, threshold=threshold, scale=scale)


@dataclass(frozen=True)
class _Words:
    """What is to be set around the cells, as it was asked for."""

    parts: str | None
    title: str
    legend: dict[str, str]
    font: str
    threshold: float | None
    scale: float | None

    def caption(self, states: StateMatrix, ordering: Ordering | None, *, to_come: object) -> Caption | None:
        """The caption of ``states``; where an order is to come, its legend has words about as long as those will be."""
        if self.parts is None:
            return Caption(self.title, font=self.font) if self.title else None
        legend = dict(self.legend)
        if to_come and ordering is None and self.parts != "text":
            method = to_come if isinstance(to_come, str) else "auto"
            legend.setdefault("order", f"by the method {method}, its length and its gap to the shortest")
        return make_caption(
            states, ordering, parts=self.parts, title=self.title, legend=legend or None, font=self.font,
            threshold=self.threshold, scale=self.scale,
        )  # fmt: skip


def _check_caption(caption: str | None, title: str, legend: Mapping[str, str] | None, font: str) -> None:
    if caption is not None:
        CAPTIONS[caption]
    elif legend or (font != FONT and not title):
        raise InputError(f"a legend and a font are for a caption; give a caption ({', '.join(CAPTIONS)})")


def _finder(ordering: Ordering | FindOrder | str | None) -> FindOrder | None:
    """What finds an order; None where there is nothing to find."""
    if ordering is None or isinstance(ordering, Ordering):
        return None
    if callable(ordering):
        return ordering
    if not isinstance(ordering, str):
        raise InputError(f"ordering must be an Ordering, a method, a function or None, got {type(ordering).__name__}")

    def find(states: StateMatrix) -> Ordering:
        from stateviz.ordering import order

        return order(states, method=ordering)

    return find
