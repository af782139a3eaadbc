"""What ties alone decide of greedy insertion: how many ways there are, and the orders they make."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.checks import check_seed, check_whole
from stateviz.core.errors import InputError
from stateviz.core.noun import Noun
from stateviz.core.orders import Ordering
from stateviz.ordering.methods.greedy_insert import gains, insert
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.task import RowsLike, task_of
from stateviz.similarity.metrics import MetricLike

_MOST_SETS = 100_000  # sets of inserted rows that one tie may need


@dataclass(frozen=True, eq=False, repr=False)
class InsertionTies(Noun):
    """The orders that greedy insertion makes of the same rows when ties are broken by chance.

    Parameters
    ----------
    lengths : array, shape (tries,)
        Of orders whose ties were broken by chance.
    shortest, longest : array of int, shape (units,)
        The orders of least and greatest length among them.
    different : int
        How many of them are different orders.
    ways : float
        Decimal logarithm of the number of ways to break all ties, estimated from these orders (Knuth 1975); several
        ways may make the same order.
    legal : bool or None
        Whether the order in question is the result of one of these ways; None where none was given.
    reason : str
        Why it is not.

    Examples
    --------
    >>> found = insertion_ties([[0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 0], [0, 0, 0, 0]], tries=20)
    >>> found.lengths.shape, found.different
    ((20,), 2)
    """

    lengths: NDArray[np.float64]
    shortest: Rows
    longest: Rows
    different: int
    ways: float
    legal: bool | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        for name, dtype in (("lengths", np.float64), ("shortest", np.int64), ("longest", np.int64)):
            array = np.array(getattr(self, name), dtype)
            array.flags.writeable = False
            self._hold(**{name: array})

    def __repr__(self) -> str:
        return f"InsertionTies({len(self.shortest)} rows, {len(self.lengths)} tries, {self._ways()})"

    def __str__(self) -> str:
        low, middle, high = self.lengths.min(), np.median(self.lengths), self.lengths.max()
        text = (
            f"{len(self.lengths):,} orders whose ties were broken by chance: length {low:,.6g} to {high:,.6g}, "
            f"median {middle:,.6g}, {self.different:,} different ones; {self._ways()} to break the ties"
        )
        if self.legal is None:
            return text
        return text + (
            "; the order given is one of them" if self.legal else f"; the order given is none: {self.reason}"
        )

    def _ways(self) -> str:
        if self.ways < 6:
            return "one way" if self.ways == 0 else f"some {10**self.ways:,.0f} ways"
        return f"about 10^{self.ways:.0f} ways"


def insertion_ties(
    states: RowsLike,
    ordering: Ordering | ArrayLike | None = None,
    *,
    tries: int = 200,
    metric: MetricLike = "auto",
    seed: int = 0,
    site: str | None = None,
    transpose: bool = False,
) -> InsertionTies:
    """How much of an order by greedy insertion is decided by ties, and whether an order is one that it can make.

    Rows of equal mean may come in before one another, and a row may add as little at one place as at another. The
    method leaves open which is taken; an implementation takes, say, the first.

    Parameters
    ----------
    states : StateMatrix, Recording, array, tensor, DataFrame or path, shape (units, steps)
        As ``order`` takes.
    ordering : Ordering or array of int, shape (units,), optional
        The order in question, in either direction.
    tries : int
        How many orders to make with ties broken by chance.
    metric : str or Metric
        As ``order`` takes.
    seed : int
        Of the chance.
    site : str, optional
        Which site of a recording that has more than one.
    transpose : bool
        Units are the columns of an array and the rows of a data frame.

    Returns
    -------
    InsertionTies

    Raises
    ------
    InputError
        When the order is of other rows, or so many rows tie that whether it is legal cannot be decided.

    Notes
    -----
    The number of ways is the mean, over the orders made, of the product of the numbers of choices met (D. E. Knuth,
    Estimating the efficiency of backtrack programs, Mathematics of Computation 29, 1975). Whether an order is legal is
    decided exactly, by all sets of the rows of each tie that can come in first.

    Examples
    --------
    >>> import stateviz as sv
    >>> states = sv.load_states(sv.shipped_recording())
    >>> print(insertion_ties(states, sv.order(states, method="greedy-insert"), tries=5).legal)
    True
    """
    check_whole("tries", tries)
    problem = task_of(states, site, "units", metric, False, "refuse", transpose).problem()
    rng = np.random.default_rng(check_seed(seed))
    found, logs = [], []
    for _ in range(tries):
        rows, log = _by_chance(problem, rng)
        found.append(rows)
        logs.append(log)
    lengths = np.array([problem.length(rows) for rows in found])
    top = max(logs)
    ways = (top + math.log(sum(math.exp(log - top) for log in logs) / tries)) / math.log(10)
    reason = "" if ordering is None else why_not(problem, _permutation(ordering, problem.size))
    return InsertionTies(
        lengths,
        found[int(lengths.argmin())],
        found[int(lengths.argmax())],
        len({rows.tobytes() for rows in found}),
        ways,
        None if ordering is None else not reason,
        reason,
    )


def why_not(problem: Problem, rows: Rows) -> str:
    """Why no breaking of ties makes these rows by greedy insertion; empty where one does.

    Raises
    ------
    InputError
        When so many rows tie that this cannot be decided.

    Examples
    --------
    >>> problem = Problem(np.array([[0, 1, 4], [1, 0, 3], [4, 3, 0]]), averages=np.array([-1.0, 0.0, 1.0]))
    >>> why_not(problem, np.array([0, 1, 2])), why_not(problem, np.array([1, 0, 2]))
    ('', 'row 1 at its end has not the lowest mean')
    """
    if problem.size < 3:
        return ""
    means = problem.means
    if means[rows[0]] > means[rows[-1]]:
        rows = rows[::-1]
    for row, extreme, name in ((rows[0], means.min(), "lowest"), (rows[-1], means.max(), "highest")):
        if means[row] != extreme:
            return f"row {row} at its end has not the {name} mean"
    inside = np.zeros(problem.size, bool)  # by place in the order
    inside[[0, -1]] = True
    places = 1 + np.argsort(np.abs(means[rows[1:-1]]), kind="stable")
    for _, tie in itertools.groupby(places, key=lambda place: abs(means[rows[place]])):
        group = list(tie)
        if not _can_follow(problem, rows, inside, group):
            names = ", ".join(str(row) for row in sorted(rows[group].tolist())[:5])
            return f"{'row' if len(group) == 1 else 'rows'} {names} would add less elsewhere"
        inside[group] = True
    return ""


def _can_follow(problem: Problem, rows: Rows, inside: NDArray[np.bool_], group: list[int]) -> bool:
    """Whether the rows at the places of ``group`` can come in, in some order, each where it adds least."""
    sets = {0}
    for _ in group:
        after: set[int] = set()
        for done, (bit, place) in itertools.product(sets, enumerate(group)):
            if not done >> bit & 1 and done | 1 << bit not in after:
                present = inside.copy()
                present[[group[other] for other in range(len(group)) if done >> other & 1]] = True
                if _adds_least(problem, rows, present, place):
                    after.add(done | 1 << bit)
        if len(after) > _MOST_SETS:
            raise InputError(f"{len(group)} rows tie in |mean|: too many to decide whether they make the order")
        sets = after
    return bool(sets)


def _adds_least(problem: Problem, rows: Rows, present: NDArray[np.bool_], place: int) -> bool:
    path = rows[present]
    added = gains(problem.distances[rows[place]].take(path), problem.pairwise(path[:-1], path[1:]))
    return bool(added[int(present[:place].sum()) - 1] == added.min())


def _by_chance(problem: Problem, rng: np.random.Generator) -> tuple[Rows, float]:
    """An order with ties broken by chance, and the logarithm of the number of ways it could have been broken."""
    if problem.size < 3:
        return insert(problem, np.arange(problem.size), lambda places: int(places[0])), 0.0
    log = 0.0

    def choose(places: NDArray[np.int64]) -> int:
        nonlocal log
        log += math.log(len(places))
        return int(rng.choice(places))

    rows = insert(problem, rng.permutation(problem.size), choose)
    means = problem.means
    lowest, highest = (np.count_nonzero(means == extreme) for extreme in (means.min(), means.max()))
    log += math.log(lowest) + math.log(max(1, highest - (means.min() == means.max())))
    for count in np.unique(np.abs(means[rows[1:-1]]), return_counts=True)[1]:
        log += math.lgamma(count + 1)
    return rows, log


def _permutation(ordering: Ordering | ArrayLike, size: int) -> Rows:
    rows = np.asarray(ordering.rows if isinstance(ordering, Ordering) else ordering)
    if rows.shape != (size,) or not np.array_equal(np.sort(rows), np.arange(size)):
        raise InputError(f"the order is no permutation of the {size} rows; give one of the same states")
    return rows.astype(np.int64)
