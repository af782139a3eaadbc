"""Good orders for the exact method to start from: before the relaxation is solved, and after."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stateviz.ordering.exact.relaxation import Relaxation
from stateviz.ordering.local_search.two_opt import greedy_path, improve
from stateviz.ordering.problem.arrays import Floats
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

_KICKS_A_ROW = 10
_ROWS_A_TOUR = 16  # with more tours the order is better, with fewer the proof begins sooner
_WHOLE_ROWS_A_TOUR = 5  # of whole lengths the least is mostly the bound, rounded up: once found it is proven
_LEAST = 1e-7
"""Reduced costs are scaled to tours of about 1e5 or to whole numbers: rounding is far below this."""


def quick_order(problem: Problem, *, rng: np.random.Generator, stop: Stop) -> Rows:
    """Greedy edges, then 2-opt and Or-opt: milliseconds for a few hundred rows.

    Examples
    --------
    >>> problem = Problem(np.abs(np.subtract.outer([5, 1, 4, 2], [5, 1, 4, 2])))
    >>> quick_order(problem, rng=np.random.default_rng(0), stop=Stop()).tolist()
    [0, 2, 3, 1]
    """
    size = problem.size
    u, v = np.triu_indices(size, 1)
    path = problem.with_fixed_ends(greedy_path(size, u, v, problem.distances[u, v]))
    closed = np.zeros((size + 1, size + 1), np.float64)
    closed[:size, :size] = problem.distances
    least = 0.0 if problem.integer else 1e-12 * float(closed.max())
    tour = improve(_bound_ends(closed, problem), [*path.tolist(), size], rng=rng, stop=stop, least=least)
    return _open(tour, path, problem)


def kicked_order(problem: Problem, *, rng: np.random.Generator, stop: Stop) -> Rows:
    """Compiled Lin-Kernighan, kicked some times a row: good enough to begin with."""
    from stateviz.ordering.local_search.lin_kernighan import search
    from stateviz.ordering.local_search.tour_search import Effort

    return search(problem, None, Effort(kicks=_KICKS_A_ROW * problem.size), rng=rng, stop=stop)


def eax_order(problem: Problem, *, rng: np.random.Generator, stop: Stop) -> Rows:
    """Edge assembly crossover of many tours of compiled Lin-Kernighan: mostly the best order, or nearly."""
    from stateviz.ordering.local_search.genetic import FEWEST, KICKS, MOST
    from stateviz.ordering.local_search.lin_kernighan import search
    from stateviz.ordering.local_search.tour_search import Effort

    each = _WHOLE_ROWS_A_TOUR if problem.integer else _ROWS_A_TOUR
    tours = min(max(FEWEST, problem.size // each), MOST) + 1
    return search(problem, None, Effort(kicks=int(tours * KICKS * problem.size)), rng=rng, stop=stop)


def lp_guided_order(
    problem: Problem, relaxation: Relaxation, rows: Rows, *, kicks: int, rng: np.random.Generator, stop: Stop
) -> Rows:
    """An order near what the relaxation shows, or ``rows`` if that is no shorter.

    Edges are joined in the order of their weight in the relaxation, then of reduced cost. The search that follows sees
    distances less the duals of their ends: every tour changes by the same amount, but near neighbours become those
    that good tours use.
    """
    prices, duals, program = relaxation.prices, relaxation.duals, relaxation.program
    count = len(relaxation.weights)
    u, v = program.u[:count], program.v[:count]
    key = duals.of(program.cost[:count], u, v) - 1e9 * relaxation.weights
    tour = greedy_path(relaxation.nodes, u, v, key, lambda a, b: duals.of(prices.cost(a, b), a, b))
    at = tour.index(problem.size)
    path = problem.with_fixed_ends(tour[at + 1 :] + tour[:at])
    cost = prices.dense(replace(duals, sets=duals.sets[:0], weight=duals.weight[:0]))
    tour = improve(
        _bound_ends(cost, problem), [*path.tolist(), problem.size], kicks=kicks, rng=rng, stop=stop, least=_LEAST
    )
    return _open(tour, rows, problem)


def _bound_ends(cost: Floats, problem: Problem) -> Floats:
    """``cost`` with edges from the dummy to fixed ends so cheap that no move which takes one away can gain."""
    fixed = list(problem.fixed)
    cheap = 8 * float(np.abs(cost).max())
    cost[fixed, -1] -= cheap
    cost[-1, fixed] -= cheap
    return cost


def _open(tour: list[int], rows: Rows, problem: Problem) -> Rows:
    """The rows of a tour from its dummy round, or ``rows`` if those are no longer."""
    at = tour.index(problem.size)
    opened = problem.with_fixed_ends(tour[at + 1 :] + tour[:at])
    return opened if problem.length(opened) < problem.length(rows) else rows
