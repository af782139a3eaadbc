"""Separation: cuts that a program's solution breaks."""

from __future__ import annotations

from stateviz.ordering.exact.combs import combs, tightened
from stateviz.ordering.exact.cuts import Cut, blossoms, subtour
from stateviz.ordering.exact.lp import Program
from stateviz.ordering.exact.min_cut import violated_sets
from stateviz.ordering.problem.arrays import Floats, Ints
from stateviz.ordering.problem.jit import COMPILED_ROWS


def subtour_cuts(program: Program, x: Floats, tour: Ints) -> list[Cut]:
    """Sets that the weights ``x`` of the program's edges leave too rarely; none means that there is none.

    ``tour``, all nodes in a good order, says where to look first.
    """
    return [subtour(members) for members in violated_sets(program.nodes, program.u, program.v, x, tour)]


def comb_cuts(program: Program, x: Floats) -> list[Cut]:
    """Combs that the weights ``x`` of the program's edges break, where they break no subtour."""
    size, u, v = program.nodes, program.u, program.v
    found: list[Cut] = []
    if size > COMPILED_ROWS + 1:  # few rows are done before the search for anything but blossoms has paid
        found = combs(size, u, v, x) + tightened(size, u, v, x, program.cuts)
    return list(dict.fromkeys(found)) or blossoms(size, u, v, x)
