"""What a user asks for as features, computed: names, combinations, tracks, arrays and callables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stateviz.analysis.features.combine import combined, is_combination
from stateviz.analysis.features.model import HOW, from_track
from stateviz.analysis.features.row import Feature, Tracks, Values
from stateviz.analysis.features.table import FEATURES
from stateviz.analysis.features.text import joined_text
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.table import unknown

Given = Sequence[str | Feature] | Mapping[str, Any] | str | None
"""Names of FEATURES, tracks, combinations or rows; a mapping of names to arrays or callables; None: all that apply."""


@dataclass(frozen=True)
class StepText:
    """What features are computed from.

    Parameters
    ----------
    tokens
        The text of each step; None where it is not known.
    tracks
        What else is known of each step.
    texts
        Where each text is; features begin anew in each.
    """

    tokens: Sequence[str] | None
    tracks: Tracks
    texts: Sequence[slice]

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return int(self.texts[-1].stop)


def compute(given: Given, text: StepText) -> tuple[dict[str, Values], dict[str, str]]:
    """The values of each feature by name, and why others are left out that nobody named.

    Parameters
    ----------
    given
        What was asked for; None: all of FEATURES that read no track that is missing, do not look ahead, and whose kind
        of text it is.
    text
        Tokens, tracks and texts.

    Returns
    -------
    values : dict of str to array, shape (steps,)
    left_out : dict of str to str

    Raises
    ------
    UnknownNameError
        When there is neither a feature nor a track of a name.
    InputError
        When a track is missing, an array or what a callable gives has another length or is not finite, or text is
        needed and there is none.
    """
    if given is None:
        return _all(text)
    if isinstance(given, Mapping):
        return {str(name): _own(str(name), value, text) for name, value in given.items()}, {}
    rows = [_row(item, text.tracks) for item in ([given] if isinstance(given, str | Feature) else given)]
    if not rows:
        raise InputError("no feature was named; give names, arrays or callables, or leave features out for all")
    return {row.name: values_of(row, text) for row in rows}, {}


def values_of(row: Feature, text: StepText, *, reads_text: bool = True) -> Values:
    """What a feature says at each step, text by text, shape (steps,); without text, tokens are empty.

    Raises
    ------
    InputError
        When a track is missing, or what it gives has another length, or is not finite.
    """
    for need in row.needs:
        if need not in text.tracks:
            how = HOW.get(need, f'give it: recording.with_tracks({{"{need}": values}})')
            raise InputError(f"feature {row.name!r} reads the track {need!r}, which is missing; {how}")
    if text.tokens is None and not row.needs and reads_text:
        raise InputError(f"feature {row.name!r} reads text, and the states hold none; give tokens, or arrays")
    parts = []
    for where in text.texts:
        tokens = [""] * (where.stop - where.start) if text.tokens is None else text.tokens[where]
        tracks = {name: text.tracks[name][where] for name in row.needs or text.tracks}
        parts.append(checked(row.name, row.values(tokens, tracks), where.stop - where.start))
    return np.concatenate(parts)


def checked(name: str, values: Any, steps: int) -> Values:
    """``values`` as on or off, or numbers, one a step.

    Examples
    --------
    >>> checked("mine", [True, False], 3)
    Traceback (most recent call last):
    ...
    stateviz.core.errors.InputError: feature 'mine' has shape (2,); 3 steps want one value each
    """
    found = np.asarray(values)
    if found.shape != (steps,):
        raise InputError(f"feature {name!r} has shape {found.shape}; {steps} steps want one value each")
    if found.dtype.kind not in "biuf":
        raise InputError(f"feature {name!r} holds {found.dtype}; give booleans or numbers")
    if found.dtype.kind == "b":
        return found
    numbers = found.astype(np.float64)
    if not np.isfinite(numbers).all():
        wrong = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise InputError(f"feature {name!r} is {numbers[wrong]} at step {wrong}; give finite numbers")
    return numbers


def _all(text: StepText) -> tuple[dict[str, Values], dict[str, str]]:
    plain = None if text.tokens is None else joined_text(text.tokens)[0]
    values, left_out = {}, {}
    for row in FEATURES.values():
        missing = [need for need in row.needs if need not in text.tracks]
        if missing:
            left_out[row.name] = f"the track {missing[0]!r} is missing"
        elif plain is None and not row.needs:
            left_out[row.name] = "the states hold no text"
        elif row.looks_ahead:
            left_out[row.name] = "it looks ahead"
        elif row.wants and plain is not None and not re.search(row.wants, plain):
            left_out[row.name] = "the text is of another kind"
        else:
            values[row.name] = values_of(row, text)
    return values, left_out


def _row(item: str | Feature, tracks: Tracks) -> Feature:
    if isinstance(item, Feature):
        return item
    if not isinstance(item, str):
        raise InputError(f"a feature is {item!r}; give names or rows, or a mapping of names to arrays or callables")
    if item in FEATURES:
        return FEATURES[item]
    if item in tracks:
        if tracks[item].ndim != 1:
            raise InputError(f"track {item!r} has several numbers a step; give one of them as an array")
        return Feature(item, "a track of the recording", from_track(item), needs=(item,))
    if is_combination(item):
        return combined(item, lambda name: _row(name, tracks))
    raise UnknownNameError(unknown("feature", item, {**dict.fromkeys(FEATURES), **dict.fromkeys(tracks)}))


def _own(name: str, value: Any, text: StepText) -> Values:
    """A feature of the user's own: an array over all steps, a callable ``values(tokens, tracks)``, or a name or row."""
    if isinstance(value, str | Feature):
        return values_of(_row(value, text.tracks), text)
    if not callable(value) or hasattr(value, "__array__"):
        return checked(name, value, text.steps)
    function: Callable[..., Any] = value
    return values_of(Feature(name, "the caller's own", function), text, reads_text=False)
