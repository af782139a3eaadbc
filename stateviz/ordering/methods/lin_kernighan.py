"""Iterated Lin-Kernighan, and its simplest form, 2-opt with Or-opt."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.local_search.lin_kernighan import Effort, search
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
    """Moves of up to five steps (Lin & Kernighan 1973; Helsgaun 2000) better an order, or many that are then crossed.

    Where there is time for it, and for 201 to 8,192 rows, many orders are begun at random and bred: edge assembly
    crossover (Nagata & Kobayashi 2013) puts some of one's steps into another, on all processors. Else a single order is
    kicked by local double bridges (Johnson & McGeoch 1997), each repaired, and kept if it gains. Near rows are chosen
    under the penalties of the 1-tree bound. The same seed and kicks give the same order however fast the machine.

    Parameters
    ----------
    start
        Optional: an order to beat. The search begins from it, or from a greedy order where that is shorter.
    kicks
        None: until the time is up, or without a limit as many as take some seconds for a thousand rows. An order that
        is to be crossed counts for two fifths of a kick a row.
    neighbours
        Near rows kept of each row.
    """
    return search(problem, start, Effort(neighbours=neighbours, kicks=kicks), rng=rng, stop=stop)
