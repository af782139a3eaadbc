"""What units are held to features in: states with their text, and the parts where pairs are chosen and told."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.features import StepText, Values
from stateviz.analysis.parts import TextPart, rare
from stateviz.core.errors import InputError
from stateviz.core.recordings import Recording
from stateviz.core.statistics import Statistics
from stateviz.storage import load_any


@dataclass(frozen=True, eq=False)
class Searched:
    """What is searched: rows of states with their names, and the text."""

    rows: NDArray[np.generic]
    names: tuple[tuple[str, int | str], ...]
    constant: tuple[str, ...]
    text: StepText
    breaks: tuple[int, ...]


def searched(states: Any, site: str | None) -> Searched:
    """States of all sites, or of one, with their text; units that never change are set aside.

    Raises
    ------
    InputError
        When there are statistics in place of states, or no unit ever changes.
    """
    if isinstance(states, Statistics):
        raise InputError("findings need the states of the text, and these are statistics; record the states")
    found = load_any(states, site=site)
    sites = found.sites if site is None else (found.only(site),)
    matrices = [found[name] for name in sites]
    moving = [np.any(one.values != one.values[:, :1], axis=1) for one in matrices]
    names = [(name, unit) for name, one in zip(sites, matrices, strict=True) for unit in one.units]
    alive = np.concatenate(moving)
    if not alive.any():
        raise InputError(f"none of {len(alive)} units ever changes; there is nothing to find")
    rows = matrices[0].values if len(matrices) == 1 else np.concatenate([one.values for one in matrices])
    breaks = matrices[0].column_breaks
    edges = (0, *breaks, found.steps)
    text = StepText(
        found.tokens if isinstance(states, Recording) or found.tokens != _numbers(found.steps) else None,
        found.tracks,
        [slice(a, b) for a, b in pairwise(edges)],
    )
    return Searched(
        rows if alive.all() else rows[alive],
        tuple(name for name, moves in zip(names, alive, strict=True) if moves),
        tuple(f"{name}:{unit}" for (name, unit), moves in zip(names, alive, strict=True) if not moves),
        text,
        breaks,
    )


def _numbers(steps: int) -> tuple[str, ...]:
    """What stands for tokens where states came without text."""
    return tuple(map(str, range(steps)))


def parts_of(
    computed: dict[str, Values], left_out: dict[str, str], source: Searched, where: tuple[slice, slice], *, named: bool
) -> tuple[TextPart, TextPart]:
    """Both parts, over the features that occur often enough; those that were named have to."""
    if not computed:
        raise InputError("no feature applies to these states; name features, or give arrays")
    steps = source.text.steps
    first = TextPart.of(computed, source.breaks, where[0])
    second = first if where[1] == where[0] else TextPart.of(computed, source.breaks, where[1])
    seldom = rare((first, second), steps)
    if seldom and named:
        name, why = next(iter(seldom.items()))
        raise InputError(f"feature {name!r} cannot be told: {why}, or leave it out")
    left_out.update(seldom)
    if len(seldom) == len(computed):
        raise InputError(f"no feature is on at enough of {steps:,} steps; give a longer text")
    kept = np.array([name not in seldom for name in first.names])
    if kept.all():
        return first, second
    names = tuple(name for name in first.names if name not in seldom)
    reduced = [TextPart(part.steps, part.columns, names, part.values[kept]) for part in (first, second)]
    return reduced[0], reduced[1] if second is not first else reduced[0]
