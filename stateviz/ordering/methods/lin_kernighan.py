"""Iterated Lin-Kernighan, and its simplest form, 2-opt with Or-opt."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.local_search.lin_kernighan import search
from stateviz.ordering.local_search.tour_search import Effort
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(
    problem: Problem,
    *,
    start: Rows | None,
    rng: np.random.Generator,
    stop: Stop,
    kicks: int | None = None,
    neighbours: int = 10,
) -> Rows:
    """Improve an order, or a population of orders, by moves of up to five steps (Lin & Kernighan 1973; Helsgaun 2000).

    Where there is time for it, and for 201 to 8,192 rows, a population of random orders is improved and evolved: edge
    assembly crossover (Nagata & Kobayashi 2013) puts some edges of one tour into another, on all processors. Else a
    single order is perturbed by local double-bridge kicks (Johnson & McGeoch 1997), each repaired, and kept if it
    gains. Candidate edges lead to the nearest neighbours under the penalties of the 1-tree bound. The same seed and
    kicks give the same order however fast the machine.

    Parameters
    ----------
    start
        Optional: an order to beat. The search begins from it, or from a greedy order where that is shorter.
    kicks
        None: until the time is up, or without a limit as many as take some seconds for a thousand rows. An order that
        of a population counts for two fifths of a kick a row.
    neighbours
        Nearest neighbours kept of each row.
    """
    return search(problem, start, Effort(neighbours=neighbours, kicks=kicks), rng=rng, stop=stop)
