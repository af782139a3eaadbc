"""report(): what a recording shows, as one page to hand over."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from stateviz.analysis import Findings, correlate, find, horizon
from stateviz.analysis.features import Given
from stateviz.core.errors import StatevizError
from stateviz.core.number_wording import amount, between_ends, quality
from stateviz.core.orders import Ordering
from stateviz.core.pages import Page
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.version import __version__
from stateviz.ordering import order
from stateviz.reporting.paper import Paper
from stateviz.reporting.paper_files import PAPER_FILES
from stateviz.reporting.paper_html import html_of
from stateviz.reporting.subject import read_with_text, title_of

_SHOWN_STEPS = 300
_WINDOW = 360
_UNITS = 6


def report(
    recording: Any,
    *,
    site: str | None = None,
    model: Any = None,
    features: Given = None,
    ordering: Ordering | None = None,
    baseline: Any = None,
    title: str | None = None,
    shifts: int = 199,
    seed: int = 0,
) -> Page:
    """What a recording shows: its order, which units go together, which follow what in the text, and how surely.

    Every number stands beside what chance alone would show, and the sentences at its head are worked out from the
    numbers below them.

    Parameters
    ----------
    recording : Recording, StateMatrix or path
        With the text; findings need some thousand steps.
    site : str, optional
        Needed where the recording has more than one.
    model : LanguageModel, optional
        The recorded one: how far back its memory reaches is measured, too.
    features : optional
        As ``find`` takes them; by default all that apply to the text.
    ordering : Ordering, optional
        The order of the heatmap; by default the shortest between the ends of lowest and highest mean.
    baseline : Recording or path, optional
        Of an untrained twin on the same text.
    title : str, optional
        Above the page.
    shifts : int
        Random draws that tell what chance makes of pairs of units; 19 or more.
    seed : int
        Of random draws.

    Returns
    -------
    Page
        ``save("report.html")`` writes it: one file without scripts, which prints well; ``"report.pdf"`` the same in
        pages, ``"report.md"`` as Markdown, its pictures in a folder ``report_files`` beside it.

    Raises
    ------
    InputError
        When there is no text, or too little of it.
    MismatchError
        When the model is not the recorded one.

    Examples
    --------
    >>> import stateviz as sv
    >>> page = report(sv.shipped_recording(), features=["space", "vowel"])
    >>> page
    Page(report: 128 units of core.layer0.h over 274 steps)
    """
    whole, states = read_with_text(recording, site, model, "a report")
    name = title or title_of(states)
    found, warned = _findings(whole, states.site, features, baseline, seed)
    parts = {
        "order": ordering or order(states, ends="mean", seed=seed),
        "pairs": (pairs := correlate(states)),
        "alike": pairs.significant(shifts=shifts, seed=seed),
        "switches": correlate(states, measure="switches").significant(shifts=shifts, seed=seed),
        "findings": found,
        "memory": None
        if model is None
        else horizon(model, "".join(states.tokens or ()), upto=_upto(states), seed=seed),
    }
    paper = Paper(name)
    _write(paper, states, parts, warned)
    renderers = {suffix: partial(write, paper) for suffix, write in PAPER_FILES.items()}
    return Page("report", name, renderers, lambda: "".join(html_of(paper)))


def _upto(states: StateMatrix) -> int:
    return int(min(64, max(1, states.shape[1] // 4)))


def _findings(
    whole: StateMatrix | Recording, site: str, features: Given, baseline: Any, seed: int
) -> tuple[Findings | None, list[str]]:
    """What was found, and what was warned of; None, with the reason, where the text is too short for any."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = find(whole, site=site, features=features, baseline=baseline, seed=seed)
        except StatevizError as error:
            if features is not None:
                raise
            return None, [str(error)]
    return found, [str(one.message) for one in caught]


def _write(paper: Paper, states: StateMatrix, parts: Mapping[str, Any], warned: list[str]) -> None:
    paper.points(conclusions(states, parts))
    _order(paper, states, parts["order"])
    _pairs(paper, states, parts)
    _found(paper, states, parts["findings"], warned)
    _memory(paper, parts["memory"])
    paper.heading("Where this comes from")
    facts = [(key, str(value)) for key, value in states.source.items() if isinstance(value, str | int | float)]
    rows = [*facts, ("site", states.site), ("steps", f"{states.shape[1]:,}"), ("stateviz", __version__)]
    paper.table(("what", "value"), [(key, value if len(value) < 90 else f"{value[:60]}…") for key, value in rows])


def conclusions(states: StateMatrix, parts: Mapping[str, Any]) -> list[str]:
    """Three sentences, each from numbers of the report: what units follow, what goes together, what is remembered."""
    found: Findings | None = parts["findings"]
    said = []
    if found is None:
        said.append("The text is too short to tell which unit follows what in it.")
    else:
        firsts = _firsts(found)
        told = f"{len(firsts)} of {states.shape[0]} units follow something in the text, confirmed on another part of it"
        if found.readable is not None:
            told += f"; {found.readable.share:.0%} are readable: one feature accounts for a quarter of what they do"
        if found.random is not None:
            told += f", where of as many random directions {found.random.share:.0%} are"
        said.append(f"{told}.")
    alike = parts["alike"]
    count = states.shape[0] * (states.shape[0] - 1) // 2
    said.append(
        f"{len(alike):,} of {count:,} pairs of units correlate more than circular shifts of the text make any pair; "
        f"the strongest has r = {signed(alike[0]['correlation'])}."
        if alike
        else f"None of {count:,} pairs of units correlates more than circular shifts of the text make any pair."
    )
    memory, ordering = parts["memory"], parts["order"]
    if memory is None:
        said.append(f"In the order of the picture neighbouring units differ by {_length(ordering)}.")
    else:
        reach = f"Having read more than the last {memory.reach} tokens gains the network nothing"
        said.append(f"{reach} that {memory.places:,} places of the text could tell.")
    return said


def _order(paper: Paper, states: StateMatrix, ordering: Ordering) -> None:
    from stateviz.plotting import heatmap

    paper.heading("The states")
    first = ordering.apply(states).select(slice(0, min(_SHOWN_STEPS, states.shape[1])))
    part = "" if first.shape[1] == states.shape[1] else f", of {states.shape[1]:,} steps the first {first.shape[1]:,}"
    caption = f"A row a unit, a column a step{part}. Ordered by {ordering.method}: {_length(ordering)}."
    paper.figure(heatmap(first), caption)


def _length(ordering: Ordering) -> str:
    good = quality(ordering.proven, ordering.gap) + between_ends(ordering.options)
    return f"length {amount(ordering.length)} by {ordering.metric}, {good}"


def _pairs(paper: Paper, states: StateMatrix, parts: Mapping[str, Any]) -> None:
    from stateviz.plotting import heatmap

    paper.heading("Units that go together")
    for alike, words in (
        (parts["alike"], "correlate: when one is high, so is the other"),
        (parts["switches"], "switch at the same steps"),
    ):
        paper.heading(f"Pairs that {words.split(':')[0]}", 3)
        told = f"{len(alike):,} pairs {words}, beyond what circular shifts make any pair (5% over all pairs)."
        paper.text(told)
        rows = [(one["unit"], one["other"], one["correlation"], one["z"]) for one in alike[:10]]
        if rows:
            paper.table(("unit", "other", "r", "z"), rows, "z: standard deviations of the same pair under all shifts.")
    ordered = order(states, metric="correlation", flip=True)
    caption = "All correlations, units in the order in which neighbours correlate best, whatever the sign."
    paper.figure(heatmap(parts["pairs"], ordering=ordered), caption)


def _firsts(found: Findings) -> list[Any]:
    """The strongest significant finding of each unit, strongest first."""
    best: dict[Any, Any] = {}
    for one in found.significant:
        if one.unit not in best or abs(one.effect) > abs(best[one.unit].effect):
            best[one.unit] = one
    return sorted(best.values(), key=lambda one: -abs(one.effect))


def _found(paper: Paper, states: StateMatrix, found: Findings | None, warned: list[str]) -> None:
    paper.heading("What units follow in the text")
    if found is None:
        paper.text(f"Nothing could be asked of this text: {warned[0]}")
        return
    firsts = _firsts(found)
    settings = found.settings
    paper.text(
        f"{len(found.features)} features were held against every unit. Pairs were chosen on one part of the text and "
        f"confirmed on another; effects and 95% intervals are those of the other part. Chance is circular shifts, "
        f"{settings.get('alpha', 0.05):.0%} over all pairs."
    )
    shares = [("this network", found.readable), ("random directions", found.random), ("untrained twin", found.baseline)]
    paper.table(
        ("readable units", "share"), [(name, str(share)) for name, share in shares if share is not None],
        "Readable: a confirmed feature accounts for a quarter or more of what the unit does (R2 of the best function).",
    )  # fmt: skip
    names = ("unit", "feature", "r", "low", "high", "R2", "z", "p")
    rows = [
        (str(one.unit), one.feature, one.effect, one.low, one.high, one.r2_binned, one.z, one.p) for one in firsts[:25]
    ]
    if rows:
        paper.table(names, rows, f"The strongest of each unit; {len(firsts)} units in all.")
    for one in firsts[:_UNITS]:
        paper.heading(f"Unit {one.unit}: {one.feature}, r = {signed(one.effect)}", 3)
        _passage(paper, states, one)
    typical = found.unreadable()
    if typical is not None:
        paper.heading(f"A typical unit that follows nothing: {typical.unit}", 3)
        paper.text(f"The strongest it reaches is {typical.feature}, r = {signed(typical.effect)}.", "note")
        _passage(paper, states, typical)
    for words in warned:
        paper.text(words, "note")


def _passage(paper: Paper, states: StateMatrix, one: Any) -> None:
    """A passage of the confirming part, on the colours of the unit."""
    first = min(one.steps[0], max(0, states.shape[1] - _WINDOW))
    colored_passage(paper, states, one.unit, slice(first, min(states.shape[1], first + _WINDOW)))


def colored_passage(paper: Paper, states: StateMatrix, unit: int | str, part: slice) -> None:
    """Some steps of the text on the colours that a unit has in the scale of all states."""
    from stateviz.plotting.colored_text import colored_text
    from stateviz.plotting.scales import ColorLimits, color_scale

    row = states.select(part, units=[unit])
    assert row.tokens is not None
    scale = color_scale([states], None)
    low, high = float(scale.low), float(scale.high)
    shades = scale.colormap((np.clip(row.values[0].astype(np.float64), low, high) - low) / (high - low))
    colors = [(int(r), int(g), int(b)) for r, g, b, _ in np.rint(np.asarray(shades) * 255)]
    paper.colored(row.tokens, colors, partial(colored_text, row, limits=ColorLimits(low, high)))


def _memory(paper: Paper, memory: Any) -> None:
    if memory is None:
        return
    from stateviz.plotting.horizons import draw_horizon

    paper.heading("How far back memory reaches")
    paper.figure(
        draw_horizon(memory), "Left: the next token where only the last k were read. Right: what a change leaves."
    )


def signed(value: float) -> str:
    """A number with two places and a true minus."""
    return f"{value:.2f}".replace("-", "−")
