"""Switches: when units change, as rows of their own; and how unlike two units are in when they do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.similarity.correlation import CORRELATION
from stateviz.similarity.metric import Distances, Metric


def switches(states: StateMatrix) -> StateMatrix:
    """When each unit changes, from the second step of each text on.

    Parameters
    ----------
    states : StateMatrix, shape (units, steps)

    Returns
    -------
    StateMatrix, shape (units, steps - texts)
        Of binary states 1 where a unit is another than a step before, else 0; of real ones the change, with its sign.
        Its tokens are those at which the change happens.

    Raises
    ------
    InputError
        When no text has two steps.

    Examples
    --------
    >>> switches(StateMatrix([[0, 1, 1, 0]])).values.tolist()
    [[1, 0, 1]]
    >>> switches(StateMatrix([[0.5, 2.0, 1.0, 3.0]], column_breaks=(2,))).values.tolist()
    [[1.5, 2.0]]
    """
    later = later_steps(states)
    values = states.values[:, later]
    before = states.values[:, later - 1]
    changed = (values != before).astype(np.int8) if states.binary else values - before
    texts = np.searchsorted(np.array(states.column_breaks, np.int64), later, side="right")
    return replace(
        states,
        values=changed,
        tokens=None if states.tokens is None else tuple(states.tokens[step] for step in later),
        column_breaks=tuple((1 + np.flatnonzero(np.diff(texts))).tolist()),
        binary=states.binary,
        off=0 if states.binary else None,
    )


def later_steps(states: StateMatrix) -> NDArray[np.int64]:
    """The steps before which there is one of the same text.

    Examples
    --------
    >>> later_steps(StateMatrix([[0, 1, 1, 0]], column_breaks=(2,))).tolist()
    [1, 3]
    """
    later = np.setdiff1d(np.arange(1, states.shape[1]), states.column_breaks)
    if not len(later):
        raise InputError(f"{states.shape[1]} steps in {1 + len(states.column_breaks)} texts hold no switch; give two")
    return later


def _square(states: StateMatrix, flip: bool) -> Distances:
    assert CORRELATION.square is not None  # its row has one
    return CORRELATION.square(switches(states), flip)


SWITCHES = Metric(
    "switches",
    "1 - r of when units change: of switches of binary states, of changes of real ones",
    _square,
    successive=True,
)
"""The distance between two units by when they switch."""
