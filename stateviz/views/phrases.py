"""The view ``match``: the phrase that is asked for first, and what is known of the text at each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.views.look import Look
from stateviz.views.scene import Packer, Scene
from stateviz.views.token_text import glyphs

KNOWN = ("surprisal", "entropy", "top_ids", "top_probabilities", "generated")
"""Tracks that are no annotation of the user's."""
USUAL = ("space", "capital", "position-in-word", "punctuation")
"""Features below the text where the recording has no tracks of the user's, and none was named."""
_LOOKED_AT, _DRAWN = 4096, 16
"""Steps in which a first phrase is looked for, and places in a figure."""


@dataclass(frozen=True)
class Phrase:
    """What a match is asked for.

    Parameters
    ----------
    span
        The phrase, or its first step and the one after its last; None takes the first word over which a unit stays on.
    off_before, off_after
        Only units that are off at the step before the phrase, or at the one after it.
    features
        What stands below the text, as ``find`` takes it.
    """

    span: tuple[int, int] | slice | str | None = None
    off_before: bool = False
    off_after: bool = False
    features: Any = None


def settle_phrase(scenes: Sequence[Scene], look: Look) -> Look:
    """The steps of the phrase, the threshold and the marks, checked.

    Raises
    ------
    InputError
        When there are several recordings, or the phrase is not in the text.
    UnknownNameError
        When there is no such feature.
    """
    if len(scenes) > 1:
        raise InputError(f"the view match looks within one recording, and {len(scenes)} came; view them one by one")
    scene, phrase = scenes[0], look.phrase
    threshold = threshold_of(scene, look.threshold)
    span = span_of(scene, phrase, threshold)
    return replace(look, threshold=threshold, phrase=replace(phrase, span=span, features=_marks(scene, phrase)))


def match_header(scene: Scene, look: Look, packer: Packer, panel: dict[str, Any]) -> dict[str, Any]:
    """What the page of a match is asked for first; its marks go to ``panel``."""
    panel["marks"] = _pack_marks(look.phrase.features, packer, panel)
    before, after = look.phrase.off_before, look.phrase.off_after
    return {"asked": {"span": look.phrase.span, "threshold": look.threshold, "before": before, "after": after}}


def match_sheet(scene: Scene, states: StateMatrix, look: Look) -> Any:
    """The best places as a figure."""
    from stateviz.analysis import match
    from stateviz.plotting.phrases import phrase_sheet, scaled

    phrase, tokens = look.phrase, scene.tokens or ()
    found = match(
        states,
        phrase.span,
        threshold=look.threshold,
        off_before=phrase.off_before,
        off_after=phrase.off_after,
        most=_DRAWN,
    )
    rows = [states.units.index(unit) for unit in found.units]
    shares = (states.values[rows] > found.threshold).mean(axis=0)
    shown = "".join(map(glyphs, tokens[slice(*phrase.span)]))
    count = len(found.units)
    said = f"{count} unit{'s stay' if count > 1 else ' stays'} on over “{shown}”"
    places = [(one.start, one.stop, f"{len(one.common)} of {count}", f"{one.others} others") for one in found.places]
    return phrase_sheet(tokens, phrase.span, places, shares, {k: scaled(v) for k, v in phrase.features.items()}, said)


def threshold_of(scene: Scene, threshold: float | None) -> float:
    """Above it a unit is on: what was given, else 0, and half way between the two of 0/1 states."""
    if threshold is not None:
        return threshold
    return 0.5 if scene.part(scene.sites[0], 0, 1).off == 0 else 0.0


def span_of(scene: Scene, phrase: Phrase, threshold: float) -> tuple[int, int]:
    """The steps of the phrase.

    Raises
    ------
    InputError
        When the phrase is not in the text, or the steps are not within it.
    """
    from stateviz.analysis.matches import span_of as steps_of

    if phrase.span is not None:
        return steps_of(scene.source, phrase.span)
    last = min(scene.steps, _LOOKED_AT)
    on = scene.part(scene.sites[0], 0, last).values > threshold
    tokens = scene.tokens or ()
    starts = [0, *(step for step in range(1, last) if tokens[step - 1].isspace() and not tokens[step].isspace())]
    for start in starts:
        stop = start + 1
        while stop < last and not tokens[stop].isspace() and stop not in scene.breaks:
            stop += 1
        if stop - start > 1 and bool(on[:, start:stop].all(axis=1).any()):
            return start, stop
    any_on = np.flatnonzero(on.any(axis=0))
    first = int(any_on[0]) if len(any_on) else 0
    return first, first + 1


def _marks(scene: Scene, phrase: Phrase) -> dict[str, NDArray[Any]]:
    """What is known of each step, by name: the features that were named, else tracks of the user's, else a few.

    Raises
    ------
    UnknownNameError
        When there is no such feature.
    """
    from stateviz.analysis.features import StepText, compute

    tracks = {
        name: one
        for name, one in scene.tracks.items()
        if np.ndim(one) == 1 and np.asarray(one).dtype.kind in "biuf" and name not in KNOWN
    }
    given = phrase.features if phrase.features is not None else tuple(tracks) or USUAL
    edges = (0, *scene.breaks, scene.steps)
    texts = [slice(first, last) for first, last in pairwise(edges)]
    return dict(compute(given, StepText(scene.tokens, scene.tracks, texts))[0])


def _pack_marks(found: Mapping[str, Any], packer: Packer, header: dict[str, Any]) -> list[dict[str, Any]]:
    """Marks as tracks of a page, each from its lowest to its highest value."""
    rows = []
    for name, values in found.items():
        numbers = np.asarray(values, np.float64)
        low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
        share = (numbers - low) / (high - low) if high > low else np.zeros_like(numbers)
        words = np.where(np.isfinite(share), np.rint(share * 65534), 65535).astype("<u2")
        header["tracks"][f"mark {name}"] = packer.add(words.tobytes())
        header["scales"][f"mark {name}"] = 65534
        rows.append({"name": name, "low": low, "high": high})
    return rows
