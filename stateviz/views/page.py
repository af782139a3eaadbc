"""view(): states as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.pages import Page, Renderer
from stateviz.core.progress import Watch
from stateviz.core.recordings import Recording
from stateviz.core.selection import unit_rows
from stateviz.core.sheets import Palette
from stateviz.core.states import StateMatrix
from stateviz.storage import load_states, load_whole, parse_steps
from stateviz.views.document import document, write_page
from stateviz.views.folders.writer import folder_of, folder_panel
from stateviz.views.kinds import VIEWS
from stateviz.views.notebooks import bundle, few_colors
from stateviz.views.palettes import palettes_of
from stateviz.views.scene import MOST, Packer, Scene, extent, panel, provenance
from stateviz.views.terminal import draw_cells, draw_text

SCRIPTS = (
    "blocks", "colors", "cells", "rows", "tokens", "panel", "plot", "lines", "text", "predictions", "trace", "vector",
    "embed", "app",
)  # fmt: skip
_MOST_LEVELS = 8
_RATE = 0.1
_DPI = 80
_MOST_PICTURED = (600, 4000)
"""Steps in the picture of a notebook: of a text, and of a heatmap."""


def view(
    x: Any,
    *,
    kind: str = "heatmap",
    site: str | None = None,
    steps: slice | str | None = None,
    units: Sequence[int | str] | None = None,
    ordering: Ordering | Sequence[Ordering] | None = None,
    text: str | Sequence[str] | None = None,
    palette: str | Palette | None = None,
    limits: tuple[float, float] | None = None,
    threshold: float | None = None,
    bits: int | None = None,
    title: str | None = None,
    rate: float | None = _RATE,
    watch: Watch | None = None,
) -> Page:
    """States as a page: for a browser, a notebook, a terminal or a paper.

    Parameters
    ----------
    x : StateMatrix, Recording, array, tensor, DataFrame or path; a list of recordings and matrices; or a model
        What is shown, (units, steps) where it is an array. Of a list each is a panel; their sites of one name share
        one scale, and what is chosen in one is chosen in all. Of the view steps a CharModel, the name of a shipped
        one, or a list of them, side by side.
    kind : str
        A row of VIEWS.
    site : str, optional
        The one site of a recording that is shown; by default all of them, the first one first.
    steps : slice or str, optional
        The steps that are shown; ``"A:B"`` is A to B - 1, counted from 0.
    units : sequence of int or str, optional
        The units that colour the text and are drawn as traces; by default the first one.
    ordering : Ordering or sequence of Ordering, optional
        Orders of the rows to choose from, the first one shown first. The order as recorded is always among them.
    text : str or sequence of str, optional
        The text of each step, for states that carry none: a character or a token a step. Steps: what the model reads.
    palette : str or Palette, optional
        As ``heatmap`` takes it; others can be chosen on the page.
    limits : (float, float), optional
        Real states: the values at which the colours end; by default as ``heatmap`` has them.
    threshold : float, optional
        Traces only: a line to compare with.
    bits : int, optional
        Real states: how many bits a value has in the page, 1 less than 2 to 8; by default 6 up to a million
        cells, 4 beyond, 8 in a folder. The legend of each value says how far it may be off.
    title : str, optional
        Above the page; by default the sites and their shape.
    rate : float, optional
        Steps only: how far the weights move in the one update that is shown; None shows the forward pass alone.
    watch : callable, optional
        Called with a Progress a few times a second while a folder is written.

    Returns
    -------
    Page
        Shows itself in a notebook; ``save("x.html")`` writes one file that asks no network, ``save("x")`` a folder
        that any host of static files serves, of any number of cells, ``save("x.png")``, ``.svg`` and ``.pdf`` a
        picture, ``to_terminal()`` gives text.

    Raises
    ------
    InputError
        When the states lack what the view shows, or are too many for one page.
    UnknownNameError
        When there is no such view, site, unit or palette.
    MismatchError
        When an ordering is one of other units.

    Examples
    --------
    >>> states = StateMatrix([[-1, 1, 1], [1, 1, -1]], tokens="abc")
    >>> view(states, kind="text", units=[1])
    Page(text: h: 2 units x 3 steps)
    """
    row = VIEWS[kind]
    if row.page is not None:
        _refuse_choices(
            kind, site=site, steps=steps, units=units, ordering=ordering, palette=palette, limits=limits, bits=bits
        )
        if not isinstance(text, str):
            raise InputError(f"the view {kind} shows a model that reads; give text, such as text='1010'")
        return row.page(x, text, rate=rate, title=title)
    if rate != _RATE:
        raise InputError("rate is that of the update in the view steps; leave it out")
    if threshold is not None and kind != "trace":
        raise InputError("threshold is a line of the view trace; leave it out")
    if bits is not None and not 2 <= bits <= _MOST_LEVELS:
        raise InputError(f"bits is {bits}; give 2 to {_MOST_LEVELS}")
    if limits is not None and not limits[0] < limits[1]:
        raise InputError(f"limits are {limits}; give the lower one first")
    orders = () if ordering is None else (ordering,) if isinstance(ordering, Ordering) else tuple(ordering)
    scenes = [
        Scene(_source(one, site, steps, text), name, orders, bits)
        for one, name in zip(*_several(x), strict=True)
    ]  # fmt: skip
    for scene in scenes:
        row.check(scene)
        for order in orders:
            if order.site in scene.sites:
                order.apply(scene.part(order.site, 0, 1))
    first = scenes[0]
    chosen = _chosen(first, units)
    shown = title or " · ".join(f"{scene.name + ': ' if scene.name else ''}{extent(scene)}" for scene in scenes)
    picture = _Picture(kind, scenes, chosen, palette, limits, threshold, shown, watch)
    renderers: dict[str, Renderer] = {".html": partial(write_page, picture.pieces), "": picture.write_folder}
    renderers |= dict.fromkeys((".png", ".svg", ".pdf"), picture.write_figure)
    large = any(one.cells > MOST for one in scenes)
    return Page(kind, shown, renderers, picture.document, picture.terminal, large, picture.bundle)


def _refuse_choices(kind: str, **options: object) -> None:
    for name, value in options.items():
        if value is not None:
            raise InputError(f"{name} is a choice among states, and the view {kind} shows a model; leave it out")


@dataclass(frozen=True)
class _Picture:
    """What a page renders itself from."""

    kind: str
    scenes: Sequence[Scene]
    units: list[int]
    palette: str | Palette | None
    limits: tuple[float, float] | None
    threshold: float | None
    title: str
    watch: Watch | None = None

    def pieces(self) -> Iterator[str]:
        packer = Packer()
        panels = [panel(scene, packer, self.limits) for scene in self.scenes]
        return document(self.title, self.header(panels), packer.early(), packer.late(), scripts=SCRIPTS)

    def header(self, panels: list[dict[str, Any]]) -> dict[str, Any]:
        """What the script reads first."""
        palettes = palettes_of(panels, self.palette, fixed=self.limits is not None)
        return {
            "kind": self.kind,
            "title": self.title,
            "note": provenance(self.scenes[0]),
            "units": self.units,
            "threshold": self.threshold,
            "panels": panels,
            "palettes": palettes,
        }

    def write_folder(self, path: Path, overwrite: bool) -> None:
        """A folder of ours is replaced, and no other, whatever ``overwrite`` says."""
        with folder_of(path, self.scenes, self.watch) as (beside, folder):
            packer = Packer()
            panels = [folder_panel(one, k, folder, packer, self.limits) for k, one in enumerate(self.scenes)]
            header = self.header(panels) | {"store": True}
            scripts = (*SCRIPTS[:-1], "store", "folder", SCRIPTS[-1])
            with (beside / "index.html").open("w", encoding="utf-8") as file:
                file.writelines(document(self.title, header, packer.early(), (), scripts=scripts, connect=True))

    def document(self) -> str:
        return "".join(self.pieces())

    def write_figure(self, path: Path, overwrite: bool) -> None:
        from stateviz.plotting.files import save_and_close
        from stateviz.storage.atomic import check_writable

        check_writable(path, overwrite=overwrite)
        if len(self.scenes) > 1:
            raise InputError(f"{path.suffix} holds one recording; save several as .html, or view them one by one")
        scene = self.scenes[0]
        draw = VIEWS[self.kind].draw
        assert draw is not None  # a view of models makes its own page
        save_and_close(draw(scene, self.states(), self.units, self.palette, self.limits, self.threshold), path)

    def bundle(self) -> dict[str, str]:
        return bundle(self.title, self.document, self.png if len(self.scenes) == 1 else None)

    def png(self) -> bytes:
        """A small picture of the view, of its first steps where there are many."""
        first = self.scenes[0]
        most = _MOST_PICTURED[self.kind == "heatmap"]
        part = Scene(_source(first.source, None, slice(0, most), None), first.name, first.orderings)
        draw = VIEWS[self.kind].draw
        assert draw is not None
        pictured = replace(self, scenes=[part])
        picture = draw(part, pictured.states(), self.units, self.palette, self.limits, self.threshold)
        from stateviz.plotting.files import png_and_close

        return few_colors(png_and_close(picture, dpi=_DPI))

    def states(self) -> StateMatrix:
        """The first site of the first recording, in the order that is shown first."""
        scene = self.scenes[0]
        states = scene.part(scene.sites[0], 0, scene.steps)
        if self.kind == "heatmap" and scene.orderings and scene.orderings[0].site == states.site:
            return scene.orderings[0].apply(states)
        return states

    def terminal(self, columns: int, color: bool) -> str:
        colors = partial(palettes_of, given=self.palette, fixed=self.limits is not None)
        draw = draw_cells if self.kind == "heatmap" else draw_text
        if self.kind not in ("heatmap", "text"):
            raise InputError(f"the view {self.kind} has no form for a terminal; save it as .html")
        return draw(self.states(), self.units[0], colors, self.limits, columns, color)


def _several(x: Any) -> tuple[list[Any], list[str]]:
    """What is shown, and what each part is called: nothing where there is one."""
    if isinstance(x, list | tuple) and x and all(isinstance(one, StateMatrix | Recording | str | Path) for one in x):
        names = [one.name if isinstance(one, Path) else str(one) if isinstance(one, str) else "" for one in x]
        return list(x), [name or f"{place} of {len(x)}" for place, name in enumerate(names, 1)]
    return [x], [""]


def _source(
    x: Any, site: str | None, steps: slice | str | None, text: str | Sequence[str] | None
) -> StateMatrix | Recording:
    """A recording with the sites and steps that are shown, or states with their text."""
    whole = load_whole(x, site=site)
    if isinstance(whole, StateMatrix):
        states = load_states(whole, steps=steps)
        if text is None:
            return states
        if states.tokens is not None:
            raise InputError("these states carry their own text; leave text out")
        return replace(states, tokens=tuple(text))
    if text is not None:
        raise InputError("a recording carries its own text; leave text out")
    if steps is None and site is None:
        return whole
    sites = whole.sites if site is None else (whole.only(site),)
    parts = {name: load_states(whole, site=name, steps=steps) for name in sites}
    part = parse_steps(steps) if isinstance(steps, str) else steps or slice(None)
    tracks = {name: np.asarray(one)[part] for name, one in whole.tracks.items()}
    return Recording(whole.tokens[part], parts, whole.source, tracks)


def _chosen(scene: Scene, units: Sequence[int | str] | None) -> list[int]:
    """Rows of the units that were named; of none the first."""
    names = scene.part(scene.sites[0], 0, 1).units
    if units is None:
        return [0]
    words = {str(name): name for name in names}
    known = [words.get(str(unit), unit) for unit in units]
    if not known:
        raise InputError("units is empty; name one or more, or leave it out")
    try:
        return [int(row) for row in unit_rows(names, known)]
    except UnknownNameError as error:
        raise UnknownNameError(f"{error} of {scene.sites[0]}") from None
