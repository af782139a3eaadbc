"""2-opt and Or-opt: turn stretches around, and move short ones elsewhere."""

from __future__ import annotations

import numpy as np

from stateviz.ordering.local_search.lin_kernighan import search
from stateviz.ordering.local_search.tour_search import Effort
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

_BREADTH = 8
_STRETCH = 3


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop, neighbours: int = 10) -> Rows:
    """Turn stretches (Croes 1958) and move those of up to three rows (Or 1976) for as long as that gains.

    Steps are put in between nearest neighbours only, and rows around which nothing changed are not looked at again.

    Parameters
    ----------
    start
        Optional: an order to beat. The search begins from it, or from a greedy order where that is shorter.
    neighbours
        Nearest neighbours kept of each row.
    """
    effort = Effort(neighbours, breadth=(_BREADTH, _BREADTH), stretch=_STRETCH, kicks=0)
    return search(problem, start, effort, rng=rng, stop=stop)
