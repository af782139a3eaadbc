"""atlas(): a folder with a page for each unit, and an index to sort and to search."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from stateviz.analysis import Findings, correlate, find, intervene
from stateviz.analysis.features import Given
from stateviz.core.errors import FileError, InputError, StatevizError
from stateviz.core.orders import Ordering
from stateviz.core.pages import Page
from stateviz.core.progress import Progress, Watch
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.reporting.paper import Paper
from stateviz.reporting.paper_html import html_of
from stateviz.reporting.report import signed
from stateviz.reporting.subject import read_with_text, title_of
from stateviz.reporting.unit_page import UnitFacts, page_name, write_unit
from stateviz.storage.atomic import atomic
from stateviz.views import MARK, script_of, view, write_page

INDEX, EXPLORE = "index.html", "explore.html"
_MOST_CELLS = 32 * 2**20
_READ = 10_000


def atlas(
    recording: Any,
    out: str | Path,
    *,
    site: str | None = None,
    model: Any = None,
    features: Given = None,
    ordering: Ordering | None = None,
    title: str | None = None,
    shifts: int = 199,
    seed: int = 0,
    overwrite: bool = False,
    watch: Watch | None = None,
) -> Page:
    """A page for each unit, in a folder with an index to sort and to search.

    A unit's page tells how its values lie, what it follows in the text and how surely, which units go with it, what
    comes next where it is high and where it is low, what holding it at its mean costs the model, a passage on its
    colours, and places in ten groups by its value.

    Parameters
    ----------
    recording : Recording, StateMatrix or path
        With the text.
    out : str or pathlib.Path
        The folder; it is written whole, or not at all.
    site : str, optional
        Needed where the recording has more than one.
    model : Editable, optional
        The recorded one: each unit is held at its mean, and the cost is told, over the last 10,000 tokens.
    features : optional
        As ``find`` takes them; by default all that apply to the text.
    ordering : Ordering, optional
        The order of the index and of the heatmap; by default as recorded.
    title : str, optional
        Above the index.
    shifts : int
        Random draws that tell what chance makes of pairs of units; 19 or more.
    seed : int
        Of random draws, and of the places that are shown.
    overwrite : bool
        Replace a folder that is no atlas.
    watch : callable, optional
        Called with a Progress for each unit.

    Returns
    -------
    Page
        The index.

    Raises
    ------
    InputError
        When there is no text, or there are fewer than 2 units or 40 steps.
    MismatchError
        When the model is not the recorded one.
    FileError
        When the folder cannot be written, or something else is there.

    Examples
    --------
    >>> import tempfile
    >>> import stateviz as sv
    >>> states = sv.load_states(sv.shipped_recording()).select(units=[30, 53])
    >>> folder = Path(tempfile.mkdtemp()) / "atlas"
    >>> atlas(states, folder, features=["space", "vowel"], shifts=19)
    Page(atlas: 2 units of core.layer0.h over 274 steps)
    >>> sorted(path.name for path in folder.iterdir())
    ['explore.html', 'index.html', 'unit-0.html', 'unit-1.html']
    """
    target = Path(out)
    check_atlas(target, overwrite=overwrite)
    whole, states = read_with_text(recording, site, model, "an atlas")
    facts = _facts(whole, states, features, shifts, seed, {} if model is None else _costs(model, states, watch))
    name = title or title_of(states)
    rows = list(range(states.shape[0])) if ordering is None else _rows(ordering, states)
    index = _index(name, facts, rows)
    script = script_of(("atlas",))
    with atomic(target, overwrite=True) as beside:
        beside.mkdir()
        for place, row in enumerate(rows):
            if watch is not None:
                watch(Progress("atlas", count=place, total=len(rows), unit="units"))
            paper = Paper(f"Unit {states.units[row]}")
            paper.links(_around(rows, place))
            write_unit(paper, facts, row)
            write_page(partial(html_of, paper), beside / page_name(row), True)
        if states.values.size <= _MOST_CELLS:
            view(states, ordering=ordering, title=name).save(beside / EXPLORE)
        write_page(partial(html_of, index, script), beside / INDEX, True)
    pieces = partial(html_of, index, script)
    return Page("atlas", name, {".html": partial(write_page, pieces)}, lambda: "".join(pieces()))


def check_atlas(target: Path, *, overwrite: bool = False) -> None:
    """Raise FileError where an atlas cannot be written: over anything but an atlas."""
    if not target.exists() or overwrite:
        return
    index = target / INDEX
    if not index.is_file() or MARK not in index.read_text(encoding="utf-8", errors="replace")[:2048]:
        raise FileError(f"{target} exists and is no atlas; choose another name, or --force (overwrite=True)")


def _facts(
    whole: StateMatrix | Recording, states: StateMatrix, features: Given, shifts: int, seed: int, costs: dict[int, Any]
) -> UnitFacts:
    levels, switches = correlate(states), correlate(states, measure="switches")
    found: Findings | None = None
    why = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # drift and short stretches are told by the report
        try:
            found = find(whole, site=states.site, features=features, seed=seed)
        except StatevizError as error:
            if features is not None:
                raise
            why = f"Nothing could be asked of this text: {error}"
    chance = {
        "levels": levels.threshold(shifts=shifts, seed=seed),
        "switches": switches.threshold(shifts=shifts, seed=seed),
    }
    tracks = {} if isinstance(whole, StateMatrix) else dict(whole.tracks)
    return UnitFacts(states, found, why, levels, switches, chance, tracks, costs, seed)


def _costs(model: Any, states: StateMatrix, watch: Watch | None) -> dict[int, Any]:
    """What holding each unit at its mean does, over the end of the text."""
    assert states.tokens is not None
    text = "".join(states.tokens[-_READ:])
    known = dict.fromkeys(getattr(model, "edit_sites", tuple)())
    if states.site not in known:
        raise InputError(f"the model cannot change {states.site}; leave model out, or give one of {', '.join(known)}")
    costs = {}
    for row in range(states.shape[0]):
        if watch is not None:
            watch(Progress("ablate", count=row, total=states.shape[0], unit="units"))
        costs[row] = intervene(model, text, units=[row], site=states.site)[0]
    return costs


def _rows(ordering: Ordering, states: StateMatrix) -> list[int]:
    ordered = ordering.apply(states.select(slice(0, 1)))  # refuses an order of other units
    place = {unit: row for row, unit in enumerate(states.units)}
    return [place[unit] for unit in ordered.units]


def _around(rows: list[int], place: int) -> list[tuple[str, str]]:
    links = [("Index", INDEX)]
    if place > 0:
        links.append(("← before", page_name(rows[place - 1])))
    if place + 1 < len(rows):
        links.append(("next →", page_name(rows[place + 1])))
    return links


def _index(name: str, facts: UnitFacts, rows: list[int]) -> Paper:
    paper = Paper(name)
    states = facts.states
    findings = {row: facts.findings(row) for row in rows}
    count = sum(map(bool, findings.values()))
    told = f"{count} of {len(rows)} units follow something in the text, confirmed on another part"
    readable = "" if facts.found is None or facts.found.readable is None else f"; readable are {facts.found.readable}"
    paper.text(f"{told}{readable}." if facts.found is not None else facts.why)
    links = [("All states, to explore", EXPLORE)] if states.values.size <= _MOST_CELLS else []
    if links:
        paper.links(links)
    names = [
        "unit",
        "on" if states.binary else "mean",
        "crosses over",
        "follows most",
        "r",
        "low",
        "high",
        "partner",
        "r of it",
    ]
    if facts.costs:
        names.append("nats lost without it")
    lines = []
    for row in rows:
        values = states.values[row]
        one = findings[row][0] if findings[row] else None
        strength = np.abs(facts.levels.values[row])
        strength[row] = -1
        partner = int(strength.argmax())
        on = values > (0 if states.binary else np.median(values))
        line: list[object] = [
            (str(states.units[row]), page_name(row)),
            f"{on.mean():.0%}" if states.binary else signed(float(values.mean())),
            f"{(on[1:] != on[:-1]).mean():.0%}",
            *((one.feature, one.effect, one.low, one.high) if one else ("–", None, None, None)),
            (str(states.units[partner]), page_name(partner)),
            float(facts.levels.values[row, partner]),
        ]
        if facts.costs:
            line.append(facts.costs[row].change)
        lines.append(tuple(line))
    paper.table(names, lines, "Press the name of a column to sort by it. Low, high: the 95% interval of r.")
    return paper
