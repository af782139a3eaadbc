"""Some steps of a text only: which columns a recording keeps."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError

Positions: TypeAlias = slice | Sequence[int] | NDArray[np.integer]
"""Steps of each text: a slice, or numbers in the order of the text, from its end if negative."""


def kept_steps(positions: Positions | None, lengths: Sequence[int]) -> list[NDArray[np.bool_]]:
    """For each text, which of its steps are kept.

    Raises
    ------
    InputError
        When a text has no such step, or one comes twice or before another.

    Examples
    --------
    >>> [kept.tolist() for kept in kept_steps([0, -1], [3, 2])]
    [[True, False, True], [True, True]]
    """
    return [_kept(positions, length) for length in lengths]


def _kept(positions: Positions | None, length: int) -> NDArray[np.bool_]:
    kept = np.zeros(length, np.bool_)
    if positions is None:
        return ~kept
    if isinstance(positions, slice):
        if (positions.step or 1) < 0:
            raise InputError(
                f"positions go on in the order of the text; give a slice with a step above 0, not {positions}"
            )
        kept[positions] = True
        if not kept.any():
            raise InputError(f"positions {positions.start}:{positions.stop} hold no step of a text of {length} tokens")
        return kept
    steps = _whole(positions)
    for step in steps:
        if not -length <= step < length:
            raise InputError(f"position {step} is beyond a text of {length} tokens")
    places = [step % length for step in steps]
    wrong = next((i for i in range(1, len(places)) if places[i] <= places[i - 1]), None)
    if wrong is not None:
        raise InputError(
            f"position {steps[wrong]} comes after {steps[wrong - 1]}, not behind it in a text of {length} tokens; "
            "give positions once each, in the order of the text"
        )
    kept[places] = True
    return kept


def _whole(positions: Sequence[int] | NDArray[np.integer]) -> list[int]:
    try:
        if any(isinstance(one, (bool, np.bool_)) for one in positions):
            raise TypeError
        steps = [operator.index(one) for one in positions]
    except TypeError:
        raise InputError(
            f"positions is {positions!r}; give a slice, or whole numbers such as [0, 5, -1]; of a mask, "
            "numpy.flatnonzero(mask)"
        ) from None
    if not steps:
        raise InputError("positions is empty; give at least one step")
    return steps


def noted_positions(positions: Positions) -> list[int | None]:
    """What was asked for, in plain values for the source of a recording: the ends and the stride of a slice, or all."""
    if isinstance(positions, slice):
        return [positions.start, positions.stop, positions.step]
    return list(_whole(positions))
