"""compare(): methods side by side, by length, bound, gap, criteria and time."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from time import perf_counter
from typing import Any

import numpy as np

from stateviz.core.checks import check_seed
from stateviz.core.errors import InputError, StatevizError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.progress import Watch
from stateviz.core.table import unknown
from stateviz.ordering.comparison.criteria import CRITERIA, Criterion
from stateviz.ordering.comparison.result import Comparison, Trial
from stateviz.ordering.methods import METHODS, Method
from stateviz.ordering.pipeline import MethodLike
from stateviz.ordering.problem.ends import with_ends
from stateviz.ordering.problem.problem import Problem
from stateviz.ordering.problem.task import RowsLike, Task, task_of
from stateviz.ordering.run import check_choices, order_task
from stateviz.similarity.metrics import MetricLike

QUICK = (
    "identity", "random", "mean", "frequency", "pca", "mds", "spectral", "space-filling", "hierarchical",
    "greedy-chain", "greedy-chain:grow=both", "greedy-edge", "greedy-insert", "nearest-insert", "farthest-insert",
    "cheapest-insert", "random-insert", "christofides", "annealed-keys", "greedy-insert+two-opt",
    "simulated-annealing", "lin-kernighan", "exact",
)  # fmt: skip
"""Compared when no methods are named: each takes a second or so at a few hundred rows."""

PROVED_ROWS = 200
"""Up to here ``exact`` is among the methods that nobody named."""

CHOSEN = ("lazy-path-length", "anti-robinson-events", "rank-correlation", "neumann-stress")
"""Criteria shown when none are named: two that are local, two that judge the order as a whole."""


_SETTINGS: Mapping[str, Any] = {"first": None, "last": None, "ends": "free", "missing": "refuse"}
_WHOLE: Mapping[str, Any] = {"groups": 1, "grouping": "longest"}


def compare(
    states: RowsLike,
    *,
    methods: Sequence[MethodLike] | None = None,
    criteria: Sequence[str | Criterion] | None = None,
    metric: MetricLike = "auto",
    flip: bool = False,
    seed: int = 0,
    time: float | None = None,
    site: str | None = None,
    transpose: bool = False,
    bound: bool = True,
    watch: Watch | None = None,
    **settings: Any,
) -> Comparison:
    """Order rows by several methods and judge each order by several criteria.

    Parameters
    ----------
    states
        Units x steps, as ``order`` takes them; read once, and their distances made once.
    methods
        Names of METHODS. ``+`` joins several to a pipeline, ``:key=value`` after a name sets an option:
        ``["mean", "greedy-insert+two-opt", "hierarchical:linkage=ward"]``. Also rows as those of METHODS, and
        functions ``solve(problem, *, start, rng, stop) -> rows``. By default those of QUICK that suit the rows,
        ``exact`` up to 200 rows.
    criteria
        Names of CRITERIA, or rows as those of CRITERIA; by default those of CHOSEN that suit the rows.
    metric
        A name of METRICS, ``"auto"``, a row as those of METRICS, or a function, as ``order`` takes them.
    flip
        Rows may be negated.
    seed
        A whole number from 0 to 2**63 - 1, the same for every method.
    time
        Seconds for each method; None for no limit.
    site
        Which site of a recording; it may be left out where there is only one.
    transpose
        Units are the columns of an array and the rows of a data frame.
    bound
        Also find what no order can be shorter than, within 30 seconds; one bound serves all methods.
    watch
        Called with a Progress a few times a second.
    settings
        ``first``, ``last``, ``ends`` and ``missing`` of ``order``, the same for every method.

    Returns
    -------
    Comparison
        A method that fails, or is not for so many rows, is in it with the reason. After Ctrl-C so are those that did
        not run, with a warning; where none has run yet, the interrupt goes on.

    Raises
    ------
    UnknownNameError
        When a method, option, criterion, metric or setting does not exist.
    InputError
        When the states do not suit the metric.

    Examples
    --------
    >>> found = compare([[0, 0, 0, 1], [1, 1, 1, 1], [0, 0, 1, 1]], methods=["identity", "exact"], criteria=[])
    >>> [(trial.name, trial.ordering.length, found.gap(trial.ordering)) for trial in found.trials]
    [('identity', 5.0, 0.6666666666666667), ('exact', 3.0, 0.0)]
    """
    for name in settings:
        if name not in _SETTINGS:
            raise UnknownNameError(unknown("setting", name, _SETTINGS))
    entries = None if methods is None else [_entry(method) for method in methods]
    judges = [
        one if isinstance(one, Criterion) else CRITERIA[one] for one in (CHOSEN if criteria is None else criteria)
    ]
    asked = {**_SETTINGS, **settings, **_WHOLE}
    check_choices(ends=asked["ends"], missing=asked["missing"])
    task = _made_once(task_of(states, site, "units", metric, flip, asked["missing"], transpose))
    problem = with_ends(task.problem(), task.matrix, asked["first"], asked["last"], asked["ends"])
    if entries is None:
        entries = [_entry(name) for name in QUICK if _suits(name, problem)]
    if criteria is None:
        judges = [one for one in judges if (problem.square if one.needs == "distances" else problem.states is not None)]
    elif not problem.square and (of_pairs := [one.name for one in judges if one.needs == "distances"]):
        raise InputError(f"criterion {of_pairs[0]!r} looks at all pairs, and {problem.size} rows are too many for that")
    common = {"flip": flip, "seed": check_seed(seed), "watch": watch, "asked": asked}
    trials: list[Trial] = []
    try:
        for entry in entries:
            trials.append(_trial(entry, task, common | {"time": time}, problem, judges))
    except KeyboardInterrupt:
        if all(trial.ordering is None for trial in trials):  # nothing to show
            raise
        message = f"interrupted: {len(trials)} of {len(entries)} methods ran, and the others have no order"
        warnings.warn(message, UserWarning, stacklevel=2)
        trials += [Trial(entry.name, None, reason="interrupted") for entry in entries[len(trials) :]]
        bound = False
    own = {one.name: one for one in judges if not (one.name in CRITERIA and CRITERIA[one.name] is one)}
    least = _bound(task, common, trials, find=bound)
    return Comparison(tuple(trials), tuple(one.name for one in judges), least, own)


def _made_once(task: Task) -> Task:
    """``task``, whose problem is made when it is first asked for and then kept."""
    return replace(task, problem=cache(task.problem))


@dataclass(frozen=True)
class _Entry:
    """A method as it was asked for, and what ``order`` is given for it."""

    name: str
    method: MethodLike
    options: Mapping[str, object] = field(default_factory=dict)

    @property
    def largest(self) -> int | None:
        """How many rows it takes; None for any number."""
        if isinstance(self.method, Method):
            return self.method.largest
        return _most(self.method.split(",")) if isinstance(self.method, str) else None


def _entry(method: MethodLike) -> _Entry:
    """What was asked for, checked."""
    if isinstance(method, Method):
        return _Entry(method.name, method)
    if not isinstance(method, str):
        if not callable(method):
            raise InputError(f"{method!r} is no method; give a name, a row, or a function")
        return _Entry(getattr(method, "__name__", "function"), method)
    name = method
    options: dict[str, object] = {}
    pipeline = []
    for part in re.split(r"[+,]", name):
        word, *pairs = part.strip().split(":")
        row = None if word == "auto" else METHODS[word]
        pipeline.append(word)
        for pair in pairs:
            key, equals, value = pair.partition("=")
            if not equals:
                raise InputError(f"{name!r}: an option is KEY=VALUE, got {pair!r}")
            known = {} if row is None else row.options
            if key not in known:
                raise UnknownNameError(unknown(f"option of {word}", key, known))
            try:
                options[key] = json.loads(value)
            except ValueError:
                options[key] = value
    return _Entry(name, ",".join(pipeline), options)


def _suits(name: str, problem: Problem) -> bool:
    """Whether a method that nobody named is worth a line for these rows."""
    parts = [part.partition(":")[0] for part in name.split("+")]
    if any(part not in METHODS for part in parts):
        return False
    if any(METHODS[part].needs == "states" and problem.states is None for part in parts):
        return False
    if not problem.square and any(METHODS[part].square for part in parts):
        return False
    most = _most(parts)
    return (most is None or problem.size <= most) and (problem.size <= PROVED_ROWS or "exact" not in parts)


def _most(parts: Sequence[str]) -> int | None:
    """How many rows a pipeline takes; None for any number."""
    limits = [METHODS[part].largest for part in parts if part != "auto"]
    return min((limit for limit in limits if limit is not None), default=None)


def _trial(
    entry: _Entry, task: Task, settings: Mapping[str, Any], problem: Problem, judges: Sequence[Criterion]
) -> Trial:
    if entry.largest is not None and problem.size > entry.largest:
        return Trial(entry.name, None, reason=f"for at most {entry.largest:,} rows")
    start = perf_counter()
    try:
        found = order_task(task, method=entry.method, bound=False, options=entry.options, **settings)
    except StatevizError as error:
        return Trial(entry.name, None, reason=str(error))
    except Exception as error:  # a method that breaks is a result of the comparison, not its end
        return Trial(entry.name, None, reason=f"failed: {type(error).__name__}: {error}")
    late = settings["time"] is not None and perf_counter() - start > settings["time"] + 1
    values = {one.name: _value(one, problem, found, task.matrix.off) for one in judges}
    return Trial(entry.name, found, values, f"took longer than the {settings['time']:g} s given" if late else "")


def _value(criterion: Criterion, problem: Problem, found: Ordering, off: int | None) -> float:
    if criterion.needs == "distances":
        return criterion(problem.distances, found.rows)
    if problem.states is None:
        return float("nan")
    rows = problem.states[found.rows] * found.signs[:, None].astype(problem.states.dtype)
    return criterion((rows > 0).astype(np.int8) if off == 0 else rows)  # of the numbers that came, not of their signs


def _bound(task: Task, settings: Mapping[str, Any], trials: Sequence[Trial], *, find: bool) -> float | None:
    """The best bound that a method came by, or else one that is computed, with the best order to help."""
    found = [trial.ordering for trial in trials if trial.ordering is not None]
    known = max((ordering.bound for ordering in found if ordering.bound is not None), default=None)
    if not found or not find or any(ordering.proven for ordering in found):
        return known
    rows = min(found, key=lambda ordering: ordering.length).rows
    least = order_task(task, method=lambda problem, **_: rows, time=None, bound=True, options={}, **settings).bound
    return known if least is None else least if known is None else max(known, least)
