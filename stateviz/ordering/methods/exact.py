"""The shortest order there is, with proof: cutting planes and branching in HiGHS."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.progress import Progress
from stateviz.ordering.exact.branch_and_cut import close_gap
from stateviz.ordering.exact.primal_heuristics import eax_order, kicked_order, lp_guided_order, quick_order
from stateviz.ordering.exact.relaxation import Relaxation
from stateviz.ordering.problem.jit import COMPILED_ROWS
from stateviz.ordering.problem.problem import Answer, Problem, Rows, contracted
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop, kicks: int = 60) -> Answer:
    """The best order and a bound that meets its length, or the best so far when time is up.

    Rows at distance 0 are kept together where the metric allows. The subtour relaxation gives a bound; beside it edge
    assembly crossover runs on a population of orders, or for few rows the LP solution guides a search; and branch and
    cut closes what is left.

    Parameters
    ----------
    start
        Optional: an order to beat.
    kicks
        Up to 200 rows, how often the search perturbs an order: more help where many orders are nearly as good.
    """
    if not problem.square:
        raise InputError(
            f"exact takes rows whose distances fit into memory, and these are {problem.size}; try lin-kernighan"
        )
    small, members = problem.merge_duplicates()
    progress = _Progress(small, stop, np.arange(small.size) if start is None else contracted(start, members))

    def whole(rows: Rows) -> Rows:
        return problem.with_fixed_ends(np.concatenate([members[i] for i in small.with_fixed_ends(rows)]))

    try:
        with stop.within(whole):
            _solve(small, progress, rng, stop, kicks)
    except KeyboardInterrupt:
        stop.interrupted = True
    return Answer(whole(progress.rows), progress.bound)


class _Progress:
    """The best order and bound so far, which an interrupt leaves whole."""

    def __init__(self, problem: Problem, stop: Stop, rows: Rows) -> None:
        self.problem, self.stop, self.rows = problem, stop, problem.with_fixed_ends(rows)
        self.length = problem.length(self.rows)
        self.bound = problem.round_up((problem.size - 1) * float(problem.granularity[0]))

    @property
    def proven(self) -> bool:
        """Whether no order is shorter than the best so far."""
        return self.problem.proves(self.length, self.bound)

    def offer(self, rows: Rows, bound: float | None = None) -> bool:
        """Keep what is better; whether the best order is proven now."""
        length = self.problem.length(rows)
        if length < self.length:
            self.rows, self.length = rows, length
            self.stop.keep(rows.copy)
        if bound is not None:
            self.bound = max(self.bound, bound)
        self.stop.tell(length=self.length, bound=self.bound)
        return self.proven


def _solve(problem: Problem, progress: _Progress, rng: np.random.Generator, stop: Stop, kicks: int) -> None:
    if problem.size < 4:
        best = min(map(problem.with_fixed_ends, permutations(range(problem.size))), key=problem.length)
        progress.offer(best, problem.length(best))
        return
    few = problem.size <= COMPILED_ROWS
    first = (quick_order if few else kicked_order)(problem, rng=rng, stop=stop)
    if progress.offer(first) or stop():
        return
    relaxation = Relaxation(problem, progress.rows)
    if few:
        _with_lp_guide(progress, relaxation, rng, kicks)
    else:
        _with_eax(progress, relaxation, rng)
    if not progress.proven and relaxation.solved and not stop():
        progress.offer(*close_gap(problem, relaxation, progress.rows, stop=stop, offer=progress.offer))


def _with_lp_guide(progress: _Progress, relaxation: Relaxation, rng: np.random.Generator, kicks: int) -> None:
    """The relaxation, and an order near what it shows: of few rows, whose search is short beside it."""
    problem, stop = progress.problem, progress.stop
    relaxation.solve(stop, progress.length, tighten=False)
    if progress.offer(progress.rows, problem.round_up(relaxation.bound)) or stop() or not relaxation.solved:
        return
    progress.offer(lp_guided_order(problem, relaxation, progress.rows, kicks=kicks, rng=rng, stop=stop))


def _with_eax(progress: _Progress, relaxation: Relaxation, rng: np.random.Generator) -> None:
    """The relaxation with combs, and beside it, on another processor, the search for the best order."""
    problem, stop = progress.problem, progress.stop

    def proven(progress: Progress) -> None:
        length, bound = progress.length, problem.round_up(relaxation.bound)
        beside.interrupted |= length is not None and problem.proves(length, bound)

    beside = Stop(None if stop.seconds is None else max(stop.remaining(), 1e-3), watch=proven, found=stop.found)
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(eax_order, problem, rng=rng, stop=beside)
        try:
            for tighten in (False, True):
                relaxation.solve(stop, progress.length, tighten=tighten)
                if progress.offer(progress.rows, problem.round_up(relaxation.bound)):
                    return
            found.result()
        finally:  # also on Ctrl-C
            beside.interrupted = True
            progress.offer(found.result())
