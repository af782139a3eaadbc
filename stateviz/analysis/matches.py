"""match(): which units stay on over a phrase, and where else the same ones do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stateviz.analysis.phrase_index import PhraseIndex, Words, bits
from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.core.noun import Noun
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics


@dataclass(frozen=True)
class Match:
    """Another place where units of the phrase are on together.

    Parameters
    ----------
    start, stop : int
        Its first step, and the one after its last: all of ``common`` are on from one to the other.
    common : tuple of int or str
        The units of the phrase that are on there throughout.
    others : int
        How many other units are on throughout as many steps as the phrase has, from ``start`` on.

    Examples
    --------
    >>> Match(4, 6, (0, 3), 1).common
    (0, 3)
    """

    start: int
    stop: int
    common: tuple[int | str, ...]
    others: int


@dataclass(frozen=True, eq=False, repr=False)
class Matches(Noun):
    """The units that stay on over a phrase, and where else the same ones do.

    Parameters
    ----------
    site : str
        Where the states were recorded.
    span : tuple of int
        The phrase: its first step, and the one after its last.
    units : tuple of int or str
        Those that stay on over it.
    threshold : float
        A unit is on above it.
    places : tuple of Match
        Most units in common first, then fewest others, then longest.

    Examples
    --------
    >>> states = StateMatrix([[0, 1, 1, 0, 1, 1], [1, 1, 1, 0, 1, 0]], tokens="abcdef")
    >>> found = match(states, (1, 3))
    >>> found.units, found.places[0]
    ((0, 1), Match(start=4, stop=6, common=(0,), others=0))
    """

    site: str
    span: tuple[int, int]
    units: tuple[int | str, ...]
    threshold: float
    places: tuple[Match, ...]

    def rows(self) -> list[dict[str, Any]]:
        """A mapping for each place, as ``stateviz match`` prints them."""
        return [
            {"start": one.start, "stop": one.stop, "common": len(one.common), "others": one.others,
             "units": " ".join(map(str, one.common))}
            for one in self.places
        ]  # fmt: skip

    def __repr__(self) -> str:
        first, last = self.span
        return (
            f"Matches({len(self.units)} units of {self.site} on over {first}:{last}; {len(self.places)} other places)"
        )


def match(
    recording: Any,
    span: tuple[int, int] | slice | str,
    *,
    threshold: float | None = None,
    site: str | None = None,
    off_before: bool = False,
    off_after: bool = False,
    most: int = 50,
    index: PhraseIndex | None = None,
) -> Matches:
    """The units that stay on over a phrase, and every other place where the same ones are on together.

    Parameters
    ----------
    recording : Recording, StateMatrix, array or path
        Where the phrase is.
    span : (int, int), slice or str
        Its first step and the one after its last; or the phrase itself, whose first place in the text is taken.
    threshold : float, optional
        A unit is on above it; by default 0, and half way between the two of 0/1 states.
    site : str, optional
        Needed where the recording has more than one.
    off_before, off_after : bool
        Only units that are off at the step before the phrase, or at the one after it.
    most : int
        So many places are given.
    index : PhraseIndex, optional
        Of the same states, from an earlier call: ``PhraseIndex.of(recording, threshold)``.

    Returns
    -------
    Matches
        Places do not overlap the phrase, nor one another, and none reaches over the border of two texts.

    Raises
    ------
    InputError
        When the span is not within the steps, the phrase is not in the text, or no unit stays on over it.

    Notes
    -----
    The ranking is that of LSTMVis (Strobelt et al. 2018): most units in common, fewest others, longest.

    Examples
    --------
    >>> from stateviz.storage import shipped_recording
    >>> found = match(shipped_recording(), "faith", most=3)
    >>> found.span, len(found.places)
    ((212, 217), 3)
    """
    from stateviz.storage import load_whole

    check_whole("most", most, 1)
    if isinstance(recording, Statistics):
        raise InputError("a phrase is looked for in the states, and these are statistics; record the states")
    source = load_whole(recording, site=site)
    first, last = span_of(source, span)
    if index is None:
        head = source if isinstance(source, StateMatrix) else source.select(site, steps=slice(first, first + 1))
        index = PhraseIndex.of(source, (0.5 if head.off == 0 else 0.0) if threshold is None else threshold, site)
    elif threshold not in (None, index.threshold):
        raise InputError(f"the index is of threshold {index.threshold:g}, not {threshold:g}; leave one of them out")
    chosen = index.at(np.array([first]), last - first)[0]
    if off_before and first > 0:
        chosen &= ~index.words[first - 1]
    if off_after and last < len(index.words):
        chosen &= ~index.words[last]
    units = _named(chosen, index)
    if not units:
        raise InputError(
            f"no unit of {index.site} stays on over steps {first}:{last}; take fewer steps, or a lower threshold"
        )
    places = _places(index, chosen, (first, last), most)
    return Matches(index.site, (first, last), units, index.threshold, tuple(places))


def span_of(source: Recording | StateMatrix, span: tuple[int, int] | slice | str) -> tuple[int, int]:
    """The first step of a phrase, and the one after its last.

    Raises
    ------
    InputError
        When the phrase is not in the text, or the steps are not within it.
    """
    steps = source.steps if isinstance(source, Recording) else source.shape[1]
    if isinstance(span, str):
        if not span or source.tokens is None:
            raise InputError("a phrase is looked up in the text; give one, and states that carry their text, or steps")
        starts = np.cumsum([0, *map(len, source.tokens)])
        place = "".join(source.tokens).find(span)
        if place < 0:
            raise InputError(f"{span[:60]!r} is nowhere in the text; give the steps of a phrase, such as (10, 14)")
        first = int(np.searchsorted(starts, place, side="right")) - 1
        return first, int(np.searchsorted(starts, place + len(span), side="left"))
    first, last, _ = span.indices(steps) if isinstance(span, slice) else (*span, 1)
    if not 0 <= first < last <= steps:
        raise InputError(f"the phrase {first}:{last} is not within {steps} steps; give A, B with 0 <= A < B <= {steps}")
    return first, last


def _named(words: Words, index: PhraseIndex) -> tuple[int | str, ...]:
    flags = np.unpackbits(words.astype("<u8").view(np.uint8), bitorder="little")[: len(index.units)]
    return tuple(index.units[row] for row in np.flatnonzero(flags))


def _places(index: PhraseIndex, chosen: Words, span: tuple[int, int], most: int) -> list[Match]:
    """The best places that keep apart, best first."""
    length = span[1] - span[0]
    common = index.shared(chosen, length)
    common[max(0, span[0] - length + 1) : span[1]] = 0
    for border in index.firsts[index.firsts > 0]:
        common[max(0, border - length + 1) : border] = 0
    # As many of the best as fill the list whatever overlaps: a place bars less than 2 * length starts.
    ranked = np.cumsum(np.bincount(common)[:0:-1])
    if not len(ranked):
        return []
    least = len(ranked) - min(int(np.searchsorted(ranked, most * 2 * length)), len(ranked) - 1)
    best = np.flatnonzero(common >= least)
    throughout = index.at(best, length)
    others = bits(throughout & ~chosen)
    found: list[Match] = []
    taken = np.zeros(len(common), np.bool_)
    for place in np.lexsort((best, others, -common[best])):
        at = int(best[place])
        if taken[at]:
            continue
        shared = throughout[place] & chosen
        found.append(Match(at, _end(index, at, length, shared), _named(shared, index), int(others[place])))
        taken[max(0, at - length + 1) : at + length] = True
        if len(found) == most:
            break
    return sorted(found, key=lambda one: (-len(one.common), one.others, one.start - one.stop, one.start))


def _end(index: PhraseIndex, at: int, length: int, shared: Words) -> int:
    """The step until which all of ``shared`` stay on, within their text."""
    later = index.firsts[index.firsts > at]
    border = int(later[0]) if len(later) else len(index.words)
    stop = at + length
    while stop < border and bool(np.all(index.words[stop] & shared == shared)):
        stop += 1
    return stop
