"""Bases of a program, kept and restored after other rows came and went: a search takes up a part where it left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import SupportsInt, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.exact.cuts import Cut
from stateviz.ordering.exact.lp import Program
from stateviz.ordering.problem.arrays import Bools

Statuses: TypeAlias = NDArray[np.int8]
"""HiGHS's statuses as the numbers they mean."""


@dataclass(frozen=True, eq=False)
class Basis:
    """What of a program's solution is at which limit.

    Parameters
    ----------
    columns : array of int8, shape (columns,)
        HiGHS's status of each column; those inactive are at their lower limit.
    nodes : array of int8, shape (nodes,)
        Of the rows of nodes.
    cuts
        Those that are met with nothing to spare and are not basic; any others are basic.
    """

    columns: Statuses
    nodes: Statuses
    cuts: list[Cut]


def kept(program: Program) -> Basis:
    """The basis of the last solution."""
    import highspy

    basis = program.highs.getBasis()
    columns = np.full(len(program.u), int(highspy.HighsBasisStatus.kLower), np.int8)
    columns[program.active] = _numbers(basis.col_status)
    rows = _numbers(basis.row_status)
    tight = np.flatnonzero(rows[program.nodes :] != int(highspy.HighsBasisStatus.kBasic))
    return Basis(columns, rows[: program.nodes], [program.cuts[i] for i in tight.tolist()])


def restore(program: Program, basis: Basis) -> None:
    """Go on from a basis of this program: cuts it needs come back, columns it needs are activated."""
    import highspy

    status = highspy.HighsBasisStatus
    program.activate(np.flatnonzero((basis.columns != int(status.kLower)) & (program.place < 0)))
    there = set(program.cuts)
    missing = [cut for cut in basis.cuts if cut not in there]
    if missing:
        program.add_cuts(missing)
    tight = set(basis.cuts)
    cuts = [status.kUpper if cut in tight else status.kBasic for cut in program.cuts]
    again = highspy.HighsBasis()
    again.col_status = [status(i) for i in basis.columns[program.active].tolist()]
    again.row_status = [status(i) for i in basis.nodes.tolist()] + cuts
    again.valid, again.alien = True, False  # as many are basic as there are rows
    program.highs.setBasis(again)


def idle(program: Program) -> Bools:
    """Which columns are at their lower limit and not basic: the others are what the basis stands on."""
    import highspy

    basis = program.highs.getBasis()
    found = np.zeros(len(program.u), bool)
    if basis.valid:
        found[program.active] = _numbers(basis.col_status) == int(highspy.HighsBasisStatus.kLower)
    return found


def _numbers(statuses: list[SupportsInt]) -> Statuses:
    """HiGHS's statuses, whose meaning is their number."""
    return np.fromiter(map(int, statuses), np.int8, len(statuses))
