"""What a page is made of: recordings and matrices with the steps that are shown, and the units that were named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.recordings import Recording
from stateviz.core.selection import unit_rows
from stateviz.core.states import StateMatrix
from stateviz.storage import load_states, load_whole, parse_steps
from stateviz.views.scene import Scene


def several_of(x: Any) -> tuple[list[Any], list[str]]:
    """What is shown, and what each part is called: nothing where there is one."""
    if isinstance(x, list | tuple) and x and all(isinstance(one, StateMatrix | Recording | str | Path) for one in x):
        names = [one.name if isinstance(one, Path) else str(one) if isinstance(one, str) else "" for one in x]
        return list(x), [name or f"{place} of {len(x)}" for place, name in enumerate(names, 1)]
    return [x], [""]


def source_of(
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


def chosen_units(scene: Scene, units: Sequence[int | str] | None) -> list[int]:
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
