"""Features of other passages: what the null of that name holds states to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stateviz.analysis.features import StepText, compute
from stateviz.analysis.measures import standardized
from stateviz.analysis.parts import Real, TextPart
from stateviz.core.errors import InputError

LEAST = 20
_MOST = 199


def passage_rows(
    passages: str | Mapping[str, Any] | None, parts: Sequence[TextPart], text: StepText, alpha: float
) -> dict[int, list[Real]]:
    """Features of other passages, of norm 1, shape (features, steps) each, by the number of steps of a part.

    Parameters
    ----------
    passages
        More text; or for each feature an array, shape (passages, steps).
    parts
        Whose features they are of.
    text
        That of the states.
    alpha
        The level that they have to tell.

    Raises
    ------
    InputError
        When there are too few, or text is given to states whose tokens are no characters.
    """
    steps, names = max(part.values.shape[1] for part in parts), parts[0].names
    if passages is None:
        raise InputError(
            f"null='passages' needs passages: more text, {LEAST * steps:,} characters or more, or for each feature an "
            f"array of shape ({LEAST} or more, {steps})"
        )
    found = _of_text(passages, names, steps, text) if isinstance(passages, str) else _of_arrays(passages, names, steps)
    if alpha < 1 / (len(found) + 1):
        needed = int(np.ceil(1 / alpha)) - 1
        raise InputError(f"{len(found)} passages are too few to tell {alpha}; give {needed} or more")
    return {size: [standardized(one[:, :size]) for one in found] for size in {part.values.shape[1] for part in parts}}


def _of_text(passages: str, names: Sequence[str], steps: int, text: StepText) -> Real:
    if text.tokens is None or any(len(token) != 1 for token in text.tokens):
        raise InputError("passages of text are for states whose tokens are characters; give arrays of features")
    count = len(passages) // steps
    if count < LEAST:
        needed = LEAST * steps
        raise InputError(f"passages hold {len(passages):,} characters; {LEAST} of {steps:,} need {needed:,}")
    made = []
    for k in range(min(count, _MOST)):
        tokens = tuple(passages[k * steps : (k + 1) * steps])
        values = compute(names, StepText(tokens, {}, [slice(0, steps)]))[0]
        made.append(np.stack([np.asarray(values[name], np.float64) for name in names]))
    return np.stack(made)


def _of_arrays(passages: Mapping[str, Any], names: Sequence[str], steps: int) -> Real:
    if not isinstance(passages, Mapping):
        raise InputError(f"passages are {type(passages).__name__}; give text, or arrays by the names of features")
    arrays = []
    for name in names:
        if name not in passages:
            raise InputError(f"passages hold no array for feature {name!r}")
        array = np.asarray(passages[name], np.float64)
        if array.ndim != 2 or len(array) < LEAST or array.shape[1] < steps:
            raise InputError(f"passages of {name!r} have shape {array.shape}; at least ({LEAST}, {steps}) is needed")
        arrays.append(array[:, :steps])
    count = min(map(len, arrays))
    return np.stack([array[:count] for array in arrays], axis=1)
