"""A page about one unit: how its values lie, where, what it follows, its partners, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis import Correlations, Findings
from stateviz.core.states import StateMatrix
from stateviz.reporting.paper import Paper
from stateviz.reporting.report import colored_passage, signed

TENTHS = 10
_BINS = 40
_AROUND = 32
_PLACES = 3
_PASSAGE = 480
_NEXT_SHOWN = 8
_LEAST_NEXT = 20


@dataclass(frozen=True, eq=False)
class UnitFacts:
    """What is known of all units, of which a page tells one.

    Parameters
    ----------
    states
        With their text.
    found
        What each follows; None where the text is too short, with the reason in ``why``.
    levels, switches
        Correlations of all pairs.
    chance
        For each pair the correlation that no unrelated pair reaches, by ``levels`` and by ``switches``.
    tracks
        Of the recording.
    costs
        What holding a unit at its mean does to the loss, row by row; empty without a model.
    seed
        Of the places that are shown.
    """

    states: StateMatrix
    found: Findings | None
    why: str
    levels: Correlations
    switches: Correlations
    chance: Mapping[str, NDArray[np.float64]]
    tracks: Mapping[str, NDArray[Any]]
    costs: Mapping[int, Any] = field(default_factory=dict)
    seed: int = 0

    def findings(self, row: int) -> list[Any]:
        """What a unit follows, the strongest first."""
        if self.found is None:
            return []
        rows = self.found.significant.of_unit(self.states.units[row])
        return sorted(rows, key=lambda one: -abs(one.effect))


def page_name(row: int) -> str:
    """The file of the page of a row."""
    return f"unit-{row}.html"


def write_unit(paper: Paper, facts: UnitFacts, row: int) -> None:
    """All that a page tells of the unit of a row."""
    states = facts.states
    values = states.values[row]
    paper.text(_summary(facts, row))
    paper.heading("Values")
    if states.binary:
        on = int((values > 0).sum())
        paper.table(
            ("state", "steps", "share"),
            [("on", on, on / len(values)), ("off", len(values) - on, 1 - on / len(values))],
        )
    else:
        counts, edges = np.histogram(values.astype(np.float64), bins=_BINS)
        paper.bars(edges[0], edges[-1], counts.tolist())
    _features(paper, facts, row)
    _partners(paper, facts, row)
    _next(paper, facts, row)
    _cost(paper, facts, row)
    _text(paper, facts, row)


def _summary(facts: UnitFacts, row: int) -> str:
    values = facts.states.values[row]
    findings = facts.findings(row)
    if np.all(values == values[0]):
        return f"This unit never changes: it holds {values[0]:g} at all {len(values):,} steps."
    if findings:
        one = findings[0]
        told = (
            f"Most of all it follows {one.feature}: r = {signed(one.effect)} ({signed(one.low)} to {signed(one.high)})."
        )
    else:
        told = "No feature of the text is known that it follows." if facts.found is not None else facts.why
    on = values > (0 if facts.states.binary else np.median(values))
    changes = float((on[1:] != on[:-1]).mean())
    level = f"on at {on.mean():.0%} of {len(values):,} steps" if facts.states.binary else f"mean {values.mean():.3g}"
    return f"{told} It is {level} and crosses over at {changes:.0%} of them."


def _features(paper: Paper, facts: UnitFacts, row: int) -> None:
    paper.heading("What it follows in the text")
    if facts.found is None:
        paper.text(facts.why, "note")
        return
    findings = facts.findings(row)
    if not findings:
        strongest = [one for one in facts.found.without if one.unit == facts.states.units[row]]
        paper.text(
            f"Nothing beyond chance; the strongest is {strongest[0].feature}, r = {signed(strongest[0].effect)}."
            if strongest
            else "Nothing beyond chance."
        )
        return
    rows = [
        (one.feature, one.effect, one.low, one.high, one.auc, one.r2_binned, one.z, one.p, one.on_steps)
        for one in findings[:15]
    ]
    where = (
        "chosen on one part of the text, told of another" if findings[0].confirmed else "chosen and told on one text"
    )
    paper.table(
        ("feature", "r", "low", "high", "AUC", "R2", "z", "p", "steps on"), rows,
        f"Low, high: the 95% interval of r. R2: of the best function of the unit's value. Pairs {where}; "
        f"All that are significant: {len(findings)}.",
    )  # fmt: skip


def _partners(paper: Paper, facts: UnitFacts, row: int) -> None:
    paper.heading("Partners")
    units = facts.states.units
    place = {unit: row for row, unit in enumerate(units)}
    for name, found, words in (
        ("levels", facts.levels, "Units of the strongest correlation"),
        ("switches", facts.switches, "Units that change at the same steps"),
    ):
        strength = np.abs(found.values[row])
        strength[row] = -1
        best = np.argsort(-strength, kind="stable")[: _PLACES * 2]
        pairs = found.with_intervals([{"unit": units[row], "other": units[other]} for other in best])
        chance = facts.chance[name][row, best]
        rows = [
            (
                (str(one["other"]), page_name(place[one["other"]])),
                one["correlation"],
                one["low"],
                one["high"],
                one["z"],
                float(level),
            )
            for one, level in zip(pairs, chance, strict=True)
        ]
        paper.heading(words, 3)
        paper.table(("unit", "r", "low", "high", "z", "by chance"), rows)
    paper.text("By chance: the |r| that no unrelated pair of all of them reaches, but in one text of twenty.", "note")


def _next(paper: Paper, facts: UnitFacts, row: int) -> None:
    """What comes next where the unit is high, and where it is low; and how sure and how surprised the model is."""
    states = facts.states
    values, tokens = states.values[row], states.tokens
    assert tokens is not None
    high, low, named = _ends(values, states.binary)
    last = np.zeros(len(values), np.bool_)
    last[[edge - 1 for edge in (*states.column_breaks, len(values))]] = True
    high, low = high & ~last, low & ~last
    if not high.any() or not low.any():
        return
    paper.heading("What comes next")
    following, ids = np.unique(np.array([*tokens[1:], ""], object), return_inverse=True)
    shares, counts = [], []
    for where in (high, low):
        count = np.bincount(ids[where], minlength=len(following))
        counts.append(count)
        shares.append(count / count.sum())
    often = sum(counts) >= _LEAST_NEXT
    apart = np.where(often, np.abs(shares[0] - shares[1]), -1)
    best = [place for place in np.argsort(-apart, kind="stable")[:_NEXT_SHOWN] if apart[place] > 0]
    rows = [
        (repr(str(following[k])), float(shares[0][k]), float(shares[1][k]), int(counts[0][k] + counts[1][k]))
        for k in best
    ]
    if rows:
        paper.table(("next token", f"share where {named[0]}", f"share where {named[1]}", "times"), rows)
    lines = []
    for name, words in (
        ("entropy", "bits of entropy of the prediction"),
        ("surprisal", "bits that the next token costs"),
    ):
        if name in facts.tracks:
            track = np.asarray(facts.tracks[name], np.float64)
            if name == "surprisal":
                track = np.append(track[1:], np.nan)  # of the token that is read next
            lines.append((words, float(np.nanmean(track[high])), float(np.nanmean(track[low]))))
    if lines:
        paper.table(("mean", f"where {named[0]}", f"where {named[1]}"), lines)
    paper.text(
        "Counted in the text, where the unit stands for much else: what changing it does is another question.", "note"
    )


def _ends(values: NDArray[Any], binary: bool) -> tuple[NDArray[np.bool_], NDArray[np.bool_], tuple[str, str]]:
    """Where a unit is high and where it is low."""
    if binary:
        return values > 0, values <= 0, ("on", "off")
    low, high = np.quantile(values.astype(np.float64), [0.1, 0.9])
    return values >= high, values <= low, ("in its highest tenth", "in its lowest tenth")


def _cost(paper: Paper, facts: UnitFacts, row: int) -> None:
    if row not in facts.costs:
        return
    one = facts.costs[row]
    paper.heading("What ablating it costs")
    paper.table(
        ("held at its mean", "value", "low", "high"),
        [
            ("nats more a token", one.change, one.low, one.high),
            ("how far predictions move (total variation)", one.moved, one.moved_low, one.moved_high),
            ("share of steps with another likeliest token", one.other, None, None),
        ],
        f"Measured over {one.steps:,} steps, with 95% intervals by a jackknife over ten parts.",
    )
    rows = [(repr(token), change) for part in (one.raised, one.lowered) for token, change in list(part.items())[:4]]
    paper.table(("token", "change of its probability"), rows)


def _text(paper: Paper, facts: UnitFacts, row: int) -> None:
    states = facts.states
    steps = states.shape[1]
    paper.heading("In the text")
    first = min(steps // 2, max(0, steps - _PASSAGE))
    colored_passage(paper, states, states.units[row], slice(first, min(steps, first + _PASSAGE)))
    if states.binary:
        paper.text("On dark ground where the unit is on.", "note")
    else:
        paper.text("Each token on the colour that the unit's value has in the heatmap.", "note")
    paper.heading("Places by value")
    rng = np.random.default_rng([facts.seed, row])
    for words, places in _groups(states.values[row], states.binary):
        if not len(places):
            continue
        paper.heading(words, 3)
        shown = np.sort(rng.choice(places, min(len(places), _PLACES * (3 if states.binary else 1)), replace=False))
        paper.contexts([_context(states, int(step)) for step in shown])


def _groups(values: NDArray[Any], binary: bool) -> list[tuple[str, NDArray[np.int64]]]:
    """Steps by the value there: two groups of a binary unit, of a real one ten of as many steps each."""
    if binary:
        return [("on", np.flatnonzero(values > 0)), ("off", np.flatnonzero(values <= 0))]
    order = np.argsort(values, kind="stable")
    groups = []
    for number, places in reversed(list(enumerate(np.array_split(order, TENTHS), 1))):
        if len(places):
            low, high = values[places[0]], values[places[-1]]
            groups.append((f"tenth {number} of {TENTHS}: {low:.3g} to {high:.3g}".replace("-", "−"), places))
    return groups


def _context(states: StateMatrix, step: int) -> tuple[str, str, str]:
    assert states.tokens is not None
    edges: Sequence[int] = (0, *states.column_breaks, len(states.tokens))
    first = max(edge for edge in edges if edge <= step)
    last = min(edge for edge in edges if edge > step)
    before = "".join(states.tokens[max(first, step - _AROUND) : step])[-_AROUND:]
    after = "".join(states.tokens[step + 1 : min(last, step + 1 + _AROUND)])[:_AROUND]
    return before.rjust(_AROUND), states.tokens[step], after
