"""compare(): methods side by side, by length, bound, gap, criteria and time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from stateviz.core.errors import InputError, StatevizError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.progress import Watch
from stateviz.core.table import unknown
from stateviz.ordering.comparison.criteria import CRITERIA
from stateviz.ordering.comparison.result import Comparison, Trial
from stateviz.ordering.methods import METHODS
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.run import order

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


def compare(
    states: Any,
    *,
    methods: Sequence[str] | None = None,
    criteria: Sequence[str] | None = None,
    metric: str = "auto",
    flip: bool = False,
    seed: int = 0,
    time: float | None = None,
    site: str | None = None,
    bound: bool = True,
    watch: Watch | None = None,
    **settings: Any,
) -> Comparison:
    """Order rows by several methods and judge each order by several criteria.

    Parameters
    ----------
    states, metric, flip, seed, site
        As ``order`` takes them.
    methods
        Names of METHODS. ``+`` joins several to a pipeline, ``:key=value`` after a name sets an option:
        ``["mean", "greedy-insert+two-opt", "hierarchical:linkage=ward"]``. By default those of QUICK that suit the
        rows, ``exact`` up to 200 rows.
    criteria
        Names of CRITERIA; by default those of CHOSEN that suit the rows.
    time
        Seconds for each method; None for no limit.
    bound
        Also find what no order can be shorter than, within 30 seconds; one bound serves all methods.
    watch
        Called with a Progress a few times a second.
    settings
        ``first``, ``last``, ``ends`` and ``missing`` of ``order``, the same for every method.

    Returns
    -------
    Comparison
        A method that fails, or is not for so many rows, is in it with the reason.

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
        if name not in (known := {"first": 0, "last": 0, "ends": 0, "missing": 0}):
            raise UnknownNameError(unknown("setting", name, known))
    entries = None if methods is None else [_entry(name) for name in methods]
    named = list(CHOSEN if criteria is None else (CRITERIA[name].name for name in criteria))
    settings = settings | {"metric": metric, "flip": flip, "seed": seed, "site": site}
    problem = _problem(states, settings)
    settings["watch"] = watch
    if entries is None:
        entries = [_entry(name) for name in QUICK if _suits(name, problem)]
    if criteria is None:
        named = [name for name in named if (problem.square if _of_pairs(name) else problem.states is not None)]
    elif not problem.square and (of_pairs := [name for name in named if _of_pairs(name)]):
        raise InputError(f"criterion {of_pairs[0]!r} looks at all pairs, and {problem.size} rows are too many for that")
    trials: list[Trial] = []
    try:
        for name, method, options in entries:
            trials.append(_trial(name, states, settings | {"method": method, "time": time} | options, problem, named))
    except KeyboardInterrupt:
        trials += [Trial(name, None, reason="interrupted") for name, _, _ in entries[len(trials) :]]
        bound = False
    return Comparison(tuple(trials), tuple(named), _bound(states, settings, trials, find=bound))


def _entry(name: str) -> tuple[str, str, dict[str, Any]]:
    """(what was asked for, the pipeline, its options), checked."""
    options: dict[str, Any] = {}
    pipeline = []
    for part in re.split(r"[+,]", name):
        method, *pairs = part.strip().split(":")
        row = None if method == "auto" else METHODS[method]
        pipeline.append(method)
        for pair in pairs:
            key, equals, value = pair.partition("=")
            if not equals:
                raise InputError(f"{name!r}: an option is KEY=VALUE, got {pair!r}")
            known = {} if row is None else row.options
            if key not in known:
                raise UnknownNameError(unknown(f"option of {method}", key, known))
            try:
                options[key] = json.loads(value)
            except ValueError:
                options[key] = value
    return name, ",".join(pipeline), options


def _problem(states: Any, settings: Mapping[str, Any]) -> Problem:
    """The problem that ``order`` makes of the states: it shows it to a method, so here is one that looks."""
    seen: list[Problem] = []

    def look(problem: Problem, **_: Any) -> Rows:
        seen.append(problem)
        return np.arange(problem.size)

    order(states, method=look, bound=False, **settings)
    return seen[0]


def _of_pairs(criterion: str) -> bool:
    return CRITERIA[criterion].needs == "distances"


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


def _trial(name: str, states: Any, settings: Mapping[str, Any], problem: Problem, criteria: Sequence[str]) -> Trial:
    most = _most(settings["method"].split(","))
    if most is not None and problem.size > most:
        return Trial(name, None, reason=f"for at most {most:,} rows")
    start = perf_counter()
    try:
        found = order(states, bound=False, **settings)
    except StatevizError as error:
        return Trial(name, None, reason=str(error))
    except Exception as error:  # a method that breaks is a result of the comparison, not its end
        return Trial(name, None, reason=f"failed: {type(error).__name__}: {error}")
    late = settings["time"] is not None and perf_counter() - start > settings["time"] + 1
    values = {name: _value(name, problem, found) for name in criteria}
    return Trial(name, found, values, f"took longer than the {settings['time']:g} s given" if late else "")


def _value(name: str, problem: Problem, found: Ordering) -> float:
    criterion = CRITERIA[name]
    if criterion.needs == "distances":
        return criterion(problem.distances, found.rows)
    if problem.states is None:
        return float("nan")
    return criterion(problem.states[found.rows] * found.signs[:, None].astype(problem.states.dtype))


def _bound(states: Any, settings: Mapping[str, Any], trials: Sequence[Trial], *, find: bool) -> float | None:
    """The best bound that a method came by, or else one that is looked for, with the best order to help."""
    found = [trial.ordering for trial in trials if trial.ordering is not None]
    known = max((ordering.bound for ordering in found if ordering.bound is not None), default=None)
    if not found or not find or any(ordering.proven for ordering in found):
        return known
    rows = min(found, key=lambda ordering: ordering.length).rows
    least = order(states, method=lambda problem, **_: rows, **settings).bound
    return known if least is None else least if known is None else max(known, least)
