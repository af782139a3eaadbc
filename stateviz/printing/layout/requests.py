"""What was asked of a layout, to be tried with this caption or that, and with one way of the camera or another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from stateviz.core.errors import InputError
from stateviz.core.media import Medium
from stateviz.printing.layout.advice import too_large, too_large_a_cell
from stateviz.printing.layout.bands import CellArea, Fit, fit
from stateviz.printing.layout.captions import Caption
from stateviz.printing.layout.fits import Window, choose_fit, cropped
from stateviz.printing.layout.keys import worded
from stateviz.printing.layout.openings import CAMERAS, check_camera
from stateviz.printing.layout.panels import Panel, make_panel
from stateviz.printing.layout.typesetting import Typesetter
from stateviz.printing.vendors import CHOSEN_DPI


@dataclass(frozen=True)
class LayoutRequest:
    """A grid of ``shape`` (units, steps) on a medium, as ``layout`` was asked for it.

    ``palette_index`` is that of its letters, of which the small ones may be ``black`` alone; ``colors`` is how many
    colours the cells have, with ``dots`` as a halftone of two. ``free`` says that the dpi is none that was asked for,
    see ``settled``.
    """

    shape: tuple[int, int]
    medium: Medium
    dpi: float
    bleed: float | str | None
    margin: float | str | None
    time: str
    bands: int | None
    camera: str
    caption: Caption | None
    palette_index: int
    fit: str = "contain"
    free: bool = False
    colors: int = 2
    dots: bool = False
    black: bool = False

    def __post_init__(self) -> None:
        check_camera(self.camera, self.medium)
        chosen = choose_fit(self.fit, self.medium, self.camera, self.margin, captioned=self.captioned, bands=self.bands)
        object.__setattr__(self, "fit", chosen)
        if self.captioned and self.camera == "reflow":
            raise InputError(
                "a caption has no room beside bands that go around the camera; take camera below or behind"
            )
        if self.caption is None or self.caption.tokens is None:
            return
        if self.time == "down":
            raise InputError("text stands under its columns, which needs time right; or set the legend alone")
        if len(self.caption.tokens) != self.shape[1]:
            raise InputError(
                f"the caption has {len(self.caption.tokens)} tokens for {self.shape[1]} steps; give one a step"
            )

    @property
    def captioned(self) -> bool:
        """Whether anything is set."""
        caption = self.caption
        return caption is not None and bool(caption.title or caption.legend or caption.tokens or caption.key)

    @property
    def times(self) -> list[str]:
        """The directions of time to choose from."""
        if self.caption is not None and self.caption.tokens is not None:
            return ["right"]
        return ["down", "right"] if self.time == "auto" else [self.time]

    @cached_property
    def panel(self) -> Panel:
        """The medium in pixels."""
        # What is covered keeps no margin, unless one is asked for.
        margin = 0.0 if self.covers and self.margin is None else self.margin
        return make_panel(self.medium, self.dpi, self.bleed, margin, captioned=self.captioned)

    @property
    def covers(self) -> bool:
        """Whether cells go on to the edges."""
        return self.fit in ("cover", "crop")

    @property
    def place(self) -> CellArea:
        """Where cells may lie."""
        return self.panel.place(self.camera, corners=not self.covers)

    @cached_property
    def setter(self) -> Typesetter | None:
        """Who sets the caption; None where there is none."""
        if self.caption is None:
            return None
        x0, _, x1, _ = self.panel.place("behind").area
        side = min(self.medium.width, self.medium.height)
        return Typesetter(
            self.caption, dpi=self.dpi, side=side, width=x1 - x0, palette_index=self.palette_index,
            black=self.black, key=worded(self.caption.key, self.colors, dots=self.dots),
        )  # fmt: skip

    @property
    def dpis(self) -> Sequence[float]:
        """Of these one is taken: all that serve as well as one another, where none was asked for."""
        return [float(dpi) for dpi in CHOSEN_DPI] if self.free else [self.dpi]

    @property
    def panels(self) -> Iterator[Panel]:
        """The medium at each of ``dpis``."""
        return (replace(self, dpi=dpi).panel for dpi in self.dpis)

    def settled(self) -> LayoutRequest:
        """This request at the dpi that gives the largest cells, or cuts off the fewest, where none was asked for."""
        if not self.free:
            return self
        tried = [replace(self, dpi=dpi) for dpi in self.dpis]
        if self.caption is None or self.caption.tokens is None:
            return max(tried, key=_worth)
        return _by_halving(tried)

    def find(self, cell: int | None = None) -> Fit | None:
        """The largest cells that fit, or those of ``cell`` pixels; None where none do."""
        place = self.place
        if self.fit == "crop":
            return cropped(self.shape, place, self.times, cell)[0]
        if self.setter is None:
            found = fit(self.shape, place, self.times, bands=self.bands, cell=cell)
            if self.camera != "reflow":
                return found
            # Bands around the camera are of unequal length: they have to be worth it.
            below = replace(self, camera="below").find(cell)
            return below if below and (found is None or found.cell <= below.cell) else found
        return fit(self.shape, place, self.times, bands=self.bands, cell=cell, furnish=self.setter.furnish)

    def window(self, cell: int | None) -> Window | None:
        """The cells that are shown; None where all are."""
        window = cropped(self.shape, self.place, self.times, cell)[1] if self.fit == "crop" else None
        return window if window is not None and window.cut else None

    def found(self, cell: int | None) -> Fit:
        """``find``, or an InputError that says what would fit."""
        found = self.find(cell)
        if found is not None:
            return found
        largest = None if cell is None else self.find()
        if cell is not None and largest is not None:
            raise InputError(too_large_a_cell(self.shape, self.panel, cell, largest))
        if ways := self.with_less_caption():
            raise InputError(
                f"the caption leaves no room for {self.shape[0]} units x {self.shape[1]} steps on {self.medium.name}; "
                f"{ways_in_words(ways)}; or take a larger medium"
            )
        raise InputError(too_large(self.shape, self.panel, self.times, self.bands, self.camera, self.dpis))

    def other_cameras(self) -> dict[str, float]:
        """Millimetres a cell of the other ways with a known camera, where they fit."""
        if not self.medium.openings or self.fit == "crop":
            return {}
        others = [way for way in CAMERAS if way != self.camera and not (self.captioned and way == "reflow")]
        return _sizes((way, replace(self, camera=way, fit="auto")) for way in others)

    def with_less_caption(self) -> dict[str, float]:
        """Millimetres a cell with a part of the caption (``--caption``), or "none" of it, where those fit."""
        caption = self.caption
        if caption is None or not (caption.tokens or caption.legend or caption.key):
            return {}
        ways: dict[str, Caption | None] = {}
        if caption.tokens and (caption.legend or caption.key):
            ways = {"text": replace(caption, legend=(), key=()), "legend": replace(caption, tokens=None)}
        ways["none"] = replace(caption, tokens=None, legend=(), key=()) if caption.title else None
        return _sizes((way, replace(self, caption=part)) for way, part in ways.items())


def _by_halving(tried: Sequence[LayoutRequest]) -> LayoutRequest:
    """The request of the largest cells: where text is set each try takes long, so that few are made.

    What fits at one size fits at smaller ones, but for roundings: a few above the size that is found are tried, too.
    """
    sizes = []
    for request in tried:
        largest = fit(request.shape, request.place, request.times, bands=request.bands)
        cells = range(1, 0 if largest is None else largest.cell + 1)
        sizes += [(round(request.panel.mm(cell), 4), -request.dpi, cell, request) for cell in cells]
    sizes.sort(key=lambda size: size[:2])
    found = bisect_left(sizes, True, key=lambda size: size[3].find(size[2]) is None)
    above = (size for size in reversed(sizes[found + 1 : found + 9]) if size[3].find(size[2]) is not None)
    return next(above, sizes[found - 1] if found else (0, 0, 0, tried[0]))[3]


def _worth(request: LayoutRequest) -> tuple[int, float]:
    """More where fewer cells are cut off, and then where they are larger, as the plan says it."""
    found, window = request.find(), request.window(None)
    return 0 if window is None else -window.cut, 0.0 if found is None else round(request.panel.mm(found.cell), 4)


def _sizes(requests: Iterator[tuple[str, LayoutRequest]]) -> dict[str, float]:
    settled = ((name, request.settled()) for name, request in requests)
    found = ((name, request, request.find()) for name, request in settled)
    return {name: round(request.panel.mm(fits.cell), 4) for name, request, fits in found if fits is not None}


def ways_in_words(ways: dict[str, float]) -> str:
    """What less of a caption would give, in words.

    Examples
    --------
    >>> ways_in_words({"legend": 0.4233, "none": 0.508})
    '--caption legend gives cells of 0.423 mm, no --caption 0.508 mm'
    """
    names = {way: "no --caption" if way == "none" else f"--caption {way}" for way in ways}
    first, *others = [f"{names[way]} gives cells of {size:.3f} mm" for way, size in ways.items()]
    return ", ".join([first, *(other.replace("gives cells of ", "") for other in others)])
