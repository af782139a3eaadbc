"""Lin-Kernighan on neighbour lists, iterated or with crossover: seeded, in kicks or in seconds, up to 100,000 rows."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from stateviz.ordering.local_search.genetic import FEWEST, KICKS
from stateviz.ordering.local_search.tour_search import Effort, TourSearch
from stateviz.ordering.problem.jit import COMPILED_ROWS
from stateviz.ordering.problem.neighbours import OutOfTime
from stateviz.ordering.problem.problem import Problem, Rows, contracted
from stateviz.ordering.problem.stop import Stop

_FEW = 5  # below this many rows every order is tried
_POPULATION_SECONDS = 0.5e-3  # seconds a row that a population takes


def search(problem: Problem, start: Rows | None, effort: Effort, *, rng: np.random.Generator, stop: Stop) -> Rows:
    """A short order, never longer than ``start``; interrupted, or out of time, the best so far.

    Rows at distance 0 are kept together where the metric allows.

    Examples
    --------
    >>> at = np.array([4.0, 0.0, 1.0, 7.0, 2.5, 6.0])
    >>> problem = Problem(np.abs(at[:, None] - at))
    >>> rows = search(problem, None, Effort(kicks=0), rng=np.random.default_rng(0), stop=Stop())
    >>> problem.length(rows)
    7.0
    """
    small, members = problem.merge_duplicates()
    rows = None if start is None else problem.with_fixed_ends(start)
    first = rows if rows is None or small is problem else contracted(rows, members)

    def whole(rows: Rows) -> Rows:
        return rows if small is problem else np.concatenate([members[i] for i in rows])

    with stop.within(whole):
        found = _search(small, first, effort, rng, stop)
    found = whole(found)
    return found if rows is None or problem.length(found) < problem.length(rows) else rows


def usual_kicks(size: int) -> int:
    """How often an order of this many rows is perturbed unless something else is asked for.

    Examples
    --------
    >>> [usual_kicks(size) for size in (128, 1024, 100_000)]
    [12800, 102400, 1100000]
    """
    return min(100 * size, 100_000 + 10 * size)


def _search(problem: Problem, start: Rows | None, effort: Effort, rng: np.random.Generator, stop: Stop) -> Rows:
    if problem.size < _FEW:
        return min((problem.with_fixed_ends(p) for p in permutations(range(problem.size))), key=problem.length)
    kicks = effort.kicks
    if kicks is None and stop.seconds is None:
        kicks = usual_kicks(problem.size)
    seed = int(rng.integers(1, 2**63))
    tour_search: TourSearch | None = None
    try:
        tour_search = TourSearch(problem, start, effort, seed, stop)
        if _evolves(problem, kicks, stop):
            tour_search.evolve(kicks, rng, stop)
        else:
            tour_search.settle(stop)
            tour_search.run(kicks, stop)
    except OutOfTime:
        pass
    except KeyboardInterrupt:
        stop.interrupted = True
    if tour_search is None:
        return problem.with_fixed_ends(np.argsort(problem.means, kind="stable") if start is None else start)
    return min(tour_search.orders(), key=problem.length)


def _evolves(problem: Problem, kicks: int | None, stop: Stop) -> bool:
    """Whether a population fits into the kicks or the time; of few rows one tour soon is the best there is."""
    if not problem.square or problem.size <= COMPILED_ROWS:
        return False
    if kicks is not None:
        return kicks >= FEWEST * KICKS * (problem.size + 1)
    return stop.remaining() >= _POPULATION_SECONDS * problem.size
