"""order(): from states to an Ordering."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from stateviz.core.checks import check_seed
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.progress import Watch
from stateviz.core.table import unknown
from stateviz.ordering.pipeline import MethodLike, auto_seconds, check_joint, check_scale, run_steps, steps_of
from stateviz.ordering.problem.ends import with_ends
from stateviz.ordering.problem.groups import Breaks, check_groups, cut, joined, separated
from stateviz.ordering.problem.orientation import canonical, canonical_signed, choose_signs
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop
from stateviz.ordering.problem.task import Products, RowsLike, Task, task_of
from stateviz.ordering.problem.trace import Course
from stateviz.similarity.metrics import MetricLike

BOUND_SECONDS = 30.0
"""The bound is stopped after this long; it rarely takes a tenth of it."""
GRACE_SECONDS = 0.7
"""What the bound may take where the methods have used up their time: an order without one says little."""
_CHOICES = {
    "axis": ("axis", ("units", "steps")),
    "ends": ("kind of ends", ("free", "mean")),
    "grouping": ("grouping", ("longest", "joint")),
    "missing": ("way with missing values", ("refuse", "pairwise")),
}
_USUAL = {"ends": "free", "groups": 1, "grouping": "longest", "missing": "refuse"}
_POOR = 1.1  # an order this much longer than its bound asks for a better bound


class Asked(TypedDict):
    """The settings of ``order`` that say what an order has to be."""

    first: int | str | None
    last: int | str | None
    ends: str
    groups: int
    grouping: str
    missing: str


def order(
    states: RowsLike,
    *,
    method: MethodLike = "auto",
    metric: MetricLike = "auto",
    flip: bool = False,
    seed: int = 0,
    time: float | None = None,
    site: str | None = None,
    transpose: bool = False,
    axis: str = "units",
    first: int | str | None = None,
    last: int | str | None = None,
    ends: str = "free",
    groups: int = 1,
    grouping: str = "longest",
    missing: str = "refuse",
    bound: bool = True,
    watch: Watch | None = None,
    trace: bool = False,
    **options: object,
) -> Ordering:
    """Order rows so that each is as near to the next as can be.

    Parameters
    ----------
    states
        Units x steps: a StateMatrix, a Recording (with ``site``), an array, a tensor or a path; a data frame, which
        holds a column a unit; or the Statistics of states, for metrics that can be had from them. For the metric
        ``precomputed`` the square matrix of distances.
    method : str or callable
        A name of METHODS, several joined by commas from left to right (``"greedy-insert,two-opt"``), ``"auto"`` (exact
        within a minute up to 1,100 rows, beyond that or in little time lin-kernighan), a row as those of METHODS, or a
        function ``solve(problem, *, start, rng, stop, **options) -> rows``. An improver that comes first starts from
        the order of means.
    metric
        A name of METRICS, a row as those of METRICS, or a function ``square(states, flip) -> distances``, shape
        (units, units); ``"auto"`` is hamming for binary rows and correlation for real ones.
    flip
        Rows may be negated: they are ordered by the size of their similarity, and signs chosen along the order.
    seed
        The same seed gives the same order.
    time : float, optional
        Seconds after which the methods return the best they have; None for no limit.
    site : str, optional
        Which site of a recording that has more than one.
    transpose
        Units are the columns of an array and the rows of a data frame, and not the other way round, which the
        order says of itself: ``6 units x 5 steps, from columns``.
    axis
        ``"units"``, or ``"steps"`` to order the columns instead of leaving them as the text has them.
    first, last
        Name of the unit the order has to begin with, and of the one it has to end with.
    ends
        ``"free"``, or ``"mean"``: the units of lowest and highest mean, as greedy-insert has them.
    groups
        Into how many groups the order is cut.
    grouping
        ``"longest"`` cuts the order found at its longest steps; ``"joint"`` orders and cuts at once, so that length
        and bound count only the steps within groups.
    missing
        ``"refuse"`` NaN, or compare each pair of rows over the steps that both have: ``"pairwise"``.
    bound
        Also find what no order can be shorter than, within 30 seconds.
    watch
        Called with a Progress a few times a second: the stage, the length and the bound so far.
    trace
        Keep the order as it came and each shorter one that the methods come by, with its seconds and its length:
        ``Ordering.trace``, which ``view(states, kind="growth", ordering=...)`` shows.
    options
        Passed to the methods that take them.

    Returns
    -------
    Ordering
        With free ends in canonical direction: the first row's mean (its distance to the others, for precomputed) is
        not above the last's; on a tie the lower index comes first.

    Raises
    ------
    UnknownNameError
        When a method, metric, unit or option does not exist.
    InputError
        When the states do not suit the metric, or there are too many rows for the method.

    Examples
    --------
    >>> rows = [[0, 0, 0, 1], [1, 1, 1, 1], [0, 0, 1, 1], [0, 1, 1, 1]]
    >>> ordering = order(rows)
    >>> ordering.rows.tolist(), ordering.length, ordering.proven
    ([0, 2, 3, 1], 3.0, True)
    >>> order(rows, first=2).rows.tolist()
    [2, 0, 3, 1]
    """
    check_choices(axis=axis, ends=ends, grouping=grouping, missing=missing)
    if grouping == "joint" and groups == 1:
        raise InputError("grouping 'joint' cuts into groups, and there is but one; give groups=N (--groups N)")
    task = task_of(states, site, axis, metric, flip, missing, transpose)
    asked = Asked(first=first, last=last, ends=ends, groups=groups, grouping=grouping, missing=missing)
    return order_task(
        task,
        method=method,
        flip=flip,
        seed=seed,
        time=time,
        axis=axis,
        bound=bound,
        watch=watch,
        asked=asked,
        options=options,
        trace=trace,
    )


def check_choices(**choices: object) -> None:
    """Raise UnknownNameError where a setting is none of its values."""
    for name, value in choices.items():
        what, known = _CHOICES[name]
        if value not in known:
            raise UnknownNameError(unknown(what, value, dict.fromkeys(known)))


def order_task(
    task: Task,
    *,
    method: MethodLike,
    flip: bool,
    seed: int,
    time: float | None,
    axis: str = "units",
    bound: bool,
    watch: Watch | None,
    asked: Asked,
    options: Mapping[str, object],
    trace: bool = False,
) -> Ordering:
    """The order of a task: ``order`` without its first step, for callers that order the same rows more than once.

    Parameters
    ----------
    asked
        ``first``, ``last``, ``ends``, ``groups``, ``grouping`` and ``missing`` of ``order``.
    """
    groups, grouping = asked["groups"], asked["grouping"]
    check_groups(groups, task.matrix.shape[0])
    Stop(time)  # complains about a limit that is none before anything is computed
    steps = steps_of(method, options, task.matrix.shape[0], time)
    rng = np.random.default_rng(check_seed(seed))
    problem = with_ends(task.problem(), task.matrix, asked["first"], asked["last"], asked["ends"])
    check_scale(steps, problem)
    if grouping == "joint":
        check_joint(steps)
    whole, members = _whole(problem, groups) if grouping == "joint" else (problem, None)
    limit = auto_seconds(method, problem.size) if time is None else time
    stop = Stop(limit, watch=watch)  # the clock of the methods starts here
    course = Course(stop.elapsed)
    if trace:
        stop.found = lambda found: course.keep(*_with_length(problem, found, members))
        stop.keep(lambda: whole.with_fixed_ends(np.arange(whole.size)))
    rows, least = run_steps(steps, whole, rng, stop)
    seconds = stop.elapsed()
    if bound and not stop.interrupted and (least is None or whole.length(rows) > _POOR * least):
        least = max((b for b in (least, _bound(whole, rows, stop)) if b is not None), default=None)
    if stop.interrupted:
        warnings.warn("interrupted: this is the best order so far", UserWarning, stacklevel=2)
    rows, breaks = (rows, ()) if members is None else joined(rows, members)
    rows, signs, turned = _directed(rows, problem, task.products if flip else None)
    breaks = _breaks(problem, rows, groups, tuple(problem.size - b for b in reversed(breaks)) if turned else breaks)
    length = _length(problem, rows, breaks if grouping == "joint" else ())
    # What is within rounding of the length is the length.
    least = None if least is None else min(least, length)
    return Ordering(
        rows=rows,
        signs=signs,
        length=float(length),
        bound=None if least is None else float(least),
        proven=least is not None and problem.proves(length, least),
        flip=flip,
        method=",".join(step.name for step in steps),
        metric=task.metric,
        options={name: value for step in steps for name, value in step.options.items()}
        | {name: value for name, value in asked.items() if value is not None and value != _USUAL.get(name)},
        seed=int(seed),
        units=task.matrix.units,
        site=task.matrix.site,
        model=task.matrix.source.get("model"),
        seconds=seconds,
        breaks=breaks,
        axis=axis,
        extent=task.extent,
        trace=course.kept(rows),
    )


def _bound(problem: Problem, rows: Rows, stop: Stop) -> float | None:
    """What no order is shorter than; it ends with the time that was given or soon after, or after a while."""
    from stateviz.ordering.bounds.lower_bound import lower_bound

    seconds = BOUND_SECONDS if stop.seconds is None else min(BOUND_SECONDS, max(stop.remaining(), GRACE_SECONDS))
    try:
        until = Stop(seconds, watch=stop.watch)
        until.stage("bound")
        return lower_bound(problem, rows, stop=until)
    except KeyboardInterrupt:
        stop.interrupted = True
        return None


def _directed(rows: Rows, problem: Problem, products: Products | None) -> tuple[Rows, NDArray[np.int8], bool]:
    """The rows in their one direction, with signs; and whether they were turned around."""
    if products is None:
        signs = np.ones(problem.size, np.int8)
        result = problem.with_fixed_ends(rows) if problem.fixed else canonical(rows, problem.means)
    elif problem.fixed:
        result = problem.with_fixed_ends(rows)
        signs = choose_signs(products(result), problem.means[result])
        total = float(np.sum(signs * problem.means[result]))
        signs = (-signs if total < 0 else signs).astype(np.int8)
    else:
        result, signs = canonical_signed(rows, problem.means, products)
    return result, signs, bool(result[0] != rows[0])


def _whole(problem: Problem, groups: int) -> tuple[Problem, list[Rows]]:
    """Rows with the separators of joint groups, those at distance 0 made one where the metric allows, and its members.

    By the triangle inequality taking a copy out of its group makes that no longer, and put beside its likeness it
    costs nothing; should a group be emptied by that, cutting another makes up for it.
    """
    small, members = problem.merge_duplicates()
    return separated(small, min(groups, small.size)), members


def _breaks(problem: Problem, rows: Rows, groups: int, breaks: Breaks) -> Breaks:
    return cut(problem.pairwise(rows[:-1], rows[1:]), groups, breaks) if groups > 1 else ()


def _with_length(problem: Problem, rows: Rows, members: list[Rows] | None) -> tuple[Rows, float]:
    """An order on the way, and its length."""
    rows, breaks = (rows, ()) if members is None else joined(rows, members)
    return rows, _length(problem, rows, breaks)


def _length(problem: Problem, rows: Rows, breaks: Breaks) -> float:
    """The length of the order, or the sum of its groups' where breaks cost nothing."""
    if not breaks:
        return problem.length(rows)
    return sum(problem.length(group) for group in np.split(rows, breaks))
