"""The solvers of the python-tsp package, with free ends and an explicit seed; needs ``stateviz[python-tsp]``."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import random as numpy_random
from numpy.typing import NDArray

from stateviz.core.errors import MissingExtraError
from stateviz.ordering.problem import Problem, Rows
from stateviz.ordering.stop import Stop

Tour = list[int]


def local_search(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """First improvement in the 2-opt neighbourhood, each neighbour summed anew."""
    return _heuristic("solve_tsp_local_search", problem, start, rng, stop, timed=True)


def simulated_annealing(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Simulated annealing in the 2-opt neighbourhood."""
    return _heuristic("solve_tsp_simulated_annealing", problem, start, rng, stop, timed=True)


def record_to_record(
    problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop, iterations: int | None = None
) -> Rows:
    """Record-to-record travel: swap two pairs of rows, repair by Lin-Kernighan, keep what is better.

    Parameters
    ----------
    iterations
        How often; as often as there are rows by default.
    """
    rows = rng.permutation(problem.size) if start is None else start
    # Between iterations nothing is kept but the order, so one at a time is the same, and can be stopped.
    for _ in range(problem.size if iterations is None else iterations):
        rows = _heuristic("solve_tsp_record_to_record", problem, rows, rng, stop, max_iterations=1)
        if stop():
            break
    return rows


def lin_kernighan(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """A Lin-Kernighan search."""
    return _heuristic("solve_tsp_lin_kernighan", problem, start, rng, stop)


def dynamic_programming(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Held and Karp's exact dynamic program over sets of rows."""
    return _run(_exact("solve_tsp_dynamic_programming"), problem, rng)


def branch_and_bound(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Exact branch and bound."""
    return _run(_exact("solve_tsp_branch_and_bound"), problem, rng)


def brute_force(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Every order in turn."""
    return _run(_exact("solve_tsp_brute_force"), problem, rng)


def _exact(name: str) -> Callable[..., tuple[Tour, float]]:
    try:
        from python_tsp import exact
    except ImportError as error:
        raise _missing() from error
    return getattr(exact, name)  # type: ignore[no-any-return]


def _heuristic(
    name: str,
    problem: Problem,
    start: Rows | None,
    rng: np.random.Generator,
    stop: Stop,
    timed: bool = False,
    **extra: Any,
) -> Rows:
    try:
        from python_tsp import heuristics
    except ImportError as error:
        raise _missing() from error
    begin = rng.permutation(problem.size) if start is None else start
    extra["x0"] = [0, *(begin + 1).tolist()]
    if timed and stop.seconds is not None:
        extra["max_processing_time"] = max(stop.remaining(), 1e-3)
    rows = _run(getattr(heuristics, name), problem, rng, **extra)
    return begin if start is not None and problem.length(rows) > problem.length(start) else rows


def _run(solver: Callable[..., tuple[Tour, float]], problem: Problem, rng: np.random.Generator, **extra: Any) -> Rows:
    """Solve the tour through a dummy at distance 0 from every row: cut there, both ends are free."""
    if problem.size < 3:
        return np.arange(problem.size)
    distances: NDArray[np.float64] = np.zeros((problem.size + 1, problem.size + 1))
    distances[1:, 1:] = problem.distances
    if not problem.integer:
        # Its Lin-Kernighan never returns where rounding makes a sum look shorter. In whole numbers this fine (some
        # thirteen digits) sums are exact.
        distances = np.rint(distances * (2.0**48 / (problem.size * distances.max())))
    # The package draws from the global generators: they are seeded for the call, and left as they were.
    kept, kept_numpy = random.getstate(), numpy_random.get_state()  # noqa: NPY002
    seed = int(rng.integers(2**32))
    random.seed(seed)
    numpy_random.seed(seed)  # noqa: NPY002
    try:
        tour, _ = solver(distances, **extra)
    finally:
        random.setstate(kept)
        numpy_random.set_state(kept_numpy)  # noqa: NPY002
    at = tour.index(0)
    return np.array(tour[at + 1 :] + tour[:at]) - 1


def _missing() -> MissingExtraError:
    return MissingExtraError("the python-tsp methods need python-tsp; run pip install python-tsp")
