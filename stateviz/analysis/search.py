"""find(): which unit follows which feature of a text, with honest uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.decisions import Chance
from stateviz.analysis.features import Given, compute
from stateviz.analysis.findings import Finding, Findings, share_of
from stateviz.analysis.measures import standardized
from stateviz.analysis.nulls.passages import NULLS
from stateviz.analysis.other_passages import passage_rows
from stateviz.analysis.parts import Narrow, split
from stateviz.analysis.sources import Searched, parts_of, searched
from stateviz.analysis.told import Search
from stateviz.core.checks import check_real, check_seed, check_whole
from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.core.table import unknown

_DIRECTIONS = 256
_BLOCK = 64
_SHIFTS = 199


def find(
    states: Any,
    *,
    features: Given = None,
    null: str = "shift",
    alpha: float = 0.05,
    confirm: float | None = 0.5,
    correction: str = "max",
    readable: float = 0.25,
    passages: str | Mapping[str, Any] | None = None,
    baseline: Any = None,
    site: str | None = None,
    shifts: int | None = None,
    seed: int = 0,
) -> Findings:
    """Which unit follows which feature of the text, each with its interval, held to what chance alone shows.

    A text is alike from step to step, so that almost any slow unit correlates with almost any slow feature. Each pair
    is held to the spread of its own correlation under circular shifts, which follows from two power spectra: z. Pairs
    are chosen on one part of the text, by the rule of Benjamini and Hochberg; confirmed on another, with a guard
    between, where z has to have the same sign and a one-sided p under ``alpha`` over the number of candidates; and
    effects and intervals are those of the part they were **not** chosen on.

    Parameters
    ----------
    states : Recording, StateMatrix, array, tensor, DataFrame or path
        Of several sites all are searched, unless one is named.
    features : sequence of str, mapping or None
        Names of FEATURES, of tracks of the recording, or combinations such as ``"comma and not inside-quotes"``; rows
        of one's own; or a mapping of names to arrays, shape (steps,), or to callables ``values(tokens, tracks)``. By
        default all of FEATURES that apply to the text and do not look ahead.
    null : {"shift", "passages", "phase", "shuffle"}
        What chance alone is taken to be: circular shifts; features of other passages against the same states, which
        hold where units drift; random phases; or shuffled steps, which fail, and are kept to show how.
    alpha : float
        The probability of one or more false findings among all; of ``correction="fdr"`` the share of false ones.
    confirm : float or None
        The share of the steps that confirms; None: pairs are chosen and told on the whole text, and marked so.
    correction : {"max", "fdr"}
        For all pairs that were compared: any false finding, or the false discovery rate.
    readable : float
        A unit is readable where a significant feature has an R2 of the best function of its value of so much or more.
    passages : str or mapping, optional
        For ``null="passages"``: more text, whose tokens are characters as those of the states, of 20 times the steps of
        a part; or for each feature an array, shape (passages, steps), 20 passages or more.
    baseline : Recording, StateMatrix or path, optional
        Of an untrained twin on the same text: its share of readable units stands beside.
    site : str, optional
        Of a recording that has several, the one to search.
    shifts : int, optional
        Random draws that tell the largest z where ``confirm`` is None and ``correction`` is "max"; by default 199.
    seed : int
        Of random draws, of the bootstrap, and of random directions.

    Returns
    -------
    Findings
        The surest first; with the units that follow nothing, and the share of readable units.

    Warns
    -----
    UserWarning
        Names units and features that drift, texts that are too short, and findings of few independent stretches.

    Raises
    ------
    InputError
        When there are too few steps, or too few at which a named feature is on (the message says how many are needed),
        only constant units, statistics in place of states, or values that are not finite.
    UnknownNameError
        When there is no such feature, null or site.
    MismatchError
        When the baseline is of another text.

    Examples
    --------
    >>> from stateviz.storage import shipped_recording
    >>> found = find(shipped_recording(), features=["space", "vowel"])
    >>> sorted({one.feature for one in found.significant})
    ['space', 'vowel']
    """
    chance = _chance(null, alpha, correction, confirm, shifts, seed)
    check_real("readable", readable)
    if passages is not None and null != "passages":
        raise InputError("passages are for null='passages'; leave them out, or give both")
    source = searched(states, site)
    if shifts is not None and shifts > source.text.steps:
        raise InputError(f"{shifts} shifts of {source.text.steps} steps; there are no more than there are steps")
    computed, left_out = compute(features, source.text)
    where = split(source.text.steps, confirm)
    parts = parts_of(computed, left_out, source, where, named=features is not None)
    if null == "passages":
        rows = passage_rows(passages, parts, source.text, alpha)
        chance = replace(chance, passages=lambda part: rows[part.values.shape[1]])
    search = Search(chance, parts[0], None if confirm is None else parts[1], readable)
    told, without = search.told(source.names, search.rows(source.rows))
    twin = None if baseline is None else _twin(baseline, source, site)
    return Findings(
        tuple(told),
        tuple(without),
        _settings(chance, search, confirm),
        parts[0].names,
        left_out,
        source.constant,
        share_of(_readable(told, source, readable), seed),
        share_of(search.readable_units(search.rows(_directions(source.rows, seed))), seed),
        None if twin is None else share_of(_counted(search.readable_units(search.rows(twin.rows)), twin), seed),
    )


def _settings(chance: Chance, search: Search, confirm: float | None) -> dict[str, Any]:
    asked = {"null": chance.null, "alpha": chance.alpha, "confirm": confirm, "correction": chance.correction}
    parts = {"chosen_on": list(search.first.steps), "told_of": list(search.last.steps)}
    return {**asked, "readable_from": search.readable, "seed": chance.seed, **parts}


def _readable(rows: Sequence[Finding], source: Searched, readable: float) -> NDArray[np.bool_]:
    """Which units are readable, of those that change and those that never do."""
    names = {(one.site, one.unit) for one in rows if one.significant and one.r2_binned >= readable}
    return _counted(np.array([name in names for name in source.names]), source)


def _counted(readable: NDArray[np.bool_], source: Searched) -> NDArray[np.bool_]:
    """With the units that never change, which are not readable."""
    return np.concatenate([readable, np.zeros(len(source.constant), np.bool_)])


def _directions(rows: NDArray[np.generic], seed: int) -> Narrow:
    """Random directions of the state, of units of equal spread: as many as there are units, 256 at most."""
    mixed, _ = np.linalg.qr(np.random.default_rng([seed, 1]).normal(size=(len(rows), min(len(rows), _DIRECTIONS))))
    made = np.zeros((mixed.shape[1], rows.shape[1]), np.float32)
    for first in range(0, len(rows), _BLOCK):
        part = slice(first, first + _BLOCK)
        made += mixed[part].T.astype(np.float32) @ standardized(rows[part]).astype(np.float32)
    return made


def _chance(null: str, alpha: float, correction: str, confirm: float | None, shifts: int | None, seed: int) -> Chance:
    for kind, name, choices in (("null", null, NULLS), ("correction", correction, {"max": "", "fdr": ""})):
        if name not in choices:
            raise UnknownNameError(unknown(kind, name, choices))
    if not isinstance(alpha, float | int) or not 0 < alpha < 1:
        raise InputError(f"alpha must lie between 0 and 1, got {alpha}")
    drawn = confirm is None and correction == "max" and null != "passages"
    if shifts is not None and not drawn:
        raise InputError("shifts are drawn for confirm=None, correction='max'; leave them out")
    count = _SHIFTS if shifts is None else check_whole("shifts", shifts)
    if drawn and count < 1 / alpha - 1:
        raise InputError(f"{count} shifts are too few for alpha = {alpha}; give at least {int(np.ceil(1 / alpha - 1))}")
    return Chance(null, alpha, correction, count, check_seed(seed))


def _twin(baseline: Any, source: Searched, site: str | None) -> Searched:
    twin = searched(baseline, site)
    same = twin.text.steps == source.text.steps and (twin.text.tokens is None or twin.text.tokens == source.text.tokens)
    if not same:
        raise MismatchError("the baseline is of another text; record the untrained twin on the same one")
    return twin
