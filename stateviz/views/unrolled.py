"""The view ``unrolled``: a small network over a text, with its numbers, before and after one update."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.core.errors import InputError
from stateviz.core.pages import Page, Renderer
from stateviz.plotting.drawing import Drawing, stacked
from stateviz.plotting.unrolled import unrolled
from stateviz.views.document import shapes, write_page
from stateviz.views.films import ENDINGS, Film, Frame

if TYPE_CHECKING:
    from stateviz.models.toys.stepping import SteppedNetwork

MOST = 16
"""Units, and symbols, that a column can hold."""
_SECONDS = 1.5


def unrolled_page(x: Any, text: str, *, rate: float | None = 0.1, title: str | None = None) -> Page:
    """A model that reads a text, a column a time step.

    Parameters
    ----------
    x : CharModel, name of a shipped model, or path
        Of one layer with a linear readout, of at most MOST units and symbols.
    text
        What it reads; each character but the first is a target, too.
    rate
        Of the update; None shows the pass before it alone.
    title
        Above the page.

    Raises
    ------
    InputError
        When the model is too large to follow.
    """
    from stateviz.models import load_model
    from stateviz.models.toys.stepping import step_through

    model: Any = load_model(x) if isinstance(x, str | Path) else x
    found = step_through(model, text, rate=rate)
    units, symbols = len(found.start["h0"]), len(found.vocabulary)
    if max(units, symbols) > MOST:
        raise InputError(
            f"{units} units and {symbols} symbols are more than the {MOST} that a column can hold; see --kind steps"
        )
    shown = title or f"{model.config['cell']} network of {units} units, unrolled"
    page = _UnrolledPage(found, shown)
    renderers: dict[str, Renderer] = {".html": partial(write_page, page.pieces)}
    renderers |= dict.fromkeys((".png", ".svg", ".pdf"), page.write_figure) | dict.fromkeys(ENDINGS, page.write_film)
    return Page("unrolled", shown, renderers, page.document)


@dataclass(frozen=True)
class _UnrolledPage:
    found: SteppedNetwork
    title: str

    def drawings(self) -> list[Drawing]:
        """Before the update, and after it where there is one."""
        found = self.found
        passes = [("forward", "before the update", found.loss)]
        if found.loss_after is not None:
            passes.append(("after", "after one update", found.loss_after))
        return [self._pass(phase, said, loss) for phase, said, loss in passes]

    def _pass(self, phase: str, said: str, loss: float) -> Drawing:
        steps: list[dict[str, Any]] = [{} for _ in self.found.tokens]
        for stage in self.found.stages:
            if stage.phase == phase and stage.step >= 0:
                steps[stage.step][stage.name] = stage.value
        found = self.found
        note = f"loss {loss:.4g} nats over all steps"
        return unrolled(found.tokens, found.targets, found.vocabulary, steps, said, note)

    def pieces(self) -> Iterator[str]:
        drawn = [one.svg(html.escape(f"{one.words[0].text}, {one.words[1].text}")) for one in self.drawings()]
        return shapes(self.title, drawn)

    def document(self) -> str:
        return "".join(self.pieces())

    def write_figure(self, path: Path, overwrite: bool) -> None:
        from stateviz.plotting.files import save_and_close

        save_and_close(stacked(self.drawings(), 1).figure(), path, overwrite=overwrite)

    def write_film(self, path: Path, overwrite: bool) -> None:
        """Before and after, in turn."""

        def frames() -> Iterator[Frame]:
            return (one.frame() for one in self.drawings())

        Film(frames, _SECONDS).write(path, overwrite)
