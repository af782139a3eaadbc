"""The solvers of the python-tsp package, with free ends and an explicit seed; needs ``stateviz[python-tsp]``."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np
from numpy import random as numpy_random
from numpy.typing import NDArray

from stateviz.core.errors import MissingExtraError
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop

Tour = list[int]


class SolverCutShort(Exception):
    """Time was up before a solver came to its end; ``tour`` is the best it had, where it had one."""

    def __init__(self, tour: Tour | None) -> None:
        super().__init__()
        self.tour = tour


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
    return _exact("solve_tsp_dynamic_programming", problem, rng, stop)


def branch_and_bound(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Exact branch and bound."""
    return _exact("solve_tsp_branch_and_bound", problem, rng, stop)


def brute_force(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Every order in turn."""
    return _exact("solve_tsp_brute_force", problem, rng, stop)


def _exact(name: str, problem: Problem, rng: np.random.Generator, stop: Stop) -> Rows:
    """What an exact solver finds; out of time, which leaves it with nothing, the rows as they came."""
    try:
        from python_tsp import exact
    except ImportError as error:
        raise _missing() from error
    try:
        return _run(getattr(exact, name), problem, rng, stop)
    except SolverCutShort:
        return np.arange(problem.size)


def _heuristic(
    name: str,
    problem: Problem,
    start: Rows | None,
    rng: np.random.Generator,
    stop: Stop,
    timed: bool = False,
    **extra: object,
) -> Rows:
    """What a heuristic makes of ``start``, or of rows by chance; out of time, the best it had.

    Those that are ``timed`` ask a clock themselves. Interrupted, what they had is lost, and ``start`` is left.
    """
    try:
        from python_tsp import heuristics
    except ImportError as error:
        raise _missing() from error
    begin = rng.permutation(problem.size) if start is None else start
    extra["x0"] = [0, *(begin + 1).tolist()]
    if timed and stop.seconds is not None:
        extra["max_processing_time"] = max(stop.remaining(), 1e-3)
    try:
        rows = _run(getattr(heuristics, name), problem, rng, Stop() if timed else stop, **extra)
    except SolverCutShort as late:
        rows = begin if late.tour is None else _opened(late.tour)
    except KeyboardInterrupt:
        stop.interrupted = True
        rows = begin
    return begin if start is not None and problem.length(rows) > problem.length(start) else rows


def _run(
    solver: Callable[..., tuple[Tour, float]], problem: Problem, rng: np.random.Generator, stop: Stop, **extra: object
) -> Rows:
    """Solve the tour through a dummy at distance 0 from every row: cut there, both ends are free."""
    if problem.size < 3:
        return np.arange(problem.size)
    distances: NDArray[np.float64] = np.zeros((problem.size + 1, problem.size + 1))
    distances[1:, 1:] = problem.distances
    if not problem.integer:
        # Its Lin-Kernighan never returns where rounding makes a sum look shorter. In whole numbers this fine (some
        # thirteen digits) sums are exact.
        distances = np.rint(distances / distances.max() * (2.0**48 / problem.size))
    # The package draws from the global generators: they are seeded for the call, and left as they were.
    kept, kept_numpy = random.getstate(), numpy_random.get_state()  # noqa: NPY002
    seed = int(rng.integers(2**32))
    random.seed(seed)
    numpy_random.seed(seed)  # noqa: NPY002
    try:
        with _limited(stop, problem.size + 1):
            tour, _ = solver(distances, **extra)
    finally:
        random.setstate(kept)
        numpy_random.set_state(kept_numpy)  # noqa: NPY002
    return _opened(tour)


def _opened(tour: Tour) -> Rows:
    """The path that a tour makes without the dummy, node 0."""
    at = tour.index(0)
    return np.array(tour[at + 1 :] + tour[:at]) - 1


@contextmanager
def _limited(stop: Stop, nodes: int) -> Iterator[None]:
    """Raise SolverCutShort when time is up in here.

    Most of the solvers ask no clock. They are plain Python, though: a profile function is called whenever they call
    anything, and the tour in hand is a variable of theirs.
    """
    if stop.seconds is None:
        yield
        return

    def look(frame: FrameType | None, event: str, _: object) -> None:
        if event == "call" and stop():
            tour = None
            while frame is not None and tour is None:
                known = (frame.f_locals.get(name) for name in ("hamiltonian_cycle", "x"))
                tour = next((list(t) for t in known if isinstance(t, list) and len(t) == nodes), None)
                frame = frame.f_back
            raise SolverCutShort(tour)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)


def _missing() -> MissingExtraError:
    return MissingExtraError("the python-tsp methods need python-tsp; run pip install python-tsp")
