"""Which axis of a model's inputs is the steps: two texts side by side must not change one another's numbers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from stateviz.core.errors import InputError
from stateviz.core.table import unknown
from stateviz.recording.failures import FAILURES
from stateviz.recording.sources.outputs import leaves

LAYOUTS = ("nlc", "lnc", "ncl")
"""What a model may take: (texts, steps, units), (steps, texts, units) or (texts, units, steps)."""
_FEWEST = 3  # steps of which there are not as many as texts


def asked_layout(layout: str | None, batch_first: bool | None) -> str | None:
    """The layout that a user said, by either option."""
    if layout is None:
        return None if batch_first is None else "nlc" if batch_first else "lnc"
    if layout not in LAYOUTS:
        raise InputError(unknown("layout", layout, dict.fromkeys(LAYOUTS)))
    if batch_first is not None:
        raise InputError("layout and batch_first say the same thing; give one of them")
    return layout


def told(model: Callable[[Tensor], object], inputs: Tensor, batch_first: bool) -> tuple[bool, bool]:
    """``batch_first`` or the other layout, if texts side by side mix in the first and not in the other.

    Returns
    -------
    tuple of bool
        The layout, and whether texts may be read side by side in it.

    Raises
    ------
    InputError
        When they mix in both.
    """
    if not mixing(model, inputs, batch_first):
        return batch_first, True
    turned = mixing(model, inputs, not batch_first)
    if turned:
        raise InputError(
            f"{type(model).__name__} mixes texts side by side both as (texts, steps, ...) and as (steps, texts, ...), "
            "so which axis is the steps cannot be told; give batch_first="
        )
    return (batch_first, False) if turned is None else (not batch_first, True)


def mixing(call: Callable[[Tensor], object], inputs: Tensor, batch_first: bool) -> bool | None:
    """Whether one of two texts changes what a model gives for the other, if it takes them as ``batch_first`` says.

    Parameters
    ----------
    call
        The model, of inputs (texts, steps, ...) or (steps, texts, ...).
    inputs
        Of a few steps that are not all alike, shape (steps, ...); two steps are read twice in a row.

    Returns
    -------
    bool or None
        None where it cannot be told: the model does not read two texts so, or gives other numbers for the same.

    Examples
    --------
    >>> x = torch.arange(12.0).reshape(4, 3)
    >>> [mixing(lambda x: x.cumsum(0), x, batch_first) for batch_first in (True, False)]
    [True, False]
    """
    if 1 < len(inputs) < _FEWEST:
        inputs = torch.cat([inputs, inputs])
    steps = len(inputs)
    other = inputs[torch.arange(steps) // 2].flip(0)  # neither the same steps nor the same in another order
    if steps < _FEWEST or torch.equal(inputs, other):
        return None
    axis = 0 if batch_first else 1
    try:
        first, again, changed_first, changed_second = (
            _each_text(call(torch.stack(pair, axis)), steps)
            for pair in ((inputs, other), (inputs, other), (other, other), (inputs, inputs))
        )
    except FAILURES:
        return None
    if not first[0] or not _same(first[0] + first[1], again[0] + again[1]):
        return None
    return not (_same(first[1], changed_first[1]) and _same(first[0], changed_second[0]))


def _each_text(outputs: object, steps: int) -> tuple[list[Tensor], list[Tensor]]:
    """What a model gave for the first of two texts, and for the second."""
    found: tuple[list[Tensor], list[Tensor]] = ([], [])
    for _, tensor in leaves(outputs):
        if tensor.dim() >= 2 and tuple(tensor.shape[:2]) in ((2, steps), (steps, 2)):
            one, two = tensor.unbind(0 if tensor.shape[0] == 2 else 1)
            found[0].append(one)
            found[1].append(two)
    return found


def _same(a: list[Tensor], b: list[Tensor]) -> bool:
    return len(a) == len(b) and all(
        x.shape == y.shape and bool(x.isclose(y, rtol=1e-3, atol=1e-5, equal_nan=True).all())
        for x, y in zip(a, b, strict=True)
    )
