"""VIEWS: what can be seen of states, one row a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.pages import Page
from stateviz.core.states import StateMatrix
from stateviz.core.table import Table
from stateviz.views.scene import Scene
from stateviz.views.steps import steps_page


@dataclass(frozen=True)
class View:
    """A way to see states.

    Parameters
    ----------
    name, description
        As ``stateviz list views`` shows them.
    draw
        ``draw(scene, states, units, palette, limits, threshold)`` gives a matplotlib Figure or Axes, for papers.
    needs_text, needs_predictions
        What a recording must hold.
    page
        Of a view of models: ``page(x, text, rate=..., title=...)`` gives the Page.
    """

    name: str
    description: str
    draw: Callable[..., Any] | None = None
    needs_text: bool = False
    needs_predictions: bool = False
    page: Callable[..., Page] | None = None

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


def _heatmap(
    scene: Scene, states: StateMatrix, units: list[int], palette: str | None, limits: Any, threshold: float | None
) -> Any:
    from stateviz.plotting import heatmap

    if limits is None or states.binary:
        return heatmap(states, palette=palette)
    return heatmap(states, palette=palette, vmin=limits[0], vmax=limits[1])


def _text(
    scene: Scene, states: StateMatrix, units: list[int], palette: str | None, limits: Any, threshold: float | None
) -> Any:
    from stateviz.plotting.colored_text import colored_text

    return colored_text(states, units=units, palette=palette, limits=limits)


def _predictions(
    scene: Scene, states: StateMatrix, units: list[int], palette: str | None, limits: Any, threshold: float | None
) -> Any:
    from stateviz.plotting.colored_text import prediction_grid

    return prediction_grid(scene.source, states, unit=units[0], palette=palette, limits=limits)


def _trace(
    scene: Scene, states: StateMatrix, units: list[int], palette: str | None, limits: Any, threshold: float | None
) -> Any:
    from stateviz.plotting.traces import traces

    return traces(states, units=units, threshold=threshold)


VIEWS: Table[View] = Table(
    "view",
    {
        row.name: row
        for row in (
            View(
                "heatmap", "units x steps with the text; zoom, search, orders, a unit's colours on the text", _heatmap
            ),
            View(
                "text", "the text, each token on the colour of a unit, or of several in lines of their own", _text, True
            ),
            View(
                "predictions", "the likeliest guesses under each character, white to dark red", _predictions, True, True
            ),
            View("steps", "a small network as matrices, one line of its code at a time", page=steps_page),
            View("trace", "units as lines over the steps: values, changes, a threshold", _trace),
        )
    },
)
