"""VIEWS: what can be seen of states, one row a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.pages import Page
from stateviz.core.states import StateMatrix
from stateviz.core.table import Table
from stateviz.plotting.scales import ColorLimits
from stateviz.views.films import Film
from stateviz.views.growth import growth_film, growth_header, growth_sheet, settle_growth
from stateviz.views.look import Look
from stateviz.views.phrases import match_header, match_sheet, settle_phrase
from stateviz.views.scene import Packer, Scene
from stateviz.views.steps import steps_page
from stateviz.views.unrolled import unrolled_page

STATES = ("site", "steps", "ordering", "palette")
SHOWN = (*STATES, "units", "text", "limits", "bits")
"""Options of the views of states, and of those that are pages to explore."""


@dataclass(frozen=True)
class View:
    """A way to see states.

    Parameters
    ----------
    name, description
        As ``stateviz list views`` shows them.
    takes
        The options of ``view`` that say something here; others are refused by name.
    draw
        ``draw(scene, states, look)`` gives a matplotlib Figure or Axes, for papers.
    needs_text, needs_predictions
        What a recording must hold.
    page
        Of a view of models: ``page(x, text, rate=..., title=...)`` gives the Page.
    settle
        ``settle(scenes, look)`` checks what was chosen, and fills in what was left open.
    more, scripts, styles
        ``more(scene, look, packer, panel)`` gives what the page's header says beside the states, for the modules and
        style sheets of ``front/`` that this view needs beside those of all.
    sheet
        ``sheet(scenes, look, title)`` gives the figure of a view that may show several recordings in one.
    film
        Of a view that moves: ``film(scenes, look, title)``.
    folders
        Whether it can be shown from a folder, of which a page reads what is in sight.
    write
        Of a view of exact pixels: ``write(states, look, path, overwrite)`` writes a picture.
    """

    name: str
    description: str
    takes: tuple[str, ...] = SHOWN
    draw: Callable[[Scene, StateMatrix, Look], Any] | None = None
    needs_text: bool = False
    needs_predictions: bool = False
    page: Callable[..., Page] | None = None
    settle: Callable[[Sequence[Scene], Look], Look] | None = None
    more: Callable[[Scene, Look, Packer, dict[str, Any]], dict[str, Any]] | None = None
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    sheet: Callable[[Sequence[Scene], Look, str], Any] | None = None
    film: Callable[[Sequence[Scene], Look, str], Film] | None = None
    folders: bool = True
    write: Callable[[StateMatrix, Look, Path, bool], None] | None = None

    @property
    def of_models(self) -> bool:
        """Whether it shows a model at work, not states."""
        return self.page is not None

    def check(self, scene: Scene) -> None:
        """Raise InputError where a scene lacks what this view shows."""
        if self.needs_text and not scene.has_text:
            raise InputError(f"these states carry no text, which the view {self.name} shows; record them from a text")
        if self.needs_predictions and "top_ids" not in scene.tracks:
            raise InputError(
                "no predictions were recorded; `stateviz record --predictions 5`, record(predictions=5), keeps them"
            )


def _heatmap(scene: Scene, states: StateMatrix, look: Look) -> Any:
    from stateviz.plotting import heatmap

    ends = look.limits or ColorLimits()
    return heatmap(
        states,
        palette=look.palette,
        vmin=ends.vmin,
        vmax=ends.vmax,
        robust=ends.robust,
        title=look.title,
        size=look.size,
    )


def _text(scene: Scene, states: StateMatrix, look: Look) -> Any:
    from stateviz.plotting.colored_text import colored_text

    return colored_text(states, units=look.units, palette=look.palette, limits=look.limits)


def _predictions(scene: Scene, states: StateMatrix, look: Look) -> Any:
    from stateviz.plotting.colored_text import prediction_grid

    return prediction_grid(scene.source, states, unit=look.units[0], palette=look.palette, limits=look.limits)


def _trace(scene: Scene, states: StateMatrix, look: Look) -> Any:
    from stateviz.plotting.traces import traces

    return traces(states, units=look.units, threshold=look.threshold)


def _pixels(states: StateMatrix, look: Look, path: Path, overwrite: bool) -> None:
    from stateviz.rendering import rasterize, write

    gap = 2 if look.gap is None else look.gap
    grid = rasterize(states, palette=look.palette or "navy", threshold=look.threshold, gap=gap)
    write(grid, path, scale=look.scale, overwrite=overwrite)


VIEWS: Table[View] = Table(
    "view",
    {
        row.name: row
        for row in (
            View(
                "heatmap",
                "units x steps with the text; zoom, search, orders, a unit's colours on the text",
                (*SHOWN, "size"),
                _heatmap,
            ),
            View(
                "text",
                "the text, each token on the colour of a unit, or of several in lines of their own",
                draw=_text,
                needs_text=True,
            ),
            View(
                "predictions",
                "the likeliest guesses under each character, white to dark red",
                draw=_predictions,
                needs_text=True,
                needs_predictions=True,
            ),
            View(
                "steps",
                "a small network as matrices, one line of its code at a time",
                ("text", "rate"),
                page=steps_page,
            ),
            View("trace", "units as lines over the steps: values, changes, a threshold", (*SHOWN, "threshold"), _trace),
            View(
                "unrolled",
                "a small network over a text, with its numbers: the right letter green, before and after one update",
                ("text", "rate"),
                page=unrolled_page,
            ),
            View(
                "match",
                "the units that stay on over a phrase, where else the same ones do, with features below",
                (*SHOWN, "threshold", "span", "off_before", "off_after", "features"),
                match_sheet,
                needs_text=True,
                settle=settle_phrase,
                more=match_header,
                scripts=("phrases", "match"),
                styles=("match",),
                folders=False,
            ),
            View(
                "growth",
                "a recording as it grows, an order as it was found, or states as a training goes on; moves",
                settle=settle_growth,
                more=growth_header,
                scripts=("growth",),
                styles=("growth",),
                sheet=growth_sheet,
                film=growth_film,
                folders=False,
            ),
            View(
                "pixels",
                "a cell a whole number of pixels, two colours, nothing blended",
                (*STATES, "threshold", "scale", "gap"),
                write=_pixels,
                folders=False,
            ),
        )
    },
)


def check_options(kind: str, options: Mapping[str, object]) -> None:
    """Raise InputError where an option came that says nothing to a view."""
    for name, value in options.items():
        if value is not None and name not in VIEWS[kind].takes:
            takers = [row.name for row in VIEWS.values() if name in row.takes]
            views = f"the view{'s' * (len(takers) > 1)} {', '.join(takers)}"
            raise InputError(f"{name} is for {views}, not for {kind}; leave it out")
