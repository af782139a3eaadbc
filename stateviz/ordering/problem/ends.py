"""Where an order has to begin and end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.selection import unknown_unit
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.ordering.problem.problem import Problem


def with_ends(
    problem: Problem, matrix: StateMatrix | Statistics, first: int | str | None, last: int | str | None, ends: str
) -> Problem:
    """``problem`` with the ends that ``order`` was asked for."""
    if ends == "mean":
        if first is not None or last is not None:
            raise InputError("ends='mean' chooses both ends; leave first and last out")
        low = int(np.argmin(problem.means))
        others = np.delete(np.arange(problem.size), low)
        high = int(others[np.argmax(problem.means[others])]) if len(others) else None
        return replace(problem, first=low, last=high)
    return replace(problem, first=_row(matrix, first), last=_row(matrix, last))


def _row(matrix: StateMatrix | Statistics, unit: int | str | None) -> int | None:
    if unit is None:
        return None
    names = {str(name): row for row, name in enumerate(matrix.units)}
    if str(unit) not in names:
        raise UnknownNameError(unknown_unit(unit, matrix.units))
    return names[str(unit)]
