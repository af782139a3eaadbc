"""The view ``steps``: a small network as matrices, one line at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.core.errors import InputError
from stateviz.core.pages import Page
from stateviz.views.document import document, write_page
from stateviz.views.notebooks import bundle
from stateviz.views.packing import deflated

if TYPE_CHECKING:
    from stateviz.models.toys.stepping import SteppedNetwork

SCRIPTS = ("blocks", "colors", "tokens", "steps")
_PHASES = ("forward", "backward", "update", "after")


def steps_page(x: Any, text: str, *, rate: float | None = 0.1, title: str | None = None) -> Page:
    """Models that read one text, side by side.

    Parameters
    ----------
    x : CharModel, name of a shipped model, or a list of them
        Of one shape: such as the same network untrained and trained.
    text
        What they read; each character but the first is a target, too.
    rate
        Of the one update that is shown; None leaves backward and update out.
    title
        Above the page.

    Raises
    ------
    InputError
        When a model is too large to follow, or they are of different shapes.
    """
    from stateviz.models import load_model
    from stateviz.models.toys.stepping import step_through

    several = list(x) if isinstance(x, list | tuple) else [x]
    names = [one if isinstance(one, str) and len(several) > 1 else "" for one in several]
    models: list[Any] = [load_model(one) if isinstance(one, str | Path) else one for one in several]
    found = [step_through(model, text, rate=rate) for model in models]
    if len({tuple(stage.line for stage in one.stages) for one in found}) > 1:
        raise InputError("networks side by side have one shape and one vocabulary; view these one by one")
    for place, name in enumerate(names):
        names[place] = name or (f"{place + 1} of {len(found)}" if len(found) > 1 else "")
    config = models[0].config
    shown = title or f"{config['cell']} network of {config['width']} units, step by step"
    page = _StepsPage(tuple(found), tuple(names), tuple(int(one) for one in models[0].encode(text)[1]), rate, shown)
    shows = partial(bundle, shown, page.document, None)
    return Page("steps", shown, {".html": partial(write_page, page.pieces)}, page.document, bundle=shows)


@dataclass(frozen=True)
class _StepsPage:
    found: Sequence[SteppedNetwork]
    names: Sequence[str]
    ids: Sequence[int]
    rate: float | None
    title: str

    def pieces(self) -> Iterator[str]:
        first = self.found[0]
        lines = list(dict.fromkeys(stage.line for stage in first.stages))
        header = {
            "kind": "steps",
            "title": self.title,
            "note": "arrow keys step, space plays; point at a number to see how it came about",
            "tokens": first.tokens,
            "targets": first.targets,
            "ids": self.ids,
            "rate": self.rate,
            "lines": lines,
        }
        networks = [self._network(one, name, lines) for one, name in zip(self.found, self.names, strict=True)]
        block = deflated(json.dumps(networks, separators=(",", ":")).encode())
        return document(self.title, header, [("b1", block)], [], scripts=SCRIPTS, styles=("style", "steps"))

    def document(self) -> str:
        return "".join(self.pieces())

    def _network(self, one: SteppedNetwork, name: str, lines: Sequence[str]) -> dict[str, Any]:
        places = {line: place for place, line in enumerate(lines)}
        stages = [
            (_PHASES.index(stage.phase), stage.step, places[stage.line], _rounded(stage.value.tolist()))
            for stage in one.stages
        ]
        return {
            "name": name,
            "weights": {key: _rounded(value.tolist()) for key, value in one.weights.items()},
            "start": {key: _rounded(value.tolist()) for key, value in one.start.items()},
            "stages": stages,
            "loss": one.loss,
            "after": one.loss_after,
        }


def _rounded(value: Any) -> Any:
    """Numbers of four digits: twice as many as are shown."""
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    short = float(f"{value:.4g}")
    return int(short) if short == int(short) else short
